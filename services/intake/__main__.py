"""`python -m services.intake INBOX`: the wiring of intake alone, for a deployment of one service a process."""

from __future__ import annotations

from pathlib import Path

from services.intake.pickup import Intake
from services.runtime.log import Log
from services.runtime.settings import Settings


def intake(log: Log, settings: Settings, inbox: Path | None = None) -> Intake:
    """Intake over this log, of one inbox or of the files that it is given."""
    return Intake(log, settings, inbox)

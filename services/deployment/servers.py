"""Partners' SFTP servers of the configuration, as places to deliver to and as inboxes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.delivery.place import Place
from services.deployment.faults import WrongUse
from services.runtime.settings import Settings
from services.runtime.sftp_target import SCHEME

if TYPE_CHECKING:
    from services.intake.fetching import Fetching

ONCE_TRIES: Final = 3
"""How often a drain tries to log in: nobody comes again soon. A run that goes on comes again anyway."""

_SPOOL: Final = "spool"


def delivery_places(settings: Settings, tries: int) -> dict[str, Place]:
    """The servers that files are delivered to, by name."""
    targets = [target for target in settings.sftp.values() if target.deliver_to]
    if not targets:
        return {}
    # asyncssh takes a third of a second to import, and only an installation with servers needs it.
    from services.delivery.server import Server
    from services.runtime.sftp import Sftp

    return {target.name: Server(Sftp(target, tries), target.deliver_to or "") for target in targets}


def open_fetching(settings: Settings, inbox: str, *, once: bool) -> tuple[Fetching, Path]:
    """What picks files up for `sftp://NAME`, and the spool folder that it fills."""
    target = settings.sftp.get(inbox.removeprefix(SCHEME))
    if target is None or not target.pick_up_from:
        raise WrongUse(f"--inbox {SCHEME}NAME: the configuration needs [sftp.NAME] with pick_up_from")
    from services.intake.fetching import Fetching
    from services.runtime.sftp import Sftp

    spool = settings.data / _SPOOL / target.name
    return Fetching(Sftp(target, ONCE_TRIES if once else 1), target.pick_up_from, spool), spool


def failing_words(failing: Mapping[str, str]) -> str:
    """Which servers cannot be worked with, and what to do, in one line."""
    from services.runtime.sftp import WORDS

    return "; ".join(f"{name}: {WORDS.get(code, code)}" for name, code in sorted(failing.items()))

"""How far inputs that lead go before the others: a claim is read before its denial, and no denial waits for ever.

Reading the leading inputs to their end first would starve the others for as long as more comes than can be handled.
So they lead by a span of the log's own time: a record of another input waits for what was appended to the leading
inputs of its partition before it and up to the lead after it, and for nothing that came later.
"""

from __future__ import annotations

from typing import Final

LEAD_SECONDS: Final = 60.0
"""Files that are put down together are read before each other's consequences, in whatever order intake took them up;
under a lasting load it is by so much at most that the others are further behind."""


def is_due(appended: int, reached: int | None) -> bool:
    """Whether a record may be read that was appended at `appended`, where all is read that was appended before
    `reached` to the leading inputs of its partition; null: they are at their end. Both in ms since the epoch."""
    return reached is None or appended + LEAD_SECONDS * 1000 < reached

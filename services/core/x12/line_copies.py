"""Lines that become several: what an edit of `lines` means whose value names a line once more.

Each number beyond those of the claim adds a copy of that line behind the last one, with the next LX. Other edits then
say what of the line each of the two bills: `lines` becomes ("1", "2", "1"), `lines[1].units` and `lines[3].units` share
what line 1 had.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue

LINES: Final = "lines"

MOST_LINES: Final = {"837P": 50, "837I": 999}
"""How often the guides let loop 2400 stand in a claim."""


def copied(edit: Edit) -> tuple[str, ...]:
    """The numbers of the lines that an edit copies, in the order of the copies; empty where it adds no line."""
    before, after = edit.before, edit.after
    if edit.field != LINES or not isinstance(before, tuple) or not isinstance(after, tuple):
        return ()
    return after[len(before) :] if after[: len(before)] == before else ()


def may_copy(claim: ClaimSubmitted, after: EditValue) -> bool:
    """Whether the claim can have the lines of this value: its own, numbered from 1, and copies of some of them.

    What another payer paid of a line (loop 2430) cannot be told apart, so a claim that has any keeps its lines.
    """
    every = tuple(str(line.line) for line in claim.lines)
    if (
        not isinstance(after, tuple)
        or not set(after[len(every) :]) <= set(every)
        or after[: len(every)] != every
    ):
        return False
    if every != tuple(str(n) for n in range(1, len(every) + 1)):
        return False
    element = claim.delimiters.element
    paid_before = any(segment.startswith(f"SVD{element}") for segment in claim.segments)
    return len(every) < len(after) <= MOST_LINES.get(claim.transaction, 0) and not paid_before


def origins(claim: ClaimSubmitted, edits: Iterable[Edit]) -> dict[int, int]:
    """The LX of each line that the edits add, and that of the line of which it is a copy; empty where they add none or
    the claim cannot have them."""
    sources = next((found for edit in edits if edit.field == LINES and (found := copied(edit))), ())
    every = tuple(str(line.line) for line in claim.lines)
    if not sources or not may_copy(claim, (*every, *sources)):
        return {}
    return {number: int(source) for number, source in enumerate(sources, start=len(every) + 1)}


def with_copies(claim: ClaimSubmitted, edits: Iterable[Edit]) -> ClaimSubmitted:
    """The claim with the lines that the edits add, each still as the one that it was copied from. A copy has no line
    item control number (REF*6R): no two lines of a claim may have the same."""
    parts = origins(claim, edits)
    if not parts:
        return claim
    loops = _loops(claim)
    lines, providers, segments = claim.lines, claim.providers, claim.segments
    for number, source in parts.items():
        own = claim.lines[source - 1]
        lines += (own.model_copy(update={"line": number, "control_number": None}),)
        providers += tuple(p.model_copy(update={"line": number}) for p in claim.providers if p.line == source)
        if loops:
            segments += _copy(loops[source - 1], number, claim.delimiters.element)
    return claim.model_copy(update={"lines": lines, "providers": providers, "segments": segments})


def _loops(claim: ClaimSubmitted) -> list[tuple[str, ...]]:
    """The loops 2400; empty where they are not those of the coded lines."""
    first = f"LX{claim.delimiters.element}"
    starts = [place for place, segment in enumerate(claim.segments) if segment.startswith(first)]
    if len(starts) != len(claim.lines):
        return []
    return [claim.segments[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]


def _copy(loop: tuple[str, ...], number: int, element: str) -> tuple[str, ...]:
    own = f"REF{element}6R{element}"
    return (f"LX{element}{number}", *(segment for segment in loop[1:] if not segment.startswith(own)))

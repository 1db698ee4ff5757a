"""Which way a change moves the expected payment: by the loaded fees of the payer, else unknown.

Source: domain reference 2.1, G2. Unknown is never taken for "the same": the guard counts it as up.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final

from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.recoding import Edit
from services.core.codes.fees import KIND, Fees
from services.core.codes.tables import Tables
from services.core.recoding.fields import altered_line, parse_field
from services.core.recoding.sameness import restating
from services.core.resubmission.profiles import Profile
from services.core.x12.line_copies import origins, with_copies

_IN_FEES: Final = frozenset({"modifiers", "procedure", "units", "pointers"})
"""What the fees of a line tell. The place of service, the revenue code, the dates and the charge change more."""


class Direction(StrEnum):
    SAME = "same"
    DOWN = "down"
    UP = "up"
    UNKNOWN = "unknown"


def direction(claim: ClaimSubmitted, edits: tuple[Edit, ...], profile: Profile, tables: Tables) -> Direction:
    """Where the payment of the lines that change goes: up if that of any line does, unknown if it cannot be told of
    one and is not up of another."""
    befores = {line.line: line for line in claim.lines}
    afters = {line.line: line for line in with_copies(claim, edits).lines}
    parts = origins(claim, edits)
    touched = set(parts.values())
    found: set[Direction] = set()
    fields = [parse_field(edit.field) for edit in edits]
    same = any(field is not None and field.restatable for field in fields)
    restated = restating(claim, edits, profile, tables) if same else frozenset[str]()
    for edit, field in zip(edits, fields, strict=True):
        if field is None:
            return Direction.UNKNOWN
        if not field.clinical or edit.field in restated:
            continue
        if field.name not in _IN_FEES:
            found.add(Direction.UNKNOWN)
            continue
        if field.part != "lines" or field.number is None or not _has_fees(tables):
            # What a diagnosis is worth depends on the payer's grouper; without fees nothing is known.
            found.add(Direction.UNKNOWN)
            continue
        line = afters.get(field.number)
        if line is None:
            return Direction.UNKNOWN
        try:
            afters[field.number] = altered_line(line, field.name, edit.after)
        except ValueError:
            return Direction.UNKNOWN
        touched.add(parts.get(field.number, field.number))
    for number in sorted(touched):
        after = [line for line in afters.values() if parts.get(line.line, line.line) == number]
        found.add(_of_line(claim, befores[number], after, profile, tables))
    for way in (Direction.UP, Direction.UNKNOWN, Direction.DOWN):
        if way in found:
            return way
    return Direction.SAME


def _has_fees(tables: Tables) -> bool:
    return any(edition.kind == KIND for edition in tables.editions)


def _of_line(
    claim: ClaimSubmitted, before: ClaimLine, after: Sequence[ClaimLine], profile: Profile, tables: Tables
) -> Direction:
    """`after`: the line, and the parts of it that are lines of their own."""
    old = _allowed(claim, before, profile, tables)
    parts = [_allowed(claim, part, profile, tables) for part in after]
    known = [part for part in parts if part is not None]
    if old is None or len(known) < len(parts):
        return Direction.UNKNOWN
    new = sum(known, Decimal(0))
    if new == old:
        return Direction.SAME
    return Direction.UP if new > old else Direction.DOWN


def _allowed(claim: ClaimSubmitted, line: ClaimLine, profile: Profile, tables: Tables) -> Decimal | None:
    """What the payer is expected to allow for a line; null where the fees do not say."""
    day = line.service_from or claim.service_from
    edition = tables.on(KIND, day) if day is not None else None
    fees = edition.table if edition is not None else None
    if day is None or not isinstance(fees, Fees) or line.procedure is None or line.units is None:
        return None
    for payer in profile.ids or ((claim.payer.id,) if claim.payer.id else ()):
        found = fees.find(payer, line.procedure, line.modifiers)
        amounts = {fee.amount for fee in found if fee.active_on(day)}
        if amounts:
            return amounts.pop() * line.units if len(amounts) == 1 else None
    return None

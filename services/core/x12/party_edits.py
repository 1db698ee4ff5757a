"""Edits of who is named on a claim: providers (2010AA, 2310, 2420) and the subscriber (2010BA)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from schemas.recoding import Edit
from services.core.x12.desk import Desk, EditRefusedError, Segment, only, set_element
from services.core.x12.values import at

_NAME_PLACES: Final = (3, 4, 5)
"""NM103 to NM105: last or organization name, first, middle."""


def _named(loop: list[Segment], role: str, change: Edit) -> Segment:
    """The one NM1 with this NM101. A party that is not named cannot be added: its name is unknown."""
    return only(loop, lambda s: s[0] == "NM1" and at(s, 1) == role, change.field)


def _set_npi(desk: Desk, loop: list[Segment], role: str, change: Edit) -> None:
    """NM109, an NPI by NM108."""
    named = _named(loop, role, change)
    if at(named, 8) not in {"", "XX"}:
        raise EditRefusedError("identifier_not_npi", change.field)
    desk.check_before(at(named, 9), change)
    value = desk.text(change.after, change.field)
    set_element(named, 8, "XX")
    set_element(named, 9, value)


def _set_name(desk: Desk, loop: list[Segment], role: str, change: Edit) -> None:
    named = _named(loop, role, change)
    if name_of(named) != (change.before or ()):
        raise EditRefusedError("before_differs", change.field)
    after = desk.texts(change, len(_NAME_PLACES))
    if not after:
        raise EditRefusedError("value_not_allowed", change.field)
    for place, value in zip(_NAME_PLACES, (*after, "", ""), strict=False):
        if value or place < len(named):
            set_element(named, place, value)


def name_of(named: Segment) -> tuple[str, ...]:
    """Last, first and middle name of an NM1, as far as it goes."""
    name = [at(named, place).strip() for place in _NAME_PLACES]
    while name and not name[-1]:
        name.pop()
    return tuple(name)


def _set_taxonomy(
    desk: Desk,
    loop: list[Segment],
    behind: Segment,
    role: str,
    change: Edit,
    insert: Callable[[Segment], None],
) -> None:
    """PRV03 behind a segment; where there is no PRV yet, one is put there. `loop` holds `behind`."""
    place = next(i for i, s in enumerate(loop) if s is behind) + 1
    found = loop[place] if place < len(loop) and loop[place][0] == "PRV" else None
    if found is None:
        desk.check_before("", change)
        insert(["PRV", role, "PXC", desk.text(change.after, change.field)])
        return
    if at(found, 2) != "PXC":
        raise EditRefusedError("place_missing", change.field)
    desk.set_text(found, 3, change)


def _billing_taxonomy(desk: Desk, change: Edit) -> None:
    """PRV*BI of loop 2000A, behind its HL."""
    level = only(desk.billing, lambda s: s[0] == "HL", change.field)
    at_level = next(i for i, s in enumerate(desk.billing) if s is level) + 1
    _set_taxonomy(
        desk, desk.billing, level, "BI", change, lambda segment: desk.billing.insert(at_level, segment)
    )


def _rendering_taxonomy(desk: Desk, loop: list[Segment], change: Edit) -> None:
    """PRV*PE of loop 2310B or 2420A; the rendering loops of 837I have none."""
    if desk.claim.transaction != "837P":
        raise EditRefusedError("field_unknown", change.field)
    named = _named(loop, "82", change)
    _set_taxonomy(desk, loop, named, "PE", change, lambda segment: desk.insert_after(named, segment))


def _set_member_id(desk: Desk, change: Edit) -> None:
    """NM109 of the subscriber, a member number by NM108."""
    named = _named(desk.subscriber, "IL", change)
    if at(named, 8) not in {"", "MI"}:
        raise EditRefusedError("identifier_not_member_id", change.field)
    desk.check_before(at(named, 9), change)
    value = desk.text(change.after, change.field)
    set_element(named, 8, "MI")
    set_element(named, 9, value)


def _set_birth_date(desk: Desk, change: Edit) -> None:
    """DMG02 of loop 2010BA: the one that stands behind the subscriber's name."""
    desk.set_text(
        only(desk.subscriber, lambda s: s[0] == "DMG" and at(s, 1) == "D8", change.field), 2, change
    )


OF_CLAIM: Final[dict[str, Callable[[Desk, Edit], None]]] = {
    "billing_npi": lambda desk, change: _set_npi(desk, desk.billing, "85", change),
    "rendering_npi": lambda desk, change: _set_npi(desk, desk.providers(), "82", change),
    "billing_taxonomy": _billing_taxonomy,
    "rendering_taxonomy": lambda desk, change: _rendering_taxonomy(desk, desk.providers(), change),
    "referring_name": lambda desk, change: _set_name(desk, desk.providers(), "DN", change),
    "member_id": _set_member_id,
    "subscriber_name": lambda desk, change: _set_name(desk, desk.subscriber, "IL", change),
    "subscriber_birth_date": _set_birth_date,
}

OF_LINE: Final[dict[str, Callable[[Desk, list[Segment], Edit], None]]] = {
    "rendering_npi": lambda desk, loop, change: _set_npi(desk, loop, "82", change),
    "rendering_taxonomy": _rendering_taxonomy,
    "ordering_name": lambda desk, loop, change: _set_name(desk, loop, "DK", change),
}

"""Edits of a service line: loop 2400 and its drug (2410)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from schemas.recoding import Edit
from services.core.x12.desk import SERVICE, Desk, EditRefusedError, Segment, only, set_element
from services.core.x12.values import at

_MODIFIERS_AT_MOST: Final = 4
_POINTERS_AT_MOST: Final = 4

_NUMBERS: Final = {"SV1": {"charge": 2, "units": 4}, "SV2": {"charge": 3, "units": 5}}
"""Where SV1 and SV2 have the charge and the count."""


def _service(desk: Desk, loop: list[Segment], change: Edit) -> tuple[Segment, int]:
    """SV1 or SV2, and its element with the procedure."""
    name, number = SERVICE[desk.claim.transaction]
    return only(loop, lambda s: s[0] == name and bool(at(s, number)), change.field), number


def _set_procedure(desk: Desk, loop: list[Segment], change: Edit) -> None:
    if change.after is None:
        raise EditRefusedError("value_not_allowed", change.field)
    service, number = _service(desk, loop, change)
    desk.set_component(service, number, 2, change)


def _set_modifiers(desk: Desk, loop: list[Segment], change: Edit) -> None:
    service, number = _service(desk, loop, change)
    parts = service[number].split(desk.component)
    before = tuple(m.strip() for m in parts[2:6] if m.strip())
    if before != (change.before or ()):
        raise EditRefusedError("before_differs", change.field)
    modifiers = list(desk.texts(change, _MODIFIERS_AT_MOST))
    if rest := parts[6:]:
        modifiers += [""] * (_MODIFIERS_AT_MOST - len(modifiers))
    procedure = parts[:2] + [""] * (2 - len(parts))
    service[number] = desk.component.join([*procedure, *modifiers, *rest])


def _set_pointers(desk: Desk, loop: list[Segment], change: Edit) -> None:
    """SV107: one to four places of diagnoses."""
    service, _ = _service(desk, loop, change)
    if service[0] != "SV1":
        raise EditRefusedError("field_unknown", change.field)
    before = tuple(p.strip() for p in at(service, 7).split(desk.component) if p.strip())
    if before != (change.before or ()):
        raise EditRefusedError("before_differs", change.field)
    after = desk.texts(change, _POINTERS_AT_MOST)
    if not after:
        raise EditRefusedError("value_not_allowed", change.field)
    set_element(service, 7, desk.component.join(after))


def _set_units(desk: Desk, loop: list[Segment], change: Edit) -> None:
    service, _ = _service(desk, loop, change)
    desk.set_number(service, _NUMBERS[service[0]]["units"], change)


def _set_charge(desk: Desk, loop: list[Segment], change: Edit) -> None:
    service, _ = _service(desk, loop, change)
    desk.set_number(service, _NUMBERS[service[0]]["charge"], change)


def _set_place_of_service(desk: Desk, loop: list[Segment], change: Edit) -> None:
    """SV105; null where the place of the claim holds."""
    service, _ = _service(desk, loop, change)
    if service[0] != "SV1":
        raise EditRefusedError("field_unknown", change.field)
    desk.set_text(service, 5, change)


def _set_revenue_code(desk: Desk, loop: list[Segment], change: Edit) -> None:
    """SV201."""
    if desk.claim.transaction != "837I":
        raise EditRefusedError("field_unknown", change.field)
    desk.set_text(only(loop, lambda s: s[0] == "SV2", change.field), 1, change)


def _set_dates(desk: Desk, loop: list[Segment], change: Edit) -> None:
    """DTP*472: one day (D8) or the first and the last (RD8)."""
    dates = only(loop, lambda s: s[0] == "DTP" and at(s, 1) == "472", change.field)
    first, dash, last = at(dates, 3).partition("-")
    if (first, last if dash else first) != change.before:
        raise EditRefusedError("before_differs", change.field)
    after = desk.texts(change, 2)
    if len(after) != 2 or any(len(day) != 8 or not day.isdecimal() for day in after) or after[0] > after[1]:
        raise EditRefusedError("value_not_allowed", change.field)
    one = after[0] == after[1]
    set_element(dates, 2, "D8" if one else "RD8")
    set_element(dates, 3, after[0] if one else "-".join(after))


def _drug(loop: list[Segment], change: Edit) -> Segment:
    """LIN of the line's one drug (loop 2410, LIN02 = N4)."""
    return only(loop, lambda s: s[0] == "LIN" and at(s, 2) == "N4", change.field)


def _set_drug_code(desk: Desk, loop: list[Segment], change: Edit) -> None:
    desk.set_text(_drug(loop, change), 3, change)


def _set_drug_quantity(desk: Desk, loop: list[Segment], change: Edit) -> None:
    """CTP04; where there is no CTP yet, behind the drug's LIN."""
    drug = _drug(loop, change)
    counts = [s for s in loop if s[0] == "CTP"]
    if not counts:
        counts = [["CTP", "", "", ""]]
        desk.insert_after(drug, counts[0])
    desk.set_number(counts[0], 4, change)


def _set_drug_unit(desk: Desk, loop: list[Segment], change: Edit) -> None:
    """CTP05-1."""
    _drug(loop, change)
    if change.after is None:
        raise EditRefusedError("value_not_allowed", change.field)
    desk.set_component(only(loop, lambda s: s[0] == "CTP", change.field), 5, 1, change)


FIELDS: Final[dict[str, Callable[[Desk, list[Segment], Edit], None]]] = {
    "procedure": _set_procedure,
    "modifiers": _set_modifiers,
    "pointers": _set_pointers,
    "units": _set_units,
    "charge": _set_charge,
    "place_of_service": _set_place_of_service,
    "revenue_code": _set_revenue_code,
    "service_dates": _set_dates,
    "drug_code": _set_drug_code,
    "drug_quantity": _set_drug_quantity,
    "drug_unit": _set_drug_unit,
}

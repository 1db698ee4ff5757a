"""Service lines of a claim (loop 2400) while they are read, and the composite that names a procedure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from services.core.x12.facts import FindingFacts, LineFacts
from services.core.x12.transaction import money, quantity
from services.core.x12.values import ZERO, at, filled

_POINTERS: Final = frozenset(str(n) for n in range(1, 13))
"""SV107 points at one of the twelve diagnoses of the HI segments."""

_REMEMBERED: Final = 1 << 14
"""The same procedures return in every claim."""


class Service(NamedTuple):
    """SVC01, SVC06, SV101, SV202. A revenue code (qualifier NU) is no procedure."""

    qualifier: str | None
    procedure: str | None
    modifiers: tuple[str, ...]
    revenue_code: str | None


@lru_cache(maxsize=_REMEMBERED)
def read_service(composite: str, component: str) -> Service:
    qualifier, *rest = composite.split(component)
    if not rest:
        return Service(None, qualifier or None, (), None)
    if qualifier == "NU":
        return Service(qualifier, None, (), rest[0] or None)
    return Service(qualifier or None, rest[0] or None, tuple([m for m in rest[1:5] if m]), None)


@lru_cache(maxsize=_REMEMBERED)
def read_pointers(composite: str, component: str) -> tuple[int, ...]:
    return tuple([int(p) for p in composite.split(component) if p in _POINTERS])


class Line:
    """A loop 2400 while it is read. What was not said keeps the value of the class."""

    invoiced = False
    """an SV1 or SV2 was seen"""
    service = Service(None, None, (), None)
    revenue: str | None = None
    charge: Decimal = ZERO
    units: Decimal | None = None
    basis: str | None = None
    pointers: tuple[int, ...] = ()
    place: str | None = None
    control_number: str | None = None
    begins: date | None = None
    ends: date | None = None
    rendering_npi: str | None = None
    authorization: str | None = None

    def __init__(self, number: int) -> None:
        self.number = number

    def read(self, e: list[str], component: str) -> None:
        """SV1 (professional) or SV2 (institutional, with the revenue code first).

        Raises BrokenError where the charge or the units are no numbers, or the charge is missing.
        """
        self.invoiced = True
        if e[0] == "SV1":
            self.service = read_service(at(e, 1), component)
            self.revenue = self.service.revenue_code
            self.charge, self.units, self.basis = money(e, 2), quantity(e, 4), filled(e, 3)
            self.place = filled(e, 5)
            if len(e) > 7:
                self.pointers = read_pointers(e[7], component)
        else:
            self.revenue = filled(e, 1)
            self.service = read_service(at(e, 2), component)
            self.charge, self.units, self.basis = money(e, 3), quantity(e, 5), filled(e, 4)

    def finish(self, lines: list[LineFacts], findings: list[FindingFacts]) -> None:
        """Add the line; a line without a service has no charge and is only a finding."""
        if not self.invoiced:
            findings.append(FindingFacts("line_without_service", "LX", None, self.number))
            return
        qualifier, procedure, modifiers, _ = self.service
        lines.append(
            LineFacts(
                self.number,
                self.control_number,
                procedure,
                qualifier,
                modifiers,
                self.revenue,
                self.charge,
                self.units,
                self.basis,
                self.pointers,
                self.place,
                self.begins,
                self.ends,
                self.rendering_npi,
                self.authorization,
            )
        )

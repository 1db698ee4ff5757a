"""Service lines of an 837 claim (loop 2400), the providers of claims and lines, the composite of a procedure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from services.core.x12.facts import FindingFacts, LineFacts, ProviderFacts
from services.core.x12.transaction import money, quantity
from services.core.x12.values import ZERO, at, filled, new, period

_POINTERS: Final = frozenset(str(n) for n in range(100))
"""What can stand in SV107: one of the twelve diagnoses of the HI segments, or a number that points to nothing."""

_REMEMBERED: Final = 1 << 14
"""The same procedures return in every claim."""


class Service(NamedTuple):
    """SVC01, SVC06, SV101, SV202. A revenue code (qualifier NU) is no procedure."""

    qualifier: str | None
    procedure: str | None
    modifiers: tuple[str, ...] = ()
    revenue_code: str | None = None
    undeclared: bool = False
    """the composite is separated by another character than ISA16 declares"""


NO_SERVICE: Final = Service(None, None)
_QUALIFIERS: Final = frozenset(("AD", "ER", "HC", "HP", "IV", "N4", "N6", "NU", "RB", "UI", "WK", "ZZ"))
"""Data element 235 as SVC01-1, SV101-1 and SV202-1 allow it."""
_UNDECLARED: Final = re.compile(r"([A-Z][A-Z0-9])([^0-9A-Za-z ])")


@lru_cache(maxsize=_REMEMBERED)
def read_service(composite: str, component: str) -> Service:
    undeclared = _UNDECLARED.match(composite) if component not in composite else None
    qualifier, *rest = composite.split(undeclared.group(2) if undeclared else component)
    if not rest:
        known = qualifier in _QUALIFIERS
        return Service(qualifier, None) if known else Service(None, qualifier or None)
    if qualifier == "NU":
        return Service(qualifier, None, (), rest[0] or None, undeclared is not None)
    modifiers = tuple([m for m in rest[1:5] if m])
    return Service(qualifier or None, rest[0] or None, modifiers, None, undeclared is not None)


@lru_cache(maxsize=_REMEMBERED)
def read_pointers(composite: str, component: str) -> tuple[int, ...]:
    return tuple([int(p) for p in composite.split(component) if p in _POINTERS])


class Provider:
    """An NM1 loop of a claim or line while it is read."""

    __slots__ = ("line", "name", "npi", "role", "tax_id", "taxonomy")

    def __init__(self, e: list[str], line: int | None) -> None:
        qualifier, identifier = at(e, 8), filled(e, 9)
        self.role = at(e, 1)
        self.npi = identifier if qualifier == "XX" else None
        self.tax_id = identifier if qualifier in ("24", "34") else None
        self.taxonomy: str | None = None
        self.name = " ".join([name for name in e[3:6] if name]) or None
        self.line = line

    def identify(self, e: list[str]) -> None:
        """REF*EI, REF*SY."""
        if at(e, 1) in ("EI", "SY"):
            self.tax_id = filled(e, 2)

    def facts(self) -> ProviderFacts:
        return new(ProviderFacts, (self.role, self.npi, self.tax_id, self.taxonomy, self.name, self.line))


def read_line(
    line: int,
    elements: list[list[str]],
    component: str,
    providers: list[Provider],
    findings: list[FindingFacts],
) -> LineFacts | None:
    """A loop 2400, from its LX (or its service, where the LX is absent). Null for a line without a service.

    Raises BrokenError where the charge or the units are no numbers, or the charge is missing.
    """
    invoiced: list[str] = []
    service, revenue = NO_SERVICE, None
    pointers: tuple[int, ...] = ()
    charge, units, basis, place = ZERO, None, None, None
    control_number = authorization = rendering_npi = begins = ends = None
    provider: Provider | None = None
    for e in elements:
        sid = e[0]
        if sid == "DTP":
            if at(e, 1) == "472":
                begins, ends = period(at(e, 3))
                if begins is None or ends is None:
                    findings.append(FindingFacts("date_invalid", "DTP", 3, line))
        elif sid == "SV1":
            invoiced = e
            service = read_service(at(e, 1), component)
            revenue = service.revenue_code
            charge, basis, units, place = money(e, 2), filled(e, 3), quantity(e, 4), filled(e, 5)
            if len(e) > 7:
                pointers = read_pointers(e[7], component)
        elif sid == "SV2":
            invoiced = e
            revenue = filled(e, 1)
            service = read_service(at(e, 2), component)
            charge, basis, units = money(e, 3), filled(e, 4), quantity(e, 5)
        elif sid == "REF":
            qualifier = at(e, 1)
            if qualifier == "6R":
                control_number = filled(e, 2)
            elif qualifier == "G1":
                authorization = authorization or filled(e, 2)
            elif provider is not None:
                provider.identify(e)
        elif sid == "NM1":
            provider = Provider(e, line)
            providers.append(provider)
            if provider.role == "82":
                rendering_npi = provider.npi
        elif sid == "PRV":
            if provider is not None:
                provider.taxonomy = filled(e, 3)
        elif sid == "SVD":
            break  # from here on another payer speaks
    if not invoiced:
        findings.append(FindingFacts("line_without_service", "LX", None, line))
        return None
    if service.undeclared:
        findings.append(FindingFacts("component_undeclared", invoiced[0], None, line))
    return new(
        LineFacts,
        (
            line,
            control_number,
            service.procedure,
            service.qualifier,
            service.modifiers,
            revenue,
            charge,
            units,
            basis,
            pointers,
            place,
            begins,
            ends,
            rendering_npi,
            authorization,
        ),
    )

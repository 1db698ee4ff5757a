"""Whether what other payers said of a claim that is to leave adds up, read from its text alone.

On a line (loop 2430) the charge is what was paid (SVD02) and what was adjusted (CAS). On the claim (loop 2320) the
payment is that of its lines, and the charge is the payment and all adjustments of the claim and its lines. Source:
005010X222A1 and 005010X223A2, section 1.4 (coordination of benefits); amounts of ASC X12 balance by adjudication.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.resubmission import OutgoingClaim
from services.core.x12.values import NotNumericError, at, number

_CHARGE: Final = {"837P": ("SV1", 2), "837I": ("SV2", 3)}
_NOTHING: Final = Decimal(0)


@dataclass(slots=True)
class _Payer:
    """One loop 2320, or one loop 2430."""

    id: str = ""
    paid: Decimal | None = None
    adjusted: Decimal = _NOTHING


@dataclass(slots=True)
class _Line:
    charge: Decimal = _NOTHING
    decisions: list[_Payer] = field(default_factory=list)


def out_of_balance(original: ClaimSubmitted, outgoing: OutgoingClaim) -> tuple[str, ...]:
    """Places where another payer's amounts do not add up; empty where they do, and where the claim says of no payer
    more or other than it said before."""
    if _decisions(original.segments) == _decisions(outgoing.claim):
        return ()
    try:
        payers, lines, charge = _read(outgoing)
    except NotNumericError:
        return ("2320 amounts",)
    return tuple(_faults(payers, lines, charge))


def _decisions(segments: Iterable[str]) -> list[str]:
    """Every segment by which another payer speaks, and the lines that it speaks of."""
    return [s for s in segments if s[:3] in ("SBR", "SVD", "CAS", "LX*") or s.startswith("AMT")]


def _faults(payers: list[_Payer], lines: list[_Line], charge: Decimal) -> Iterable[str]:
    for count, line in enumerate(lines, 1):
        for decision in line.decisions:
            if (decision.paid or _NOTHING) + decision.adjusted != line.charge:
                yield f"2430 of line {count}"
    for count, payer in enumerate(payers, 1):
        said = [d for line in lines for d in line.decisions if d.id == payer.id]
        if payer.paid is None:
            if said:
                yield f"2320[{count}] AMT*D"
            continue
        if said and sum((d.paid or _NOTHING for d in said), _NOTHING) != payer.paid:
            yield f"2320[{count}] AMT*D"
        if payer.paid + payer.adjusted + sum((d.adjusted for d in said), _NOTHING) != charge:
            yield f"2320[{count}] CAS"
    known = {payer.id for payer in payers}
    if any(d.id not in known for line in lines for d in line.decisions):
        yield "2430 SVD01"


def _read(outgoing: OutgoingClaim) -> tuple[list[_Payer], list[_Line], Decimal]:
    service, place = _CHARGE[outgoing.transaction]
    payers: list[_Payer] = []
    lines: list[_Line] = []
    charge = _NOTHING
    for segment in (s.split(outgoing.element) for s in outgoing.claim):
        name = segment[0]
        if name == "CLM":
            charge = _amount(segment, 2)
        elif name == "LX":
            lines.append(_Line())
        elif lines:
            _read_of_line(lines[-1], segment, service, place)
        elif name == "SBR":
            payers.append(_Payer())
        elif payers and name == "CAS":
            payers[-1].adjusted += _adjusted(segment)
        elif payers and name == "AMT" and at(segment, 1) == "D":
            payers[-1].paid = _amount(segment, 2)
        elif payers and name == "NM1" and at(segment, 1) == "PR":
            payers[-1].id = at(segment, 9)
    return payers, lines, charge


def _read_of_line(line: _Line, segment: list[str], service: str, place: int) -> None:
    if segment[0] == service:
        line.charge = _amount(segment, place)
    elif segment[0] == "SVD":
        line.decisions.append(_Payer(at(segment, 1), _amount(segment, 2)))
    elif segment[0] == "CAS" and line.decisions:
        line.decisions[-1].adjusted += _adjusted(segment)


def _adjusted(segment: list[str]) -> Decimal:
    """CAS03, CAS06, ... CAS18."""
    return sum((_amount(segment, place) for place in range(3, len(segment), 3)), _NOTHING)


def _amount(segment: list[str], place: int) -> Decimal:
    return number(at(segment, place)) or _NOTHING

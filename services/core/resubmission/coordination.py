"""What a prior payer decided, written into the claim for the next one: loops 2320, 2330A, 2330B and 2430.

Everything is taken from that payer's own remittance and from the 837 that it got. Adjustments stand on the lines where
the remittance has them there; what stands there on the claim stays on the claim. It is all or nothing: where a line
of the remittance answers none of the claim, an amount does not add up or a date is missing, a person builds it.
Sources: domain reference 3.6 and 2.6 (COB data); 005010X222A1 and 005010X223A2, loops 2320 to 2430.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.case import ClassifiedDenial, Evidence, PayerAnswer
from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.codes import ClaimState
from schemas.recoding import Edit, EditValue
from schemas.remittance import Adjudication, Adjustment, RemittedLine
from services.core.denials.lines import BY_LINE_NUMBER, match_lines
from services.core.x12.delimiters import COMPONENT, ELEMENT
from services.core.x12.structure import (
    RESPONSIBILITY,
    Segment,
    decision_places,
    line_decision_place,
    plain,
)
from services.core.x12.values import plain_number

PRIOR: Final = {"primary": "P", "secondary": "S"}
"""What a prior payer calls itself (CLP02), and SBR01 of its loop 2320."""

_NEXT: Final = {"P": "S", "S": "T"}
"""SBR01 of the payer after it."""

UNDECIDED: Final = frozenset({ClaimState.PENDED, ClaimState.REVERSED, ClaimState.PREDETERMINATION})
"""A payer that says one of these last has not decided: nothing is told of it."""

_TRIOS_AT_MOST: Final = 6
_SEGMENTS_AT_MOST: Final = 5
"""CAS holds six adjustments, a loop five CAS."""

_GROUPS: Final = ("CO", "PI", "OA", "PR")
_PATIENT: Final = "PR"
_REMARKS_AT_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Coordination:
    """The edits that bring a prior payer's decision into a claim; or what is missing for them, as words."""

    edits: tuple[Edit, ...] = ()
    missing: tuple[str, ...] = ()


class _MissingError(Exception):
    """Something is not there, by a word."""


def sole_prior(denial: ClassifiedDenial) -> PayerAnswer | str:
    """The one payer before the denying one, which has decided; else why there is none, by a word. With several, who
    follows whom is a person's question."""
    found = [answer for answer in denial.other_payers if answer.adjudication is not None]
    if not found:
        return "prior_remittance"
    if len(found) > 1:
        return "several_prior_payers"
    prior = found[0]
    if prior.claim_state in UNDECIDED:
        return "prior_payer_has_not_decided"
    return prior if prior.responsibility is not None else "order_of_payers"


def coordinate(claim: ClaimSubmitted, prior: PayerAnswer) -> Coordination:
    """The prior payer's decision as edits of a claim to the payer after it."""
    try:
        return Coordination(edits=_Writer(claim, prior).edits())
    except _MissingError as missing:
        return Coordination(missing=(str(missing),))


class _Writer:
    def __init__(self, claim: ClaimSubmitted, prior: PayerAnswer) -> None:
        if prior.adjudication is None:
            raise _MissingError("prior_remittance")
        self._claim = claim
        self._prior = prior
        self._said: Adjudication = prior.adjudication
        self._component = claim.delimiters.component
        self._segments = _split(claim, claim.segments)
        self._evidence = (Evidence(source=prior.fact, place="CLP", value=None),)

    def edits(self) -> tuple[Edit, ...]:
        said = self._said
        day = said.remittance.payment_date or said.remittance.production_date
        if day is None:
            raise _MissingError("prior_payment_date")
        if said.charge != self._claim.total_charge:
            raise _MissingError("prior_charge_differs")
        lines = self._lines()
        number, present = self._present()
        payer = self._payer(present)
        found = [
            self._edit(
                f"other_payers[{number}].decision",
                plain(present, self._component) or None,
                self._decision(present, payer, day, with_lines=bool(lines)),
            )
        ]
        for line, remitted in lines:
            found.append(self._line_edit(line, remitted, payer, day))
        own = next((s for s in _split(self._claim, self._claim.loops.subscriber) if s[0] == "SBR"), [])
        place = _at(own, 1)
        after = _NEXT.get(self._place())
        if after is None or not place:
            raise _MissingError("order_of_payers")
        if place != after and place == self._place():
            found.append(self._edit(RESPONSIBILITY, place, after))
        return tuple(edit for edit in found if edit.before != edit.after)

    # The claim

    def _place(self) -> str:
        return PRIOR.get(self._prior.responsibility or "", "P")

    def _present(self) -> tuple[int, list[Segment]]:
        """The loop 2320 of this payer that the claim has already, with its number; else the next number."""
        places = decision_places(self._segments)
        wanted = {i.strip().upper() for i in (self._prior.payer.id, self._sent_to()) if i and i.strip()}
        for number, (begin, end) in enumerate(places, start=1):
            loop = self._segments[begin:end]
            name = next((s for s in loop if s[:2] == ["NM1", "PR"]), [])
            if _at(name, 9).strip().upper() in wanted or _at(loop[0], 1) == self._place():
                return number, loop
        return len(places) + 1, []

    def _sent_to(self) -> str | None:
        return self._prior.claim.payer.id if self._prior.claim is not None else None

    def _payer(self, present: Sequence[Segment]) -> Segment:
        """NM1*PR: as the claim names the payer, as the 837 to it did, else as it names itself."""
        own = next((s for s in present if s[:2] == ["NM1", "PR"]), None)
        if own is None and self._prior.claim is not None:
            loop = _split(self._prior.claim, self._prior.claim.loops.subscriber)
            own = next((s for s in loop if s[:2] == ["NM1", "PR"]), None)
        if own is None:
            raise _MissingError("prior_payer_name")
        if not (_at(own, 8) and _at(own, 9)):
            raise _MissingError("prior_payer_id")
        return own

    def _subscriber(self, present: Sequence[Segment]) -> list[Segment]:
        """Loop 2330A: who is insured with the prior payer, as the claim says or as the 837 to that payer does."""
        own = _from_name(present, "IL", ("N3", "N4", "REF"))
        if not own and self._prior.claim is not None:
            loop = _split(self._prior.claim, self._prior.claim.loops.subscriber)
            own = _from_name(loop, "IL", ("N3", "N4"))
        if not own:
            raise _MissingError("prior_subscriber")
        return own

    def _head(self, present: Sequence[Segment]) -> Segment:
        """SBR of loop 2320."""
        if present:
            return present[0]
        other = self._prior.claim
        loop = _split(other, other.loops.subscriber) if other is not None else []
        own = next((s for s in loop if s[0] == "SBR"), None)
        if own is None or other is None:
            raise _MissingError("prior_subscriber")
        relationship = _at(own, 2) or _relationship(other)
        if not relationship:
            raise _MissingError("prior_subscriber")
        indicator = _at(own, 9)
        return ["SBR", self._place(), relationship, _at(own, 3), _at(own, 4), "", "", "", "", indicator]

    def _release(self, present: Sequence[Segment]) -> Segment:
        """OI: assignment and release, as the claim says of this payer, else as it says itself (CLM08, CLM09)."""
        own = next((s for s in present if s[0] == "OI"), None)
        if own is not None:
            return own
        source = self._prior.claim or self._claim
        clm = _split(source, source.segments)[0]
        assigned, released = _at(clm, 8), _at(clm, 9)
        if not assigned or not released:
            raise _MissingError("prior_assignment")
        return ["OI", "", "", assigned, "", "", released]

    # The decision

    def _decision(
        self, present: Sequence[Segment], payer: Segment, day: date, *, with_lines: bool
    ) -> tuple[str, ...]:
        """The loop 2320 whole."""
        said = self._said
        patient = sum((a.amount for a in said.adjustments if a.group == _PATIENT), Decimal(0))
        remarks = [r.code for r in said.remarks if r.place.startswith("MOA")][:_REMARKS_AT_MOST]
        amounts = [["AMT", "D", _amount(said.paid)]]
        if patient > 0:
            amounts.append(["AMT", "EAF", _amount(patient)])
        control = said.payer_control_number
        segments = [
            self._head(present),
            *_adjusted([a for a in said.adjustments if a.line is None or not with_lines]),
            *amounts,
            self._release(present),
            *([["MOA", "", "", *remarks]] if remarks else []),
            *self._subscriber(present),
            payer,
            *_from_name(present, "PR", ("N3", "N4"))[1:],
            *([] if with_lines else [["DTP", "573", "D8", f"{day:%Y%m%d}"]]),
            *_from_name(present, "PR", (), others=True),
            *([["REF", "T4", "Y"]] if self._prior.readjudicated else []),
            *([["REF", "F8", control]] if control else []),
        ]
        return tuple(self._text(s) for s in segments)

    def _lines(self) -> list[tuple[ClaimLine, list[RemittedLine]]]:
        """The claim's lines with what the prior payer decided of each. Empty where its remittance has no lines."""
        said = self._said
        on_lines = sum((a.amount for a in said.adjustments if a.line is not None), Decimal(0))
        if not said.lines:
            if said.paid + sum((a.amount for a in said.adjustments), Decimal(0)) != said.charge:
                raise _MissingError("prior_amounts_balance")
            return []
        matches = match_lines(said.lines, self._claim.lines, said.remarks)
        if any(m.submitted_line is None or m.score < BY_LINE_NUMBER for m in matches):
            raise _MissingError("prior_lines_match")
        by_line: dict[int, list[RemittedLine]] = {line.line: [] for line in self._claim.lines}
        remitted = {line.line: line for line in said.lines}
        for match in matches:
            if match.submitted_line is not None:
                by_line[match.submitted_line].append(remitted[match.remitted_line])
        if any(not found for found in by_line.values()):
            raise _MissingError("prior_lines_match")
        for line in self._claim.lines:
            answered = by_line[line.line]
            for part in answered:
                adjusted = sum((a.amount for a in said.adjustments if a.line == part.line), Decimal(0))
                if part.paid + adjusted != part.charge:
                    raise _MissingError("prior_amounts_balance")
            if len(answered) > 1 or answered[0].charge != line.charge:
                # A line that the payer split: which part is which is told by nothing here.
                raise _MissingError("prior_lines_match")
        on_claim = sum((a.amount for a in said.adjustments if a.line is None), Decimal(0))
        if said.paid != sum((line.paid for line in said.lines), Decimal(0)) or (
            said.paid + on_claim + on_lines != said.charge
        ):
            raise _MissingError("prior_amounts_balance")
        return [(line, by_line[line.line]) for line in self._claim.lines]

    def _line_edit(
        self, line: ClaimLine, remitted: Sequence[RemittedLine], payer: Segment, day: date
    ) -> Edit:
        part = remitted[0]
        starts = [at for at, s in enumerate(self._segments) if s[0] == "LX"]
        if len(starts) != len(self._claim.lines):
            raise _MissingError("prior_lines_match")
        place = [each.line for each in self._claim.lines].index(line.line)
        stop = starts[place + 1] if place + 1 < len(starts) else len(self._segments)
        begin, end = line_decision_place(self._segments, starts[place], stop)
        present = self._segments[begin:end]
        kept = _of_others(present, _at(payer, 9))
        procedure = part.procedure or line.procedure
        modifiers = part.modifiers if part.procedure else line.modifiers
        qualifier = part.procedure_qualifier or line.procedure_qualifier or "HC"
        revenue = part.revenue_code or line.revenue_code
        units = part.units_paid if part.units_paid is not None else line.units
        if units is None:
            raise _MissingError("prior_units")
        composite = COMPONENT.join((qualifier, procedure, *modifiers)) if procedure else ""
        service = ["SVD", _at(payer, 9), _amount(part.paid), composite]
        service += [(revenue or "") if self._claim.transaction == "837I" else "", _amount(units)]
        if not composite and self._claim.transaction == "837P":
            raise _MissingError("prior_lines_match")
        segments = [
            service,
            *_adjusted([a for a in self._said.adjustments if a.line == part.line]),
            ["DTP", "573", "D8", f"{day:%Y%m%d}"],
        ]
        after = (*plain(kept, self._component), *(self._text(s) for s in segments))
        before = plain(present, self._component) or None
        return self._edit(f"lines[{line.line}].other_payers", before, after, line.line)

    def _text(self, segment: Segment) -> str:
        """With `*` and `:`, as an edit has it."""
        written = [part.replace(self._component, COMPONENT) for part in segment]
        while written and not written[-1]:
            written.pop()
        return ELEMENT.join(written)

    def _edit(self, field: str, before: EditValue, after: EditValue, line: int | None = None) -> Edit:
        return Edit(line=line, field=field, before=before, after=after, evidence=self._evidence)


def _split(claim: ClaimSubmitted, segments: Iterable[str]) -> list[Segment]:
    return [s.split(claim.delimiters.element) for s in segments]


def _at(segment: Sequence[str], place: int) -> str:
    return segment[place] if len(segment) > place else ""


def _relationship(claim: ClaimSubmitted) -> str:
    """SBR02 is empty where the patient is another than the subscriber: PAT01 of loop 2000C says it then."""
    loop = _split(claim, claim.loops.patient)
    return next((_at(s, 1) for s in loop if s[0] == "PAT"), "")


def _from_name(
    loop: Sequence[Segment], role: str, wanted: Sequence[str], *, others: bool = False
) -> list[Segment]:
    """NM1 with this role and the segments of these ids behind it. `others`: of a loop 2330B, the references that
    are not of an adjudication (REF but F8 and T4)."""
    at = next((n for n, s in enumerate(loop) if s[:2] == ["NM1", role]), None)
    if at is None:
        return []
    end = next((n for n in range(at + 1, len(loop)) if loop[n][0] == "NM1"), len(loop))
    behind = list(loop[at + 1 : end])
    if others:
        return [s for s in behind if s[0] == "REF" and _at(s, 1) not in ("F8", "T4")]
    return [loop[at], *(s for s in behind if s[0] in wanted)]


def _of_others(loops: Sequence[Segment], payer_id: str) -> list[Segment]:
    """The loops 2430 of a line that other payers than this one decided."""
    found: list[Segment] = []
    keep = False
    for segment in loops:
        if segment[0] == "SVD":
            keep = _at(segment, 1) != payer_id
        if keep:
            found.append(segment)
    return found


def _adjusted(adjustments: Sequence[Adjustment]) -> list[Segment]:
    """CAS of one loop: a group once as far as it holds, six adjustments each."""
    segments: list[Segment] = []
    groups = sorted(
        {a.group for a in adjustments}, key=lambda g: (_GROUPS.index(g) if g in _GROUPS else 9, g)
    )
    for group in groups:
        own = [a for a in adjustments if a.group == group]
        for at in range(0, len(own), _TRIOS_AT_MOST):
            segment = ["CAS", group]
            for adjustment in own[at : at + _TRIOS_AT_MOST]:
                quantity = adjustment.quantity
                segment += [adjustment.reason, _amount(adjustment.amount)]
                segment.append(_amount(quantity) if quantity is not None else "")
            segments.append(segment)
    if len(segments) > _SEGMENTS_AT_MOST:
        raise _MissingError("prior_adjustments_fit")
    return segments


def _amount(value: Decimal) -> str:
    return plain_number(f"{value:f}")

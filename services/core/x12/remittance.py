"""The reader of 835s (005010X221A1; 4010 X091 in the same way): CLP to RemittedClaim, PLB to ProviderAdjustment."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from services.core.x12.facts import (
    AdjustmentFacts,
    FindingFacts,
    PayeeFacts,
    PayerFacts,
    PolicyFacts,
    ProviderAdjustmentFacts,
    RemarkFacts,
    RemittanceFacts,
    RemittedFacts,
    RemittedLineFacts,
)
from services.core.x12.items import (
    Item,
    ProviderAdjustment,
    QuarantinedRecord,
    RemittedClaim,
    TransactionOpened,
)
from services.core.x12.service import read_service
from services.core.x12.tokenizer import Limits, Run, Segment
from services.core.x12.transaction import (
    CLAIM,
    BrokenError,
    Opening,
    Part,
    Tally,
    TransactionReader,
    amount,
    money,
    note_strange,
    quantity,
    segment_id,
)
from services.core.x12.values import ZERO, at, day, filled

_REVERSAL: Final = "22"
"""CLP02; CLP05 may be left out then."""
_LOOP: Final = "other"
_STARTS: Final = frozenset(("CLP", "PLB", "LX", "TS2", "TS3"))
_INPATIENT_REMARKS: Final = (5, 20, 21, 22, 23)
"""MIA05, MIA20 to MIA23"""
_OUTPATIENT_REMARKS: Final = (3, 4, 5, 6, 7)
"""MOA03 to MOA07"""


class RemittanceReader(TransactionReader):
    """One ST*835. The header is read once; each claim stands alone."""

    def __init__(self, opening: Opening, tally: Tally, limits: Limits, out: list[Item]) -> None:
        super().__init__(opening, tally, limits, out)
        self._payer = PayerFacts(None, None)
        self._payer_state: str | None = None
        self._payee = PayeeFacts()
        self._remittance = RemittanceFacts(None, None, None, None, None, None)
        self._taken_back = ZERO
        self._adjustments_known = True

    def take(self, run: Run, begin: int, end: int) -> None:
        elements, offsets = run.elements, run.offsets
        for n in [n for n in range(begin, end) if elements[n][0] in _STARTS]:
            self._part.extend(run, begin, n)
            begin = n
            sid = elements[n][0]
            if sid == "CLP":
                self._open(CLAIM, offsets[n])
            elif sid == "PLB":
                self._open(_LOOP, run.segment(n).end)
                self._provider_adjustments(run.segment(n))
                begin = n + 1
            elif sid == "LX" or self._part.name is not _LOOP:
                self._open(_LOOP, offsets[n])
        self._part.extend(run, begin, end)

    def end(self, complete: bool) -> None:
        super().end(complete)
        expected = self._remittance.payment_amount
        if expected is None or self.counts.quarantined or not self._adjustments_known:
            self.findings.append(FindingFacts("balance_unchecked", "BPR", 2))
        elif expected != self.counts.paid - self._taken_back:
            self.findings.append(FindingFacts("balance_payment", "BPR", 2))

    def _opened(self, part: Part) -> TransactionOpened:
        trace = payer_tax = method = payer_name = payer_id = payer_other_id = None
        paid_on = produced = None
        payment: Decimal | None = None
        payee_npi = payee_tax = None
        loop = ""
        findings = list(self.guide_findings)
        for e in part.elements:
            sid = e[0]
            if sid == "BPR":
                try:
                    payment = amount(e, 2)
                except BrokenError as error:
                    findings.append(error.place)
                method, paid_on = filled(e, 4), day(at(e, 16))
            elif sid == "TRN" and trace is None:
                trace, payer_tax = filled(e, 2), filled(e, 3)
            elif sid == "DTM" and at(e, 1) == "405":
                produced = day(at(e, 2))
            elif sid == "N1":
                loop = at(e, 1)
                if loop == "PR":
                    payer_name, payer_id = filled(e, 2), filled(e, 4)
                elif loop == "PE":
                    if at(e, 3) == "XX":
                        payee_npi = filled(e, 4)
                    elif at(e, 3) == "FI":
                        payee_tax = filled(e, 4)
            elif sid == "N4" and loop == "PR":
                self._payer_state = filled(e, 2)
            elif sid == "REF":
                if loop == "PR" and at(e, 1) == "2U":
                    payer_other_id = filled(e, 2)
                elif loop == "PE" and at(e, 1) == "TJ":
                    payee_tax = filled(e, 2)
            note_strange(self.known, e, findings)
        self._payer = PayerFacts(payer_id or payer_other_id, payer_name)
        self._payee = PayeeFacts(payee_npi, payee_tax)
        self._remittance = RemittanceFacts(trace, payer_tax, paid_on, produced, payment, method)
        return TransactionOpened(
            part.offset,
            part.count,
            *self.opening.place,
            self.opening.kind.name,
            True,
            self.opening.guide,
            self.opening.control_number,
            None,
            None,
            self._remittance,
            self._payer,
            tuple(findings),
        )

    def _provider_adjustments(self, segment: Segment) -> None:
        e = segment.elements
        pairs = range(3, max(len(e), 4), 2)
        for k in pairs:
            if k > 3 and not at(e, k) and not at(e, k + 1):
                continue
            here = 1 if k == 3 else 0
            reason, _, reference = at(e, k).partition(self.opening.delimiters.component)
            try:
                value = money(e, k + 1)
            except BrokenError as error:
                self._adjustments_known = False
                self._emit(
                    QuarantinedRecord(
                        segment.offset, here, *self.opening.place, "PLB", error.reason, (segment.text,)
                    )
                )
                continue
            self._taken_back += value
            self.counts.provider_adjustments += 1
            self.tally.provider_adjustments += 1
            findings: list[FindingFacts] = []
            note_strange(self.known, e, findings)
            self._emit(
                ProviderAdjustment(
                    segment.offset,
                    here,
                    *self.opening.place,
                    self.tally.provider_adjustments,
                    ProviderAdjustmentFacts(
                        self._payer,
                        filled(e, 1),
                        day(at(e, 2)),
                        reason,
                        reference.strip(" ") or None,
                        value,
                        self._remittance,
                        tuple(findings),
                        (segment.text,),
                    ),
                )
            )

    def _claim(self, part: Part, index: int) -> RemittedClaim:
        clp = part.elements[0]
        claim_number = filled(clp, 1)
        if claim_number is None:
            raise BrokenError("claim_number_missing", "CLP", 1)
        charge, paid, patient = money(clp, 3), money(clp, 4), amount(clp, 5)
        component = self.opening.delimiters.component
        known = self.known
        findings = list(self.guide_findings)
        adjustments: list[AdjustmentFacts] = []
        remarks: list[RemarkFacts] = []
        policies: list[PolicyFacts] = []
        lines: list[RemittedLineFacts] = []
        insured = patient_id = rendering = crossover = reference = None
        service_from = service_to = received = None
        line: int | None = None
        current: _Line | None = None
        adjusted = patient_share = line_adjusted = lines_paid = ZERO
        by_line = True

        for e in part.elements:
            sid = e[0]
            if len(e) > known.get(sid, 0):
                note_strange(known, e, findings, line)
                if len(e) > self.limits.elements:
                    raise BrokenError("too_many_elements", segment_id(sid))
            if sid == "CAS":
                group = at(e, 1)
                for k in range(2, len(e), 3):
                    if not e[k] and not at(e, k + 1):
                        continue
                    value = money(e, k + 1)
                    adjusted += value
                    if line is not None:
                        line_adjusted += value
                    if group == "PR":
                        patient_share += value
                    if line is None:
                        by_line = False
                    adjustments.append(AdjustmentFacts(line, group, e[k], value, quantity(e, k + 2)))
            elif sid == "SVC":
                if current is not None:
                    lines.append(current.finish(line_adjusted, findings))
                line = len(lines) + 1
                line_adjusted = ZERO
                current = _Line(line, e, component)
                lines_paid += current.paid
            elif sid == "DTM":
                qualifier = at(e, 1)
                when = day(at(e, 2))
                if when is None:
                    findings.append(FindingFacts("date_invalid", "DTM", 2, line))
                elif current is not None:
                    current.date(qualifier, when)
                elif qualifier == "232":
                    service_from = when
                elif qualifier == "233":
                    service_to = when
                elif qualifier == "050":
                    received = when
            elif sid == "REF":
                qualifier = at(e, 1)
                if qualifier == "6R" and current is not None:
                    current.control_number = current.control_number or filled(e, 2)
                elif qualifier == "0K":
                    policy = filled(e, 2)
                    if policy:
                        policies.append(PolicyFacts(line, policy))
                elif qualifier == "F8":
                    reference = reference or filled(e, 2)
            elif sid == "LQ":
                code = filled(e, 2)
                if code:
                    remarks.append(RemarkFacts(line, code, "LQ*RX" if at(e, 1) == "RX" else "LQ"))
            elif sid == "AMT":
                if current is not None and at(e, 1) == "B6":
                    current.allowed = amount(e, 2)
            elif sid == "NM1":
                role = at(e, 1)
                if role == "QC":
                    patient_id = patient_id or filled(e, 9)
                elif role == "IL":
                    insured = insured or filled(e, 9)
                elif role == "82":
                    if current is None and at(e, 8) == "XX":
                        rendering = filled(e, 9)
                elif role == "TT":
                    crossover = filled(e, 9) or filled(e, 3)
            elif sid == "MOA":
                _remarks(e, _OUTPATIENT_REMARKS, remarks)
            elif sid == "MIA":
                _remarks(e, _INPATIENT_REMARKS, remarks)

        if current is not None:
            lines.append(current.finish(line_adjusted, findings))
            if not service_from:
                service_from = min((x.service_from for x in lines if x.service_from), default=None)
            if not service_to:
                service_to = max((x.service_to for x in lines if x.service_to), default=None)
        if charge - adjusted != paid:
            findings.append(FindingFacts("balance_claim", "CLP", 4))
        if patient_share != (patient or ZERO) and not (patient is None and at(clp, 2) == _REVERSAL):
            findings.append(FindingFacts("balance_patient", "CLP", 5))
        if lines and by_line and lines_paid != paid:
            findings.append(FindingFacts("balance_lines_paid", "CLP", 4))
        if not at(clp, 2):
            findings.append(FindingFacts("status_missing", "CLP", 2))

        self.counts.adjustments += len(adjustments)
        self.counts.paid += paid
        return RemittedClaim(
            part.offset,
            len(part.texts),
            *self.opening.place,
            index,
            RemittedFacts(
                claim_number,
                at(clp, 2),
                self._payer,
                self._payer_state,
                self._payee,
                filled(clp, 6),
                filled(clp, 7),
                reference,
                filled(clp, 8),
                filled(clp, 9),
                insured or patient_id,
                rendering,
                crossover,
                charge,
                paid,
                patient,
                self._remittance,
                service_from,
                service_to or service_from,
                received,
                tuple(adjustments),
                tuple(remarks),
                tuple(policies),
                tuple(lines),
                tuple(findings),
                self.opening.guide,
                self.opening.delimiters,
                part.encoding,
                part.encoded(part.encoding),
            ),
        )


class _Line:
    """An SVC loop while it is read. What was not said keeps the value of the class."""

    submitted: str | None = None
    submitted_modifiers: tuple[str, ...] = ()
    control_number: str | None = None
    allowed: Decimal | None = None
    begins: date | None = None
    ends: date | None = None

    def __init__(self, line: int, e: list[str], component: str) -> None:
        self.line = line
        self.service = read_service(at(e, 1), component)
        self.charge, self.paid = money(e, 2), money(e, 3)
        self.revenue = filled(e, 4) or self.service.revenue_code
        self.units, self.units_submitted = quantity(e, 5), quantity(e, 7)
        if len(e) > 6 and e[6]:
            submitted = read_service(e[6], component)
            self.submitted = submitted.procedure or submitted.revenue_code
            self.submitted_modifiers = submitted.modifiers

    def date(self, qualifier: str, when: date) -> None:
        """DTM*472 is a day, DTM*150 and DTM*151 a period."""
        if qualifier == "472":
            self.begins = self.ends = when
        elif qualifier == "150":
            self.begins = when
        elif qualifier == "151":
            self.ends = when

    def finish(self, adjusted: Decimal, findings: list[FindingFacts]) -> RemittedLineFacts:
        if self.charge - adjusted != self.paid:
            findings.append(FindingFacts("balance_line", "SVC", 3, self.line))
        return RemittedLineFacts(
            self.line,
            self.control_number,
            self.service.procedure,
            self.service.qualifier,
            self.submitted,
            self.submitted_modifiers,
            self.service.modifiers,
            self.revenue,
            self.charge,
            self.paid,
            self.units,
            self.units_submitted,
            self.allowed,
            self.begins,
            self.ends or self.begins,
        )


def _remarks(e: list[str], places: tuple[int, ...], remarks: list[RemarkFacts]) -> None:
    for place in places:
        if len(e) > place and e[place].strip(" "):
            remarks.append(RemarkFacts(None, e[place].strip(" "), f"{e[0]}{place:02}"))

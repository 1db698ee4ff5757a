"""The reader of 835s (005010X221A1; 4010 X091 in the same way): CLP to RemittedClaim, PLB to ProviderAdjustment."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
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
)
from services.core.x12.values import ZERO, at, day, filled, new

_REVERSAL: Final = "22"
"""CLP02; CLP05 may be left out then."""
_LOOP: Final = "other"
_STARTS: Final = frozenset(("CLP", "PLB", "LX", "TS2", "TS3"))
_INPATIENT_REMARKS: Final = tuple((place, f"MIA{place:02}") for place in (5, 20, 21, 22, 23))
_OUTPATIENT_REMARKS: Final = tuple((place, f"MOA{place:02}") for place in (3, 4, 5, 6, 7))
"""Where the adjudication segments hold remarks: the place, and its name."""


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
            *self.place,
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
                    QuarantinedRecord(segment.offset, here, *self.place, "PLB", error.reason, (segment.text,))
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
                    *self.place,
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
        elements = part.elements
        clp = elements[0]
        claim_number = filled(clp, 1)
        if claim_number is None:
            raise BrokenError("claim_number_missing", "CLP", 1)
        charge, paid, patient = money(clp, 3), money(clp, 4), amount(clp, 5)
        status = clp[2]
        said = _Said(self.opening.delimiters.component, list(self.guide_findings))
        starts = [n for n, e in enumerate(elements) if e[0] == "SVC"]
        starts.append(len(elements))
        self._note_strange(elements, starts, said.findings)

        insured = patient_id = rendering = crossover = reference = None
        service_from = service_to = received = None
        for e in elements[1 : starts[0]]:
            sid, qualifier = e[0], e[1] if len(e) > 1 else ""
            if sid == "NM1":
                if qualifier == "QC":
                    patient_id = patient_id or filled(e, 9)
                elif qualifier == "IL":
                    insured = insured or filled(e, 9)
                elif qualifier == "82" and at(e, 8) == "XX":
                    rendering = filled(e, 9)
                elif qualifier == "TT":
                    crossover = filled(e, 9) or filled(e, 3)
            elif sid == "DTM":
                when = said.date(e, None)
                if qualifier == "232":
                    service_from = when
                elif qualifier == "233":
                    service_to = when
                elif qualifier == "050":
                    received = when
            elif sid == "CAS":
                said.adjust(e, None)
            elif sid == "MOA":
                said.remark(e, _OUTPATIENT_REMARKS)
            elif sid == "MIA":
                said.remark(e, _INPATIENT_REMARKS)
            elif sid == "REF":
                reference = said.refer(qualifier, e, None) or reference
            elif sid == "LQ":
                said.explain(e, None)

        by_line = not said.adjustments
        lines: list[RemittedLineFacts] = []
        paid_by_line = ZERO
        for line, (begin, end) in enumerate(pairwise(starts), 1):
            facts, referred = _read_line(line, elements[begin:end], said)
            lines.append(facts)
            paid_by_line += facts.paid
            reference = reference or referred
        findings = said.findings
        if lines:
            if service_from is None:
                service_from = min([x.service_from for x in lines if x.service_from], default=None)
            if service_to is None:
                service_to = max([x.service_to for x in lines if x.service_to], default=service_from)
            if by_line and paid_by_line != paid:
                findings.append(FindingFacts("balance_lines_paid", "CLP", 4))
        if charge - said.adjusted != paid:
            findings.append(FindingFacts("balance_claim", "CLP", 4))
        if patient is None:
            # what is not said cannot contradict; a reversal may leave it out
            if said.patient_share and status != _REVERSAL:
                findings.append(FindingFacts("patient_responsibility_missing", "CLP", 5))
        elif said.patient_share != patient:
            findings.append(FindingFacts("balance_patient", "CLP", 5))
        if not status:
            findings.append(FindingFacts("status_missing", "CLP", 2))

        self.counts.adjustments += len(said.adjustments)
        self.counts.paid += paid
        encoding = part.encoding
        return RemittedClaim(
            part.offset,
            len(part.texts),
            *self.place,
            index,
            new(
                RemittedFacts,
                (
                    claim_number,
                    status,
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
                    tuple(said.adjustments),
                    tuple(said.remarks),
                    tuple(said.policies),
                    tuple(lines),
                    tuple(findings),
                    self.opening.guide,
                    self.opening.delimiters,
                    encoding,
                    part.encoded(encoding),
                ),
            ),
        )


class _Said:
    """What the segments of a claim say on the way: adjustments, remarks, policies, findings."""

    __slots__ = (
        "adjusted",
        "adjustments",
        "component",
        "findings",
        "patient_share",
        "policies",
        "remarks",
    )

    def __init__(self, component: str, findings: list[FindingFacts]) -> None:
        self.component = component
        self.findings = findings
        self.adjustments: list[AdjustmentFacts] = []
        self.remarks: list[RemarkFacts] = []
        self.policies: list[PolicyFacts] = []
        self.adjusted = self.patient_share = ZERO
        """sums of all adjustments, and of those in group PR"""

    def adjust(self, e: list[str], line: int | None) -> Decimal:
        """CAS: up to six triplets of reason, amount, quantity. The sum of the amounts."""
        total = ZERO
        size = len(e)
        for k in range(2, size, 3):
            if e[k] or at(e, k + 1):
                value = money(e, k + 1)
                units = quantity(e, k + 2) if size > k + 2 else None
                total += value
                self.adjustments.append(new(AdjustmentFacts, (line, e[1], e[k], value, units)))
        self.adjusted += total
        if size > 2 and e[1] == "PR":
            self.patient_share += total
        return total

    def remark(self, e: list[str], places: tuple[tuple[int, str], ...]) -> None:
        """MIA, MOA."""
        size = len(e)
        for place, name in places:
            if size > place and e[place]:
                self.remarks.append(new(RemarkFacts, (None, e[place], name)))

    def explain(self, e: list[str], line: int | None) -> None:
        """LQ."""
        code = filled(e, 2)
        if code:
            self.remarks.append(new(RemarkFacts, (line, code, "LQ*RX" if e[1] == "RX" else "LQ")))

    def refer(self, qualifier: str, e: list[str], line: int | None) -> str | None:
        """REF: notes a policy (0K); the original reference (F8), if it is one."""
        if qualifier == "F8":
            return filled(e, 2)
        if qualifier == "0K":
            policy = filled(e, 2)
            if policy:
                self.policies.append(PolicyFacts(line, policy))
        return None

    def date(self, e: list[str], line: int | None) -> date | None:
        """DTM02."""
        when = day(e[2]) if len(e) > 2 else None
        if when is None:
            self.findings.append(FindingFacts("date_invalid", "DTM", 2, line))
        return when


def _read_line(line: int, elements: list[list[str]], said: _Said) -> tuple[RemittedLineFacts, str | None]:
    """An SVC loop; and REF*F8, which some payers put here instead of in the claim."""
    svc = elements[0]
    service = read_service(at(svc, 1), said.component)
    charge, paid = money(svc, 2), money(svc, 3)
    submitted = read_service(svc[6], said.component) if len(svc) > 6 and svc[6] else None
    control_number = allowed = begins = ends = reference = None
    adjusted = ZERO
    for e in elements:
        sid, qualifier = e[0], e[1] if len(e) > 1 else ""
        if sid == "CAS":
            adjusted += said.adjust(e, line)
        elif sid == "DTM":
            when = said.date(e, line)
            if qualifier == "472":
                begins = ends = when
            elif qualifier == "150":
                begins = when
            elif qualifier == "151":
                ends = when
        elif sid == "REF":
            if qualifier == "6R":
                control_number = control_number or filled(e, 2)
            else:
                reference = said.refer(qualifier, e, line) or reference
        elif sid == "AMT":
            if qualifier == "B6":
                allowed = amount(e, 2)
        elif sid == "LQ":
            said.explain(e, line)
    if service.undeclared:
        said.findings.append(FindingFacts("component_undeclared", "SVC", 1, line))
    if charge - adjusted != paid:
        said.findings.append(FindingFacts("balance_line", "SVC", 3, line))
    facts = new(
        RemittedLineFacts,
        (
            line,
            control_number,
            service.procedure,
            service.qualifier,
            (submitted.procedure or submitted.revenue_code) if submitted else None,
            submitted.modifiers if submitted else (),
            service.modifiers,
            filled(svc, 4) or service.revenue_code,
            charge,
            paid,
            quantity(svc, 5),
            quantity(svc, 7),
            allowed,
            begins,
            ends or begins,
        ),
    )
    return facts, reference

"""What a person sends by portal, letter or telephone: the facts of one denial, gathered for a path without an 837.

Every value stands in an event or in a loaded document. What only a person can say is a blank; nothing is filled in
for it. What each kind must hold: 42 CFR 405.944 (redetermination), 405.964 (reconsideration), 405.980 and CMS IOM
100-04 chapter 34 (reopening); a dispute and an answer to a request for records as contract and request say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.acknowledgment import ClaimAcknowledged
from schemas.case import Attempt, ClassifiedDenial
from schemas.claim import ClaimLine, ClaimSubmitted, Payer
from schemas.codes import Path
from schemas.documentation import DocumentReference
from schemas.recoding import Candidate, Deadline, Edit, RecodingProposed
from schemas.remittance import RemittedLine
from schemas.shape import Money, Quantity, Shape
from services.core.recoding.fields import BILLING

TITLES: Final = {
    Path.REOPENING: "Request to reopen a claim",
    Path.REDETERMINATION: "Request for a redetermination",
    Path.RECONSIDERATION: "Request for a reconsideration",
    Path.PROVIDER_DISPUTE: "Provider dispute",
    Path.RECORDS_RESPONSE: "Answer to a request for records",
}
"""The paths that a person takes with a packet."""

_SIGNED: Final = (
    "name and title of who signs",
    "signature",
    "date signed",
    "telephone of who answers questions",
)

_BLANKS: Final = {
    Path.REOPENING: ("what is wrong on the claim and how the record shows it", *_SIGNED),
    Path.REDETERMINATION: ("why the decision is wrong, with the place in the record", *_SIGNED),
    Path.RECONSIDERATION: (
        "why the decision is wrong, with the place in the record",
        "number and date of the decision that is appealed",
        *_SIGNED,
    ),
    Path.PROVIDER_DISPUTE: (
        "why the decision is wrong, with the place in the record and the clause of the contract",
        *_SIGNED,
    ),
    Path.RECORDS_RESPONSE: ("number of the request", "pages sent and how", *_SIGNED),
}

_WAIVER: Final = "waiver of liability, signed, where the provider has no contract with the plan"
_NOT_CONTRACTED: Final = "N887"


class PacketCode(Shape):
    """A code of the denial. `line` is that of the remittance; null: the whole claim."""

    code: str
    line: int | None
    amount: Money | None
    says: str


class PacketLine(Shape):
    """A service: as it was billed, and what the payer made of it."""

    line: int
    """LX of the 837; of the 835 where no 837 is known"""
    service: str
    units: Quantity | None
    served_from: date | None
    served_to: date | None
    charge: Money
    paid: Money | None
    state: str | None


class PacketFiling(Shape):
    """That the claim was filed: its own date, then each word of the payer that it has come."""

    date: date | None
    what: str


class PacketPolicy(Shape):
    id: str
    line: int | None


class Packet(Shape):
    """One packet. Nothing in it is computed but the choice of what belongs to it."""

    kind: str
    """the path"""
    title: str
    claim_number: str
    payer: Payer
    payer_control_number: str | None
    """CLP07"""
    patient: str | None
    """as the claim names the patient"""
    member_id: str | None
    provider: str | None
    provider_npi: str | None
    provider_tax_id: str | None
    remitted: date | None
    trace_number: str | None
    charge: Money
    paid: Money
    denied: Money
    diagnoses: tuple[str, ...]
    lines: tuple[PacketLine, ...]
    codes: tuple[PacketCode, ...]
    policies: tuple[PacketPolicy, ...]
    """REF*0K: what the payer decided by"""
    explanation: str
    wanted: tuple[Edit, ...]
    """the corrections that a rule proposes"""
    possible: tuple[Candidate, ...]
    """corrections that the record would have to support"""
    question: str | None
    """what is open for the provider"""
    filings: tuple[PacketFiling, ...]
    attempts: tuple[Attempt, ...]
    documents: tuple[DocumentReference, ...]
    """on file for the encounter"""
    deadlines: tuple[Deadline, ...]
    missing: tuple[str, ...]
    blanks: tuple[str, ...]
    """what only a person can say"""
    proposal_id: str


def make_packet(
    denial: ClassifiedDenial,
    proposal: RecodingProposed,
    codes: Sequence[PacketCode],
    acknowledgments: Iterable[ClaimAcknowledged] = (),
) -> Packet | None:
    """The packet of a proposal; null where its path is none of those that a person takes with one. `codes`: those of
    the denial with their words."""
    title = TITLES.get(proposal.path)
    if title is None or proposal.frequency_code is not None:
        return None
    said, claim = denial.adjudication, denial.claim
    documented = denial.documented
    billing = next((p for p in claim.providers if p.role == BILLING), None) if claim is not None else None
    remarks = {remark.code for remark in said.remarks}
    return Packet(
        kind=proposal.path,
        title=title,
        claim_number=denial.claim_number,
        payer=denial.payer,
        payer_control_number=said.payer_control_number,
        patient=_patient(claim),
        member_id=(claim.member_id if claim is not None else None) or said.member_id,
        provider=billing.name if billing is not None else None,
        provider_npi=(claim.billing_npi if claim is not None else None) or said.payee.npi,
        provider_tax_id=(claim.billing_tax_id if claim is not None else None) or said.payee.tax_id,
        remitted=said.remittance.payment_date or said.remittance.production_date,
        trace_number=said.remittance.trace_number,
        charge=said.charge,
        paid=said.paid,
        denied=denial.denied_amount,
        diagnoses=tuple(d.code for d in claim.diagnoses) if claim is not None else (),
        lines=_lines(denial),
        codes=tuple(codes),
        policies=tuple(PacketPolicy(id=policy.id, line=policy.line) for policy in said.policies),
        explanation=proposal.explanation,
        wanted=proposal.edits,
        possible=proposal.candidates,
        question=proposal.query,
        filings=_filings(claim, acknowledgments),
        attempts=denial.attempts,
        documents=documented.documents if documented is not None else (),
        deadlines=proposal.deadlines,
        missing=proposal.missing,
        blanks=(*_BLANKS[proposal.path], *((_WAIVER,) if _NOT_CONTRACTED in remarks else ())),
        proposal_id=proposal.proposal_id,
    )


def _lines(denial: ClassifiedDenial) -> tuple[PacketLine, ...]:
    """The billed lines with what was decided of each; where no 837 is known, those of the remittance."""
    remitted = {line.line: line for line in denial.adjudication.lines}
    if denial.claim is None:
        return tuple(_remitted(line) for line in remitted.values())
    decided: dict[int, list[RemittedLine]] = {}
    for match in denial.matches:
        if match.submitted_line is not None:
            decided.setdefault(match.submitted_line, []).append(remitted[match.remitted_line])
    return tuple(_billed(line, decided.get(line.line, [])) for line in denial.claim.lines)


def _billed(line: ClaimLine, decided: Sequence[RemittedLine]) -> PacketLine:
    return PacketLine(
        line=line.line,
        service=_service(line.procedure, line.modifiers, line.revenue_code),
        units=line.units,
        served_from=line.service_from,
        served_to=line.service_to,
        charge=line.charge,
        paid=sum((d.paid for d in decided), Decimal("0.00")) if decided else None,
        state=", ".join(dict.fromkeys(d.state.value for d in decided)) or None,
    )


def _remitted(line: RemittedLine) -> PacketLine:
    return PacketLine(
        line=line.line,
        service=_service(line.procedure, line.modifiers, line.revenue_code),
        units=line.units_submitted or line.units_paid,
        served_from=line.service_from,
        served_to=line.service_to,
        charge=line.charge,
        paid=line.paid,
        state=line.state,
    )


def _service(procedure: str | None, modifiers: Sequence[str], revenue_code: str | None) -> str:
    parts = [f"revenue {revenue_code}"] if revenue_code else []
    if procedure:
        parts.append("-".join((procedure, *modifiers)))
    return ", ".join(parts) or "no code"


def _filings(
    claim: ClaimSubmitted | None, acknowledgments: Iterable[ClaimAcknowledged]
) -> tuple[PacketFiling, ...]:
    found = [PacketFiling(date=claim.submitted, what="claim created (BHT04)")] if claim is not None else []
    for said in acknowledgments:
        answer = "accepted" if said.accepted else "rejected"
        number = f", number {said.payer_control_number}" if said.payer_control_number else ""
        found.append(PacketFiling(date=said.received, what=f"{said.kind.upper()}: {answer}{number}"))
    return tuple(sorted(found, key=lambda filing: filing.date or date.max))


def _patient(claim: ClaimSubmitted | None) -> str | None:
    """NM103 to NM105 of loop 2010CA, else of 2010BA."""
    if claim is None:
        return None
    for loop, role in ((claim.loops.patient, "QC"), (claim.loops.subscriber, "IL")):
        for segment in loop:
            elements = segment.split(claim.delimiters.element)
            if elements[:2] == ["NM1", role] and len(elements) > 3:
                last, *given = (part.strip() for part in elements[3:6])
                return ", ".join(filter(None, (last, " ".join(filter(None, given))))) or None
    return None

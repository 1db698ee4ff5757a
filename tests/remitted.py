"""What payers say, for tests: adjudications as intake would publish them, from a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from schemas.acknowledgment import AcknowledgmentReason, ClaimAcknowledged
from schemas.claim import ClaimSubmitted, Delimiters, Finding, Payer, Position
from schemas.codes import LineState, Path
from schemas.documentation import ClaimDocumented, DocumentReference
from schemas.envelope import Event, event_id
from schemas.remittance import (
    Adjustment,
    ClaimAdjudicated,
    ClaimDenied,
    Payee,
    Remark,
    Remittance,
    RemittanceAdjusted,
    RemittedLine,
)
from schemas.resubmission import ClaimDelivered, ClaimResubmitted, OutgoingClaim
from schemas.shape import Shape
from services.core.denials.state import Decided, decide
from tests.submitted import submitted_claims
from tests.synthetic_837 import PROFESSIONAL, file_bytes

KEY = "main|0123456789abcdef0123456789abcdef"
NUMBER = "PATACC1"
SERVED = date(2025, 12, 20)
PAYER = Payer(id="EHP01", name="EXAMPLE HEALTH PLAN")
UNDATED = Remittance(trace_number=None, payment_date=None, production_date=None)
DELIMITERS = Delimiters(element="*", component=":", repetition="^", terminator="~")


@dataclass(frozen=True)
class Service:
    """A service line as `decide` sees it."""

    line: int
    charge: Decimal
    paid: Decimal
    procedure: str | None = "G0463"
    submitted_procedure: str | None = None
    modifiers: tuple[str, ...] = ()
    submitted_modifiers: tuple[str, ...] = ()
    units_paid: Decimal | None = None
    units_submitted: Decimal | None = None


@dataclass(frozen=True)
class Remitted:
    """A claim payment as `decide` sees it."""

    status_code: str
    filing_indicator: str | None
    charge: Decimal
    paid: Decimal
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[Remark, ...]
    lines: tuple[Service, ...]
    remittance: Remittance = UNDATED
    findings: tuple[Finding, ...] = ()


def adjustments(*texts: str) -> tuple[Adjustment, ...]:
    """`CO-45 20.00` at claim level, `1 CO-45 20.00` on line 1."""
    found = []
    for text in texts:
        *line, code, amount = text.split(" ")
        group, _, reason = code.partition("-")
        found.append(
            Adjustment(
                line=int(line[0]) if line else None, group=group, reason=reason, amount=Decimal(amount)
            )
        )
    return tuple(found)


def remarks(*texts: str) -> tuple[Remark, ...]:
    """`MA130` at claim level, `1 N290` on line 1."""
    found = []
    for text in texts:
        *line, code = text.split(" ")
        place = "LQ" if line else "MOA03"
        found.append(Remark(line=int(line[0]) if line else None, code=code, place=place))
    return tuple(found)


def decided(
    *taken: str,
    status: str = "1",
    paid: str = "0",
    charge: str = "100",
    said: Sequence[str] = (),
    lines: Sequence[Service] | None = None,
    filing: str | None = "12",
    findings: Sequence[str] = (),
) -> Decided:
    """`decide` of a claim of one line (all of the claim), or of the lines given."""
    own = (Service(1, Decimal(charge), Decimal(paid)),) if lines is None else tuple(lines)
    return decide(
        Remitted(
            status,
            filing,
            Decimal(charge),
            Decimal(paid),
            adjustments(*taken),
            remarks(*said),
            own,
            findings=tuple(Finding(code=code) for code in findings),
        )
    )


def adjudication(
    *taken: str,
    status: str = "1",
    paid: str = "0",
    charge: str = "250",
    said: Sequence[str] = (),
    control: str | None = "ICN1",
    original: str | None = None,
    frequency: str | None = "1",
    trace: str | None = "TRACE1",
    on: date | None = date(2026, 1, 20),
    file: str = "f1",
    index: int = 1,
    siblings: int = 1,
    served: date | None = SERVED,
    npi: str | None = "1234567893",
    tax_id: str | None = None,
    payer: Payer = PAYER,
    payer_tax_id: str | None = None,
    lines: Sequence[RemittedLine] = (),
    number: str = NUMBER,
    **others: Any,
) -> ClaimDenied | ClaimAdjudicated:
    """A CLP as intake publishes it. Amounts balance only where the caller makes them."""
    facts = Remitted(
        status,
        "12",
        Decimal(charge),
        Decimal(paid),
        adjustments(*taken),
        remarks(*said),
        tuple(
            Service(
                n.line,
                n.charge,
                n.paid,
                n.procedure,
                n.submitted_procedure,
                n.modifiers,
                n.submitted_modifiers,
                n.units_paid,
                n.units_submitted,
            )
            for n in lines
        ),
        Remittance(trace_number=trace, payment_date=on, production_date=on),
        tuple(others.get("findings", ())),
    )
    state = decide(facts)
    model = ClaimDenied if state.claim_state.denied else ClaimAdjudicated
    values: dict[str, Any] = {
        "claim_number": number,
        "claim_state": state.claim_state,
        "status_code": status,
        "payer": payer,
        "payee": Payee(npi=npi, tax_id=tax_id),
        "filing_indicator": "12",
        "payer_control_number": control,
        "original_reference": original,
        "frequency_code": frequency,
        "charge": facts.charge,
        "paid": facts.paid,
        "patient_responsibility": None,
        "denied_amount": state.denied_amount,
        "pended_amount": state.pended_amount,
        "remittance": Remittance(
            trace_number=trace, payer_tax_id=payer_tax_id, payment_date=on, production_date=on
        ),
        "service_from": served,
        "service_to": served,
        "adjustments": facts.adjustments,
        "remarks": facts.remarks,
        "lines": tuple(
            line.model_copy(update={"state": line_state})
            for line, line_state in zip(lines, state.line_states, strict=True)
        ),
        "remit_quality": state.remit_quality,
        "siblings": siblings,
        "guide": "005010X221A1",
        "delimiters": DELIMITERS,
        "segments": (f"CLP*{number}*{status}*{charge}*{paid}",),
        "position": Position(file=file, interchange=1, group=1, transaction=1, index=index),
    }
    return model(**{**values, **others})


def submission(**changes: Any) -> ClaimSubmitted:
    """The synthetic claim of $250 of 2025-12-20, with changes."""
    claim = next(submitted_claims(file_bytes(PROFESSIONAL)))
    return claim.model_copy(update=changes)


def resubmission(
    facts: Sequence[str],
    lineage: str,
    generation: int = 1,
    path: Path = Path.REPLACEMENT,
    reference: str | None = "ICN1",
    **changes: Any,
) -> ClaimResubmitted:
    """What the resubmitter publishes: the synthetic claim with frequency and reference set."""
    claim = submission()
    frequency = {Path.REPLACEMENT: "7", Path.VOID: "8"}.get(path, "1")
    segments = tuple(s.replace("11:B:1", f"11:B:{frequency}") for s in claim.segments)
    if reference is not None and frequency != "1":
        segments = (segments[0], f"REF*F8*{reference}", "REF*G1*AUTH77", *segments[1:])
    values: dict[str, Any] = {
        "resubmission_id": f"r{generation}",
        "claim_number": NUMBER,
        "lineage": lineage,
        "revision": 1,
        "proposal_id": f"p{generation}",
        "generation": generation,
        "payer": claim.payer,
        "path": path,
        "frequency_code": frequency,
        "original_reference": reference if frequency != "1" else None,
        "causes": ("auth",),
        "amount": Decimal("250.00"),
        "x12": OutgoingClaim(
            transaction="837P",
            guide=claim.guide,
            encoding="utf-8",
            element="*",
            component=":",
            repetition="^",
            submitter=claim.loops.transaction[2:],
            billing=claim.loops.billing,
            subscriber=claim.loops.subscriber,
            patient=claim.loops.patient,
            claim=segments,
            interchange=claim.loops.interchange,
            group=claim.loops.group,
        ),
        "facts": tuple(facts),
    }
    return ClaimResubmitted(**{**values, **changes})


def delivered(generation: int, at: date, lineage: str = "") -> ClaimDelivered:
    return ClaimDelivered(
        claim_number=NUMBER,
        lineage=lineage,
        proposal_id=f"p{generation}",
        resubmission_id=f"r{generation}",
        file="ehp01/2026-02-01/000000001.837",
        interchange_control_number="000000001",
        group_control_number="1",
        digest="0" * 64,
        at=at,
    )


def acknowledged(accepted: bool, received: date, kind: str = "277ca", **others: Any) -> ClaimAcknowledged:
    reason = AcknowledgmentReason(category="A1" if accepted else "A3", status="20" if accepted else "21")
    return ClaimAcknowledged(
        claim_number=NUMBER, kind=kind, accepted=accepted, reasons=(reason,), received=received, **others
    )


def documented(day: date = SERVED, diagnosis: str = "J0390", document: str = "note-1") -> ClaimDocumented:
    return ClaimDocumented(
        claim_number=NUMBER,
        documented_diagnoses=(diagnosis,),
        documents=(DocumentReference(id=document, kind="note", date=day),),
        documented=date(2026, 1, 25),
    )


def recouped(amount: str = "100.00", reference: str = "ICN1") -> RemittanceAdjusted:
    return RemittanceAdjusted(
        payer=PAYER,
        provider_id="1234567893",
        fiscal_period=None,
        reason="WO",
        reference=reference,
        claim_number=NUMBER,
        amount=Decimal(amount),
        remittance=Remittance(trace_number="TRACE9", payment_date=date(2026, 3, 1), production_date=None),
        segments=("PLB*1234567893*20261231*WO:ICN1*100",),
        position=Position(file="f9", interchange=1, group=1, transaction=1, index=1),
    )


_TOPICS: dict[type[Shape], str] = {
    ClaimSubmitted: "claim-submitted",
    ClaimDenied: "claim-denied",
    ClaimAdjudicated: "claim-adjudicated",
    ClaimAcknowledged: "claim-acknowledged",
    RemittanceAdjusted: "remittance-adjusted",
    ClaimDocumented: "claim-documented",
    ClaimResubmitted: "claim-resubmitted",
    ClaimDelivered: "claim-delivered",
}


def told(data: Shape, at: date = date(2026, 1, 20)) -> Event[Any]:
    """The event of a payload, as a worker hands it over."""
    topic = _TOPICS[type(data)]
    natural = data.encode().decode()
    return Event(
        id=event_id("main", f"{topic}.v1", natural),
        type=f"{topic}.v1",
        source="test",
        time=datetime(at.year, at.month, at.day, tzinfo=UTC),
        key=KEY,
        data=data,
        topic=topic,
    )


def remittance_lines_of(
    claim: ClaimSubmitted, said: Sequence[tuple[int | None, str]], paid: Sequence[int] = ()
) -> dict[str, Any]:
    """The lines and remarks of an adjudication of a claim: each line paid or denied in full, each remark on its line
    or, with null, on the claim."""
    return {
        "lines": tuple(
            RemittedLine(
                line=number,
                procedure=line.procedure,
                charge=line.charge,
                paid=line.charge if number in paid else Decimal(0),
                state=LineState.PAID if number in paid else LineState.DENIED_FULL,
            )
            for number, line in enumerate(claim.lines, start=1)
        ),
        "remarks": tuple(
            Remark(line=line, code=code, place="MOA03" if line is None else "LQ") for line, code in said
        ),
    }

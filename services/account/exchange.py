"""What was billed and what came back, from the events of one claim, for a person. No name of a patient is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from schemas.acknowledgment import ClaimAcknowledged
from schemas.claim import ClaimSubmitted, Payer
from schemas.envelope import Event
from schemas.remittance import Adjudication, Adjustment, Remark
from schemas.shape import Money, Quantity, Shape
from services.account.denial_codes import Said, say_carc, say_rarc
from services.core.codes.tables import Tables
from services.core.facts import adjudication_id


class CodeAccount(Shape):
    """A code that carries a decision, where it stood, and what it says."""

    code: str
    """`CO-197`, `N290`"""
    line: int | None
    """of the 835; null: the whole claim"""
    amount: Money | None = None
    says: str
    listed: str | None = None
    """the words of the user's own list, where one is loaded"""


class BilledLine(Shape):
    line: int
    code: str
    """procedure with its modifiers, else the revenue code"""
    units: Quantity | None
    charge: Money
    served: date | None


class BilledAccount(Shape):
    """One submitted claim."""

    sent: date
    transaction: str
    payer: Payer
    charge: Money
    frequency_code: str | None
    served: date | None
    diagnoses: tuple[str, ...]
    lines: tuple[BilledLine, ...]


class AnsweredLine(Shape):
    line: int
    code: str
    charge: Money
    paid: Money
    state: str
    codes: tuple[CodeAccount, ...]


class AnswerAccount(Shape):
    """One answer of a payer (CLP)."""

    came: date
    payer: Payer
    payer_control_number: str | None
    state: str
    charge: Money
    paid: Money
    denied: Money
    pended: Money
    patient: Money | None
    codes: tuple[CodeAccount, ...]
    """those of the whole claim"""
    lines: tuple[AnsweredLine, ...]


class RejectionAccount(Shape):
    """A file or claim that a payer did not take in: no decision about the service."""

    came: date
    kind: str
    reasons: tuple[str, ...]


def billed(events: Iterable[Event[Shape]]) -> tuple[BilledAccount, ...]:
    """The submitted claims, oldest first."""
    claims = sorted(
        ((e.time.date(), e.data) for e in events if isinstance(e.data, ClaimSubmitted)),
        key=lambda told: told[0],
    )
    return tuple(_billed(claim.submitted or day, claim) for day, claim in claims)


def answered(events: Iterable[Event[Shape]], tables: Tables) -> tuple[AnswerAccount, ...]:
    """The payers' answers, oldest first; of one date in the order of the log. What came in two files is told once."""
    told: dict[str, tuple[date, Adjudication]] = {}
    for event in events:
        if isinstance(event.data, Adjudication):
            told.setdefault(adjudication_id(event.data), (event.time.date(), event.data))
    return tuple(_answer(day, answer, tables) for day, answer in sorted(told.values(), key=lambda t: t[0]))


def rejected(events: Iterable[Event[Shape]]) -> tuple[RejectionAccount, ...]:
    """Acknowledgments that reject, oldest first."""
    told = [
        RejectionAccount(
            came=e.data.received or e.time.date(),
            kind=e.data.kind,
            reasons=tuple(":".join(filter(None, (r.category, r.status))) for r in e.data.reasons),
        )
        for e in events
        if isinstance(e.data, ClaimAcknowledged) and not e.data.accepted
    ]
    return tuple(sorted(told, key=lambda rejection: rejection.came))


def carriers(
    adjustments: Iterable[Adjustment], remarks: Iterable[Remark], day: date | None, tables: Tables
) -> tuple[CodeAccount, ...]:
    """The codes of adjustments, then those of remarks, in words."""
    return (
        *(
            _code(f"{a.group}-{a.reason}", a.line, a.amount, say_carc(a.reason, day, tables))
            for a in adjustments
        ),
        *(_code(r.code, r.line, None, say_rarc(r.code, day, tables)) for r in remarks),
    )


def _code(code: str, line: int | None, amount: Decimal | None, said: Said) -> CodeAccount:
    return CodeAccount(code=code, line=line, amount=amount, says=said.label, listed=said.listed)


def _billed(day: date, claim: ClaimSubmitted) -> BilledAccount:
    return BilledAccount(
        sent=day,
        transaction=claim.transaction,
        payer=claim.payer,
        charge=claim.total_charge,
        frequency_code=claim.frequency_code,
        served=claim.service_from,
        diagnoses=tuple(diagnosis.code for diagnosis in claim.diagnoses),
        lines=tuple(
            BilledLine(
                line=line.line,
                code=_service(line.procedure, line.modifiers, line.revenue_code),
                units=line.units,
                charge=line.charge,
                served=line.service_from,
            )
            for line in claim.lines
        ),
    )


def _answer(day: date, answer: Adjudication, tables: Tables) -> AnswerAccount:
    paid_on = answer.remittance.payment_date or answer.remittance.production_date

    def at(line: int | None) -> tuple[CodeAccount, ...]:
        return carriers(
            [a for a in answer.adjustments if a.line == line],
            [r for r in answer.remarks if r.line == line],
            paid_on,
            tables,
        )

    return AnswerAccount(
        came=day,
        payer=answer.payer,
        payer_control_number=answer.payer_control_number,
        state=answer.claim_state,
        charge=answer.charge,
        paid=answer.paid,
        denied=answer.denied_amount,
        pended=answer.pended_amount,
        patient=answer.patient_responsibility,
        codes=at(None),
        lines=tuple(
            AnsweredLine(
                line=line.line,
                code=_service(line.procedure, line.modifiers, line.revenue_code),
                charge=line.charge,
                paid=line.paid,
                state=line.state,
                codes=at(line.line),
            )
            for line in answer.lines
        ),
    )


def _service(procedure: str | None, modifiers: Sequence[str], revenue_code: str | None) -> str:
    if procedure:
        return "-".join((procedure, *modifiers))
    return f"revenue {revenue_code}" if revenue_code else "no code"

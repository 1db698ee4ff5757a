"""999, 277CA and 835 as the simulated payer writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.payer.books import ZERO, Decision
from tests.payer.clinic import NAME, NPI, SENDER, TAX_ID, VERSION, Claim, Plan
from tests.payer.x12 import interchange, money, segment, ymd


@dataclass(frozen=True, slots=True)
class Status:
    """What a 277CA says of one claim."""

    number: str
    charge: Decimal
    accepted: bool
    control_number: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One CLP. `reversal`: the decision is taken back, with all amounts negated."""

    claim: Claim
    decision: Decision
    reversal: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """One PLB entry; a positive amount is taken."""

    reason: str
    reference: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """One 835. The same payment may be written into several files, each with a number of its own."""

    plan: Plan
    trace: str
    day: date
    said: tuple[Said, ...]
    taken: tuple[Taken, ...] = ()

    @property
    def amount(self) -> Decimal:
        paid = sum((-s.decision.paid if s.reversal else s.decision.paid for s in self.said), ZERO)
        return paid - sum((t.amount for t in self.taken), ZERO)


def group(plan: Plan, control_number: str, day: date, number: int, *, accepted: bool) -> bytes:
    """A 999 of a functional group with one transaction set."""
    verdict = ["IK5*A"] if accepted else ["IK3*CLM*22**8", "IK4*2*782*1", "IK5*R*5"]
    return interchange(
        "FA",
        "005010X231A1",
        [
            [
                segment("AK1", "HC", control_number, VERSION),
                segment("AK2", "837", "0001", VERSION),
                *verdict,
                segment("AK9", "A" if accepted else "R", 1, 1, int(accepted)),
            ]
        ],
        sender=plan.receiver,
        receiver=SENDER,
        day=day,
        number=number,
    )


def statuses(
    plan: Plan, reference: str, claims: Sequence[Status], day: date, number: int, *, batch: bool = True
) -> bytes:
    """A 277CA of one transaction set of ours. `reference`: its BHT03. Without `batch`, all of it is turned away at
    the level of the sender."""
    return interchange(
        "HN",
        "005010X214",
        [_statuses(plan, reference, claims, day, number, batch)],
        sender=plan.receiver,
        receiver=SENDER,
        day=day,
        number=number,
    )


def _statuses(
    plan: Plan, reference: str, claims: Sequence[Status], day: date, number: int, batch: bool
) -> Iterable[str]:
    total = money(sum((c.charge for c in claims), ZERO))
    yield segment("BHT", "0085", "08", f"ACK{number}", ymd(day), "0900", "TH")
    yield segment("HL", 1, None, "20", 1)
    yield segment("NM1", "PR", "2", plan.name, None, None, None, None, "PI", plan.id)
    yield segment("TRN", 1, f"ACK{number}")
    yield segment("DTP", "050", "D8", ymd(day))
    yield segment("DTP", "009", "D8", ymd(day))
    yield segment("HL", 2, 1, "21", int(batch))
    yield segment("NM1", "41", "2", NAME, None, None, None, None, "46", SENDER)
    yield segment("TRN", 2, reference)
    if not batch:
        yield segment("STC", "A3:24:41", ymd(day), "U", total)
        yield segment("QTY", "AA", len(claims))
        yield segment("AMT", "YY", total)
        return
    yield segment("STC", "A1:19:PR", ymd(day), "WQ", total)
    yield segment("HL", 3, 2, "19", 1)
    yield segment("NM1", "85", "2", NAME, None, None, None, None, "XX", NPI)
    yield segment("TRN", 1, 0)
    yield segment("STC", "A1:19:PR", None, "WQ", total)
    for level, claim in enumerate(claims, 4):
        yield segment("HL", level, 3, "PT")
        yield segment("NM1", "QC", "1", "SAMPLE", "PATIENT", None, None, None, "MI", "MBR")
        yield segment("TRN", 2, claim.number)
        said = ("A2:20:PR", ymd(day), "WQ") if claim.accepted else ("A7:562:85", ymd(day), "U")
        yield segment("STC", *said, money(claim.charge))
        if claim.control_number is not None:
            yield segment("REF", "1K", claim.control_number)
        yield segment("DTP", "472", "D8", ymd(day))


def remittance(payment: Payment, number: int) -> bytes:
    """An 835, in balance to the cent."""
    body: list[str] = []
    for said in payment.said:
        body += _claim(said)
    amount, taken = payment.amount, payment.taken
    if amount < 0:
        # A payment cannot be negative: what is owed is carried forward.
        taken = (*taken, Taken("FB", payment.trace, amount))
        amount = ZERO
    plb = [
        segment(
            "PLB",
            NPI,
            "20261231",
            *(p for t in taken for p in (f"{t.reason}:{t.reference}", money(t.amount))),
        )
    ]
    return interchange(
        "HP",
        "005010X221A1",
        [[*_header(payment, amount), *body, *(plb if taken else [])]],
        sender=payment.plan.receiver,
        receiver=SENDER,
        day=payment.day,
        number=number,
    )


def _header(payment: Payment, amount: Decimal) -> Iterable[str]:
    plan, day = payment.plan, payment.day
    if amount > 0:
        ours, theirs = ("01", "999999992", "DA", "000111222"), ("01", "999999992", "DA", "000333444")
        yield segment(
            "BPR", "I", money(amount), "C", "ACH", "CCP", *theirs, "1990000009", None, *ours, ymd(day)
        )
    else:
        yield segment("BPR", "H", "0", "C", "NON", *([None] * 11), ymd(day))
    yield segment("TRN", 1, payment.trace, "1990000009")
    yield segment("DTM", "405", ymd(day))
    yield segment("N1", "PR", plan.name, "XV", plan.id)
    yield segment("N3", "PO BOX 1")
    yield segment("N4", "ALBANY", "NY", "122010000")
    yield segment("PER", "BL", "PROVIDER SERVICES", "TE", "5555550111")
    yield segment("N1", "PE", NAME, "XX", NPI)
    yield segment("REF", "TJ", TAX_ID)
    yield segment("LX", 1)


def _claim(said: Said) -> Iterable[str]:
    claim, decision, sign = said.claim, said.decision, -1 if said.reversal else 1
    yield segment(
        "CLP",
        claim.number,
        "22" if said.reversal else decision.status,
        money(sign * decision.charge),
        money(sign * decision.paid),
        money(decision.patient) if decision.patient and not said.reversal else None,
        "12",
        decision.control_number,
        "11",
        decision.frequency,
    )
    yield segment("NM1", "QC", "1", "SAMPLE", f"P{claim.member}", None, None, None, "MI", claim.member)
    if decision.original is not None:
        yield segment("REF", "F8", decision.original)
    for line in decision.lines:
        yield segment(
            "SVC", f"HC:{line.procedure}", money(sign * line.charge), money(sign * line.paid), None, 1
        )
        yield segment("DTM", "472", ymd(claim.served))
        for group, reason, amount in line.adjustments:
            yield segment("CAS", group, reason, money(sign * amount))
        yield segment("REF", "6R", f"{claim.number}L{line.number}")

"""835 (005010X221A1): what a payer answered, in balance to the cent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from examples.generator.claims import Claim
from examples.generator.people import Organization
from examples.generator.scenarios import Answer, Payer
from examples.generator.x12 import SENDER, amount, interchange, segment, ymd

VERSION = "005010X221A1"
ZERO = Decimal(0)
ALLOWED = Decimal("0.64")
"""of a charge, by every payer"""

Adjustments = list[tuple[str, str, Decimal, int | None]]
"""Group, reason, amount, quantity."""


@dataclass(frozen=True, slots=True)
class ProviderAdjustment:
    """A PLB entry: a positive amount is taken back."""

    reason: str
    reference: str
    amount: Decimal


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def judge(
    payer: Payer, charge: Decimal, answer: dict[str, Any]
) -> tuple[Decimal, Decimal | None, Adjustments]:
    """What is paid for a line, what was allowed, and the adjustments between charge and payment."""
    if "denied" in answer:
        group, reason = answer["denied"]
        return ZERO, None, [(group, reason, charge, None)]
    if "reduced" in answer:
        group, reason, part, quantity = answer["reduced"]
        cut = cents(charge * Decimal(str(part)))
        paid, allowed, rest = judge(payer, charge - cut, {"paid": True})
        return paid, allowed, [(group, reason, cut, quantity), *rest]
    allowed = cents(charge * ALLOWED)
    written_off: Adjustments = [("CO", "45", charge - allowed, None)]
    if "deductible" in answer:
        return ZERO, allowed, [*written_off, ("PR", "1", allowed, None)]
    if "prior_payer" in answer:
        return ZERO, None, [("OA", "23", charge, None)]
    if "reporting" in answer:
        return ZERO, None, [("CO", "246", charge, None)] if charge else []
    if payer.pricing == "medicare":
        share = cents(allowed / 5)
        withheld = cents((allowed - share) * Decimal("0.02"))
        adjustments = [*written_off, ("PR", "2", share, None), ("CO", "253", withheld, None)]
        return allowed - share - withheld, allowed, adjustments
    if payer.pricing == "medicaid":
        return allowed, allowed, written_off
    share = min(Decimal(25), allowed)
    return allowed - share, allowed, [*written_off, ("PR", "3", share, None)]


def file(
    payer: Payer,
    provider: Organization,
    answers: Iterable[tuple[Claim, Answer, bool]],
    day: date,
    number: int,
    taken: tuple[ProviderAdjustment, ...] = (),
) -> bytes:
    """One payment. Each answer is a claim, what is said of it, and whether it takes back what was said before."""
    body: list[str] = []
    total = ZERO
    for claim, answer, reversal in answers:
        segments, paid = _claim(payer, claim, answer, reversal, day)
        body += segments
        total += paid
    total -= sum((t.amount for t in taken), start=ZERO)
    if total < 0:
        # a payment cannot be negative: what is owed is carried forward
        taken = (*taken, ProviderAdjustment("FB", f"EFT{number:06}", total))
        total = ZERO
    plb = [_plb(provider, taken)] if taken else []
    return interchange(
        [[*_header(payer, provider, total, day, number), *body, *plb]],
        functional="HP",
        version=VERSION,
        sender=payer.receiver,
        receiver=SENDER,
        day=day,
        number=number,
        transaction_set="835",
    )


def _header(payer: Payer, provider: Organization, total: Decimal, day: date, number: int) -> Iterable[str]:
    paid_on = ymd(day + timedelta(days=3))
    if total > 0:
        ours, theirs = ("01", "999999992", "DA", "000111222"), ("01", "999999992", "DA", "000333444")
        yield segment(
            "BPR", "I", amount(total), "C", "ACH", "CCP", *theirs, "1990000009", None, *ours, paid_on
        )
    else:
        yield segment("BPR", "H", "0", "C", "NON", *([None] * 11), paid_on)
    yield segment("TRN", "1", f"EFT{number:06}", "1990000009")
    yield segment("DTM", "405", ymd(day))
    yield segment("N1", "PR", payer.name, "XV", payer.id)
    yield segment("N3", "PO BOX 1")
    yield segment("N4", payer.city, payer.state, payer.zip)
    yield segment("REF", "2U", payer.other_id)
    yield segment("PER", "BL", "PROVIDER SERVICES", "TE", "5185550111")
    yield segment("N1", "PE", provider.name, "XX", provider.npi)
    yield segment("REF", "TJ", provider.tax_id)
    yield segment("LX", "1")


def _plb(provider: Organization, taken: tuple[ProviderAdjustment, ...]) -> str:
    pairs = [part for t in taken for part in (f"{t.reason}:{t.reference}", amount(t.amount))]
    return segment("PLB", provider.npi, "20261231", *pairs)


def _claim(
    payer: Payer, claim: Claim, answer: Answer, reversal: bool, day: date
) -> tuple[list[str], Decimal]:
    sign = -1 if reversal else 1
    judged = [judge(payer, line.charge, a) for line, a in zip(claim.lines, answer.lines, strict=True)]
    charge = sum((line.charge for line in claim.lines), start=ZERO)
    at_claim: Adjustments = [(a["group"], a["reason"], charge, None) for a in answer.claim_level]
    if at_claim:
        judged = []
    everything = [*at_claim, *(a for _, _, adjustments in judged for a in adjustments)]
    paid = sum((paid for paid, _, _ in judged), start=ZERO)
    share = sum((a[2] for a in everything if a[0] == "PR"), start=ZERO)
    again = answer is claim.scenario.corrected
    facility, _ = claim.facility
    found = [
        segment(
            "CLP",
            claim.number,
            "22" if reversal else answer.status,
            amount(sign * charge),
            amount(sign * paid),
            amount(sign * share) if share and not reversal else None,
            payer.claim_filing,
            claim.control_number + ("A" if again else ""),
            facility,
            "1",
        ),
        *_cas(at_claim, sign),
        segment(
            "NM1", "QC", "1", claim.patient.last, claim.patient.first, None, None, None, "MI", claim.member_id
        ),
    ]
    if not claim.scenario.institutional and claim.scenario.rendering == "named":
        clinician = claim.clinician
        found.append(
            segment("NM1", "82", "1", clinician.last, clinician.first, None, None, None, "XX", clinician.npi)
        )
    if answer.remarks:
        found.append(segment("MOA", None, None, *answer.remarks))
    if again:
        found.append(segment("REF", "F8", claim.control_number))
    found.append(segment("DTM", "232", ymd(claim.served)))
    found.append(segment("DTM", "050", ymd(day - timedelta(days=17))))
    if not at_claim:
        for n, (line, a, (line_paid, allowed, adjustments)) in enumerate(
            zip(claim.lines, answer.lines, judged, strict=True), 1
        ):
            billed = ":".join(("HC", line.procedure, *line.modifiers))
            adjudicated = f"HC:{a['recoded']}" if "recoded" in a else billed
            units = a.get("units_paid", line.units)
            found.append(
                segment(
                    "SVC",
                    adjudicated,
                    amount(sign * line.charge),
                    amount(sign * line_paid),
                    line.revenue,
                    units,
                    billed if "recoded" in a else None,
                    line.units if units != line.units else None,
                )
            )
            found.append(segment("DTM", "472", ymd(claim.served)))
            found.extend(_cas(adjustments, sign))
            found.append(segment("REF", "6R", f"{claim.number}L{n}"))
            if "policy" in a:
                found.append(segment("REF", "0K", a["policy"]))
            if allowed is not None and not reversal:
                found.append(segment("AMT", "B6", amount(allowed)))
            found.extend(segment("LQ", "HE", remark) for remark in a.get("remarks", ()))
    return found, sign * paid


def _cas(adjustments: Adjustments, sign: int) -> Iterable[str]:
    """One CAS a group, in the order in which the groups come."""
    for group in dict.fromkeys(a[0] for a in adjustments):
        triplets = [
            part
            for g, reason, value, quantity in adjustments
            if g == group
            for part in (reason, amount(sign * value), quantity)
        ]
        yield segment("CAS", group, *triplets)

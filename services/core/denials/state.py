"""What a denial is: the state of an 835 claim and its lines from its adjustments (docs/what-is-a-denial.md).

One pure function, `decide`, used by intake to choose between `claim-denied` and `claim-adjudicated` and by the
classifier to know which adjustments carry a denial. It raises on no input.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from schemas.codes import ClaimState, LineState
from services.core.denials.knowledge import SHIPPED, Reason, ReasonClass, reason_code, remark_code
from services.core.denials.remitted import Adjustment, Facts, Line, Remark

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)

REVERSAL: Final = "22"
PREDETERMINATION: Final = "25"
FORWARDED: Final = "23"
"""not this payer's claim, sent on: an 835 with no amounts refuses nothing"""
PENDED_STATUSES: Final = frozenset({"5", "10", "13", "15", "16", "17"})
"""CLP02 of the 4010 guides for claims without a decision yet; removed in 5010, still met"""
KNOWN_STATUSES: Final = frozenset({"1", "2", "3", "4", "19", "20", "21", "22", "23", "25"})
"""CLP02 of 005010X221A1. 4 says only that the patient was not recognized: a denial is never keyed on it"""
LEGACY_STATUSES: Final = PENDED_STATUSES | {"27"}
KNOWN_GROUPS: Final = frozenset({"CO", "PR", "PI", "OA"})
CORRECTION_GROUP: Final = "CR"
"""corrections and reversals of 4010, removed in 5010: noise of a reversal. On a claim that was paid nothing it says
no more of the amount than its CARC does"""
WORKERS_COMPENSATION: Final = "WC"
BALANCE: Final = "balance"
"""amounts of a claim, a line or the patient's share do not add up; the reader's findings begin with the same word"""
_REMARK_FORM: Final = re.compile(r"(M|MA|N)\d{1,3}")


@dataclass(frozen=True, slots=True)
class Decided:
    """denied + pended + benign = the sum of all adjustments, to the cent."""

    claim_state: ClaimState
    line_states: tuple[LineState, ...]
    """in the order of `facts.lines`"""
    denied_amount: Decimal
    pended_amount: Decimal
    benign_amount: Decimal
    remit_quality: tuple[str, ...]
    """sorted codes of what is wrong with the remittance itself"""
    classes: tuple[ReasonClass, ...]
    """DENIAL, PEND or NOT_DENIAL of each adjustment, in the order of `facts.adjustments`"""
    masked: frozenset[int]
    """places in `facts.adjustments` of contractual reductions that mask a denial"""
    unexplained: bool
    """nothing was paid and no adjustment says why"""


@dataclass(frozen=True, slots=True)
class _Meaning:
    class_: ReasonClass
    correction: bool
    known: bool
    whole_charge_is_denial: bool
    needs_remark: bool
    quality: tuple[str, ...]
    stopped: Reason | None
    """the row of a code that is no longer in the list"""


# The pairs that payers really send are a few hundred; the bound is against made-up codes.
@lru_cache(maxsize=8192)
def _meaning(group: str, reason: str, workers_compensation: bool) -> _Meaning:
    row = SHIPPED.reasons.get(reason_code(reason))
    sent_group = group.strip().upper()
    quality: list[str] = []
    if sent_group == CORRECTION_GROUP:
        quality.append("group_cr")
    elif sent_group not in KNOWN_GROUPS:
        quality.append("unknown_group")
    if row is None:
        quality.append("unknown_carc")
        class_ = ReasonClass.DENIAL
    else:
        class_ = row.class_
        allowed = row.groups
        if workers_compensation and row.groups_of_workers_compensation:
            allowed = row.groups_of_workers_compensation
        if allowed and sent_group in KNOWN_GROUPS and sent_group not in allowed:
            quality.append("group_mismatch")
    return _Meaning(
        class_=class_,
        correction=sent_group == CORRECTION_GROUP,
        known=row is not None,
        whole_charge_is_denial=row is not None and row.whole_charge_is_denial,
        needs_remark=row is not None and row.needs_remark,
        quality=tuple(quality),
        stopped=row if row is not None and row.stopped else None,
    )


def decide(facts: Facts) -> Decided:
    """The state of a claim payment and of its lines.

    A line with a denial is denied in full where nothing was paid and nothing is pended, else in part. The claim
    likewise, with a denial of its own or of a line. An unknown CARC with a positive amount is a denial that a person looks at.
    """
    status = facts.status_code.strip().lstrip("0") or facts.status_code.strip()
    workers_compensation = (facts.filing_indicator or "").strip().upper() == WORKERS_COMPENSATION
    adjustments = facts.adjustments
    meanings = [_meaning(a.group, a.reason, workers_compensation) for a in adjustments]
    quality: set[str] = set()
    paid_on = facts.remittance.payment_date or facts.remittance.production_date
    for meaning in meanings:
        quality.update(meaning.quality)
        if meaning.stopped is not None and meaning.stopped.stopped_on(paid_on):
            quality.add("deactivated_carc")
    if facts.remarks or any(m.needs_remark for m in meanings):
        quality.update(_remark_quality(facts, meanings, paid_on))
    total = sum((a.amount for a in adjustments), ZERO)
    if facts.charge - total != facts.paid or any(f.code.startswith(BALANCE) for f in facts.findings):
        quality.add(BALANCE)
    if status in LEGACY_STATUSES:
        quality.add("legacy_status")
    elif status not in KNOWN_STATUSES:
        quality.add("unknown_status")

    taken_back = status == REVERSAL or facts.charge < ZERO
    if taken_back or status == PREDETERMINATION:
        # A stopped code may still be sent where it repeats an earlier decision.
        quality -= {"deactivated_carc", "deactivated_rarc"}
        if taken_back and status != REVERSAL:
            quality.add("reversal_without_status")
        state = ClaimState.REVERSED if taken_back else ClaimState.PREDETERMINATION
        return Decided(
            claim_state=state,
            line_states=tuple(_settled(line) for line in facts.lines),
            denied_amount=ZERO,
            pended_amount=ZERO,
            benign_amount=total,
            remit_quality=tuple(sorted(quality)),
            classes=(ReasonClass.NOT_DENIAL,) * len(adjustments),
            masked=frozenset(),
            unexplained=False,
        )

    masked = _masked(facts, meanings)
    if masked:
        quality.add("masked_denial")
    undecided = status in PENDED_STATUSES and facts.paid == ZERO
    classes = tuple(
        _class_of(facts, n, meaning, n in masked, undecided) for n, meaning in enumerate(meanings)
    )
    denied, pended, benign = _sums(adjustments, classes)
    unexplained = (
        facts.charge > ZERO
        and facts.paid == ZERO
        and status != FORWARDED
        and not undecided
        and all(a.amount == ZERO for a in adjustments)
    )
    if unexplained:
        quality.add("unexplained_nonpayment")
    line_states = tuple(
        LineState.DENIED_FULL
        if unexplained and line.charge > ZERO
        else _line_state(line, denied.get(line.line, ZERO), pended.get(line.line, ZERO))
        for line in facts.lines
    )
    denied_total = sum(denied.values(), ZERO)
    pended_total = sum(pended.values(), ZERO)
    if unexplained:
        state = ClaimState.DENIED_FULL
    elif any(amount > ZERO for amount in denied.values()):
        whole = facts.paid == ZERO and pended_total <= ZERO
        state = ClaimState.DENIED_FULL if whole else ClaimState.DENIED_PARTIAL
    elif facts.paid != ZERO:
        state = ClaimState.PAID
    elif undecided or any(amount > ZERO for amount in pended.values()):
        state = ClaimState.PENDED
    else:
        state = ClaimState.ZERO_PAY_BENIGN
    return Decided(
        claim_state=state,
        line_states=line_states,
        denied_amount=denied_total,
        pended_amount=pended_total,
        benign_amount=benign,
        remit_quality=tuple(sorted(quality)),
        classes=classes,
        masked=masked,
        unexplained=unexplained,
    )


def _class_of(facts: Facts, place: int, meaning: _Meaning, masked: bool, undecided: bool) -> ReasonClass:
    """DENIAL, PEND or NOT_DENIAL of one adjustment, remarks and its claim considered."""
    class_ = meaning.class_
    if meaning.correction and facts.paid != ZERO:
        class_ = ReasonClass.NOT_DENIAL
    elif masked:
        class_ = ReasonClass.DENIAL
    elif not meaning.known and class_ is ReasonClass.DENIAL and facts.adjustments[place].amount <= ZERO:
        class_ = ReasonClass.NOT_DENIAL
    elif class_ is ReasonClass.BY_REMARK:
        class_ = _class_by_remark(facts, facts.adjustments[place].line)
    if undecided and class_ is ReasonClass.DENIAL:
        return ReasonClass.PEND
    return class_


def _class_by_remark(facts: Facts, line: int | None) -> ReasonClass:
    """A denial, unless the remarks at its place say that nothing was refused or decided, and none says why."""
    found: set[ReasonClass] = set()
    for remark in facts.remarks:
        if remark.line is not None and remark.line != line:
            continue
        row = SHIPPED.remarks.get(remark_code(remark.code))
        if row is None:
            continue
        if row.class_ is not None:
            found.add(row.class_)
        elif row.says is not None and not row.alert:
            return ReasonClass.DENIAL
    if ReasonClass.PEND in found:
        return ReasonClass.PEND
    return ReasonClass.NOT_DENIAL if found else ReasonClass.DENIAL


def _masked(facts: Facts, meanings: Sequence[_Meaning]) -> frozenset[int]:
    """Where a contractual reduction takes the whole charge and nothing was paid: CARC 45 may not do that."""
    reductions: dict[int | None, Decimal] = {}
    for adjustment, meaning in zip(facts.adjustments, meanings, strict=True):
        if meaning.whole_charge_is_denial:
            reductions[adjustment.line] = reductions.get(adjustment.line, ZERO) + adjustment.amount
    if not reductions:
        return frozenset()
    # Paid as a whole (a case rate): a line without a payment of its own was not refused.
    paid_as_whole = facts.paid > ZERO and sum((line.paid for line in facts.lines), ZERO) == ZERO
    places: set[int | None] = set()
    if None in reductions and facts.paid == ZERO and ZERO < facts.charge <= reductions[None]:
        places.add(None)
    for line in facts.lines:
        reduction = reductions.get(line.line)
        if (
            reduction is not None
            and not paid_as_whole
            and line.paid == ZERO
            and ZERO < line.charge <= reduction
        ):
            places.add(line.line)
    return frozenset(
        n
        for n, (adjustment, meaning) in enumerate(zip(facts.adjustments, meanings, strict=True))
        if meaning.whole_charge_is_denial and adjustment.line in places
    )


def _sums(
    adjustments: Sequence[Adjustment], classes: Sequence[ReasonClass]
) -> tuple[dict[int | None, Decimal], dict[int | None, Decimal], Decimal]:
    """Denied and pended dollars by line (null: claim level), and all benign ones."""
    denied: dict[int | None, Decimal] = {}
    pended: dict[int | None, Decimal] = {}
    benign = ZERO
    for adjustment, class_ in zip(adjustments, classes, strict=True):
        if class_ is ReasonClass.NOT_DENIAL:
            benign += adjustment.amount
        else:
            sums = denied if class_ is ReasonClass.DENIAL else pended
            sums[adjustment.line] = sums.get(adjustment.line, ZERO) + adjustment.amount
    return denied, pended, benign


def _line_state(line: Line, denied: Decimal, pended: Decimal) -> LineState:
    if denied > ZERO:
        whole = line.paid == ZERO and pended <= ZERO
        return LineState.DENIED_FULL if whole else LineState.DENIED_PARTIAL
    if line.paid == ZERO and pended > ZERO:
        return LineState.PENDED
    return _settled(line)


def _settled(line: Line) -> LineState:
    """The state of a line that holds no denial."""
    if line.paid == ZERO:
        return LineState.ZERO_PAY_BENIGN
    return LineState.RECODED if cut_units(line) or _recoded(line) else LineState.PAID


def cut_units(line: Line) -> bool:
    """The payer counted fewer units (SVC05, one where it is absent) than were submitted (SVC07)."""
    if line.units_submitted is None:
        return False
    return line.units_submitted > (ONE if line.units_paid is None else line.units_paid)


def _recoded(line: Line) -> bool:
    """SVC01 has another procedure or other modifiers than SVC06; one that cannot be read is no other."""
    if not line.submitted_procedure or not line.procedure:
        return False
    if line.submitted_procedure.strip().upper() != line.procedure.strip().upper():
        return True
    return sorted(line.submitted_modifiers) != sorted(line.modifiers)


def explained_places(remarks: Sequence[Remark]) -> frozenset[int | None]:
    """Lines (null: the claim) with a remark that is no alert: what a CARC that needs a remark needs."""
    places = set()
    for remark in remarks:
        row = SHIPPED.remarks.get(remark_code(remark.code))
        if row is None or not row.alert:
            places.add(remark.line)
    return frozenset(places)


def lacks_remark(line: int | None, explained: frozenset[int | None]) -> bool:
    """Nothing explains an adjustment at this place: no remark of its line, none of the claim (loop 2100), and
    for an adjustment of the claim none of any line."""
    return not (None in explained or line in explained or (line is None and explained))


def _remark_quality(facts: Facts, meanings: Sequence[_Meaning], paid_on: date | None) -> set[str]:
    """`remark_missing` where a CARC stands without the remark it needs; `unknown_rarc`, `deactivated_rarc`."""
    quality: set[str] = set()
    for remark in facts.remarks:
        code = remark_code(remark.code)
        row = SHIPPED.remarks.get(code)
        if row is None and "RX" not in remark.place and _REMARK_FORM.fullmatch(code) is None:
            quality.add("unknown_rarc")
        if row is not None and row.stopped_on(paid_on):
            quality.add("deactivated_rarc")
    explained = explained_places(facts.remarks)
    if any(
        meaning.needs_remark and adjustment.amount != ZERO and lacks_remark(adjustment.line, explained)
        for adjustment, meaning in zip(facts.adjustments, meanings, strict=True)
    ):
        quality.add("remark_missing")
    return quality

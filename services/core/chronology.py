"""The business order of what a payer said of one claim, whatever order it arrived in.

Order is by the date of the payment; within a date an adjudication that a reversal takes back comes first, then
the reversals, then the others along their chain of original references, then by content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.codes import ClaimState
from schemas.records.claim_case import RemittedFact
from schemas.remittance import Adjudication
from services.core.denials.knowledge import reason_code
from services.core.traits import reference

NO_DATE: Final = date.min
"""sorts before every date: what cannot be dated never overrules what can"""

ANSWERING_FREQUENCIES: Final = frozenset({"7", "8"})
"""CLP09 of a remittance that answers a replacement or a void"""

VOID: Final = "8"
"""CLM05-3 and CLP09 of a claim that takes one back: nothing is left of it to work on"""

DUPLICATE_REASONS: Final = frozenset({"18", "B13"})
"""CARCs of a payer that has the claim, or has paid it, already"""


def remitted_on(adjudication: Adjudication) -> date:
    """BPR16, else DTM*405."""
    remittance = adjudication.remittance
    return remittance.payment_date or remittance.production_date or NO_DATE


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a claim stands with its payer."""

    ordered: tuple[RemittedFact, ...]
    current: RemittedFact | None
    """the adjudication in force; null before the first, and after a reversal without a correction"""
    state: ClaimState | None
    taken_back: Mapping[str, str] = field(default_factory=dict)
    """reversal -> the adjudication that it took back, by fact id"""

    @property
    def denial(self) -> RemittedFact | None:
        """The open denial."""
        return self.current if self.state is not None and self.state.denied else None


def standing(adjudications: Sequence[RemittedFact]) -> Standing:
    """The adjudication in force. A reversal takes back what it repeats with negated amounts; one that repeats
    nothing that is known takes back whatever is in force: better to stop than to go on with a claim whose
    payment was taken back."""
    taken_back = _taken_back(adjudications)
    ordered = _ordered(adjudications, taken_back)
    current: RemittedFact | None = None
    state: ClaimState | None = None
    ended = dict(taken_back)
    for fact in ordered:
        said = fact.adjudication.claim_state
        if said is ClaimState.PREDETERMINATION:
            state = state or said
        elif current is not None and refused_as_duplicate(fact.adjudication):
            # The claim was not decided again: what was said of it before stands.
            continue
        elif said is not ClaimState.REVERSED:
            current, state = fact, said
        elif current is None or taken_back.get(fact.id, current.id) == current.id:
            if current is not None:
                ended[fact.id] = current.id
            current, state = None, said
    return Standing(ordered, current, state, ended)


def paid_beside(standing: Standing) -> Decimal | None:
    """What the payer paid for the whole charge under another number of its own (CLP07), beside the payment in force,
    where nothing was ever taken back; null where it paid once."""
    current = standing.current
    said = {fact.adjudication.claim_state for fact in standing.ordered}
    if current is None or current.adjudication.payer_control_number is None or ClaimState.REVERSED in said:
        return None
    other = {
        fact.adjudication.payer_control_number: fact.adjudication.paid
        for fact in standing.ordered
        if fact.adjudication.claim_state is ClaimState.PAID
        and fact.adjudication.charge == current.adjudication.charge
        and fact.adjudication.payer_control_number not in (None, current.adjudication.payer_control_number)
    }
    return sum(other.values(), Decimal(0)) or None


def refused_as_duplicate(adjudication: Adjudication) -> bool:
    """All that is denied is denied because the payer has the claim already (CARC 18, B13)."""
    if adjudication.claim_state is not ClaimState.DENIED_FULL:
        return False
    repeated = sum(
        (a.amount for a in adjudication.adjustments if reason_code(a.reason) in DUPLICATE_REASONS), Decimal(0)
    )
    return repeated == adjudication.denied_amount != 0


def _taken_back(adjudications: Sequence[RemittedFact]) -> dict[str, str]:
    """Reversal -> the adjudication that it takes back, by fact id; each is taken back once."""
    reversals = [f for f in adjudications if f.adjudication.claim_state is ClaimState.REVERSED]
    if not reversals:
        return {}
    found: dict[str, str] = {}
    decided = [
        f
        for f in adjudications
        if f.adjudication.claim_state not in (ClaimState.REVERSED, ClaimState.PREDETERMINATION)
    ]
    for reversal in sorted(reversals, key=lambda f: (remitted_on(f.adjudication), f.id)):
        back = reversal.adjudication
        candidates = [
            f
            for f in decided
            if f.id not in found.values()
            and remitted_on(f.adjudication) <= remitted_on(back)
            and not _one_remittance(f.adjudication, back)
            and (_linked(back, f.adjudication) or _negated(back, f.adjudication))
        ]
        if candidates:
            best = max(
                candidates,
                key=lambda f: (
                    _negated(back, f.adjudication),
                    _linked(back, f.adjudication),
                    _same_reasons(back, f.adjudication),
                    remitted_on(f.adjudication),
                    f.id,
                ),
            )
            found[reversal.id] = best.id
    return found


def _one_remittance(a: Adjudication, b: Adjudication) -> bool:
    """A reversal stands before its correction in one payment; it takes back something of an earlier one."""
    one, other = a.remittance, b.remittance
    if one.trace_number and other.trace_number:
        return one.trace_number.strip() == other.trace_number.strip()
    return remitted_on(a) == remitted_on(b)


def _linked(back: Adjudication, original: Adjudication) -> bool:
    """The reversal has the original's CLP07, or names it in REF*F8."""
    own = reference(back.payer_control_number) | reference(back.original_reference)
    return bool(own & reference(original.payer_control_number))


def _negated(back: Adjudication, original: Adjudication) -> bool:
    return back.charge == -original.charge and back.paid == -original.paid


def _same_reasons(back: Adjudication, original: Adjudication) -> bool:
    def reasons(adjudication: Adjudication) -> list[tuple[str, str]]:
        return sorted((a.group.strip().upper(), a.reason.strip().upper()) for a in adjudication.adjustments)

    return reasons(back) == reasons(original)


def _ordered(
    adjudications: Sequence[RemittedFact], taken_back: Mapping[str, str]
) -> tuple[RemittedFact, ...]:
    if len(adjudications) < 2:
        return tuple(adjudications)
    by_control: dict[str, list[RemittedFact]] = {}
    for fact in adjudications:
        for control in reference(fact.adjudication.payer_control_number):
            by_control.setdefault(control, []).append(fact)

    def depth(fact: RemittedFact, seen: frozenset[str]) -> int:
        """How many adjudications the chain of REF*F8 leads back over."""
        steps = [
            1 + depth(earlier, seen | {fact.id})
            for control in reference(fact.adjudication.original_reference)
            for earlier in by_control.get(control, ())
            if earlier.id not in seen and earlier.id != fact.id
        ]
        return max(steps, default=0)

    def place(fact: RemittedFact) -> tuple[date, int, int, bool, str]:
        adjudication = fact.adjudication
        if fact.id in taken_back.values():
            rank = 0
        else:
            rank = 1 if adjudication.claim_state is ClaimState.REVERSED else 2
        answers = frequency_of(adjudication) in ANSWERING_FREQUENCIES
        return (remitted_on(adjudication), rank, depth(fact, frozenset()), answers, fact.id)

    return tuple(sorted(adjudications, key=place))


def frequency_of(adjudication: Adjudication) -> str:
    """CLP09: the frequency of the claim that is answered."""
    return (adjudication.frequency_code or "").strip()

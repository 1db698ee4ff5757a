"""What came of each claim that we sent back: which answer of the payer belongs to which generation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.case import Attempt
from schemas.codes import ClaimState
from schemas.records.claim_case import Delivery, RemittedFact, Send
from schemas.remittance import Adjudication
from schemas.resubmission import ClaimResubmitted
from services.core.chronology import (
    ANSWERING_FREQUENCIES,
    NO_DATE,
    VOID,
    Standing,
    frequency_of,
    refused_as_duplicate,
    remitted_on,
)
from services.core.denials.classification import classify
from services.core.traits import reference

PAID: Final = "paid"
PAID_IN_PART: Final = "paid_in_part"
"""more than before, and a part is denied still"""
DENIED_AGAIN: Final = "denied_again"
_FIRST: Final = "1"

VOIDED: Final = "voided"
REVERSED: Final = "reversed"
"""paid or denied, and taken back since with nothing in its place"""
REJECTED: Final = "rejected"

TAKEN: Final = frozenset({PAID, PAID_IN_PART, DENIED_AGAIN})
"""Outcomes of a claim that the payer has adjudicated and that stands"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a generation that we sent: the fact that says so (an adjudication, or an acknowledgment)."""

    resubmission: str
    fact: str
    outcome: str


def answers(
    stand: Standing,
    sends: Sequence[Send],
    deliveries: Sequence[Delivery],
    rejections: Sequence[tuple[str, str]],
) -> tuple[Answer, ...]:
    """Which attempt each adjudication and each rejection answers, in business order; the last one of an attempt
    is its outcome.

    An adjudication answers an attempt that did not stand on it: by CLP09, by REF*F8, or as the first since the
    delivery. Where several wait it is the latest that was delivered. A reversal of an answer belongs to the same
    attempt, and so does what corrects it. `rejections`: fact and attempt, of those that were not taken in.
    """
    if not sends:
        return ()
    delivered: dict[str, date] = {}
    for delivery in deliveries:
        delivered[delivery.id] = min(delivery.at, delivered.get(delivery.id, delivery.at))
    facts = {f.id: f for f in stand.ordered}
    dates = {f.id: remitted_on(f.adjudication) for f in stand.ordered}
    # A generation is sent once the one before it is answered, or taken back before it left: nobody answers that one.
    last = max(send.resubmission.generation for send in sends)
    left = [s for s in sends if s.id in delivered or s.resubmission.generation == last]
    waiting = sorted(left, key=lambda s: (s.id in delivered, s.resubmission.generation, s.id), reverse=True)
    found: list[Answer] = []
    refused = {attempt for _, attempt in rejections}
    corrected: str | None = None  # the attempt whose answer was taken back last
    for fact in stand.ordered:
        outcome = _outcome(fact.adjudication)
        if outcome is None:
            continue
        may = [s for s in waiting if _may_answer(fact, s, outcome, dates)]
        # What was turned away is not adjudicated, unless nothing else can be meant: CLP09 of a payer that corrects
        # what it said of the first claim has the frequency of that one.
        eligible = [s for s in may if s.id not in refused] or [
            s for s in may if frequency_of(fact.adjudication) in ("", s.resubmission.frequency_code)
        ]
        named = [s for s in eligible if _names(fact.adjudication, s)]
        done = {answer.resubmission for answer in found}
        later = [s for s in eligible if s.id in delivered and dates[fact.id] >= delivered[s.id]]
        fresh = next((s for s in named if s.id not in done), None)
        if outcome == VOIDED and fresh is None:
            reversed_ = stand.taken_back.get(fact.id)
            owner = next((a.resubmission for a in found if a.fact == reversed_), None)
            if owner is not None:
                found.append(Answer(owner, fact.id, REVERSED))
                corrected = owner
                continue
        choice = fresh
        if choice is None and corrected is not None:
            choice = next((s for s in eligible if s.id == corrected), None)
            corrected = None
        choice = choice or next((s for s in later if s.id not in done), None) or next(iter(named), None)
        if choice is not None:
            if outcome == DENIED_AGAIN and _pays_more(fact, choice, facts):
                outcome = PAID_IN_PART
            found.append(Answer(choice.id, fact.id, outcome))
    done = {answer.resubmission for answer in found}
    known = {send.id: send for send in sends}
    for rejection, attempt in rejections:
        sent = known.get(attempt)
        if sent is not None and attempt not in done and rejection not in sent.resubmission.facts:
            found.append(Answer(attempt, rejection, REJECTED))
            done.add(attempt)
    return tuple(found)


def stood_on(send: Send, facts: Mapping[str, RemittedFact]) -> RemittedFact | None:
    """The adjudication that an attempt was to change: the latest of those it knew that decided anything."""
    known = [facts[id_] for id_ in send.resubmission.facts if id_ in facts]
    decided = [f for f in known if _outcome(f.adjudication) not in (None, VOIDED)]
    own = [f for f in decided if not refused_as_duplicate(f.adjudication)] or decided
    return max(own, key=lambda f: (remitted_on(f.adjudication), f.id), default=None)


def _pays_more(fact: RemittedFact, send: Send, facts: Mapping[str, RemittedFact]) -> bool:
    before = stood_on(send, facts)
    return fact.adjudication.paid > (before.adjudication.paid if before is not None else 0)


def _outcome(adjudication: Adjudication) -> str | None:
    """Null where the payer has not decided."""
    state = adjudication.claim_state
    if state in (ClaimState.PENDED, ClaimState.PREDETERMINATION):
        return None
    if state is ClaimState.REVERSED:
        return VOIDED
    return DENIED_AGAIN if state.denied else PAID


def _may_answer(fact: RemittedFact, send: Send, outcome: str, dates: Mapping[str, date]) -> bool:
    """What was known before the send is no answer. A reversal answers a void only; a void is answered by it, or
    by what says so in CLP09."""
    sent = send.resubmission
    if fact.id in sent.facts or dates[fact.id] < _base(send, dates):
        return False
    if sent.frequency_code == VOID:
        return outcome == VOIDED or frequency_of(fact.adjudication) == VOID
    return outcome != VOIDED


def _base(send: Send, dates: Mapping[str, date]) -> date:
    """The date of the latest adjudication that the attempt stood on."""
    return max((dates[fact] for fact in send.resubmission.facts if fact in dates), default=NO_DATE)


def _names(adjudication: Adjudication, send: Send) -> bool:
    """CLP09 repeats the attempt's frequency, or REF*F8 (of a reversal also CLP07) the reference it named."""
    sent = send.resubmission
    frequency = frequency_of(adjudication)
    if frequency in ANSWERING_FREQUENCIES and frequency == sent.frequency_code:
        return True
    named = reference(adjudication.original_reference)
    if adjudication.claim_state is ClaimState.REVERSED:
        named |= reference(adjudication.payer_control_number)
    return bool(named & reference(sent.original_reference))


def attempts_of(
    stand: Standing,
    sends: Sequence[Send],
    deliveries: Sequence[Delivery],
    found: Sequence[Answer],
    rejected: Mapping[str, date | None],
    elsewhere: Sequence[RemittedFact] = (),
) -> tuple[Attempt, ...]:
    """Every generation with what came of it. `rejected`: the day of each acknowledgment that turned one away.
    `elsewhere`: what other payers of the claim said, which may answer what went on to them."""
    facts = {f.id: f for f in (*stand.ordered, *elsewhere)}
    here = {f.id for f in stand.ordered}
    delivered = {delivery.id for delivery in deliveries}
    last = {answer.resubmission: answer for answer in found}
    in_order = sorted(sends, key=lambda s: (s.resubmission.generation, s.id))
    return tuple(_attempt(s, s.id in delivered, last.get(s.id), facts, here, rejected) for s in in_order)


def _whole(sent: ClaimResubmitted) -> Decimal | None:
    return sent.amount if sent.frequency_code == _FIRST and not sent.original_reference else None


def _attempt(
    send: Send,
    delivered: bool,
    answer: Answer | None,
    facts: Mapping[str, RemittedFact],
    here: Set[str],
    rejected: Mapping[str, date | None],
) -> Attempt:
    sent = send.resubmission
    before = stood_on(send, facts)
    attempt = Attempt(
        resubmission_id=send.id,
        proposal_id=sent.proposal_id,
        generation=sent.generation,
        causes=sent.causes,
        path=sent.path.value,
        delivered=delivered,
        # What went out as a first claim before anybody had adjudicated it asked for all of it.
        asked=before.adjudication.denied_amount if before is not None else _whole(sent),
    )
    if answer is None:
        return attempt
    fact = facts.get(answer.fact)
    day = rejected.get(answer.fact) if fact is None else remitted_on(fact.adjudication)
    again: tuple[str, ...] = ()
    if fact is not None and answer.outcome in (DENIED_AGAIN, PAID_IN_PART):
        again = tuple(c.cause for c in classify(fact.adjudication, fact.event, ()).causes)
    return attempt.model_copy(
        update={
            "outcome": answer.outcome,
            "answered": None if day == NO_DATE else day,
            # Another payer has paid nothing of it before.
            "recovered": _recovered(answer.outcome, before if answer.fact in here else None, fact),
            "causes_again": again,
            "same_cause": bool(set(again) & set(sent.causes)) if again else None,
        }
    )


def _recovered(outcome: str, before: RemittedFact | None, fact: RemittedFact | None) -> Decimal:
    """What the payer pays since, over what it paid before; a claim that it did not decide anew changes nothing."""
    if fact is None or outcome == VOIDED or refused_as_duplicate(fact.adjudication):
        return Decimal("0.00")
    paid = Decimal("0.00") if outcome == REVERSED else fact.adjudication.paid
    return paid - (before.adjudication.paid if before is not None else Decimal("0.00"))

"""Episodes: what the first adjudication that decided a claim says, and where the claim stands."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from schemas.claim import Payer
from schemas.codes import ClaimState
from services.core.board.episodes import ZERO, Episode, episodes
from tests.remitted import KEY, adjudication, submission
from tests.story import Story, sent

LATER = date(2026, 2, 20)

DENIED = adjudication("CO-197 250")
PAID = adjudication("CO-45 50", paid="200", trace="T2", on=LATER)
REVERSAL = adjudication("CO-197 -250", status="22", charge="-250", trace="T2", on=LATER)


def found(*payloads: Any) -> list[Episode]:
    story = Story(*payloads)
    assert story.case is not None
    return list(episodes(KEY, story.case))


def test_a_claim_that_no_payer_has_decided_is_none() -> None:
    assert found(submission()) == []


def test_a_pended_claim_is_not_decided_yet() -> None:
    assert found(adjudication("OA-133 250")) == []


def test_a_pended_claim_that_is_denied_later_is_denied_at_first() -> None:
    (episode,) = found(adjudication("OA-133 250", trace="T0", on=date(2026, 1, 10)), DENIED)
    assert (episode.denied_first, episode.first_day) == (True, date(2026, 1, 20))


def test_a_repeated_remittance_counts_once() -> None:
    again = DENIED.model_copy(update={"position": DENIED.position.model_copy(update={"file": "f9"})})
    assert len(found(DENIED, again)) == 1


def test_two_payers_of_one_claim_are_two() -> None:
    other = Payer(id="OTHER", name="OTHER PLAN")
    second = adjudication("CO-197 250", status="2", payer=other, control="X9", trace="T9")
    assert {e.payer for e in found(DENIED, second)} == {DENIED.payer.id, "OTHER"}


def test_a_denial_that_is_paid_later_is_denied_at_first_and_recovered_now() -> None:
    (episode,) = found(DENIED, PAID)
    assert (episode.first_state, episode.first_denied) == (ClaimState.DENIED_FULL, Decimal(250))
    assert (episode.state, episode.recovered, episode.denied) == (ClaimState.PAID, Decimal(200), ZERO)
    assert [(step.day, step.paid) for step in episode.steps] == [
        (date(2026, 1, 20), ZERO),
        (LATER, Decimal(200)),
    ]


def test_a_payment_that_is_taken_back_pays_nothing_and_recovers_nothing() -> None:
    back = adjudication("CO-45 -50", status="22", charge="-250", paid="-200", trace="T3", on=date(2026, 3, 1))
    (episode,) = found(DENIED, PAID, back)
    assert (episode.state, episode.paid, episode.recovered) == (ClaimState.REVERSED, ZERO, ZERO)


def test_a_denial_that_is_taken_back_is_no_denial_now() -> None:
    (episode,) = found(DENIED, REVERSAL)
    assert (episode.denied_first, episode.state, episode.day) == (True, ClaimState.REVERSED, LATER)


def test_a_claim_that_is_paid_at_first_and_denied_later_is_no_initial_denial() -> None:
    first = adjudication("CO-45 50", paid="200", trace="T0", on=date(2026, 1, 10))
    back = adjudication(
        "CO-45 -50", status="22", charge="-250", paid="-200", trace="T1", on=date(2026, 1, 15)
    )
    (episode,) = found(first, back, DENIED)
    assert (episode.denied_first, episode.first_denied, episode.denied) == (False, ZERO, Decimal(250))


def test_the_order_of_arrival_changes_nothing() -> None:
    assert found(DENIED, PAID) == found(PAID, DENIED)


def test_a_corrected_claim_has_its_first_day_of_delivery() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    assert story.case is not None
    (episode,) = episodes(KEY, story.case)
    assert (episode.sent, episode.delivered) == (date(2026, 2, 1), date(2026, 2, 1))

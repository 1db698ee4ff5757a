"""`dead-letters`: only open ones are listed, an answer lies beside its letter, a reason is a code."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed, Origin
from services.core.processing import Outcome
from services.deployment.opening import Deployment
from services.runtime.records import decode_event
from tests.unit.cli.conftest import Reclaim

ORIGINAL = b"MRS EXAMPLE"


@pytest.fixture
def letters(deployment: Deployment) -> list[str]:
    """Two letters of two claims, in partition 3, which is not that of their keys."""
    ids = ["aa11", "bb22"]
    for letter in ids:
        data = DeadLetter(
            letter=letter,
            origin=Origin(topic="claim-denied", partition=3, offset=7),
            event_id=None,
            event_type=None,
            service="classifier",
            reason="schema",
            original=ORIGINAL,
        )
        outcome = Outcome("dead-letter.v1", f"main|{letter}", letter, datetime(2026, 1, 1, tzinfo=UTC), data)
        deployment.publish([deployment.draft(outcome, 3)])
    return ids


def listed(reclaim: Reclaim) -> list[str]:
    return [json.loads(line)["letter"] for line in reclaim("dead-letters", "list", "--json").out.splitlines()]


def test_the_list_shows_open_letters(reclaim: Reclaim, letters: list[str]) -> None:
    assert listed(reclaim) == letters


def test_the_list_never_shows_the_original(reclaim: Reclaim, letters: list[str]) -> None:
    assert ORIGINAL.decode() not in reclaim("dead-letters", "list").out
    assert ORIGINAL.decode() not in reclaim("dead-letters", "list", "--json").out


@pytest.mark.parametrize(("verb", "model"), [("replay", LetterReplayed), ("discard", LetterDiscarded)])
def test_an_answer_lies_beside_its_letter(
    reclaim: Reclaim, deployment: Deployment, letters: list[str], verb: str, model: type
) -> None:
    assert reclaim("dead-letters", verb, letters[0], "--by", "dana", "--reason", "fixed").status == 0
    answer = list(deployment.log.read("dead-letters", 3))[-1]
    data = decode_event(answer).data
    assert isinstance(data, model)
    assert (answer.key, data.letter, data.service, data.by) == ("main|aa11", "aa11", "classifier", "dana")


@pytest.mark.parametrize("verb", ["replay", "discard"])
def test_an_answered_letter_is_open_no_more(reclaim: Reclaim, letters: list[str], verb: str) -> None:
    reclaim("dead-letters", verb, letters[0], "--by", "dana", "--reason", "fixed")
    assert listed(reclaim) == letters[1:]
    assert json.loads(reclaim("status", "--json").out)["dead_letters"] == 1


def test_the_beginning_of_an_id_is_enough(reclaim: Reclaim, letters: list[str]) -> None:
    assert reclaim("dead-letters", "discard", "aa", "--by", "dana", "--reason", "duplicate").status == 0


def test_a_letter_that_is_not_open_is_wrong_use(reclaim: Reclaim, letters: list[str]) -> None:
    reclaim("dead-letters", "discard", "aa11", "--by", "dana", "--reason", "duplicate")
    assert reclaim("dead-letters", "discard", "aa11", "--by", "dana", "--reason", "duplicate").status == 2


def test_a_letter_of_intake_cannot_be_replayed(reclaim: Reclaim, deployment: Deployment) -> None:
    data = DeadLetter(
        letter="cc33",
        origin=Origin(topic="file", partition=0, offset=7),
        event_id=None,
        event_type=None,
        service="intake",
        reason="amount_not_numeric",
        original=ORIGINAL,
    )
    outcome = Outcome("dead-letter.v1", "main|cc33", "cc33", datetime(2026, 1, 1, tzinfo=UTC), data)
    deployment.publish([deployment.draft(outcome)])
    assert reclaim("dead-letters", "replay", "cc33", "--by", "dana", "--reason", "fixed").status == 2
    assert listed(reclaim) == ["cc33"]

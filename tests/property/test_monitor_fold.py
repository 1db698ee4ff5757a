"""The monitor's fold: one answer for every order of topics, however often a record is told, however early the
past is let go, and with a memory that what is finished does not fill."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.monitor.fold import LATENESS, Fold
from services.monitor.snapshot import decode_fold, encode_fold
from services.monitor.windows import Minute, minute_of
from tests.monitoring import MINUTE, START, Story, Told

LIFE = 40
"""Minutes within which the claims of a story come and go."""


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Some claims, each with some of the events of its way, at times that grow along the way."""
    story = Story()
    claims = []
    step = st.integers(0, 3)
    for number in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, LIFE))
        key, payer = f"main|{number}", {"id": draw(st.sampled_from(["P1", "P2"])), "name": None}
        way: list[tuple[float, str, dict[str, Any]]] = []

        def say(topic: str, way: list[Any] = way, key: str = key, **values: Any) -> None:
            nonlocal at
            at += draw(step)
            way.append((at, topic, {"key": key, "lineage": f"l{key}", "revision": 1, **values}))

        say("claim-denied", payer=payer, denied_amount="10.00")
        say("denial-classified", answers=None, payer=payer, denied_amount="10.00", primary_cause="auth")
        say("recoding-proposed", proposal_id="p", payer=payer, automation="A2", amount_at_stake="9.00")
        if draw(st.booleans()):
            say("recoding-decided", proposal_id="p", decision="held")
        approved = {"payer": payer, "path": "replacement", "amount_at_stake": "9.00"}
        word = draw(st.sampled_from(["approved", "rejected", "withdrawn"]))
        say("recoding-decided", proposal_id="p", decision=word, proposal=approved)
        if word == "approved":
            say("claim-resubmitted", resubmission_id="r", proposal_id="p", payer=payer, amount="50.00")
            say("claim-delivered", proposal_id="p", resubmission_id="r", on="2026-05-04")
            say("claim-acknowledged", accepted=True, received="2026-05-04")
            say("case-changed", revision=2, answers="r", change="paid", open_denial=False)
        claims += way[: draw(st.integers(1, len(way)))]
    for when, topic, values in sorted(claims, key=lambda told: told[0]):
        story.say(topic, when, **values)
    beside: list[tuple[int, Callable[..., Story], tuple[str, ...]]] = []
    for say, *words in (
        *((story.file, "publishing"), (story.file, "published"), (story.held, "P1"), (story.released, "P1")),
        *((story.buried, "x1"), (story.answered_letter, "x1"), (story.buried, "x2")),
    ):
        if draw(st.booleans()):
            beside.append((draw(st.integers(0, LIFE)), say, tuple(words)))
    for when, say, words in sorted(beside, key=lambda told: told[0]):
        say(when, *words)
    story.told.sort(key=lambda told: told.at)
    return story


def shuffled(told: list[Told], seed: int) -> list[Told]:
    """Another order of topics; what one topic says stays in order."""
    chooser = random.Random(seed)
    topics: dict[str, list[Told]] = {}
    for one in told:
        topics.setdefault(one.topic, []).append(one)
    mixed = []
    while topics:
        name = chooser.choice(sorted(topics))
        mixed.append(topics[name].pop(0))
        if not topics[name]:
            del topics[name]
    return mixed


def repeated(told: list[Told], seed: int) -> list[Told]:
    """The same, read again from earlier places now and then, as after a crash before a commit."""
    chooser = random.Random(seed)
    out: list[Told] = []
    for index, one in enumerate(told):
        out.append(one)
        if chooser.random() < 0.3:
            out += told[chooser.randint(0, index) : index + 1]
    return out


def numbers(fold: Fold) -> tuple[Any, ...]:
    """All that is asked of a fold."""
    first = minute_of(START)
    minutes = [shown(fold.window(first + m, first + m + 1)) for m in range(2 * LIFE)]
    return sorted(fold.waits()), minutes, fold.remitted, fold.accounts


def shown(minute: Minute) -> tuple[Any, ...]:
    ended = {
        (stage, payer): (e.count, e.amount, e.milliseconds, tuple(e.classes))
        for (stage, payer), e in minute.ended.items()
    }
    return minute.entered, ended, {cause: (d.count, d.amount) for cause, d in minute.causes.items()}


@settings(max_examples=60, deadline=None)
@given(stories(), st.integers(0, 2**20))
def test_the_order_of_topics_does_not_matter(story: Story, seed: int) -> None:
    assert numbers(story.fold(shuffled(story.told, seed))) == numbers(story.fold())


@settings(max_examples=60, deadline=None)
@given(stories(), st.integers(0, 2**20))
def test_what_is_told_again_changes_nothing(story: Story, seed: int) -> None:
    assert numbers(story.fold(repeated(shuffled(story.told, seed), seed))) == numbers(story.fold())


@settings(max_examples=60, deadline=None)
@given(stories(), st.integers(0, 2**20))
def test_letting_go_of_the_past_changes_no_number_also_when_it_is_told_again(story: Story, seed: int) -> None:
    fold, told = Fold(), story.told
    fold.handled(0, 10_000)
    chooser = random.Random(seed)
    for index, one in enumerate(told):
        one.into(fold)
        if chooser.random() < 0.4:
            upcoming = told[index + 1].at if index + 1 < len(told) else START + 3 * LIFE * MINUTE
            fold.advance(0, upcoming)
        if chooser.random() < 0.2:
            for again in told[chooser.randint(0, index) : index + 1]:
                again.into(fold)
        if chooser.random() < 0.2:
            fold = decode_fold(encode_fold(fold))
    assert numbers(fold) == numbers(story.fold())


@settings(max_examples=60, deadline=None)
@given(stories(), st.integers(0, 2**20))
def test_what_is_kept_up_between_two_questions_is_what_a_recount_of_all_claims_gives(
    story: Story, seed: int
) -> None:
    fold, told, chooser = Fold(), shuffled(story.told, seed), random.Random(seed)
    fold.handled(0, 10_000)
    for index, one in enumerate(told):
        one.into(fold)
        if chooser.random() < 0.3:
            assert numbers(fold) == numbers(decode_fold(encode_fold(fold)))
        if chooser.random() < 0.3:
            fold.advance(0, min(later.at for later in told[index:]))
    assert numbers(fold) == numbers(decode_fold(encode_fold(fold))) == numbers(story.fold())


@settings(max_examples=30, deadline=None)
@given(stories())
def test_only_what_waits_stays_in_memory(story: Story) -> None:
    fold = story.fold()
    fold.advance(0, story.told[-1].at + (LATENESS + 1) * MINUTE)
    assert all(list(flow.waits()) for flow in fold.flows.values())


def test_a_claim_that_was_let_go_does_not_wait_again_when_one_of_its_events_comes_back() -> None:
    story = Story().denied(0).classified(1).proposed(2).decided(3, "rejected")
    fold = story.fold()
    fold.advance(0, START + 60 * MINUTE)
    assert not fold.flows
    story.told[1].into(fold)
    assert not list(fold.waits())


def test_counts_older_than_the_longest_window_go() -> None:
    fold = Story().classified(0).proposed(1).fold()
    fold.advance(0, START + 10 * MINUTE)
    assert fold.minutes
    fold.advance(0, START + 24 * 60 * MINUTE)
    assert not fold.minutes


def test_a_minute_that_was_kept_before_a_crash_is_not_counted_from_the_claims_that_were_left() -> None:
    story = Story()
    for key in ("main|a", "main|b"):
        story.classified(1, key=key).proposed(1, key=key, automation="A0")
    fold = story.fold()
    whole = decode_fold(encode_fold(fold))
    fold.advance(0, START + 10 * MINUTE)
    crashed = Fold(minutes=dict(fold.minutes), positions=dict(fold.positions), floors=dict(fold.floors))
    crashed.restore("main|b", whole.flows["main|b"])
    crashed.advance(0, START + 10 * MINUTE)
    assert numbers(crashed) == numbers(whole)


def test_an_event_that_stands_twice_in_a_topic_counts_where_it_stood_first() -> None:
    once = Story().classified(1).proposed(3)
    first, again = Fold(), Fold()
    for fold, order in ((first, (0, 1, 2)), (again, (2, 0, 1))):
        records = [*once.told, replace(once.told[1], at=START + 9 * MINUTE, offset=5, same_as=0)]
        for index in order:
            records[index].into(fold)
    assert numbers(first) == numbers(again) == numbers(once.fold())

"""Claims before their denials, and no denial for ever behind claims: whose turn it is among fetched records."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.kafka_waiting import Waiting
from services.runtime.leading import LEAD_SECONDS, is_due
from services.runtime.log import Record, TopicPartition

LEAD = int(LEAD_SECONDS * 1000)

CLAIMS, DENIALS = "claims", "denials"


def record(topic: str, partition: int, offset: int, at: int) -> Record:
    return Record(topic, partition, offset, "k", b"v", {}, at)


def stream(topic: str, partition: int, times: list[int]) -> list[Record]:
    return [record(topic, partition, offset, at) for offset, at in enumerate(sorted(times))]


@pytest.mark.parametrize(
    ("appended", "reached", "due"),
    [(5, None, True), (5, 5 + LEAD, False), (5, 6 + LEAD, True), (5, 4, False)],
    ids=["nothing leads", "within the lead", "beyond the lead", "the leading ones are older"],
)
def test_a_record_is_due_where_all_was_read_that_came_up_to_the_lead_after_it(
    appended: int, reached: int | None, due: bool
) -> None:
    assert is_due(appended, reached) is due


TIMES = st.lists(st.integers(0, 5 * LEAD), max_size=30)


@given(
    claims=st.lists(TIMES, min_size=2, max_size=2),
    denials=st.lists(TIMES, min_size=2, max_size=2),
    fetches=st.lists(st.integers(1, 9), min_size=1, max_size=200),
    limit=st.integers(2, 12),
)
def test_no_record_goes_before_the_claims_of_its_partition_and_all_go_in_the_end(
    claims: list[list[int]], denials: list[list[int]], fetches: list[int], limit: int
) -> None:
    """Whatever the client fetches first, and however much at a time."""
    logs = [stream(CLAIMS, p, claims[p]) for p in (0, 1)] + [stream(DENIALS, p, denials[p]) for p in (0, 1)]
    everything = sorted(r for log in logs for r in [(r.partition, r.topic, r.offset) for r in log])
    waiting, given_out = Waiting([CLAIMS]), []
    at, turn = [0] * len(logs), 0
    while len(given_out) < len(everything):
        which = turn % len(logs)
        count = fetches[turn % len(fetches)]
        waiting.put(logs[which][at[which] : at[which] + count])
        at[which] = min(len(logs[which]), at[which] + count)
        turn += 1
        fetched = {TopicPartition(CLAIMS, p) for p in (0, 1) if at[p] == len(logs[p])}
        taken = waiting.take(limit, fetched)
        assert len(taken) <= limit
        given_out += taken
        assert turn < 1_000, "something is never given out"
    assert sorted((r.partition, r.topic, r.offset) for r in given_out) == everything
    seen: Counter[tuple[str, int]] = Counter()
    for one in given_out:
        assert one.offset == seen[one.topic, one.partition]
        seen[one.topic, one.partition] += 1
        if one.topic == DENIALS:
            led = sum(r.timestamp <= one.timestamp + LEAD for r in logs[one.partition])
            assert seen[CLAIMS, one.partition] >= led


def test_denials_have_half_of_a_batch_however_many_claims_come() -> None:
    """Claims without end: a denial that is older than the lead is read with every batch."""
    waiting, limit, read = Waiting([CLAIMS]), 10, 0
    waiting.put(record(DENIALS, 0, n, n) for n in range(100))
    for step in range(40):
        waiting.put(record(CLAIMS, 0, step * limit + n, (step + 1) * LEAD) for n in range(limit))
        read += sum(r.topic == DENIALS for r in waiting.take(limit, ()))
    assert read == 100


def test_what_is_dropped_is_given_out_when_it_is_fetched_again() -> None:
    waiting = Waiting([CLAIMS])
    waiting.put([*stream(CLAIMS, 0, [1, 2, 3]), *stream(DENIALS, 0, [1, 2])])
    assert [r.offset for r in waiting.take(2, ())] == [0, 1]
    assert waiting.drop() == {TopicPartition(CLAIMS, 0): 2, TopicPartition(DENIALS, 0): 0}
    assert len(waiting) == 0
    waiting.put(stream(DENIALS, 0, [1, 2]))
    assert waiting.take(9, ()) == []
    assert len(waiting.take(9, {TopicPartition(CLAIMS, 0)})) == 2

"""What both logs promise (`services/runtime/log.py`), as one suite. A log's own test file subclasses it.

`open_log(topics)` comes from the subclass's module: each call opens the same log once more, as another process
would.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final

import pytest

from services.runtime import leading
from services.runtime.log import (
    Draft,
    FencedError,
    Log,
    PermanentLogError,
    Record,
    Session,
    TopicPartition,
    TransientLogError,
)
from services.runtime.partitioning import partition_of

PARTITIONS: Final = 8
TOPICS: Final = {"asked": "log", "urgent": "log", "told": "log", "kept": "state"}

OpenLog = Callable[..., Log]

# A rebalance of the slower log takes some seconds.
PATIENCE: Final = 90.0


def draft(topic: str, key: str | None, value: bytes | None = b"v", partition: int | None = None) -> Draft:
    return Draft(topic, key, value, {"ce_id": f"id of {key}", "ce_type": "asked.v1"}, partition)


def drafts(topic: str, count: int, prefix: str = "key") -> list[Draft]:
    return [draft(topic, f"{prefix}-{n}", str(n).encode()) for n in range(count)]


def append(log: Log, *items: Draft) -> None:
    appender = log.appender("test")
    appender.commit(items)
    appender.close()


def through(records: Iterable[Record]) -> dict[TopicPartition, int]:
    """The positions after these records."""
    return {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records}


def values(records: Iterable[Record]) -> list[bytes | None]:
    return [record.value for record in records]


class Member:
    """A session that notes what it is told."""

    def __init__(
        self,
        log: Log,
        name: str = "one",
        group: str = "workers",
        inputs: Sequence[str] = ("asked",),
        priority: Sequence[str] = (),
        leading: Sequence[str] = (),
    ) -> None:
        self.held: set[int] = set()
        self.session: Session = log.session(
            group, name, inputs, priority, leading, on_assigned=self.held.update, on_revoked=self._lose
        )

    def _lose(self, partitions: frozenset[int]) -> None:
        self.held -= partitions

    def poll(self, count: int, limit: int = 500) -> list[Record]:
        """Records until there are `count`; fails where they do not come."""
        found: list[Record] = []
        deadline = time.monotonic() + PATIENCE
        while len(found) < count:
            assert time.monotonic() < deadline, f"only {len(found)} of {count} records came"
            found += self.session.poll(limit, 0.2)
        return found

    def answer(self, records: Sequence[Record]) -> None:
        """Commit one record in `told` for each, and the positions."""
        told = [Draft("told", r.key, r.value, {"ce_id": r.headers["ce_id"]}) for r in records]
        self.session.commit(told, through(records))


def settle(members: Sequence[Member]) -> None:
    """Poll all in turn until they hold every partition between them, no record being there."""
    deadline = time.monotonic() + PATIENCE
    while True:
        for member in members:
            assert not member.session.poll(10, 0.1)
        if sum(len(member.held) for member in members) == PARTITIONS and all(
            member.session.at_end() for member in members
        ):
            return
        assert time.monotonic() < deadline, "the members do not come to hold all partitions"


class LogContract:
    @pytest.fixture
    def log(self, open_log: OpenLog) -> Log:
        return open_log(TOPICS, partitions=PARTITIONS)

    # -- appending and reading ---------------------------------------------------------------------------------

    def test_a_record_comes_back_as_it_was_appended(self, log: Log) -> None:
        before = time.time() * 1000
        append(log, Draft("asked", "k", b"\x00\xffvalue", {"ce_id": "1", "content-type": "a/b"}))
        (record,) = log.read("asked")
        assert (record.topic, record.key, record.value) == ("asked", "k", b"\x00\xffvalue")
        assert dict(record.headers) == {"ce_id": "1", "content-type": "a/b"}
        assert before - 2000 <= record.timestamp <= time.time() * 1000 + 2000

    def test_a_key_goes_to_the_partition_that_murmur2_says(self, log: Log) -> None:
        append(log, *drafts("asked", 100))
        assert {r.key: r.partition for r in log.read("asked")} == {
            f"key-{n}": partition_of(f"key-{n}", PARTITIONS) for n in range(100)
        }

    def test_a_partition_that_is_named_is_used_whatever_the_key(self, log: Log) -> None:
        append(log, *(draft("asked", "same", partition=p) for p in range(PARTITIONS)))
        assert [r.partition for r in log.read("asked")] == list(range(PARTITIONS))

    def test_without_a_key_a_record_needs_a_partition(self, log: Log) -> None:
        append(log, draft("asked", None, b"v", partition=3))
        assert [(r.key, r.partition) for r in log.read("asked")] == [(None, 3)]
        with pytest.raises(PermanentLogError):
            append(log, draft("asked", None))

    def test_offsets_rise_within_a_partition_in_the_order_of_appending(self, log: Log) -> None:
        for batch in range(3):
            append(log, *(draft("asked", "k", f"{batch}-{n}".encode()) for n in range(4)))
        records = list(log.read("asked", partition_of("k", PARTITIONS)))
        assert values(records) == [f"{batch}-{n}".encode() for batch in range(3) for n in range(4)]
        assert all(first.offset < second.offset for first, second in pairwise(records))

    def test_a_tombstone_has_no_value(self, log: Log) -> None:
        append(log, draft("kept", "k", b"state"))
        append(log, draft("kept", "k", None))
        assert values(log.read("kept")) == [b"state", None]

    def test_read_begins_at_an_offset_and_ends_before_one(self, log: Log) -> None:
        append(log, *(draft("asked", "k", str(n).encode(), 2) for n in range(5)))
        offsets = [r.offset for r in log.read("asked", 2)]
        assert values(log.read("asked", 2, offsets[2])) == [b"2", b"3", b"4"]
        assert values(log.read("asked", 2, offsets[1], offsets[3])) == [b"1", b"2"]

    def test_read_goes_to_the_end_that_stood_at_the_call(self, log: Log) -> None:
        append(log, *(draft("asked", "k", str(n).encode(), 2) for n in range(3)))
        reading = log.read("asked", 2)
        append(log, draft("asked", "k", b"later", 2))
        assert values(reading) == [b"0", b"1", b"2"]

    def test_many_records_are_read_whole_and_once(self, log: Log) -> None:
        append(log, *drafts("asked", 3000))
        assert sorted(int(r.value or b"") for r in log.read("asked")) == list(range(3000))

    def test_several_partitions_are_read_together_each_from_its_offset_to_its_end(self, log: Log) -> None:
        for n in range(4):
            append(log, draft("asked", "k", f"a{n}".encode(), 1), draft("asked", "k", f"b{n}".encode(), 2))
            append(log, draft("kept", "k", f"c{n}".encode(), 1))
        second = [r.offset for r in log.read("asked", 1)][1]
        third = [r.offset for r in log.read("asked", 2)][2]
        spans = {
            TopicPartition("asked", 1): (second, None),
            TopicPartition("asked", 2): (0, third),
            TopicPartition("kept", 1): (0, None),
            TopicPartition("kept", 3): (0, None),
        }
        reading = log.read_together(spans)
        append(log, draft("kept", "k", b"later", 1))
        found: dict[tuple[str, int], list[bytes | None]] = {}
        for record in reading:
            found.setdefault((record.topic, record.partition), []).append(record.value)
        assert found == {
            ("asked", 1): [b"a1", b"a2", b"a3"],
            ("asked", 2): [b"b0", b"b1"],
            ("kept", 1): [b"c0", b"c1", b"c2", b"c3"],
        }
        assert list(log.read_together({})) == []

    def test_the_last_record_of_a_partition(self, log: Log) -> None:
        assert log.last("asked", 2) is None
        append(log, *(draft("asked", "k", str(n).encode(), 2) for n in range(20)))
        last = log.last("asked", 2)
        assert last is not None
        assert last.value == b"19"

    def test_when_the_first_record_at_or_behind_an_offset_was_appended(self, log: Log) -> None:
        for key, partition in (("a", 1), ("b", 1), ("c", 2)):
            append(log, draft("asked", key, partition=partition))
            time.sleep(0.002)  # the log's clock counts milliseconds
        first, second = log.read("asked", 1)
        (third,) = log.read("asked", 2)
        asked, other = TopicPartition("asked", 1), TopicPartition("asked", 2)
        times = {
            (asked, 0): first.timestamp,
            (asked, first.offset): first.timestamp,
            (asked, first.offset + 1): second.timestamp,
            (asked, second.offset): second.timestamp,
            (other, 0): third.timestamp,
        }
        none = [(TopicPartition("asked", 3), 0), (asked, second.offset + 1), (asked, 99)]
        assert log.first_times([*times, *none]) == times
        assert log.first_times(none) == {}

    def test_ends_name_every_partition_and_lie_after_the_last_record(self, log: Log) -> None:
        append(log, draft("asked", "k", b"v", 2))
        ends = log.ends(["asked", "told"])
        assert ends.keys() == {TopicPartition(t, p) for t in ("asked", "told") for p in range(PARTITIONS)}
        (record,) = log.read("asked", 2)
        assert ends[TopicPartition("asked", 2)] > record.offset
        assert ends[TopicPartition("told", 2)] == 0

    def test_another_opening_is_the_same_log(self, log: Log, open_log: OpenLog) -> None:
        append(log, draft("asked", "k"))
        other = open_log(TOPICS, partitions=PARTITIONS)
        assert other.identity == log.identity
        assert other.partition_count == log.partition_count == PARTITIONS
        assert values(other.read("asked")) == [b"v"]

    # -- what is refused -----------------------------------------------------------------------------------------

    def test_nothing_is_created_by_writing_to_it(self, log: Log) -> None:
        with pytest.raises(PermanentLogError):
            append(log, draft("nowhere", "k"))
        with pytest.raises(PermanentLogError):
            list(log.read("nowhere"))

    def test_an_unknown_topic_cannot_be_asked_about(self, log: Log) -> None:
        with pytest.raises(PermanentLogError):
            log.ends(["nowhere"])
        with pytest.raises(PermanentLogError):
            log.last("nowhere", 0)
        with pytest.raises(PermanentLogError):
            Member(log, inputs=("asked", "nowhere")).session.poll(1, 0.1)

    def test_a_record_larger_than_its_topic_allows_is_refused(self, log: Log) -> None:
        with pytest.raises(PermanentLogError):
            append(log, draft("asked", "k", bytes(3 * 1024 * 1024)))
        assert not list(log.read("asked"))

    # -- transactions ----------------------------------------------------------------------------------------------

    def test_of_a_transaction_that_fails_nothing_is_seen(self, log: Log) -> None:
        appender = log.appender("test")
        with pytest.raises(PermanentLogError):
            appender.commit([*drafts("asked", 50), draft("nowhere", "k")])
        assert not list(log.read("asked"))
        appender.close()
        append(log, draft("asked", "after"))
        assert [r.key for r in log.read("asked")] == ["after"]

    def test_of_a_sessions_transaction_that_fails_no_record_and_no_position_is_seen(self, log: Log) -> None:
        append(log, *drafts("asked", 10))
        member = Member(log)
        records = member.poll(10)
        with pytest.raises(PermanentLogError):
            member.session.commit([draft("told", "k"), draft("nowhere", "k")], through(records))
        assert not list(log.read("told"))
        assert not any(log.positions("workers").values())

    def test_drafts_and_positions_are_seen_together(self, log: Log, open_log: OpenLog) -> None:
        append(log, *drafts("asked", 20))
        member = Member(log)
        records = member.poll(20)
        member.answer(records)
        other = open_log(TOPICS, partitions=PARTITIONS)
        assert sorted(r.key or "" for r in other.read("told")) == sorted(r.key or "" for r in records)
        positions = other.positions("workers")
        assert {tp: positions[tp] for tp in through(records)} == through(records)

    def test_the_positions_of_several_groups_are_told_together(self, log: Log) -> None:
        append(log, *drafts("asked", 20))
        for group, count in (("workers", 20), ("others", 10)):
            member = Member(log, group=group)
            member.answer(member.poll(count, limit=count))
            member.session.close()
        told = log.positions_of(["workers", "nobody", "others"])
        assert list(told) == ["workers", "nobody", "others"]
        assert {group: dict(positions) for group, positions in told.items()} == {
            group: dict(log.positions(group)) for group in told
        }
        assert (sum(told["others"].values()) < sum(told["workers"].values()), told["nobody"]) == (True, {})

    def test_a_session_may_commit_drafts_without_positions(self, log: Log) -> None:
        member = Member(log)
        settle([member])
        member.session.commit([draft("told", "k")], {})
        assert [r.key for r in log.read("told")] == ["k"]

    def test_a_session_may_commit_positions_without_drafts(self, log: Log) -> None:
        append(log, *drafts("asked", 5))
        member = Member(log)
        records = member.poll(5)
        member.session.commit([], through(records))
        assert member.session.at_end()

    def test_a_position_of_an_input_that_is_not_held_is_refused(self, log: Log) -> None:
        member = Member(log)
        settle([member])
        with pytest.raises(PermanentLogError):
            member.session.commit([draft("told", "k")], {TopicPartition("urgent", 0): 1})
        assert not list(log.read("told"))

    # -- positions ---------------------------------------------------------------------------------------------------

    def test_a_record_is_polled_once(self, log: Log) -> None:
        append(log, *drafts("asked", 30))
        member = Member(log)
        first = member.poll(30)
        append(log, draft("asked", "later", b"later"))
        assert values(member.poll(1)) == [b"later"]
        assert len({(r.partition, r.offset) for r in first}) == 30

    def test_poll_gives_at_most_its_limit(self, log: Log) -> None:
        append(log, *drafts("asked", 50))
        member = Member(log)
        found: list[Record] = []
        deadline = time.monotonic() + PATIENCE
        while len(found) < 50 and time.monotonic() < deadline:
            batch = member.session.poll(7, 0.2)
            assert len(batch) <= 7
            found += batch
        assert len({(r.partition, r.offset) for r in found}) == 50

    def test_poll_returns_empty_handed_when_its_wait_is_over(self, log: Log) -> None:
        member = Member(log)
        settle([member])
        started = time.monotonic()
        assert not member.session.poll(10, 0.3)
        assert 0.2 < time.monotonic() - started < 3

    def test_rewind_gives_again_what_was_not_committed(self, log: Log) -> None:
        append(log, *drafts("asked", 20))
        member = Member(log)
        records = member.poll(20)
        kept = [r for r in records if r.partition < 4]
        member.session.commit([], through(kept))
        member.session.rewind()
        again = member.poll(20 - len(kept))
        assert {(r.partition, r.offset) for r in again} == {
            (r.partition, r.offset) for r in records if r.partition >= 4
        }

    def test_a_part_of_a_partitions_records_may_be_committed(self, log: Log) -> None:
        append(log, *(draft("asked", "k", str(n).encode(), 2) for n in range(6)))
        member = Member(log)
        records = member.poll(6)
        member.session.commit([], {TopicPartition("asked", 2): records[2].offset + 1})
        member.session.rewind()
        assert values(member.poll(3)) == [b"3", b"4", b"5"]

    def test_a_new_member_goes_on_where_the_group_has_committed(self, log: Log, open_log: OpenLog) -> None:
        append(log, *drafts("asked", 20))
        member = Member(log)
        member.answer(member.poll(20))
        member.session.close()
        append(log, draft("asked", "later", b"later"))
        again = Member(open_log(TOPICS, partitions=PARTITIONS))
        assert values(again.poll(1)) == [b"later"]

    def test_what_a_member_polled_and_did_not_commit_comes_to_the_next_one(
        self, log: Log, open_log: OpenLog
    ) -> None:
        append(log, *drafts("asked", 20))
        member = Member(log)
        member.poll(20)
        member.session.close()
        assert len(Member(open_log(TOPICS, partitions=PARTITIONS)).poll(20)) == 20

    def test_committed_tells_the_groups_positions_of_the_inputs_held(self, log: Log) -> None:
        append(log, *drafts("asked", 20))
        member = Member(log, inputs=("asked", "urgent"))
        records = member.poll(20)
        assert not any(member.session.committed().values())
        member.session.commit([], through(records))
        committed = member.session.committed()
        assert committed.keys() == {
            TopicPartition(t, p) for t in ("asked", "urgent") for p in range(PARTITIONS)
        }
        assert {tp: n for tp, n in committed.items() if n} == through(records)

    def test_at_end_means_polled_and_committed(self, log: Log) -> None:
        member = Member(log)
        settle([member])
        assert member.session.at_end()
        append(log, draft("asked", "k"))
        assert not member.session.at_end()
        records = member.poll(1)
        assert not member.session.at_end()
        member.answer(records)
        assert member.session.at_end()

    def test_groups_do_not_disturb_each_other(self, log: Log) -> None:
        append(log, *drafts("asked", 10))
        one, two = Member(log, group="ones"), Member(log, group="twos")
        one.answer(one.poll(10))
        assert len(two.poll(10)) == 10
        assert not any(log.positions("twos").values())

    # -- priority -----------------------------------------------------------------------------------------------------

    def test_priority_inputs_are_read_to_their_end_first(self, log: Log) -> None:
        append(log, *drafts("asked", 40))
        append(log, *drafts("urgent", 40))
        member = Member(log, inputs=("asked", "urgent"), priority=("urgent",))
        topics = [record.topic for record in member.poll(80, limit=7)]
        assert topics == ["urgent"] * 40 + ["asked"] * 40

    def test_a_priority_record_goes_before_what_lay_there_longer(self, log: Log) -> None:
        append(log, *drafts("asked", 40))
        member = Member(log, inputs=("asked", "urgent"), priority=("urgent",))
        first = member.poll(1, limit=5)
        append(log, *(draft("urgent", "k", b"v", p) for p in range(PARTITIONS)))
        rest = member.poll(48 - len(first), limit=5)
        assert [r.topic for r in rest[:PARTITIONS]] == ["urgent"] * PARTITIONS

    # -- leading inputs -----------------------------------------------------------------------------------------------

    def test_leading_inputs_go_before_what_came_shortly_before_them(self, log: Log) -> None:
        append(log, *drafts("asked", 40))
        append(log, *drafts("urgent", 40))
        member = Member(log, inputs=("asked", "urgent"), leading=("urgent",))
        records = member.poll(80, limit=7)
        for partition in range(PARTITIONS):
            topics = [record.topic for record in records if record.partition == partition]
            assert topics == sorted(topics, reverse=True)

    def test_what_came_long_before_does_not_wait_for_leading_inputs(
        self, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(leading, "LEAD_SECONDS", 0.0)
        append(log, *(draft("asked", "k", b"v", 0) for _ in range(20)))
        time.sleep(0.01)
        # Several times as much as comes from a partition at once.
        for _ in range(4):
            append(log, *(draft("urgent", "k", bytes(20_000), 0) for _ in range(50)))
        member = Member(log, inputs=("asked", "urgent"), leading=("urgent",))
        topics = [record.topic for record in member.poll(220, limit=10)]
        assert "asked" not in topics[150:]

    # -- fencing --------------------------------------------------------------------------------------------------------

    def test_a_second_appender_of_an_identity_fences_the_first(self, log: Log, open_log: OpenLog) -> None:
        first = log.appender("inbox")
        first.commit([draft("asked", "first")])
        second = open_log(TOPICS, partitions=PARTITIONS).appender("inbox")
        with pytest.raises(FencedError):
            first.commit([draft("asked", "zombie")])
        second.commit([draft("asked", "second")])
        assert {r.key for r in log.read("asked")} == {"first", "second"}

    def test_appenders_of_different_identities_do_not_fence_each_other(self, log: Log) -> None:
        one, two = log.appender("one"), log.appender("two")
        two.commit([draft("asked", "2")])
        one.commit([draft("asked", "1")])
        assert {r.key for r in log.read("asked")} == {"1", "2"}

    def test_a_member_that_comes_again_fences_its_older_self(self, log: Log) -> None:
        append(log, *drafts("asked", 20))
        zombie = Member(log)
        records = zombie.poll(20)
        again = Member(log)
        with pytest.raises(FencedError):
            zombie.answer(records)
        again.answer(again.poll(20))
        assert len(list(log.read("told"))) == 20

    def test_a_member_that_comes_again_in_another_process_fences_its_older_self(
        self, log: Log, open_log: OpenLog
    ) -> None:
        append(log, *drafts("asked", 20))
        zombie = Member(log)
        records = zombie.poll(20)
        again = Member(open_log(TOPICS, partitions=PARTITIONS))
        with pytest.raises(FencedError):
            zombie.answer(records)
        again.answer(again.poll(20))
        assert len(list(log.read("told"))) == 20

    # -- assignment -------------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("count", [1, 2, 3])
    def test_members_share_the_partitions_in_runs(self, log: Log, count: int) -> None:
        members = [Member(log, f"m{n}", inputs=("asked", "urgent")) for n in range(count)]
        settle(members)
        held = [sorted(member.held) for member in members]
        assert sorted(p for indexes in held for p in indexes) == list(range(PARTITIONS))
        assert all(indexes == list(range(indexes[0], indexes[-1] + 1)) for indexes in held)
        assert max(map(len, held)) - min(map(len, held)) <= 1
        for member in members:
            assert member.session.partitions == member.held
            assert {tp for tp in member.session.committed()} == {
                TopicPartition(t, p) for t in ("asked", "urgent") for p in member.held
            }

    def test_a_member_gets_the_records_of_its_partitions_only(self, log: Log) -> None:
        one, two = Member(log, "m0"), Member(log, "m1")
        settle([one, two])
        append(log, *drafts("asked", 200))
        counts = {
            p: sum(partition_of(f"key-{n}", PARTITIONS) == p for n in range(200)) for p in range(PARTITIONS)
        }
        for member in (one, two):
            records = member.poll(sum(counts[p] for p in member.held))
            assert {r.partition for r in records} == {p for p in member.held if counts[p]}

    def test_a_member_that_joins_waits_until_the_holder_has_let_go(self, log: Log) -> None:
        append(log, *drafts("asked", 50))
        one = Member(log, "m0")
        records = one.poll(50)
        two = Member(log, "m1")
        early = [record for _ in range(3) for record in two.session.poll(50, 0.1)]
        try:
            one.answer(records)
        except TransientLogError:
            one.session.rewind()
        if early:
            two.answer(early)
        deadline = time.monotonic() + 3 * PATIENCE
        while len(list(log.read("told"))) < 50:
            assert time.monotonic() < deadline, "not everything is answered"
            _answer_some([one, two], 50)
        assert sorted(int(r.value or b"") for r in log.read("told")) == list(range(50))

    def test_members_that_come_and_go_answer_every_record_once(self, log: Log) -> None:
        append(log, *drafts("asked", 300))
        members: list[Member] = []
        answered = 0
        deadline = time.monotonic() + 3 * PATIENCE
        for count in (1, 2, 3, 2, 1):
            while len(members) < count:
                members.append(Member(log, f"m{len(members)}"))
            while len(members) > count:
                members.pop().session.close()
            for _ in range(4):
                answered += _answer_some(members, 15)
        while answered < 300:
            assert time.monotonic() < deadline, f"only {answered} of 300"
            answered += _answer_some(members, 100)
        assert sorted(int(r.value or b"") for r in log.read("told")) == list(range(300))

    def test_partitions_of_a_member_that_left_go_to_the_others(self, log: Log) -> None:
        one, two = Member(log, "m0"), Member(log, "m1")
        settle([one, two])
        two.session.close()
        append(log, *drafts("asked", 50))
        found: set[tuple[int, int]] = set()
        deadline = time.monotonic() + PATIENCE
        while len(found) < 50 and time.monotonic() < deadline:
            # What was polled and not committed before the partitions came may be given once more.
            found.update((r.partition, r.offset) for r in one.session.poll(500, 0.2))
        assert len(found) == 50
        assert one.held == set(range(PARTITIONS))


def _answer_some(members: Sequence[Member], limit: int) -> int:
    """One poll and commit of each. A commit that a rebalance overtook did not happen."""
    answered = 0
    for member in members:
        records = member.session.poll(limit, 0.1)
        if not records:
            continue
        try:
            member.answer(records)
        except TransientLogError:
            member.session.rewind()
        else:
            answered += len(records)
    return answered

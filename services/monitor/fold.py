"""The fold of the monitor: marks of every claim's events, and what they come to.

Idempotent and free of the order in which topics are read: a flow is a set of marks by event id (flow.py), and all
else follows from the set. Memory is bounded by what waits and by the last hours, without losing either property:

- `advance(through)` says that everything appended before `through` has been read. The minutes before it (less
  LATENESS) are then counted once and for all, and the marks of a claim for which nothing waits are let go. What
  was let go cannot be told again as new: a record below the floor of its topic and partition is a repeat.
- Counted minutes older than the longest window go.

A minute that is not counted yet is kept up: what a claim came to is taken out of it before the claim changes, and put
in again at the next question. So a question costs what changed since the last one, and not all that stands.

So the memory is that of the open denials, of what ended since the slowest topic's place, and of six hours of
counts. A reader that stands still in one topic holds `through` back, and its memory grows until it goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.monitor.accounts import ACCOUNT_TOPICS, Accounts
from services.monitor.flow import DENIED, Flow, Wait
from services.monitor.marks import (
    MARKED_TOPICS,
    REMITTANCE_TOPICS,
    Mark,
    read_day,
    read_mark,
    read_remittance,
)
from services.monitor.windows import LONGEST_WINDOW, Minute, merged, minute_of

CONTROL: Final = "control"

FOLDED_TOPICS: Final = tuple(dict.fromkeys((CONTROL, *MARKED_TOPICS, *REMITTANCE_TOPICS, *ACCOUNT_TOPICS)))
"""All that the fold reads: those of a claim's way in its order, then what is accounted for beside it."""

FIRST_READER: Final = "classifier"
"""The group whose position in `claim-denied` ends the first stage: a repeated remittance has no other answer."""

LATENESS: Final = 2
"""Minutes for which a counted minute waits for records that were appended in it: an open transaction's records
carry the time of their writing and are seen after its commit (topics/cluster.py: transaction_seconds). What comes
later still counts among what waits, but may be missing among what ended."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """What an advance did: the minutes that were counted, and the claims that were let go."""

    minutes: tuple[int, ...]
    gone: tuple[str, ...]


@dataclass(slots=True)
class Fold:
    """Give it records with `take`, positions with `handled`, and tell it how far all topics are read."""

    flows: dict[str, Flow] = field(default_factory=dict)
    floors: dict[tuple[str, int], int] = field(default_factory=dict)
    """next offset of each topic's partition when a flow was last let go"""
    positions: dict[tuple[str, int], int] = field(default_factory=dict)
    """next offset of each topic's partition"""
    classified_to: dict[int, int] = field(default_factory=dict)
    """by partition: the first offset of `claim-denied` that the classifier has not committed"""
    minutes: dict[tuple[int, int], Minute] = field(default_factory=dict)
    """counted minutes by partition and number"""
    remitted: dict[str, date] = field(default_factory=dict)
    """by payer: the latest business day of a remittance"""
    day: date | None = None
    """the latest business day that was opened"""
    accounts: Accounts = field(default_factory=Accounts)
    _touched: dict[int, dict[int, set[str]]] = field(default_factory=dict)
    """by partition and minute: the claims with a mark in it"""
    _arrived: dict[int, dict[int, str]] = field(default_factory=dict)
    """by partition and offset: the claims that wait for the classifier"""
    _read: dict[int, set[str]] = field(default_factory=dict)
    """by partition: the claims that it has read since the last advance"""
    _open: dict[int, dict[int, Minute]] = field(default_factory=dict)
    """by partition and number: the minutes that are not counted yet, without the claims that have changed"""
    _changed: dict[int, set[str]] = field(default_factory=dict)
    """by partition: the claims that the open minutes do not hold"""
    _together: dict[int, tuple[int, Minute]] = field(default_factory=dict)
    """by number: of how many partitions the minute is counted, and what they come to"""

    def take(
        self,
        topic: str,
        partition: int,
        offset: int,
        key: str | None,
        value: bytes | None,
        headers: Mapping[str, str],
        appended: int,
    ) -> bool:
        """Fold one record; false where it changed nothing. `appended`: ms since the epoch."""
        if topic in ACCOUNT_TOPICS:
            return self.account(topic, partition, offset, key, value, headers, appended) is not None
        place = (topic, partition)
        self.positions[place] = max(self.positions.get(place, 0), offset + 1)
        if offset < self.floors.get(place, 0) or key is None or value is None:
            return False
        if topic == CONTROL:
            return self.open_day(read_day(headers.get("ce_type", ""), value))
        changed = False
        if topic in REMITTANCE_TOPICS:
            changed = self.remittance(read_remittance(value, headers.get("ce_time", "")))
        mark = read_mark(
            headers.get("ce_type", ""),
            headers.get("ce_id", ""),
            offset,
            appended,
            headers.get("ce_ingestedtime"),
            value,
        )
        return (mark is not None and self.put(partition, key, mark)) or changed

    def account(
        self,
        topic: str,
        partition: int,
        offset: int,
        key: str | None,
        value: bytes | None,
        headers: Mapping[str, str],
        appended: int,
    ) -> str | None:
        """Fold one record of ACCOUNT_TOPICS: the name in its account that it changed, null where it changed none."""
        self.positions[topic, partition] = max(self.positions.get((topic, partition), 0), offset + 1)
        if key is None:
            return None
        return self.accounts.take(topic, key, value, headers.get("ce_type", ""), appended)

    def put(self, partition: int, key: str, mark: Mark) -> bool:
        """Keep a mark of a claim; false where it was known."""
        flow = self.flows.get(key)
        if flow is None:
            flow = self.flows[key] = Flow(partition)
        elif flow.knows(mark):
            return False
        changed = self._changed.setdefault(flow.partition, set())
        if key not in changed:
            self._count(flow, -1)
            changed.add(key)
        flow.put(mark)
        self._touch(key, flow, mark)
        return True

    def restore(self, key: str, flow: Flow) -> None:
        """Take over a flow that was kept outside."""
        self.flows[key] = flow
        self._changed.setdefault(flow.partition, set()).add(key)
        for mark in flow.marks.values():
            self._touch(key, flow, mark)

    def handled(self, partition: int, offset: int) -> None:
        """The classifier has committed `claim-denied` of this partition up to `offset`."""
        if offset <= self.classified_to.get(partition, 0):
            return
        self.classified_to[partition] = offset
        waiting = self._arrived.get(partition, {})
        read = [at for at in waiting if at < offset]
        self._read.setdefault(partition, set()).update(waiting.pop(at) for at in read)

    def advance(self, partition: int, through: int) -> Advanced:
        """Everything of this partition that was appended before `through` (ms) has been read: count the minutes
        that are over, and let go what is done."""
        self._settle(partition)
        over = minute_of(through) - LATENESS
        touched = self._touched.get(partition, {})
        done = sorted(number for number in touched if number < over)
        fresh: list[int] = []
        gone = self._let_go(self._read.pop(partition, set()))
        for number in done:
            keys, minute = touched.pop(number), self._open.get(partition, {}).pop(number, None)
            if (partition, number) not in self.minutes and number >= over - LONGEST_WINDOW:
                self.minutes[partition, number] = minute or Minute()
                fresh.append(number)
            gone += self._let_go(keys)
        for place in [p for p in self.minutes if p[0] == partition and p[1] < over - LONGEST_WINDOW]:
            del self.minutes[place]
        return Advanced(tuple(fresh), tuple(gone))

    def window(self, since: int, until: int) -> Minute:
        """What ended in the minutes since <= number < until, counted or not yet."""
        return merged(self.by_minute(since, until).values())

    def by_minute(self, since: int, until: int) -> dict[int, Minute]:
        """The same for each of them in which anything happened. To be read only."""
        for partition in list(self._changed):
            self._settle(partition)
        counted: dict[int, list[Minute]] = {}
        for (_, number), minute in self.minutes.items():
            if since <= number < until:
                counted.setdefault(number, []).append(minute)
        # What is counted does not change: of as many partitions it comes to the same again.
        self._together = {
            number: known
            if (known := self._together.get(number, (0, Minute())))[0] == len(minutes)
            else (len(minutes), merged(minutes))
            for number, minutes in counted.items()
        }
        found = {number: minute for number, (_, minute) in self._together.items()}
        for minutes in self._open.values():
            for number, minute in minutes.items():
                if since <= number < until:
                    found[number] = merged([found[number], minute] if number in found else [minute])
        return found

    def waits(self) -> Iterator[Wait]:
        """All that waits now."""
        for partition, arrived in self._arrived.items():
            handled = self.classified_to.get(partition, 0)
            for key in set(arrived.values()):
                yield from self.flows[key].arrivals(handled)
        for flow in self.flows.values():
            yield from flow.waits()

    def _settle(self, partition: int) -> None:
        """Put into the open minutes what the claims that changed come to now."""
        for key in self._changed.pop(partition, ()):
            if (flow := self.flows.get(key)) is not None:
                self._count(flow, 1)

    def _count(self, flow: Flow, times: int) -> None:
        minutes = self._open.setdefault(flow.partition, {})
        touched = self._touched.get(flow.partition, {})
        for happened in flow.history():
            number = minute_of(happened.at)
            # A minute that is counted or long over takes nothing in, and gives nothing back.
            if number in touched and (flow.partition, number) not in self.minutes:
                minutes.setdefault(number, Minute()).count(happened, times)

    def open_day(self, day: date | None) -> bool:
        """A business day has begun; false where a later one is known."""
        if day is None or (self.day is not None and self.day >= day):
            return False
        self.day = day
        return True

    def remittance(self, said: tuple[str, date] | None) -> bool:
        """A payer has sent a remittance of a business day; false where a later one is known."""
        if said is None or self.remitted.get(said[0], date.min) >= said[1]:
            return False
        self.remitted[said[0]] = said[1]
        return True

    def _touch(self, key: str, flow: Flow, mark: Mark) -> None:
        number = minute_of(mark.at)
        self._touched.setdefault(flow.partition, {}).setdefault(number, set()).add(key)
        if mark.kind == DENIED and mark.offset >= self.classified_to.get(flow.partition, 0):
            self._arrived.setdefault(flow.partition, {})[mark.offset] = key

    def _let_go(self, keys: set[str]) -> list[str]:
        """Forget the flows for which nothing waits and all of whose minutes are counted; returns their keys."""
        gone = [key for key in keys if self._is_done(key)]
        for key in gone:
            partition = self.flows.pop(key).partition
            for (topic, index), position in self.positions.items():
                if index == partition:
                    self.floors[topic, index] = position
        return gone

    def _is_done(self, key: str) -> bool:
        flow = self.flows.get(key)
        if flow is None or flow.waits():
            return False
        if any(flow.arrivals(self.classified_to.get(flow.partition, 0))):
            return False
        touched = self._touched.get(flow.partition, {})
        return not any(key in touched.get(minute_of(mark.at), ()) for mark in flow.marks.values())

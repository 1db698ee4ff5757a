"""Every past denial of the log, looked at again under candidate rules. Reads the log, writes nothing.

A denial is taken as it stood when it was last proposed on: facts, documentation, tables, profiles and day are those that
the proposal was made of, and first give that proposal once more; only the rules are others.

One partition is worked on after another. Held of it are the last proposal of each denial, as the bytes of the log, and a
number for each revision; denials pass one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from schemas.case import Attempt
from schemas.codes import Automation
from schemas.control import DayOpened
from schemas.envelope import Event
from schemas.recoding import RecodingProposed
from schemas.shape import Shape
from services.core.attempts import PAID, PAID_IN_PART
from services.core.denials.rejection import subject_of
from services.core.recoding.proposal import same_answer
from services.core.recoding.rule_set import RuleSet
from services.deployment.opening import Deployment
from services.deployment.proofs import Past, Remade
from services.recoder.second_step import STEP
from services.replay.comparison import Replayed
from services.runtime.configuration import CONTROL, Definitions, ForeignDefinitionError
from services.runtime.log import Record
from services.runtime.partitioning import partition_of
from services.runtime.records import INGESTED, UndecodableError, decode_event

CLASSIFIED: Final = ("denial-classified", "case-changed")
PROPOSED: Final = "recoding-proposed"
WORK_ITEMS: Final = "work-items"

EVENTS_GONE: Final = "events_gone"
"""neither the denial nor its proposal lies in the log any more"""
DENIAL_GONE: Final = "denial_gone"
"""its proposal does, the facts that it was made of do not"""
NOT_PROPOSED: Final = "not_proposed"
"""the denial does, no proposal of it: gone, or not made yet"""
OTHER_RELEASE: Final = "other_release"
"""this release cannot read the rules of then, or proposes something else under them"""
UNREADABLE: Final = "unreadable"
"""the proposal is a record that this release cannot read"""

Lineage = tuple[str, str]
"""claim key, lineage"""
Denial = tuple[str, str, int | None]
"""claim key, lineage, how often the claim had been sent back; null: nothing tells"""
Revision = tuple[str, str, int]
"""claim key, lineage, revision"""


class _Turn(Shape):
    """What is read of a classifier's event: which denial it is, and what came of what was sent."""

    lineage: str
    revision: int
    generation: int | None = None
    attempts: tuple[Attempt, ...] = ()
    rejected: _Turn | None = None


_READS: Final = {"denial-classified.v1": _Turn, "case-changed.v1": _Turn}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Denials that could not be looked at again."""

    reason: str
    count: int = 1


@dataclass(slots=True)
class _Known:
    """What is held of one partition."""

    generations: dict[Revision, int] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], tuple[int, str | None]] = field(default_factory=dict)
    """claim key, proposal -> the revision that told last, and what came of it"""
    proposed: dict[Denial, Record] = field(default_factory=dict)
    """the last proposal of each denial"""
    seconds: set[Lineage] = field(default_factory=set)
    """lineages with a second step: it follows from what was approved, not from rules"""

    @property
    def denials(self) -> set[Denial]:
        return {(key, lineage, sent) for (key, lineage, _), sent in self.generations.items()}


@dataclass(frozen=True, slots=True)
class History:
    """The denials of a log (of one claim key, where `key` says so), and the rules that they are looked at under."""

    deployment: Deployment
    candidate: RuleSet
    key: str | None = None

    def replayed(self) -> Iterator[Replayed | LeftOut]:
        """Every denial once, a partition after the other. Raises what `Definitions` raises for tables."""
        log = self.deployment.log
        definitions = Definitions(log, self.deployment.blobs)
        mine = range(log.partition_count)
        for partition in mine if self.key is None else [partition_of(self.key, log.partition_count)]:
            yield from self._partition(partition, Past(log, definitions, partition))

    def _partition(self, partition: int, past: Past) -> Iterator[Replayed | LeftOut]:
        known = _Known()
        for record in self._records(partition, *CLASSIFIED):
            _note(known, record)
        unreadable = 0
        for record in self._records(partition, PROPOSED):
            unreadable += not _propose(known, record)
        if unreadable:
            yield LeftOut(UNREADABLE, unreadable)
        yield from self._gone(partition, known)
        waiting = {_revision(record): record for record in known.proposed.values()}
        days = self._days(partition)
        failed: set[Revision] = set()
        for record in self._records(partition, *CLASSIFIED):
            if not any(place in waiting for place in _places(record)):
                continue
            denial = subject_of(decode_event(record).data)
            if denial is None:
                continue
            place = (record.key or "", denial.lineage, denial.revision)
            stored = waiting.get(place)
            if stored is None:
                continue
            event: Event[Any] = decode_event(stored)
            if event.data.facts != denial.facts:
                continue
            try:
                remade = past.remake(event, denial)
            except ForeignDefinitionError:
                remade = Remade(event, None)
            if remade.proposed is None or not same_answer(remade.proposed.proposal, remade.original):
                failed.add(place)
                continue
            _, outcome = known.outcomes.get((place[0], remade.original.proposal_id), (0, None))
            after = self._candidate(remade, _day_at(stored, days))
            yield Replayed(remade.original, after, outcome in (PAID, PAID_IN_PART))
            del waiting[place]
            failed.discard(place)
        for place in waiting:
            yield LeftOut(OTHER_RELEASE if place in failed else DENIAL_GONE)

    def _candidate(self, remade: Remade, day: date | None) -> RecodingProposed:
        """What the candidate proposes. Where nothing was to be done no clock tells the day: then it is that of the
        log."""
        assert remade.basis is not None
        basis = replace(remade.basis, rules=self.candidate)
        found = basis.propose().proposal
        if basis.today is None and found.automation is not Automation.A0:
            found = replace(basis, today=day).propose().proposal
        return found

    def _gone(self, partition: int, known: _Known) -> Iterator[LeftOut]:
        """Denials of which there is no proposal to compare with."""
        for denial in known.denials - known.proposed.keys():
            if denial[:2] not in known.seconds:
                yield LeftOut(NOT_PROPOSED)
        seen = {denial[:2] for denial in known.denials | known.proposed.keys()} | known.seconds
        items: dict[str, list[str]] = {}
        for record in self._records(partition, WORK_ITEMS):
            kept = json.loads(record.value)["lineages"] if record.value is not None else ()
            items[record.key or ""] = [item["lineage"] for item in kept if item.get("proposed_revision")]
        for key, lineages in items.items():
            for lineage in lineages:
                if (key, lineage) not in seen:
                    yield LeftOut(EVENTS_GONE)

    def _records(self, partition: int, *topics: str) -> Iterator[Record]:
        for topic in topics:
            for record in self.deployment.log.read(topic, partition):
                if self.key is None or record.key == self.key:
                    yield record

    def _days(self, partition: int) -> list[tuple[str, date]]:
        """When each business day was opened, and which."""
        found: list[tuple[str, date]] = []
        for record in self.deployment.log.read(CONTROL, partition):
            change = decode_event(record).data
            if isinstance(change, DayOpened):
                found.append((record.headers.get(INGESTED, ""), change.day))
        return found


def _note(known: _Known, record: Record) -> None:
    """Which denial a revision is about, and what came of what was sent on a proposal."""
    key = record.key or ""
    for turn in _turns(record):
        if turn.generation is not None:
            known.generations[key, turn.lineage, turn.revision] = turn.generation
        for attempt in turn.attempts:
            told = known.outcomes.get((key, attempt.proposal_id))
            if told is None or told[0] <= turn.revision:
                known.outcomes[key, attempt.proposal_id] = (turn.revision, attempt.outcome)


def _propose(known: _Known, record: Record) -> bool:
    """Keep a proposal as the last of its denial; false where it cannot be read."""
    try:
        data = decode_event(record).data
    except UndecodableError:
        return False
    assert isinstance(data, RecodingProposed)
    key = record.key or ""
    if data.step == STEP:
        known.seconds.add((key, data.lineage))
    else:
        generation = known.generations.get((key, data.lineage, data.revision))
        known.proposed[key, data.lineage, generation] = record
    return True


def _turns(record: Record) -> Iterator[_Turn]:
    """An event of the classifier, and in it the claim that was turned away; nothing where it cannot be read."""
    try:
        turn = decode_event(record, _READS).data
    except UndecodableError:
        return
    assert isinstance(turn, _Turn)
    yield turn
    if turn.rejected is not None:
        yield turn.rejected


def _places(record: Record) -> Iterator[Revision]:
    return ((record.key or "", turn.lineage, turn.revision) for turn in _turns(record))


def _revision(record: Record) -> Revision:
    data = decode_event(record).data
    assert isinstance(data, RecodingProposed)
    return record.key or "", data.lineage, data.revision


def _day_at(record: Record, days: list[tuple[str, date]]) -> date | None:
    """The business day that was open when a record was appended."""
    appended = record.headers.get(INGESTED, "")
    return max((day for opened, day in days if opened <= appended), default=None)

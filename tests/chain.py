"""The services of a claim's way over a log in memory, advanced one event at a time in any order of topics.

What a topic says stays in order; which topic is read next, and by which service, is free, as it is between the
topics of a real log.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.case import CaseChanged, ClassifiedDenial
from schemas.envelope import Event
from schemas.recoding import RecodingDecided, RecodingProposed
from schemas.resubmission import ClaimResubmitted
from services.core.processing import Context, Processor
from services.runtime.records import to_event
from tests.reading import as_read

Turn = tuple[str, str]
"""Service and topic."""


@dataclass
class Chain:
    """Processors that keep no record a partition, their states, and every topic since its first event."""

    processors: Sequence[Processor[Any]]
    context: Context
    topics: dict[str, list[Event[Any]]] = field(default_factory=lambda: defaultdict(list))
    positions: dict[Turn, int] = field(default_factory=lambda: defaultdict(int))
    states: dict[tuple[str, str], Any] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)

    def publish(self, events: Sequence[Event[Any]]) -> None:
        for event in events:
            assert self.ids.setdefault(event.id, event.data) == event.data, "one id, two payloads"
            self.topics[event.topic].append(event)

    def turns(self) -> list[Turn]:
        """What may be read next."""
        return [
            (processor.name, topic)
            for processor in self.processors
            for topic in processor.inputs
            if self.positions[processor.name, topic] < len(self.topics[topic])
        ]

    def take(self, turn: Turn) -> None:
        """The service reads its next event of the topic."""
        name, topic = turn
        processor = next(p for p in self.processors if p.name == name)
        event = as_read(processor, self.topics[topic][self.positions[turn]])
        self.positions[turn] += 1
        place = (name, event.key)
        self.states[place], outcomes = processor.handle(self.states.get(place), event, self.context)
        self.publish([to_event(outcome, self.context.tenant, name) for outcome in outcomes])

    def drain(self, choose: Callable[[list[Turn]], Turn]) -> None:
        """Read until nothing is left."""
        while turns := self.turns():
            self.take(choose(turns))

    def end(self) -> dict[str, Any]:
        """Where it ended: facts and causes of each lineage, its proposal and what went out. Revisions, and the
        ids that hold one, count arrivals and are left out."""
        last: dict[str, Any] = {}
        for event in (*self.topics["case-changed"], *self.topics["denial-classified"]):
            data: CaseChanged | ClassifiedDenial = event.data
            known = last.get(data.lineage)
            if known is None or (data.revision, isinstance(data, ClassifiedDenial)) >= known[0]:
                last[data.lineage] = ((data.revision, isinstance(data, ClassifiedDenial)), data)
        proposals: dict[str, RecodingProposed] = {}
        open_: Counter[str] = Counter()  # facts that come and go again give the same proposal anew
        for event in self.topics["recoding-proposed"]:
            proposals[event.data.lineage] = event.data
            open_[event.data.proposal_id] += 1
        for event in self.topics["recoding-decided"]:
            decided: RecodingDecided = event.data
            open_[decided.proposal_id] -= decided.decision == "withdrawn"
        sent: list[ClaimResubmitted] = [event.data for event in self.topics["claim-resubmitted"]]
        return {
            "lineages": {lineage: _face(data) for lineage, (_, data) in last.items() if _alive(data)},
            "proposals": {
                lineage: (proposal.proposal_id, proposal.automation, proposal.edits, proposal.proof)
                for lineage, proposal in proposals.items()
                if open_[proposal.proposal_id] > 0
            },
            "sent": sorted((one.resubmission_id, one.generation, one.x12.claim) for one in sent),
        }


def _face(data: CaseChanged | ClassifiedDenial) -> tuple[Any, ...]:
    if isinstance(data, ClassifiedDenial):
        return (data.facts, data.claim_state, data.primary_cause, data.causes, data.waits, data.answers)
    return (data.facts, data.claim_state, data.answers)


def _alive(data: CaseChanged | ClassifiedDenial) -> bool:
    """A lineage whose facts were all linked into another one is no more."""
    return bool(data.facts)

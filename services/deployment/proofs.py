"""A proposal made again from the log.

The log keeps the digest of a proof and all that it follows from, not its bytes: facts in `denial-classified`, rules,
profiles and tables under their versions. Whoever can read the log can make the same bytes again, on any day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from schemas.case import ClassifiedDenial
from schemas.control import DayOpened
from schemas.envelope import Event
from schemas.recoding import RecodingProposed
from services.core.codes.tables import Tables
from services.core.denials.rejection import subject_of
from services.core.recoding.proof import seal
from services.core.recoding.proposal import Proposed, propose
from services.core.recoding.rule_set import RuleSet
from services.core.resubmission.profiles import Profiles
from services.deployment.opening import Deployment
from services.runtime.configuration import Configuration, Definitions
from services.runtime.log import Log
from services.runtime.partitioning import partition_of
from services.runtime.records import decode_event


@dataclass(frozen=True, slots=True)
class Basis:
    """All that a proposal follows from."""

    denial: ClassifiedDenial
    rules: RuleSet
    profiles: Profiles
    tables: Tables
    today: date | None
    answers_withdrawn: str | None

    def propose(self) -> Proposed:
        return propose(
            self.denial, self.rules, self.profiles, self.tables, self.today, self.answers_withdrawn
        )


@dataclass(frozen=True, slots=True)
class Remade:
    """A proposal that stands in the log, made again. `proposed` and its `basis`: null where the log does not give it
    any more."""

    event: Event[Any]
    proposed: Proposed | None
    basis: Basis | None = None

    @property
    def original(self) -> RecodingProposed:
        assert isinstance(self.event.data, RecodingProposed)
        return self.event.data

    @property
    def same_proof(self) -> bool:
        return self.proposed is not None and seal(self.proposed.proof) == self.original.proof

    @property
    def same_event(self) -> bool:
        """Whether the whole event comes to the same bytes, not only its proof."""
        return self.proposed is not None and self.proposed.proposal.encode() == self.event.payload


class Past:
    """Every configuration that one partition of `control` has made active; rules, profiles and tables of each are
    found once. Days play no part."""

    def __init__(self, log: Log, definitions: Definitions, partition: int) -> None:
        self._definitions = definitions
        self._configurations = list(_configurations(log, partition))
        self._tables: dict[int, Tables] = {}
        self._latest = 0

    def remake(self, event: Event[Any], denial: ClassifiedDenial) -> Remade:
        """A proposal made again of its denial. The first configuration that gives the same bytes is the answer; else
        the last that has the rules and profiles that it names. Raises what `Definitions` raises."""
        original: RecodingProposed = event.data
        remade = Remade(event, None)
        for place in self._places():
            configuration = self._configurations[place]
            rules = self._definitions.rules(configuration)
            profiles = self._definitions.profiles(configuration)
            named = {
                "rule_set": f"{rules.name}@{rules.version}",
                "profile": f"{profiles.name}@{profiles.version}",
            }
            if named != original.context:
                continue
            if place not in self._tables:
                self._tables[place] = self._definitions.tables(configuration)
            day, withdrawn = _day_of(original), original.answers_withdrawn
            basis = Basis(denial, rules, profiles, self._tables[place], day, withdrawn)
            remade = Remade(event, basis.propose(), basis)
            if remade.same_proof and remade.same_event:
                self._latest = place
                break
        return remade

    def _places(self) -> Iterator[int]:
        """The configuration that gave the answer last, then all in their order: neighbours were proposed under one."""
        yield self._latest
        yield from (place for place in range(len(self._configurations)) if place != self._latest)


def find_proposals(deployment: Deployment, identity: str) -> Iterator[Event[Any]]:
    """Every `recoding-proposed` with this proposal id, proof, or a proof that begins so."""
    for record in deployment.log.read("recoding-proposed"):
        event = decode_event(record)
        data = event.data
        if isinstance(data, RecodingProposed) and (
            data.proposal_id == identity or data.proof.startswith(identity)
        ):
            yield event


def remake(deployment: Deployment, event: Event[Any]) -> Remade:
    """Make a proposal again from what the log holds: the denial of its facts, and every configuration that `control`
    has made active with its rules and profiles."""
    log = deployment.log
    past = Past(log, Definitions(log, deployment.blobs), partition_of(event.key, log.partition_count))
    remade = Remade(event, None)
    for denial in _denials(deployment, event.key, event.data):
        remade = past.remake(event, denial)
        if remade.same_proof and remade.same_event:
            break
    return remade


def _denials(deployment: Deployment, key: str, original: RecodingProposed) -> Iterator[ClassifiedDenial]:
    events = deployment.events_of(key, "denial-classified", "case-changed")
    for denial in (subject_of(event.data) for event in events):
        if (
            denial is not None
            and (denial.lineage, denial.revision) == (original.lineage, original.revision)
            and denial.facts == original.facts
        ):
            yield denial


def _configurations(log: Log, partition: int) -> Iterator[Configuration]:
    """What was active at any point of a partition of `control`."""
    configuration = Configuration()
    yield configuration
    for record in log.read("control", partition):
        change = decode_event(record).data
        if not isinstance(change, DayOpened):
            configuration = configuration.after(change)
            yield configuration


def _day_of(original: RecodingProposed) -> date | None:
    """The day on which the clocks of a proposal were counted."""
    return next((clock.due - timedelta(days=clock.days_left) for clock in original.deadlines), None)

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
from services.core.denials.rejection import subject_of
from services.core.recoding.proof import seal
from services.core.recoding.proposal import Proposed, propose
from services.deployment.opening import Deployment
from services.runtime.configuration import Configuration, Definitions
from services.runtime.partitioning import partition_of
from services.runtime.records import decode_event


@dataclass(frozen=True, slots=True)
class Remade:
    """A proposal that stands in the log, made again. `proposed`: null where the log does not give it any more."""

    event: Event[Any]
    proposed: Proposed | None

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
    has made active with its rules and profiles. The first that gives the same bytes is the answer; else the last."""
    original: RecodingProposed = event.data
    definitions = Definitions(deployment.log, deployment.blobs)
    made: Proposed | None = None
    for denial in _denials(deployment, event.key, original):
        for configuration in _configurations(deployment, event.key):
            rules = definitions.rules(configuration)
            profiles = definitions.profiles(configuration)
            named = {
                "rule_set": f"{rules.name}@{rules.version}",
                "profile": f"{profiles.name}@{profiles.version}",
            }
            if named != original.context:
                continue
            tables = definitions.tables(configuration)
            made = propose(denial, rules, profiles, tables, _day_of(original), original.answers_withdrawn)
            if seal(made.proof) == original.proof and made.proposal.encode() == event.payload:
                return Remade(event, made)
    return Remade(event, made)


def _denials(deployment: Deployment, key: str, original: RecodingProposed) -> Iterator[ClassifiedDenial]:
    events = deployment.events_of(key, "denial-classified", "case-changed")
    for denial in (subject_of(event.data) for event in events):
        if (
            denial is not None
            and (denial.lineage, denial.revision) == (original.lineage, original.revision)
            and denial.facts == original.facts
        ):
            yield denial


def _configurations(deployment: Deployment, key: str) -> Iterator[Configuration]:
    """What was active at any point of the claim's partition of `control`; days play no part."""
    configuration = Configuration()
    yield configuration
    for record in deployment.log.read("control", partition_of(key, deployment.log.partition_count)):
        change = decode_event(record).data
        if not isinstance(change, DayOpened):
            configuration = configuration.after(change)
            yield configuration


def _day_of(original: RecodingProposed) -> date | None:
    """The day on which the clocks of a proposal were counted."""
    return next((clock.due - timedelta(days=clock.days_left) for clock in original.deadlines), None)

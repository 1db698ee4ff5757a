"""`reclaim proof verify` and the proof that `reclaim explain --proof` shows: a proposal made again from the log.

The log keeps the digest of a proof and all that it follows from, not its bytes: facts in `denial-classified`, rules,
profiles and tables under their versions. Whoever can read the log can make the same bytes again, on any day.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import click

from schemas.case import ClassifiedDenial
from schemas.control import DayOpened
from schemas.envelope import Event
from schemas.recoding import RecodingProposed
from services.cli.deployment import Deployment, deployment_options
from services.cli.faults import Failure, WrongUse
from services.core.denials.rejection import subject_of
from services.core.recoding.proof import seal
from services.core.recoding.proposal import Proposed, propose
from services.recoder.second_step import STEP
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


@click.group()
def proof() -> None:
    """The proofs of proposals: what each follows from, to the byte."""


@proof.command("verify")
@click.argument("identity", metavar="ID")
@deployment_options
def verify(deployment: Deployment, identity: str) -> None:
    """Make the proposal of ID (a proposal or a proof, or how a proof begins) again from the log and compare it to the
    byte; ends with 1 where it is another."""
    found = list(find_proposals(deployment, identity))
    if not found:
        raise WrongUse("no proposal and no proof has this id; `reclaim explain CLAIM --json` shows both")
    for event in found:
        if event.data.step == STEP:
            click.echo(
                f"{event.data.proposal_id}: a second step, it follows from what was approved with the void"
            )
            continue
        remade = remake(deployment, event)
        name = f"{remade.original.proposal_id}: proof {remade.original.proof}"
        if not remade.same_proof:
            raise Failure(
                f"{name}: facts and definitions of this log do not give it. Either they were changed, "
                "or another release made it"
            )
        if not remade.same_event or remade.proposed is None:
            raise Failure(f"{name}: the proof holds, but the event says something else. It was changed")
        click.echo(f"{name}: the same {len(remade.proposed.proof):,} bytes, and the same event")


def proof_lines(remade: Remade) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """The proof as titled rows for a reviewer."""
    if remade.proposed is None:
        return
    told = json.loads(remade.proposed.proof)
    held = "made again from the log, to the byte" if remade.same_proof else "NOT what was sealed"
    yield "Proof", [("sha256", remade.original.proof), ("verified", held)]
    yield (
        "Facts it stands on",
        [
            *(("fact", fact) for fact in told["facts"]),
            *((k, v or "none") for k, v in told["digests"].items()),
        ],
    )
    yield "Rules and profiles", sorted(told["context"].items())
    yield (
        "Code tables",
        [
            (kind, name, f"from {since}", f"sha256 {digest}")
            for kind, name, digest, since, _ in told["editions"]
        ],
    )
    yield "Rules that were tried", [row for rule in told["rules"] for row in _rule_rows(rule)]
    yield "Guard", [(name, result, reason) for name, result, reason in told["guards"]]


def _rule_rows(rule: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    taken = "taken" if rule["taken"] else "not taken"
    yield rule["cause"], rule["rule"], f"{rule['outcome']} ({rule['reason']}), {taken}"
    for label in ("missing", "rejected"):
        for value in rule[label]:
            yield "", label, value
    for source, place, value in rule["evidence"]:
        yield "", "evidence", f"{place} of {source}" + (f": {value}" if value else "")
    for name, value in rule["facts"]:
        yield "", "fact", f"{name} = {value}"

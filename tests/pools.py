"""Events that belong together, for machines that shuffle, repeat and interrupt: one claim, seen by each service.

What a service reads is what the services before it really say of that claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any

from schemas.acknowledgment import GroupAcknowledged, GroupRecorded, GroupTransaction
from schemas.claim import Position
from schemas.codes import Decision, Wish
from schemas.control import DayOpened
from schemas.envelope import Event, business_time, event_id
from schemas.faults import LetterDiscarded
from schemas.recoding import DecisionRequested, RecodingProposed
from schemas.shape import Shape
from services.audit import processor as audit
from services.classifier import processor as classifier
from services.core.processing import Context, Place, Processor, WithPartition
from services.delivery import processor as delivery
from services.recoder import processor as recoder
from services.resubmitter import processor as resubmitter
from services.runtime.configuration import shipped_profiles, shipped_rules
from services.runtime.records import to_event
from tests import decisions, remitted
from tests.reading import as_read
from tests.remitted import adjudication, told

KEY = remitted.KEY
TENANT = "main"

CLASSIFIER = classifier.PROCESSOR
RECODER = recoder.PROCESSOR
RESUBMITTER = resubmitter.processor(lambda *_: ())
"""Without the outbound gate: it is pure, slow, and tested on its own."""
DELIVERY = delivery.PROCESSOR
AUDIT = audit.PROCESSOR


def day(text: str) -> Event[Any]:
    """A day that is opened."""
    opened = date.fromisoformat(text)
    id_ = event_id(TENANT, "day-opened.v1", text)
    return Event(
        id_, "day-opened.v1", "/t", business_time(opened), "main|control", DayOpened(day=opened), "control"
    )


DAYS = (day("2026-02-03"), day("2026-02-04"))


def context(today: date | None = None) -> Context:
    """What ships with Reclaim, and a trading partner."""
    return decisions.context(
        tenant=TENANT,
        today=today,
        rules=shipped_rules(),
        profiles=shipped_profiles(),
        tables=decisions.partner_tables(decisions.PARTNER),
    )


def said(processor: Processor[Any], events: Iterable[Event[Any]]) -> tuple[Event[Any], ...]:
    """What a service publishes when it reads these events in this order."""
    states: dict[tuple[str | None, str], Any] = {}
    part: Shape | None = None
    records: dict[str, dict[Place, Shape | None]] = {}
    found: list[Event[Any]] = []
    for event in events:
        place = (processor.state_topic_for(event.topic), event.key)
        own = states.get(place)
        below = records.setdefault(event.key, {})
        given = own if processor.partition_topic is None else WithPartition(own, part, below)
        after, outcomes = processor.handle(given, as_read(processor, event), context(date(2026, 2, 3)))
        if isinstance(after, WithPartition):
            states[place], part = after.own, after.partition
            below.update(after.changed)
        else:
            states[place] = after
        found += (to_event(outcome, TENANT, processor.name) for outcome in outcomes)
    return tuple(found)


def of_types(events: Sequence[Event[Any]], *topics: str) -> tuple[Event[Any], ...]:
    return tuple(event for event in events if event.topic in topics)


@cache
def facts() -> tuple[Event[Any], ...]:
    """What files say of the claim: sent, denied, denied again, documented, acknowledged, reversed, paid."""
    return (
        told(remitted.submission()),
        told(adjudication("1 CO-197 150.00", "1 CO-16 100.00", said=("1 N290",))),
        told(adjudication("CO-197 250.00", trace="TRACE2", control="ICN2", on=date(2026, 1, 25), file="f2")),
        told(adjudication("CO-45 20.00", status="22", paid="-230", trace="TRACE3", file="f3", siblings=2)),
        told(adjudication("CO-45 20.00", paid="230", trace="TRACE3", file="f3", index=2, siblings=2)),
        told(remitted.documented()),
        told(remitted.acknowledged(accepted=False, received=date(2026, 1, 10))),
    )


@cache
def classified() -> tuple[Event[Any], ...]:
    """What the classifier makes of two orders of the facts."""
    return said(CLASSIFIER, facts()[:3]) + said(CLASSIFIER, facts()[:2])


@cache
def for_recoder() -> tuple[Event[Any], ...]:
    """Classifications, wishes about the proposals, a letter and its answer, days."""
    proposals = [e.data for e in said(RECODER, classified()) if isinstance(e.data, RecodingProposed)]
    letter = decisions.letter()
    discarded = LetterDiscarded(letter=letter.letter, service=letter.service, by="ann", reason="x")
    letters = (decisions.event(letter, KEY), decisions.event(discarded, KEY))
    wishes = tuple(
        _wish(proposal, wish, reason)
        for proposal in proposals
        for wish, reason in ((Wish.APPROVE, "documented"), (Wish.HOLD, "awaiting_payer"))
    )
    return (*classified(), *wishes, *letters, *DAYS)


def _wish(proposal: RecodingProposed, wish: Wish, reason: str) -> Event[Any]:
    data = DecisionRequested(
        claim_number=proposal.claim_number,
        lineage=proposal.lineage,
        proposal_id=proposal.proposal_id,
        revision=proposal.revision,
        wish=wish,
        by="ann",
        os_user="ann",
        reason=reason,
        documents=("note-1",),
        requested=f"{wish}-{proposal.proposal_id}",
    )
    id_ = event_id(TENANT, "decision-requested.v1", data.requested)
    time = business_time(date(2026, 2, 3))
    return Event(id_, "decision-requested.v1", "/t", time, KEY, data, "decision-requested")


@cache
def for_resubmitter() -> tuple[Event[Any], ...]:
    """Approvals, later revisions, a withdrawal, a letter and its answer."""
    letter = decisions.letter()
    discarded = LetterDiscarded(letter=letter.letter, service=letter.service, by="ann", reason="x")
    approvals = (
        decisions.event(decisions.approval()),
        decisions.event(decisions.approval(revision=2, proposal_id="proposal2")),
    )
    return (
        *approvals,
        decisions.event(decisions.changed(1)),
        decisions.event(decisions.changed(2)),
        decisions.event(decisions.decided(Decision.WITHDRAWN)),
        decisions.event(letter),
        decisions.event(discarded),
        *DAYS,
    )


@cache
def for_delivery() -> tuple[Event[Any], ...]:
    """Claims for one payer's batch, a withdrawal, a group that intake saw, and its 999."""
    outgoing: list[Event[Any]] = []
    for revision in (1, 2):
        read = (
            decisions.event(decisions.changed(revision, lineage=f"lineage{revision}")),
            decisions.event(
                decisions.approval(
                    revision=revision, proposal_id=f"proposal{revision}", lineage=f"lineage{revision}"
                )
            ),
        )
        outgoing += of_types(said(RESUBMITTER, read), "outbound")
    group = f"{TENANT}|group|CLINIC|71"
    recorded = GroupRecorded(
        sender="CLINIC",
        receiver="CLEARING",
        control_number="71",
        recorded=date(2026, 1, 5),
        transactions=(GroupTransaction(control_number="0001", claims=(KEY,), claim_numbers=("PATACC1",)),),
    )
    acknowledged = GroupAcknowledged(
        sender="CLINIC",
        control_number="71",
        accepted=False,
        status="R",
        received=date(2026, 1, 6),
        position=Position(file="f9", interchange=1, group=1, transaction=1, index=1),
    )
    groups = (decisions.event(recorded, group), decisions.event(acknowledged, group))
    return (*outgoing, *groups, *DAYS)


@cache
def for_audit() -> tuple[Event[Any], ...]:
    """What the recoder and the resubmitter said."""
    return said(RECODER, for_recoder()) + of_types(
        said(RESUBMITTER, for_resubmitter()), "claim-resubmitted", "resubmission-refused"
    )

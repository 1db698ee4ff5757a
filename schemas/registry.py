"""Every event type: its model and the topics that carry it. The one place where a type is named."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.acknowledgment import ClaimAcknowledged, GroupAcknowledged, GroupRecorded
from schemas.case import CaseChanged, ClassifiedDenial
from schemas.claim import ClaimSubmitted
from schemas.control import (
    DayOpened,
    EditionLoaded,
    HoldChanged,
    OperatorAction,
    ProfileChanged,
    RuleSetActivated,
)
from schemas.documentation import ClaimDocumented
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from schemas.recoding import CaseFlagged, DecisionRequested, RecodingDecided, RecodingProposed
from schemas.remittance import ClaimAdjudicated, ClaimDenied, RemittanceAdjusted
from schemas.resubmission import (
    ClaimDelivered,
    ClaimResubmitted,
    DeliveryResolved,
    Outbound,
    ResubmissionRefused,
)
from schemas.shape import Shape
from schemas.trail import AuditRecord


class NewerVersionError(Exception):
    """An event or state record is of a newer version than this release knows: the worker stops."""


@dataclass(frozen=True, slots=True)
class EventType:
    name: str
    """with its version: `claim-denied.v1`"""
    model: type[Shape]
    topic: str


EVENT_TYPES: tuple[EventType, ...] = (
    EventType("claim-submitted.v1", ClaimSubmitted, "claim-submitted"),
    EventType("claim-acknowledged.v1", ClaimAcknowledged, "claim-acknowledged"),
    EventType("claim-adjudicated.v1", ClaimAdjudicated, "claim-adjudicated"),
    EventType("claim-denied.v1", ClaimDenied, "claim-denied"),
    EventType("remittance-adjusted.v1", RemittanceAdjusted, "remittance-adjusted"),
    EventType("group-recorded.v1", GroupRecorded, "group-recorded"),
    EventType("group-acknowledged.v1", GroupAcknowledged, "group-acknowledged"),
    EventType("claim-documented.v1", ClaimDocumented, "claim-documented"),
    EventType("denial-classified.v1", ClassifiedDenial, "denial-classified"),
    EventType("case-changed.v1", CaseChanged, "case-changed"),
    EventType("recoding-proposed.v1", RecodingProposed, "recoding-proposed"),
    EventType("decision-requested.v1", DecisionRequested, "decision-requested"),
    EventType("recoding-decided.v1", RecodingDecided, "recoding-decided"),
    EventType("claim-resubmitted.v1", ClaimResubmitted, "claim-resubmitted"),
    EventType("resubmission-refused.v1", ResubmissionRefused, "resubmission-refused"),
    EventType("outbound.v1", Outbound, "outbound"),
    EventType("delivery-resolved.v1", DeliveryResolved, "outbound"),
    EventType("claim-delivered.v1", ClaimDelivered, "claim-delivered"),
    EventType("case-flagged.v1", CaseFlagged, "case-flagged"),
    EventType("operator-action.v1", OperatorAction, "operator-actions"),
    EventType("day-opened.v1", DayOpened, "control"),
    EventType("edition-loaded.v1", EditionLoaded, "control"),
    EventType("rule-set-activated.v1", RuleSetActivated, "control"),
    EventType("profile-changed.v1", ProfileChanged, "control"),
    EventType("hold-changed.v1", HoldChanged, "control"),
    EventType("dead-letter.v1", DeadLetter, "dead-letters"),
    EventType("letter-replayed.v1", LetterReplayed, "dead-letters"),
    EventType("letter-discarded.v1", LetterDiscarded, "dead-letters"),
    EventType("audit-recorded.v1", AuditRecord, "audit-trail"),
)

TYPE_BY_NAME: dict[str, EventType] = {t.name: t for t in EVENT_TYPES}


def event_type(name: str) -> EventType:
    """The event type of a versioned name.

    Raises NewerVersionError where the base name is known but this version is not, KeyError where neither is.
    """
    found = TYPE_BY_NAME.get(name)
    if found is not None:
        return found
    base = name.rpartition(".v")[0]
    if any(t.name.rpartition(".v")[0] == base for t in EVENT_TYPES):
        raise NewerVersionError(base)
    raise KeyError("unknown event type")

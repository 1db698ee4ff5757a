"""Audit: one link of the hash chain for everything that changed a code, sent a claim, or was done by a person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from schemas.codes import Decision
from schemas.control import OperatorAction
from schemas.envelope import Event
from schemas.recoding import CaseFlagged, Edit, EditValue, GuardResult, RecodingProposed, RuleReference
from schemas.records.audit_head import AuditHead
from schemas.resubmission import ClaimDelivered, ResubmissionRefused
from schemas.shape import Shape
from schemas.trail import AuditRecord
from services.audit.chain import BEGINNING, Head, link
from services.core.processing import Context, Outcome, Processor, WithPartition

_REMEMBERED: Final = 256
"""Event ids kept in the head: a repeated event can only come from a replayed letter, soon after."""

INPUTS: Final = (
    *("recoding-proposed", "recoding-decided", "claim-resubmitted", "claim-delivered"),
    *("resubmission-refused", "case-flagged", "operator-actions"),
)

_APPROVALS: Final = frozenset({Decision.APPROVED, Decision.OVERRIDDEN})


class ProposalInBrief(Shape):
    """What the trail needs of the proposal that a decision approves."""

    edits: tuple[Edit, ...] = ()
    rule: RuleReference


class DecisionInBrief(Shape):
    """`recoding-decided` without the claim."""

    decision: Decision
    by: str
    reason: str
    documents: tuple[str, ...] = ()
    proposal: ProposalInBrief | None = None


class ResubmissionInBrief(Shape):
    """`claim-resubmitted` without its segments."""

    edits: tuple[Edit, ...] = ()
    facts: tuple[str, ...] = ()


def handle(
    state: WithPartition[Shape, AuditHead],
    event: Event[Any],
    context: Context,  # noqa: ARG001
) -> tuple[WithPartition[Shape, AuditHead], Sequence[Outcome]]:
    """Record one event as the next link of its partition's chain."""
    head = state.partition or AuditHead(seq=0, hash=BEGINNING)
    said = _Said.of(event)
    if said is None or event.id in head.recent:
        return state, ()
    record = link(Head(head.seq, head.hash), said.record(event))
    recent = (*head.recent, event.id)[-_REMEMBERED:]
    after = AuditHead(seq=record.seq, hash=record.hash, recent=recent)
    outcome = Outcome(
        type="audit-recorded.v1", key=event.key, natural_key=event.id, time=event.time, data=record
    )
    return WithPartition(state.own, after), (outcome,)


class _Said:
    """What an event says of who did what, by its kind."""

    def __init__(self, actor: str, action: str, **said: Any) -> None:
        self._fields = {"actor": actor, "action": action, **said}

    def record(self, event: Event[Any]) -> AuditRecord:
        at: datetime = event.time
        return AuditRecord(
            seq=0,
            previous_hash="",
            hash="",
            subject=event.key,
            event_id=event.id,
            event_type=event.type,
            event_digest=hashlib.sha256(event.payload).hexdigest(),
            at=at,
            **self._fields,
        )

    @staticmethod
    def of(event: Event[Any]) -> _Said | None:
        data, service = event.data, event.source.rpartition("/")[2]
        match data:
            case RecodingProposed():
                return _Said(
                    service,
                    "proposed",
                    rule=f"{data.rule.id}@{data.rule.version}",
                    evidence=(data.proof, *data.facts, *_vetoes(data.guards)),
                    reason=data.primary_cause,
                    **_changes(data.edits),
                )
            case DecisionInBrief():
                edits = data.proposal.edits if data.proposal is not None else ()
                rule = data.proposal.rule if data.proposal is not None else None
                return _Said(
                    data.by,
                    str(data.decision),
                    rule=f"{rule.id}@{rule.version}" if rule is not None else None,
                    evidence=data.documents,
                    approver=data.by if data.decision in _APPROVALS else None,
                    reason=data.reason,
                    **_changes(edits),
                )
            case ResubmissionInBrief():
                return _Said(service, "resubmitted", evidence=data.facts, **_changes(data.edits))
            case ClaimDelivered():
                number = data.interchange_control_number
                return _Said(service, "delivered", evidence=(data.digest,), interchange_control_number=number)
            case ResubmissionRefused():
                return _Said(service, "refused", evidence=data.detail, reason=data.reason)
            case CaseFlagged():
                return _Said(service, "flagged", evidence=(data.reason,), reason=data.flag)
            case OperatorAction():
                return _Said(data.by, data.action, evidence=(data.subject,), reason=data.reason)
        return None


def _vetoes(guards: tuple[GuardResult, ...]) -> Iterator[str]:
    return (f"veto:{guard.id}:{guard.reason}" for guard in guards if guard.result == "veto")


def _changes(edits: tuple[Edit, ...]) -> dict[str, Any]:
    return {
        "edits": edits,
        "before": tuple(f"{e.field}={_text(e.before)}" for e in edits),
        "after": tuple(f"{e.field}={_text(e.after)}" for e in edits),
    }


def _text(value: EditValue) -> str:
    return ",".join(value) if isinstance(value, tuple) else value or ""


PROCESSOR: Processor[Shape] = Processor(
    name="audit",
    inputs=INPUTS,
    handle=handle,
    partition_topic="audit-heads",
    partition_model=AuditHead,
    models={"audit-heads": AuditHead},
    reads={"recoding-decided.v1": DecisionInBrief, "claim-resubmitted.v1": ResubmissionInBrief},
)

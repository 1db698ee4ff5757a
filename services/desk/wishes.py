"""What a person saw, what they wish of it, and the answer."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from schemas.codes import Path as Way
from schemas.codes import Wish
from schemas.recoding import DecisionRequested, Edit, RecodingDecided, RecodingProposed
from schemas.records.work_item import CLOSED, OPEN, REJECTED, SENT, LineageItem, WorkItem
from services.core.processing import Outcome
from services.deployment.opening import Deployment
from services.runtime.log import Draft
from services.runtime.records import decode_event, decode_state


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person saw and decides: a proposal, or what waits without one."""

    claim_number: str
    lineage: str
    proposal_id: str
    revision: int
    about: str


def seen_of(proposal: RecodingProposed) -> Seen:
    """A proposal as what a person saw."""
    return Seen(
        proposal.claim_number,
        proposal.lineage,
        proposal.proposal_id,
        proposal.revision,
        f"{proposal.primary_cause}, {proposal.action}",
    )


def lineages_of(deployment: Deployment, key: str) -> tuple[LineageItem, ...]:
    """What the recoder holds of a claim key, by lineage."""
    item: WorkItem | None = None
    for record in deployment.of_claim(key, "work-items"):
        item = decode_state(record, WorkItem)
    return item.lineages if item is not None else ()


def open_attention(lineages: Sequence[LineageItem], *, decided: bool = False) -> list[Seen]:
    """What waits for a person without a proposal; with `decided` that of which a decision can still be undone."""
    return [
        Seen(a.claim_number, lineage.lineage, a.id, lineage.revision, a.kind.replace("_", " "))
        for lineage in lineages
        for a in lineage.attention
        if (a.ended or a.held_until is not None if decided else not a.ended)
    ]


def open_proposals(lineages: Sequence[LineageItem], *, decided: bool = False) -> list[RecodingProposed]:
    """The claim's proposals that can still be decided, one a lineage; with `decided` those whose decision can still be
    undone."""
    left_out = (OPEN, CLOSED) if decided else (SENT, REJECTED, CLOSED)
    return [
        lineage.proposal
        for lineage in lineages
        if lineage.proposal is not None and lineage.status not in left_out
    ]


def wish_of(
    seen: Seen,
    wish: Wish,
    by: str,
    login: str,
    reason: str,
    documents: tuple[str, ...],
    *,
    candidate: int | None = None,
    until: date | None = None,
    edits: tuple[Edit, ...] = (),
    owner: str | None = None,
    path: Way | None = None,
    requested: str | None = None,
) -> DecisionRequested:
    """The request. `login`: who is signed in, beside the name that is given; `requested`: what makes it one request,
    else each is a new one."""
    return DecisionRequested(
        claim_number=seen.claim_number,
        lineage=seen.lineage,
        proposal_id=seen.proposal_id,
        revision=seen.revision,
        wish=wish,
        by=by,
        os_user=login,
        reason=reason,
        documents=documents,
        candidate=candidate,
        edits=edits,
        until=until,
        requested=requested or secrets.token_hex(8),
        owner=owner,
        path=path,
    )


def send_wish(
    deployment: Deployment, key: str, request: DecisionRequested, beside: Sequence[Draft] = ()
) -> None:
    """Publish the wish, and what belongs to it, in one transaction; the recoder answers."""
    outcome = Outcome(
        type="decision-requested.v1",
        key=key,
        natural_key=f"{request.proposal_id}|{request.requested}",
        time=datetime.now(UTC),
        data=request,
    )
    deployment.publish([deployment.draft(outcome), *beside])


class Reply:
    """The recoder's answer to a request. Made before the request is sent: the answer stands behind what its partition
    holds then, and only that is read."""

    def __init__(self, deployment: Deployment, key: str, requested: str) -> None:
        self._log, self._requested = deployment.log, requested
        self._place = deployment.place_of("recoding-decided", key)
        self._at = self._log.ends([self._place.topic])[self._place]

    def look(self) -> RecodingDecided | None:
        """The answer; null where there is none yet."""
        for record in self._log.read(*self._place, self._at):
            self._at = record.offset + 1
            answer = decode_event(record).data
            if isinstance(answer, RecodingDecided) and answer.request == self._requested:
                return answer
        return None

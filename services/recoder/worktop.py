"""One work item while one event is worked on, and what is said about it: the ground on which the desk stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.codes import Decision
from schemas.envelope import Event
from schemas.recoding import CaseFlagged, RecodingDecided, RecodingProposed
from schemas.records.work_item import APPROVED, UNDECIDED, LineageItem, WorkItem
from schemas.shape import Shape
from services.core.processing import Context, Outcome

RECODER: Final = "recoder"
"""Who withdraws a proposal."""

REVOCABLE: Final = UNDECIDED | {APPROVED}
"""What has not left us can be withdrawn."""

_TYPES: Final[dict[type[Shape], str]] = {
    RecodingProposed: "recoding-proposed.v1",
    RecodingDecided: "recoding-decided.v1",
    CaseFlagged: "case-flagged.v1",
}


@dataclass
class Worktop:
    """The work item while one event is worked on. All that is emitted goes through here."""

    event: Event[Shape]
    context: Context
    work: WorkItem
    outcomes: list[Outcome] = field(default_factory=list)

    def item(self, lineage: str) -> LineageItem | None:
        """The item of a lineage; null where nothing was kept of it."""
        return next((item for item in self.work.lineages if item.lineage == lineage), None)

    def keep(self, item: LineageItem) -> None:
        """Put the item in its place; alarms of a new proposal count from the day that it was made."""
        if item.proposal is not None and item.alarms_since is None and self.context.today is not None:
            item = item.model_copy(update={"alarms_since": self.context.today})
        others = (other for other in self.work.lineages if other.lineage != item.lineage)
        lineages = tuple(sorted((*others, item), key=lambda i: i.lineage))
        if lineages != self.work.lineages:
            self.work = self.work.model_copy(update={"lineages": lineages})

    def emit(self, natural_key: str, sequence: int, data: Shape) -> None:
        """Say one thing of the claim, once: its id follows from `natural_key` and `sequence`."""
        type_ = _TYPES[type(data)]
        self.outcomes.append(Outcome(type_, self.event.key, natural_key, self.event.time, data, sequence))

    def publish(self, item: LineageItem, proposal: RecodingProposed) -> None:
        """Say a proposal; one that comes again after others has an id of its own."""
        self.emit(f"proposal|{proposal.proposal_id}", item.earlier.count(proposal.proposal_id), proposal)

    def flag(
        self,
        item: LineageItem,
        flag: str,
        reason: str,
        amount: Decimal | None = None,
        due: date | None = None,
    ) -> None:
        """Say what is no proposal."""
        about = (item.proposal, *item.attention)
        flagged = CaseFlagged(
            claim_number=next((one.claim_number for one in about if one is not None), ""),
            lineage=item.lineage,
            revision=item.revision,
            flag=flag,
            reason=reason,
            amount=amount,
            due=due,
        )
        self.emit(f"{flag}|{item.lineage}|{item.revision}|{reason}|{due}", 0, flagged)

    def withdrawn(self, item: LineageItem, reason: str) -> LineageItem:
        """The item after its proposal is withdrawn, where it had one that has not left."""
        proposal = item.proposal
        if proposal is None or item.status not in REVOCABLE:
            return past(item)
        self.emit(
            f"withdrawn|{proposal.proposal_id}",
            item.earlier.count(proposal.proposal_id),
            RecodingDecided(
                claim_number=proposal.claim_number,
                lineage=item.lineage,
                proposal_id=proposal.proposal_id,
                revision=proposal.revision,
                decision=Decision.WITHDRAWN,
                by=RECODER,
                reason=reason,
                at=self.context.today,
            ),
        )
        return past(item)


def past(item: LineageItem) -> LineageItem:
    """The item with its proposal among the earlier ones: what is proposed next has ids of its own."""
    if item.proposal is None:
        return item
    return item.model_copy(update={"earlier": (*item.earlier, item.proposal.proposal_id)})

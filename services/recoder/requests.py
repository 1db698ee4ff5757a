"""What people wish: each request is answered once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from schemas.case import ClassifiedDenial
from schemas.codes import Decision, Path
from schemas.recoding import DecisionRequested, RecodingDecided
from schemas.records.work_item import APPROVED, HELD, OPEN, REJECTED, TAKEN, Attention, LineageItem, ThenNew
from services.core.resubmission.path import LEAVING, is_claim
from services.recoder.attention import judge_attention, seen_to
from services.recoder.decisions import Judged, judge
from services.recoder.proposals import Proposals

_CONSOLE: Final = "/console"
"""The end of the source of an event that was made where people log in."""

HOLD_LENGTH: Final = timedelta(days=14)
"""How long a hold lasts for which nobody named a day: none lasts for ever."""

_PUT_BACK: Final = "put_back"
"""The reason of an assignment to nobody."""

_STATUS_AFTER: Final = {
    Decision.APPROVED: APPROVED,
    Decision.OVERRIDDEN: APPROVED,
    Decision.REJECTED: REJECTED,
    Decision.HELD: HELD,
    Decision.REOPENED: OPEN,
}


class Requests(Proposals):
    """The answers to people: approved, rejected, held, overridden, assigned or refused."""

    def requested(self, request: DecisionRequested) -> None:
        """A person's wish, answered once. A blank names no document."""
        if request.requested in self.work.requests:
            return
        self.work = self.work.model_copy(update={"requests": (*self.work.requests, request.requested)})
        named = tuple(name.strip() for name in request.documents if name.strip())
        request = request.model_copy(update={"documents": named})
        item = self.item(request.lineage)
        attention = next((a for a in item.attention if a.id == request.proposal_id), None) if item else None
        if item is not None and attention is not None:
            self._attend_to(item, attention, request)
            return
        judged = judge(item, request, self.context, at_console=self.event.source.endswith(_CONSOLE))
        approved = item.denial if item is not None and judged.proposal is not None else None
        owner = request.owner if request.reason != _PUT_BACK else None
        until = self._until(request, judged)
        self._answer(request, judged, approved, until, owner)
        if item is None or judged.decision is Decision.REFUSED:
            return
        final = judged.proposal
        if final is not None and item.denial is not None and final.path in LEAVING:
            flag = "written_off" if final.path is Path.WRITE_OFF else "patient_billed"
            self.flag(item, flag, request.reason, item.denial.denied_amount)
        if final is not None and final.path is Path.VOID_THEN_NEW:
            item = item.model_copy(update={"then_new": ThenNew(edits=final.edits)})
        if judged.decision is Decision.REOPENED:
            item = item.model_copy(update={"then_new": None})
        if judged.decision is Decision.ASSIGNED:
            self.keep(item.model_copy(update={"owner": owner}))
            return
        held = judged.decision is Decision.HELD
        by_hand = judged.proposal is not None and not is_claim(
            judged.proposal.path, judged.proposal.frequency_code
        )
        self.keep(
            item.model_copy(
                update={
                    "status": TAKEN if by_hand else _STATUS_AFTER[judged.decision],
                    "attended": True,
                    "waits_for": (),
                    "returned": None,
                    "held_until": until if held else None,
                    "held_reason": judged.reason if held else None,
                    "first_approval": judged.first,
                    "owner": item.owner or (request.by if held and judged.first is None else None),
                }
            )
        )

    def _attend_to(self, item: LineageItem, attention: Attention, request: DecisionRequested) -> None:
        """A person holds, hands over or ends what waits without a proposal."""
        judged = judge_attention(item, attention, request, self.context.today)
        owner = request.owner if request.reason != _PUT_BACK else None
        until = self._until(request, judged)
        self._answer(request, judged, until=until, owner=owner)
        if judged.decision is Decision.ASSIGNED:
            self.keep(item.model_copy(update={"owner": owner}))
        elif judged.decision is not Decision.REFUSED:
            held = judged.decision is Decision.HELD
            own = item.model_copy(update={"owner": item.owner or (request.by if held else None)})
            self.keep(seen_to(own, attention, judged, until))

    def _until(self, request: DecisionRequested, judged: Judged) -> date | None:
        """The last day of a hold; null where it is none."""
        if judged.decision is not Decision.HELD:
            return request.until
        if request.until is None and self.context.today is not None:
            return self.context.today + HOLD_LENGTH
        return request.until

    def _answer(
        self,
        request: DecisionRequested,
        judged: Judged,
        approved: ClassifiedDenial | None = None,
        until: date | None = None,
        owner: str | None = None,
    ) -> None:
        """Say what came of a request. `approved`: the denial that the approved proposal is about; `until`: of a hold;
        `owner`: whom the claim was given to."""
        self.emit(
            f"request|{self.event.key}|{request.requested}",
            0,
            RecodingDecided(
                claim_number=request.claim_number,
                lineage=request.lineage,
                proposal_id=request.proposal_id,
                revision=request.revision,
                decision=judged.decision,
                by=request.by,
                os_user=request.os_user,
                reason=judged.reason,
                documents=request.documents,
                at=self.context.today,
                request=request.requested,
                until=until,
                proposal=judged.proposal,
                causes=approved.causes if approved is not None else (),
                claim=approved.claim if approved is not None else None,
                payer_control_number=approved.adjudication.payer_control_number
                if approved is not None
                else None,
                generation=approved.generation if approved is not None else 0,
                guard_facts=judged.facts,
                two_people=judged.two_people,
                owner=owner if judged.decision is Decision.ASSIGNED else None,
            ),
        )

"""What is proposed for a lineage, and when the policy approves it without a person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from schemas.case import ClassifiedDenial
from schemas.codes import Automation, Decision, Path
from schemas.recoding import RecodingDecided, RecodingProposed
from schemas.records.work_item import APPROVED, HELD, OPEN, LineageItem
from services.core.recoding.change import facts_of
from services.core.recoding.overpayment import overpaid_lines
from services.core.recoding.proposal import SIBLINGS_MISSING, profile_of, propose, same_answer
from services.recoder.worktop import Worktop

PAYER_TO_ACT: Final = "payer_to_act"
"""Why something waits that no person holds."""

DUPLICATE: Final = "duplicate"
"""The cause of a payer that knows the claim already (CARC 18)."""


class Proposals(Worktop):
    """Proposals and the policy's approvals are made here and nowhere else."""

    def propose(self, item: LineageItem, denial: ClassifiedDenial) -> None:
        """The proposal of a new revision. New facts end a hold; that a person looked at the lineage stays."""
        before = item.proposal.proposal_id if item.proposal is not None else None
        fresh = item.model_copy(
            update={
                "status": OPEN,
                "revision": denial.revision,
                "proposed_revision": denial.revision,
                "denial_event": self.event.id,
                "denial": denial,
                "waits_for": (),
                "returned": None,
                "held_until": None,
                "held_reason": None,
                "alarms_since": None,
                "first_approval": None,
                "then_new": None,
            }
        )
        proposal = self._proposal(denial, before)
        fresh = fresh.model_copy(update={"proposal": proposal})
        self.publish(fresh, proposal)
        taken_twice = _taken_twice(denial)
        if taken_twice and (item.denial is None or taken_twice != _taken_twice(item.denial)):
            self.flag(fresh, "self_caused_duplicate", "denied_after_our_own_send", denial.denied_amount)
        self.settle(fresh)

    def propose_late(self, item: LineageItem, denial: ClassifiedDenial) -> None:
        """A denial that a later fact has overtaken on its way: proposed and withdrawn, so that what is on the log
        does not depend on which topic was read first."""
        late = LineageItem(
            lineage=item.lineage,
            status=OPEN,
            revision=denial.revision,
            denial=denial,
            earlier=item.earlier,
            proposal=self._proposal(denial, None),
        )
        if late.proposal is not None:
            self.publish(late, late.proposal)
        late = self.withdrawn(late, "overtaken")
        change = {
            "proposed_revision": denial.revision,
            "denial_event": self.event.id,
            "earlier": late.earlier,
        }
        self.keep(item.model_copy(update=change))

    def renew(self, item: LineageItem, reason: str) -> None:
        """The same revision looked at again: a new proposal only where the answer differs. A hold goes on."""
        if item.denial is None or item.proposal is None:
            return
        if item.then_new is not None and item.then_new.voided:
            # The second step of what was approved: only the payer's word or a person's changes it.
            return
        proposal = self._proposal(item.denial, item.proposal.proposal_id)
        if same_answer(proposal, item.proposal):
            self.settle(item)
            return
        status = HELD if item.status == HELD and item.held_reason != PAYER_TO_ACT else OPEN
        fresh = self.withdrawn(item, reason).model_copy(
            update={"proposal": proposal, "status": status, "waits_for": (), "first_approval": None}
        )
        self.publish(fresh, proposal)
        self.settle(fresh)

    def settle(self, item: LineageItem) -> None:
        """The policy approves what nothing keeps from being approved; else the item says what it waits for."""
        proposal, denial = item.proposal, item.denial
        if item.status != OPEN or proposal is None or denial is None:
            self.keep(item)
            return
        until = self._payer_acts_until(item, proposal, denial)
        if until is not None:
            held = {"status": HELD, "held_until": until, "held_reason": PAYER_TO_ACT, "waits_for": ()}
            self.keep(item.model_copy(update=held))
            return
        if proposal.automation is not Automation.A3 or item.attended:
            self.keep(item.model_copy(update={"waits_for": ()}))
            return
        profile = profile_of(denial, self.context.profiles)
        waits_for = (
            *((SIBLINGS_MISSING,) if SIBLINGS_MISSING in denial.waits else ()),
            *(("open_letter",) if self.work.letters else ()),
            *(("payer_on_hold",) if profile.held(self.context.holds) else ()),
        )
        if waits_for:
            self.keep(item.model_copy(update={"waits_for": waits_for}))
            return
        self.emit(
            f"policy|{proposal.proposal_id}",
            item.earlier.count(proposal.proposal_id),
            RecodingDecided(
                claim_number=denial.claim_number,
                lineage=denial.lineage,
                proposal_id=proposal.proposal_id,
                revision=proposal.revision,
                decision=Decision.APPROVED,
                by=f"policy:{profile.name}@{profile.version}",
                reason="policy",
                at=self.context.today,
                proposal=proposal,
                causes=denial.causes,
                claim=denial.claim,
                payer_control_number=denial.adjudication.payer_control_number,
                generation=denial.generation,
                guard_facts=facts_of(denial, overpaid_lines(denial, self.context.tables)),
            ),
        )
        self.keep(item.model_copy(update={"status": APPROVED, "waits_for": ()}))

    def _payer_acts_until(
        self, item: LineageItem, proposal: RecodingProposed, denial: ClassifiedDenial
    ) -> date | None:
        """Until when nothing is asked of a person, because the payer is to act; null where that is over or nobody
        says how long to wait."""
        days = profile_of(denial, self.context.profiles).wait_days
        waits = proposal.path is Path.WAIT and proposal.automation is not Automation.A0
        remittance = denial.adjudication.remittance
        since = remittance.payment_date or remittance.production_date or self.context.today
        if not waits or days is None or since is None or item.attended:
            return None
        until = since + timedelta(days=days)
        return until if self.context.today is None or until > self.context.today else None

    def _proposal(self, denial: ClassifiedDenial, before: str | None) -> RecodingProposed:
        context = self.context
        made = propose(denial, context.rules, context.profiles, context.tables, context.today, before)
        return made.proposal


def _taken_twice(denial: ClassifiedDenial) -> tuple[str, ...]:
    """What we sent that the payer took for what it had already: whole resubmissions, or parts of what it denies."""
    parts = denial.attempts and any(cause.cause == DUPLICATE for cause in denial.causes)
    return (*denial.refused_as_duplicate, *((DUPLICATE,) if parts else ()))

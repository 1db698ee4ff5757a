"""The desk: one work item while one event is worked on, and what is said about it.

Proposals, withdrawals and the policy's approvals are emitted here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from schemas.calls import ContextChanged
from schemas.case import CaseChanged, ClassifiedDenial, Revision
from schemas.claim import Payer
from schemas.codes import REASONS, Automation, ClaimState, Decision, Path, Wish
from schemas.envelope import Event
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from schemas.recoding import CaseFlagged, Deadline, DecisionRequested, RecodingDecided, RecodingProposed
from schemas.records.work_item import (
    APPROVED,
    CLOSED,
    HELD,
    OPEN,
    REJECTED,
    SENT,
    TAKEN,
    UNDECIDED,
    WAITING,
    LineageItem,
    ThenNew,
    WorkItem,
)
from schemas.resubmission import ResubmissionRefused
from schemas.shape import Shape
from services.core.processing import Context, Outcome
from services.core.recoding.change import facts_of
from services.core.recoding.in_force import TABLE_KINDS
from services.core.recoding.overpayment import FLAG as OVERPAID
from services.core.recoding.overpayment import (
    REPORT_WITHIN,
    Suspicion,
    of_case,
    of_denial,
    overpaid_lines,
)
from services.core.recoding.proposal import (
    SIBLINGS_MISSING,
    profile_of,
    propose,
    same_answer,
)
from services.core.resubmission.deadlines import alarms, watched
from services.core.resubmission.limits import CLOCK_PASSED, PASSED, passed
from services.core.resubmission.path import LEAVING, is_claim
from services.recoder.attention import attended, settled
from services.recoder.decisions import judge
from services.recoder.second_step import after_void

RECODER: Final = "recoder"
"""Who withdraws a proposal."""

_CONSOLE: Final = "/console"
"""The end of the source of an event that was made where people log in."""

HOLD_LENGTH: Final = timedelta(days=14)
"""How long a hold lasts for which nobody named a day: none lasts for ever."""

PAYER_TO_ACT: Final = "payer_to_act"
"""Why something waits that no person holds."""

_PUT_BACK: Final = "put_back"
"""The reason of an assignment to nobody."""

DUPLICATE: Final = "duplicate"
"""The cause of a payer that knows the claim already (CARC 18)."""

_REVOCABLE: Final = UNDECIDED | {APPROVED}
"""What has not left us can be withdrawn."""

_TYPES: Final[dict[type[Shape], str]] = {
    RecodingProposed: "recoding-proposed.v1",
    RecodingDecided: "recoding-decided.v1",
    CaseFlagged: "case-flagged.v1",
}

_STATUS_AFTER: Final = {
    Decision.APPROVED: APPROVED,
    Decision.OVERRIDDEN: APPROVED,
    Decision.REJECTED: REJECTED,
    Decision.HELD: HELD,
}


class Departure(Shape):
    """What the recoder reads of `claim-resubmitted`: which proposal has left."""

    lineage: str
    proposal_id: str


@dataclass
class Desk:
    """The work item while one event is worked on."""

    event: Event[Shape]
    context: Context
    work: WorkItem
    outcomes: list[Outcome] = field(default_factory=list)

    # What the events say

    def classified(self, denial: ClassifiedDenial) -> None:
        """A denial is open: one proposal for this revision."""
        self._classify(denial)
        self._attend(denial, denial.payer, denial.silent)
        found = of_denial(denial, self.context.tables)
        self._suspect(denial.claim_number, denial.lineage, denial.revision, found)

    def _classify(self, denial: ClassifiedDenial) -> None:
        item = self._item(denial.lineage)
        if item is None:
            self._propose(LineageItem(lineage=denial.lineage, status=OPEN, revision=denial.revision), denial)
        elif self.event.id == item.denial_event or denial.revision < item.proposed_revision:
            return
        elif denial.revision < item.revision:
            self._propose_late(item, denial)
        elif denial.revision == item.proposed_revision:
            # The same revision said anew, for instance because its siblings have come.
            if item.status in _REVOCABLE:
                fresh = item.model_copy(update={"denial": denial, "denial_event": self.event.id})
                self._renew(fresh, "facts_changed")
        else:
            self._propose(self._withdrawn(item, "new_revision"), denial)

    def changed(self, case: CaseChanged) -> None:
        """A fact that leaves no denial open ends the work. One that does is followed by its denial."""
        self._change(case)
        self._attend(case, case.payer, case.silent)
        if case.paid_lines:
            found = of_case(case, self.context.tables)
            self._suspect(case.claim_number, case.lineage, case.revision, found)

    def _change(self, case: CaseChanged) -> None:
        item = self._item(case.lineage)
        if case.open_denial or (item is not None and case.revision <= item.revision):
            return
        if item is None:
            # A first revision has no denial before it that could still be on its way.
            if case.revision > 1:
                self._keep(LineageItem(lineage=case.lineage, status=CLOSED, revision=case.revision))
            return
        if self._voided(item, case):
            return
        # What an answer is about has been sent, even if its sending was not read yet.
        sent = case.answers is not None and item.status in (APPROVED, WAITING)
        item = _past(item) if sent else self._withdrawn(item, f"case_{case.change}")
        self._keep(
            LineageItem(
                lineage=case.lineage,
                status=CLOSED,
                revision=case.revision,
                proposed_revision=item.proposed_revision,
                denial_event=item.denial_event,
                earlier=item.earlier,
                attended=item.attended,
                suspicions=item.suspicions,
                attention=item.attention,
                settled=item.settled,
            )
        )

    def _voided(self, item: LineageItem, case: CaseChanged) -> bool:
        """The payer has taken back a claim that a new one is to follow: that one is proposed."""
        denial, before, then = item.denial, item.proposal, item.then_new
        reversed_ = case.answers is not None and case.claim_state is ClaimState.REVERSED
        if not reversed_ or denial is None or before is None or then is None or then.voided:
            return False
        denial = denial.model_copy(update={"revision": case.revision, "facts": case.facts})
        profile = profile_of(denial, self.context.profiles)
        proposal = after_void(before, denial, then.edits, profile, self.context.today)
        item = _past(item).model_copy(
            update={
                "status": OPEN,
                "revision": case.revision,
                "proposed_revision": case.revision,
                "denial": denial,
                "proposal": proposal,
                "waits_for": (),
                "returned": None,
                "alarms_since": None,
                "first_approval": None,
                "then_new": then.model_copy(update={"voided": True}),
            }
        )
        self._publish(item, proposal)
        self._keep(item)
        return True

    def _attend(self, case: Revision, payer: Payer | None, silent: Decimal | None) -> None:
        """Keep what waits for a person beside the proposal; each is flagged once."""
        item = self._item(case.lineage) or LineageItem(
            lineage=case.lineage, status=CLOSED, revision=case.revision
        )
        changed, fresh = attended(item, case, payer, silent, self.context.today)
        for attention in fresh:
            flagged = CaseFlagged(
                claim_number=case.claim_number,
                lineage=case.lineage,
                revision=case.revision,
                flag=attention.kind,
                reason=attention.reason,
                amount=attention.amount,
            )
            self._emit(f"{attention.kind}|{attention.id}", 0, flagged)
        if changed.attention or item.attention:
            self._keep(changed)

    def _suspect(self, claim_number: str, lineage: str, revision: int, found: Sequence[Suspicion]) -> None:
        """Flag paid lines that look overpaid, each once; the clock runs from today."""
        item = self._item(lineage) or LineageItem(lineage=lineage, status=CLOSED, revision=revision)
        day = self.context.today or self.event.time.date()
        for suspicion in found:
            name = f"{suspicion.reason}:{','.join(str(line) for line in suspicion.lines)}"
            if name in item.suspicions:
                continue
            item = item.model_copy(update={"suspicions": (*item.suspicions, name)})
            flagged = CaseFlagged(
                claim_number=claim_number,
                lineage=lineage,
                revision=revision,
                flag=OVERPAID,
                reason=suspicion.reason,
                amount=suspicion.amount,
                due=day + REPORT_WITHIN,
                evidence=suspicion.evidence,
            )
            self._emit(f"{OVERPAID}|{lineage}|{name}", 0, flagged)
        if found:
            self._keep(item)

    def requested(self, request: DecisionRequested) -> None:
        """A person's wish, answered once."""
        if request.requested in self.work.requests:
            return
        self.work = self.work.model_copy(update={"requests": (*self.work.requests, request.requested)})
        item = self._item(request.lineage)
        if item is not None and any(a.id == request.proposal_id for a in item.attention):
            self._seen_to(item, request)
            return
        judged = judge(item, request, self.context, at_console=self.event.source.endswith(_CONSOLE))
        approved = item.denial if item is not None and judged.proposal is not None else None
        owner = request.owner if request.reason != _PUT_BACK else None
        until = request.until
        if judged.decision is Decision.HELD and until is None and self.context.today is not None:
            until = self.context.today + HOLD_LENGTH
        self._emit(
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
        if item is None or judged.decision is Decision.REFUSED:
            return
        final = judged.proposal
        if final is not None and item.denial is not None and final.path in LEAVING:
            flag = "written_off" if final.path is Path.WRITE_OFF else "patient_billed"
            self._flag(item, flag, request.reason, item.denial.denied_amount)
        if final is not None and final.path is Path.VOID_THEN_NEW:
            item = item.model_copy(update={"then_new": ThenNew(edits=final.edits)})
        if judged.decision is Decision.ASSIGNED:
            self._keep(item.model_copy(update={"owner": owner}))
            return
        held = judged.decision is Decision.HELD
        by_hand = judged.proposal is not None and not is_claim(
            judged.proposal.path, judged.proposal.frequency_code
        )
        self._keep(
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

    def _seen_to(self, item: LineageItem, request: DecisionRequested) -> None:
        """A person ends what waited without a proposal; there is nothing to approve or to hold."""
        ends = request.wish is Wish.REJECT and request.reason in REASONS[Wish.REJECT] and request.by.strip()
        self._emit(
            f"request|{self.event.key}|{request.requested}",
            0,
            RecodingDecided(
                claim_number=request.claim_number,
                lineage=request.lineage,
                proposal_id=request.proposal_id,
                revision=request.revision,
                decision=Decision.REJECTED if ends else Decision.REFUSED,
                by=request.by,
                os_user=request.os_user,
                reason=request.reason if ends else "nothing_to_send",
                documents=request.documents,
                at=self.context.today,
                request=request.requested,
            ),
        )
        if ends:
            self._keep(settled(item, request.proposal_id))

    def resubmitted(self, resubmitted: Departure) -> None:
        """What was approved has left."""
        item = self._item(resubmitted.lineage)
        if (
            item is not None
            and item.status in (APPROVED, WAITING)
            and _current(item, resubmitted.proposal_id)
        ):
            self._keep(item.model_copy(update={"status": SENT, "waits_for": ()}))

    def returned(self, refused: ResubmissionRefused) -> None:
        """What was approved is not sent: it waits with those who send, or it is a person's again."""
        item = self._item(refused.lineage)
        if (
            item is None
            or item.status not in (APPROVED, WAITING, SENT)
            or not _current(item, refused.proposal_id)
        ):
            return
        if refused.waits:
            self._keep(item.model_copy(update={"status": WAITING, "waits_for": (refused.reason,)}))
        else:
            change = {"status": OPEN, "attended": True, "waits_for": (), "returned": refused.reason}
            back = item.model_copy(update=change)
            self._keep(back)
            if refused.reason.startswith(PASSED):
                self._renew(back, CLOCK_PASSED)

    def lettered(self, letter: DeadLetter | LetterReplayed | LetterDiscarded) -> None:
        """An open dead letter stops what is automatic; an answered one lets it go on."""
        work = self.work
        if isinstance(letter, DeadLetter):
            if letter.letter in (*work.letters, *work.letters_answered):
                return
            self.work = work.model_copy(update={"letters": (*work.letters, letter.letter)})
        elif letter.letter not in work.letters_answered:
            open_letters = tuple(known for known in work.letters if known != letter.letter)
            answered = (*work.letters_answered, letter.letter)
            self.work = work.model_copy(update={"letters": open_letters, "letters_answered": answered})
        for item in self.work.lineages:
            self._settle(item)

    def due(self, day: date) -> None:
        """A hold ends; a clock comes to an alarm; one that has passed ends the way that was proposed."""
        for item in self.work.lineages:
            proposal = item.proposal
            if item.status not in UNDECIDED or proposal is None:
                continue
            if item.status == HELD and item.held_until is not None and item.held_until <= day:
                flag = "wait_ended" if item.held_reason == PAYER_TO_ACT else "hold_ended"
                self._flag(item, flag, item.held_reason or "", due=item.held_until)
                item = item.model_copy(update={"status": OPEN, "held_until": None, "held_reason": None})
            since = item.alarms_since
            if since is not None and since < day:
                for clock in alarms(watched_clocks(proposal), since, day):
                    self._flag(item, "deadline_alarm", f"{clock.clock}_{clock.days_left}_days", due=clock.due)
                item = item.model_copy(update={"alarms_since": day})
            self._keep(item)
            if passed(proposal.deadlines, day):
                self._renew(item, CLOCK_PASSED)

    def context_changed(self, change: ContextChanged) -> None:
        """What is undecided is looked at again, and proposed anew where the answer differs."""
        if change.kind == "edition" and change.name not in TABLE_KINDS:
            return
        for item in self.work.lineages:
            if item.status in UNDECIDED:
                if change.kind == "hold":
                    self._settle(item)
                else:
                    self._renew(item, f"context_{change.kind}")

    # What follows

    def _propose(self, item: LineageItem, denial: ClassifiedDenial) -> None:
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
        self._publish(fresh, proposal)
        taken_twice = _taken_twice(denial)
        if taken_twice and (item.denial is None or taken_twice != _taken_twice(item.denial)):
            self._flag(fresh, "self_caused_duplicate", "denied_after_our_own_send", denial.denied_amount)
        self._settle(fresh)

    def _propose_late(self, item: LineageItem, denial: ClassifiedDenial) -> None:
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
            self._publish(late, late.proposal)
        late = self._withdrawn(late, "overtaken")
        change = {
            "proposed_revision": denial.revision,
            "denial_event": self.event.id,
            "earlier": late.earlier,
        }
        self._keep(item.model_copy(update=change))

    def _renew(self, item: LineageItem, reason: str) -> None:
        """The same revision looked at again: a new proposal only where the answer differs. A hold goes on."""
        if item.denial is None or item.proposal is None:
            return
        if item.then_new is not None and item.then_new.voided:
            # The second step of what was approved: only the payer's word or a person's changes it.
            return
        proposal = self._proposal(item.denial, item.proposal.proposal_id)
        if same_answer(proposal, item.proposal):
            self._settle(item)
            return
        status = HELD if item.status == HELD and item.held_reason != PAYER_TO_ACT else OPEN
        fresh = self._withdrawn(item, reason).model_copy(
            update={"proposal": proposal, "status": status, "waits_for": (), "first_approval": None}
        )
        self._publish(fresh, proposal)
        self._settle(fresh)

    def _settle(self, item: LineageItem) -> None:
        """The policy approves what nothing keeps from being approved; else the item says what it waits for."""
        proposal, denial = item.proposal, item.denial
        if item.status != OPEN or proposal is None or denial is None:
            self._keep(item)
            return
        until = self._payer_acts_until(item, proposal, denial)
        if until is not None:
            held = {"status": HELD, "held_until": until, "held_reason": PAYER_TO_ACT, "waits_for": ()}
            self._keep(item.model_copy(update=held))
            return
        if proposal.automation is not Automation.A3 or item.attended:
            self._keep(item.model_copy(update={"waits_for": ()}))
            return
        profile = profile_of(denial, self.context.profiles)
        waits_for = (
            *((SIBLINGS_MISSING,) if SIBLINGS_MISSING in denial.waits else ()),
            *(("open_letter",) if self.work.letters else ()),
            *(("payer_on_hold",) if profile.held(self.context.holds) else ()),
        )
        if waits_for:
            self._keep(item.model_copy(update={"waits_for": waits_for}))
            return
        self._emit(
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
        self._keep(item.model_copy(update={"status": APPROVED, "waits_for": ()}))

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

    def _withdrawn(self, item: LineageItem, reason: str) -> LineageItem:
        """The item after its proposal is withdrawn, where it had one that has not left."""
        proposal = item.proposal
        if proposal is None or item.status not in _REVOCABLE:
            return _past(item)
        self._emit(
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
        return _past(item)

    def _proposal(self, denial: ClassifiedDenial, before: str | None) -> RecodingProposed:
        context = self.context
        made = propose(denial, context.rules, context.profiles, context.tables, context.today, before)
        return made.proposal

    def _publish(self, item: LineageItem, proposal: RecodingProposed) -> None:
        self._emit(f"proposal|{proposal.proposal_id}", item.earlier.count(proposal.proposal_id), proposal)

    def _flag(
        self,
        item: LineageItem,
        flag: str,
        reason: str,
        amount: Decimal | None = None,
        due: date | None = None,
    ) -> None:
        flagged = CaseFlagged(
            claim_number=item.proposal.claim_number if item.proposal is not None else "",
            lineage=item.lineage,
            revision=item.revision,
            flag=flag,
            reason=reason,
            amount=amount,
            due=due,
        )
        self._emit(f"{flag}|{item.lineage}|{item.revision}|{reason}|{due}", 0, flagged)

    def _emit(self, natural_key: str, sequence: int, data: Shape) -> None:
        type_ = _TYPES[type(data)]
        self.outcomes.append(Outcome(type_, self.event.key, natural_key, self.event.time, data, sequence))

    # The work item

    def _item(self, lineage: str) -> LineageItem | None:
        return next((item for item in self.work.lineages if item.lineage == lineage), None)

    def _keep(self, item: LineageItem) -> None:
        """Put the item in its place; alarms of a new proposal count from the day that it was made."""
        if item.proposal is not None and item.alarms_since is None and self.context.today is not None:
            item = item.model_copy(update={"alarms_since": self.context.today})
        others = (other for other in self.work.lineages if other.lineage != item.lineage)
        lineages = tuple(sorted((*others, item), key=lambda i: i.lineage))
        if lineages != self.work.lineages:
            self.work = self.work.model_copy(update={"lineages": lineages})


def watched_clocks(proposal: RecodingProposed) -> tuple[Deadline, ...]:
    """The clocks of which an alarm is raised."""
    return watched(proposal.deadlines, proposal.action, proposal.path)


def _taken_twice(denial: ClassifiedDenial) -> tuple[str, ...]:
    """What we sent that the payer took for what it had already: whole resubmissions, or parts of what it denies."""
    parts = denial.attempts and any(cause.cause == DUPLICATE for cause in denial.causes)
    return (*denial.refused_as_duplicate, *((DUPLICATE,) if parts else ()))


def _past(item: LineageItem) -> LineageItem:
    """The item with its proposal among the earlier ones: what is proposed next has ids of its own."""
    if item.proposal is None:
        return item
    return item.model_copy(update={"earlier": (*item.earlier, item.proposal.proposal_id)})


def _current(item: LineageItem, proposal_id: str) -> bool:
    return item.proposal is not None and item.proposal.proposal_id == proposal_id

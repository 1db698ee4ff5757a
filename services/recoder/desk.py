"""The desk: what each event means for the work item of its claim."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.calls import ContextChanged
from schemas.case import CaseChanged, ClassifiedDenial, Revision
from schemas.claim import Payer
from schemas.codes import ClaimState
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from schemas.recoding import CaseFlagged, Deadline, RecodingProposed
from schemas.records.work_item import (
    APPROVED,
    CLOSED,
    HELD,
    OPEN,
    REJECTED,
    SENT,
    UNDECIDED,
    WAITING,
    LineageItem,
)
from schemas.resubmission import ResubmissionRefused
from schemas.shape import Shape
from services.core.recoding.in_force import TABLE_KINDS
from services.core.recoding.overpayment import FLAG as OVERPAID
from services.core.recoding.overpayment import REPORT_WITHIN, Suspicion, of_case, of_denial
from services.core.recoding.proposal import profile_of
from services.core.resubmission.deadlines import alarms, watched
from services.core.resubmission.limits import CLOCK_PASSED, PASSED, passed
from services.recoder.attention import attended, holds_ended
from services.recoder.proposals import PAYER_TO_ACT
from services.recoder.requests import Requests
from services.recoder.second_step import after_void
from services.recoder.worktop import REVOCABLE, past

_DELIVERED: Final = "claim-delivered"

_BEFORE_LEAVING: Final = (APPROVED, WAITING, OPEN, HELD, REJECTED)
"""A decision may be revoked while its file is on the way: what a partner has counts as sent all the same."""


class Departure(Shape):
    """What the recoder reads of `claim-resubmitted`: which proposal has left."""

    lineage: str
    proposal_id: str


class Desk(Requests):
    """What each event means for the work item of its claim."""

    def classified(self, denial: ClassifiedDenial) -> None:
        """A denial is open: one proposal for this revision."""
        self._classify(denial)
        self._attend(denial, denial.payer, denial.silent)
        found = of_denial(denial, self.context.tables)
        self._suspect(denial.claim_number, denial.lineage, denial.revision, found)

    def _classify(self, denial: ClassifiedDenial) -> None:
        item = self.item(denial.lineage)
        if item is None:
            self.propose(LineageItem(lineage=denial.lineage, status=OPEN, revision=denial.revision), denial)
        elif self.event.id == item.denial_event or denial.revision < item.proposed_revision:
            return
        elif denial.revision < item.revision:
            self.propose_late(item, denial)
        elif denial.revision == item.proposed_revision:
            # The same revision said anew, for instance because its siblings have come.
            if item.status in REVOCABLE:
                fresh = item.model_copy(update={"denial": denial, "denial_event": self.event.id})
                self.renew(fresh, "facts_changed")
        else:
            self.propose(self.withdrawn(item, "new_revision"), denial)

    def changed(self, case: CaseChanged) -> None:
        """A fact that leaves no denial open ends the work, but for a claim that was turned away: it is proposed like a
        denial. One that does is followed by its denial."""
        if case.rejected is not None:
            self._classify(case.rejected)
        else:
            self._change(case)
        self._attend(case, case.payer, case.silent)
        if case.paid_lines:
            found = of_case(case, self.context.tables)
            self._suspect(case.claim_number, case.lineage, case.revision, found)

    def _change(self, case: CaseChanged) -> None:
        item = self.item(case.lineage)
        if case.open_denial or (item is not None and case.revision <= item.revision):
            return
        if item is None:
            # A first revision has no denial before it that could still be on its way.
            if case.revision > 1:
                self.keep(LineageItem(lineage=case.lineage, status=CLOSED, revision=case.revision))
            return
        if self._voided(item, case):
            return
        # What an answer is about has been sent, even if its sending was not read yet.
        sent = case.answers is not None and item.status in (APPROVED, WAITING)
        item = past(item) if sent else self.withdrawn(item, f"case_{case.change}")
        self.keep(
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
        item = past(item).model_copy(
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
        self.publish(item, proposal)
        self.keep(item)
        return True

    def _attend(self, case: Revision, payer: Payer | None, silent: Decimal | None) -> None:
        """Keep what waits for a person beside the proposal; each is flagged once."""
        item = self.item(case.lineage) or LineageItem(
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
            self.emit(f"{attention.kind}|{attention.id}", 0, flagged)
        if changed.attention or item.attention:
            self.keep(changed)

    def _suspect(self, claim_number: str, lineage: str, revision: int, found: Sequence[Suspicion]) -> None:
        """Flag paid lines that look overpaid, each once; the clock runs from today."""
        item = self.item(lineage) or LineageItem(lineage=lineage, status=CLOSED, revision=revision)
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
            self.emit(f"{OVERPAID}|{lineage}|{name}", 0, flagged)
        if found:
            self.keep(item)

    def resubmitted(self, resubmitted: Departure) -> None:
        """What was approved has left; or the file of which nobody knew is known to be with the partner."""
        item = self.item(resubmitted.lineage)
        if item is None or not _current(item, resubmitted.proposal_id):
            return
        if self.event.type.startswith(_DELIVERED):
            item = item.model_copy(update={"delivered": resubmitted.proposal_id})
            left = item.status in _BEFORE_LEAVING
        else:
            left = item.status in (APPROVED, WAITING)
        self.keep(item.model_copy(update={"status": SENT, "waits_for": ()}) if left else item)

    def returned(self, refused: ResubmissionRefused) -> None:
        """What was approved is not sent: it waits with those who send, or it is a person's again."""
        item = self.item(refused.lineage)
        if (
            item is None
            or item.status not in (APPROVED, WAITING, SENT)
            or not _current(item, refused.proposal_id)
        ):
            return
        if refused.waits:
            self.keep(item.model_copy(update={"status": WAITING, "waits_for": (refused.reason,)}))
        else:
            change = {"status": OPEN, "attended": True, "waits_for": (), "returned": refused.reason}
            back = item.model_copy(update=change)
            self.keep(back)
            if refused.reason.startswith(PASSED):
                self.renew(back, CLOCK_PASSED)

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
            self.settle(item)

    def due(self, day: date) -> None:
        """A hold ends; a clock comes to an alarm; one that has passed ends the way that was proposed."""
        for item in self.work.lineages:
            proposal = item.proposal
            for one, reopened in holds_ended(item, day):
                self.flag(item, "hold_ended", one.held_reason or "", one.amount, one.held_until)
                item = reopened
                self.keep(item)
            if item.status not in UNDECIDED or proposal is None:
                continue
            if item.status == HELD and item.held_until is not None and item.held_until <= day:
                flag = "wait_ended" if item.held_reason == PAYER_TO_ACT else "hold_ended"
                self.flag(item, flag, item.held_reason or "", due=item.held_until)
                item = item.model_copy(update={"status": OPEN, "held_until": None, "held_reason": None})
            since = item.alarms_since
            if since is not None and since < day:
                for clock in alarms(watched_clocks(proposal), since, day):
                    self.flag(item, "deadline_alarm", f"{clock.clock}_{clock.days_left}_days", due=clock.due)
                item = item.model_copy(update={"alarms_since": day})
            self.keep(item)
            if passed(proposal.deadlines, day):
                self.renew(item, CLOCK_PASSED)

    def context_changed(self, change: ContextChanged) -> None:
        """What is undecided is looked at again, and proposed anew where the answer differs."""
        if change.kind == "edition" and change.name not in TABLE_KINDS:
            return
        for item in self.work.lineages:
            if item.status in UNDECIDED:
                if change.kind == "hold":
                    self.settle(item)
                else:
                    self.renew(item, f"context_{change.kind}")


def watched_clocks(proposal: RecodingProposed) -> tuple[Deadline, ...]:
    """The clocks of which an alarm is raised."""
    return watched(proposal.deadlines, proposal.action, proposal.path)


def _current(item: LineageItem, proposal_id: str) -> bool:
    return item.proposal is not None and item.proposal.proposal_id == proposal_id

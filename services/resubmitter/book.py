"""The ledger of one claim key while one event is entered: what is carried out, refused, recalled, or waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from schemas.case import Attempt
from schemas.claim import ClaimSubmitted, Payer
from schemas.codes import Decision
from schemas.envelope import Event
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from schemas.recoding import RecodingDecided, RecodingProposed
from schemas.records.ledger import (
    ANSWERED,
    DELIVERED,
    RECALLED,
    SENT,
    WITHDRAWN,
    Generation,
    Ledger,
    LineageLedger,
    WaitingDecision,
)
from schemas.resubmission import ClaimResubmitted, Outbound, ResubmissionRefused
from schemas.shape import Shape
from services.core.processing import Context, Outcome
from services.core.resubmission.finality import earliest_clock, not_yet
from services.core.resubmission.identity import outbound_key, resubmission_id
from services.core.resubmission.limits import PASSED, passed
from services.core.resubmission.next_payer import billed_payer
from services.core.resubmission.outgoing import Built, Gate, Refusal, build, partner_for
from services.core.resubmission.path import is_claim
from services.core.resubmission.profiles import Profile

_APPROVALS: Final = frozenset({Decision.APPROVED, Decision.OVERRIDDEN})


_REVOCATIONS: Final = frozenset({Decision.WITHDRAWN, Decision.REJECTED, Decision.HELD, Decision.REOPENED})


_UNANSWERED: Final = frozenset({SENT, RECALLED, DELIVERED})


_LEFT_OUT: Final = frozenset({RECALLED, WITHDRAWN})
"""A proposal of which this became may be approved again."""


_REMEMBERED_REFUSALS: Final = 32
"""A decision is repeated, if at all, soon after: the ledger need not remember refusals for ever."""


_Overtaken = Callable[[Generation], bool]


def entry_urgency(entry: LineageLedger) -> date:
    return min(map(_decision_urgency, entry.waiting), default=date.max)


def _decision_urgency(waiting: WaitingDecision) -> date:
    proposal = waiting.decision.proposal
    return (earliest_clock(proposal) if proposal is not None else None) or date.max


@dataclass
class Book:
    """The ledger while one event is entered."""

    event: Event[Shape]
    context: Context
    gate: Gate
    ledger: Ledger
    outcomes: list[Outcome] = field(default_factory=list)

    # What the events say

    def decided(self, decision: RecodingDecided) -> None:
        """A decision: to be carried out when it can be, or taken back."""
        entry = self._entry(decision.lineage)
        if decision.decision in _REVOCATIONS:
            kept = tuple(w for w in entry.waiting if w.decision.proposal_id != decision.proposal_id)
            self._keep(entry.model_copy(update={"waiting": kept}))
            self._recall(
                decision.lineage, lambda g: g.proposal_id == decision.proposal_id, "decision_revoked"
            )
            return
        if decision.decision not in _APPROVALS:
            return
        proposal = decision.proposal
        if proposal is not None and not is_claim(proposal.path, proposal.frequency_code):
            return
        known = {g.proposal_id for g in entry.generations if g.status not in _LEFT_OUT}
        answered = {
            *entry.refused,
            *(w.event_id for w in entry.waiting),
            *(g.decision for g in entry.generations),
        }
        if decision.proposal_id in known or self.event.id in answered:
            return
        kept = tuple(w for w in entry.waiting if w.decision.proposal_id != decision.proposal_id)
        waiting = WaitingDecision(event_id=self.event.id, reason=None, decision=decision)
        self._keep(entry.model_copy(update={"waiting": (*kept, waiting)}))

    def revised(self, lineage: str, revision: int, answers: str | None) -> None:
        """New facts of a lineage. `answers`: the generation that they answer."""
        entry = self._entry(lineage)
        # A second answer may overtake the first: what answers a generation settles those before it.
        settled = max((g.number for g in entry.generations if g.resubmission_id == answers), default=0)
        for generation in entry.generations:
            # The payer has it, whatever delivery knows: a person who is asked about its file must not send it again.
            if generation.number <= settled and generation.status in (SENT, RECALLED):
                self._withdraw(generation, "answered")
        generations = tuple(
            g.model_copy(update={"status": ANSWERED})
            if g.number <= settled and g.status in _UNANSWERED
            else g
            for g in entry.generations
        )
        latest = max(entry.revision, revision)
        self._keep(entry.model_copy(update={"revision": latest, "generations": generations}))
        self._recall(lineage, lambda g: g.revision < latest, "overtaken")

    def delivered(self, lineage: str, resubmission: str) -> None:
        """A partner has the file that it went in."""
        self._set_status(lineage, resubmission, frozenset({SENT, RECALLED}), DELIVERED)

    def left_out(self, refused: ResubmissionRefused) -> None:
        """Delivery left a claim out for good. The resubmitter's own refusals come by too, without an id."""
        if refused.resubmission_id is not None and not refused.waits:
            self._set_status(refused.lineage, refused.resubmission_id, frozenset({SENT, RECALLED}), WITHDRAWN)

    def lettered(self, data: DeadLetter | LetterReplayed | LetterDiscarded) -> None:
        """A dead letter of the claim was written or answered: while one is open, nothing is sent."""
        letters = [letter for letter in self.ledger.letters if letter != data.letter]
        if isinstance(data, DeadLetter):
            letters.append(data.letter)
        self.ledger = self.ledger.model_copy(update={"letters": tuple(letters)})

    # What follows

    def look_again(self) -> None:
        """Carry out every waiting decision that can be carried out now; say so where a reason has changed."""
        for entry in sorted(self.ledger.lineages, key=entry_urgency):
            for waiting in sorted(entry.waiting, key=_decision_urgency):
                self._attempt(entry.lineage, waiting)

    def close(self) -> Ledger:
        """The ledger as it is to be kept."""
        waits_for_something = any(entry.waiting for entry in self.ledger.lineages)
        today = self.context.today
        due = today + timedelta(days=1) if waits_for_something and today is not None else None
        return self.ledger.model_copy(update={"due": due})

    def _attempt(self, lineage: str, waiting: WaitingDecision) -> None:
        entry = self._entry(lineage)
        decision = waiting.decision
        if decision.revision > entry.revision:
            # Its facts stand on another topic, written before it: they will be read. Until then nothing is
            # known of what it answers, and a refusal would only undo itself.
            return
        answer = self._refuse_or_build(entry, decision)
        if isinstance(answer, Refusal):
            self._refused(entry, waiting, answer)
        else:
            self._send(entry, waiting, answer)

    def _refuse_or_build(self, entry: LineageLedger, decision: RecodingDecided) -> Refusal | Built:
        if decision.revision < entry.revision:
            return Refusal("older_revision")
        if self.ledger.letters:
            return Refusal("claim_blocked", waits=True)
        if any(g.status in _UNANSWERED for g in entry.generations):
            return Refusal("unanswered_generation", waits=True)
        if decision.proposal is None or decision.claim is None:
            return Refusal("claim_missing")
        today = self.context.today
        if today is not None and (late := passed(decision.proposal.deadlines, today)):
            return Refusal(f"{PASSED}{late[0]}")
        payers = self._profiles(decision.proposal, decision.claim)
        if not payers:
            return Refusal("payer_unknown")
        if any(profile.held(self.context.holds) for profile in payers):
            return Refusal("payer_on_hold", waits=True)
        day = self.context.today or self.event.time.date()
        gone = [g for g in entry.generations if g.status not in _LEFT_OUT]
        if (early := not_yet(decision, decision.claim, gone, payers[0], day)) is not None:
            return early
        ids = tuple(payer_id for profile in payers for payer_id in profile.ids)
        partner = partner_for(self.context.tables, day, ids)
        sent = tuple(_attempt(g) for g in gone)
        return build(decision, payers[0], partner, day, self.gate, self.context.tables, sent)

    def _refused(self, entry: LineageLedger, waiting: WaitingDecision, refusal: Refusal) -> None:
        others = tuple(w for w in entry.waiting if w.event_id != waiting.event_id)
        if refusal.waits:
            told = tuple(dict.fromkeys((*waiting.told, refusal.reason)))
            kept = waiting.model_copy(update={"reason": refusal.reason, "told": told})
            waits_on = tuple(kept if w.event_id == waiting.event_id else w for w in entry.waiting)
            self._keep(entry.model_copy(update={"waiting": waits_on}))
        else:
            refused = (*entry.refused, waiting.event_id)[-_REMEMBERED_REFUSALS:]
            self._keep(entry.model_copy(update={"waiting": others, "refused": refused}))
        if refusal.reason in waiting.told:
            return
        decision = waiting.decision
        self._publish(
            "resubmission-refused.v1",
            self.event.key,
            f"{waiting.event_id}|{refusal.reason}",
            ResubmissionRefused(
                claim_number=decision.claim_number,
                lineage=decision.lineage,
                revision=decision.revision,
                proposal_id=decision.proposal_id,
                resubmission_id=None,
                reason=refusal.reason,
                waits=refusal.waits,
                detail=refusal.detail,
            ),
        )

    def _send(self, entry: LineageLedger, waiting: WaitingDecision, built: Built) -> None:
        decision, proposal, claim = waiting.decision, built.proposal, built.claim
        payer_id = self._profiles(proposal, claim)[0].ids[0]
        number = 1 + len(entry.generations)
        causes = proposal.causes or (proposal.primary_cause,)
        reference = decision.payer_control_number
        edits = built.edits
        identity = resubmission_id(
            payer_id, self.event.key, decision.lineage, reference, causes, edits, number
        )
        key = outbound_key(self.context.tenant, payer_id, claim.transaction)
        resubmission = ClaimResubmitted(
            resubmission_id=identity,
            claim_number=claim.claim_number,
            lineage=decision.lineage,
            revision=decision.revision,
            proposal_id=decision.proposal_id,
            generation=number,
            payer=Payer(id=payer_id, name=billed_payer(claim, edits)[0].name or proposal.payer.name),
            path=proposal.path,
            frequency_code=built.frequency_code,
            original_reference=built.original_reference,
            causes=causes,
            edits=edits,
            amount=claim.total_charge,
            x12=built.x12,
            facts=proposal.facts,
            guards=built.guards,
        )
        generation = Generation(
            resubmission_id=identity,
            proposal_id=decision.proposal_id,
            decision=waiting.event_id,
            number=number,
            revision=decision.revision,
            causes=causes,
            path=proposal.path,
            payer_control_number=reference,
            outbound_key=key,
            claim_number=claim.claim_number,
            status=SENT,
            sent_on=self.context.today or self.event.time.date(),
        )
        others = tuple(w for w in entry.waiting if w.event_id != waiting.event_id)
        self._keep(
            entry.model_copy(update={"waiting": others, "generations": (*entry.generations, generation)})
        )
        self._publish("claim-resubmitted.v1", self.event.key, identity, resubmission)
        self._publish(
            "outbound.v1",
            key,
            identity,
            Outbound(
                kind="resubmission",
                claim_key=self.event.key,
                claim_number=claim.claim_number,
                resubmission_id=identity,
                resubmission=resubmission,
                due=earliest_clock(proposal),
            ),
        )

    def _recall(self, lineage: str, overtaken: _Overtaken, reason: str) -> None:
        """Publish the withdrawal of what was sent, is not known to be delivered, and no longer holds."""
        entry = self._entry(lineage)
        for generation in entry.generations:
            if generation.status != SENT or not overtaken(generation):
                continue
            self._set_status(lineage, generation.resubmission_id, frozenset({SENT}), RECALLED)
            self._withdraw(generation, reason)

    def _withdraw(self, generation: Generation, reason: str) -> None:
        if generation.status == RECALLED:
            return  # said before
        self._publish(
            "outbound.v1",
            generation.outbound_key,
            f"{generation.resubmission_id}|withdrawal",
            Outbound(
                kind="withdrawal",
                claim_key=self.event.key,
                claim_number=generation.claim_number,
                resubmission_id=generation.resubmission_id,
                reason=reason,
            ),
        )

    # The ledger's entries

    def _entry(self, lineage: str) -> LineageLedger:
        found = (e for e in self.ledger.lineages if e.lineage == lineage)
        return next(found, LineageLedger(lineage=lineage))

    def _keep(self, entry: LineageLedger) -> None:
        others = [e for e in self.ledger.lineages if e.lineage != entry.lineage]
        lineages = tuple(sorted((*others, entry), key=lambda e: e.lineage))
        self.ledger = self.ledger.model_copy(update={"lineages": lineages})

    def _set_status(self, lineage: str, resubmission: str, of: frozenset[str], status: str) -> None:
        entry = self._entry(lineage)
        if not any(g.resubmission_id == resubmission and g.status in of for g in entry.generations):
            return
        generations = tuple(
            g.model_copy(update={"status": status}) if g.resubmission_id == resubmission else g
            for g in entry.generations
        )
        self._keep(entry.model_copy(update={"generations": generations}))

    def _profiles(self, proposal: RecodingProposed, claim: ClaimSubmitted) -> list[Profile]:
        """Whom the claim names as payer, then whom its remittance names: mostly the same. A claim that goes to the
        next payer has only that one."""
        billed, indicator, state = billed_payer(claim, proposal.edits)
        if billed.id != claim.payer.id:
            return [self.context.profiles.of(billed.id, indicator, state)]
        return [
            self.context.profiles.of(payer.id, claim.filing_indicator, claim.payer_state)
            for payer in (claim.payer, proposal.payer)
            if payer.id and payer.id.strip()
        ]

    def _publish(self, type_: str, key: str, natural_key: str, data: Shape) -> None:
        self.outcomes.append(
            Outcome(type=type_, key=key, natural_key=natural_key, time=self.event.time, data=data)
        )


def _attempt(generation: Generation) -> Attempt:
    """A generation as the guard looks at it."""
    return Attempt(
        resubmission_id=generation.resubmission_id,
        proposal_id=generation.proposal_id,
        generation=generation.number,
        causes=generation.causes,
        path=generation.path,
        outcome=generation.status if generation.status == ANSWERED else None,
    )

"""All that the claim page shows of one lineage, from the events of its claim key and its work item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.case import ClassifiedDenial
from schemas.claim import ClaimSubmitted, Payer
from schemas.codes import LEAVING_REASONS, REASONS, Path, Wish
from schemas.envelope import Event
from schemas.recoding import Deadline, GuardResult, RecodingProposed
from schemas.records.work_item import HELD, OPEN, WAITING, LineageItem
from schemas.remittance import Adjudication
from schemas.shape import Shape
from services.account.claim import Account, give_account
from services.account.exchange import AnswerAccount
from services.account.lineage import LineageAccount
from services.account.next_step import approvable
from services.account.words import CLOCK_WORDS, clock_rule_words, plain, said_of
from services.console.pages.claim_lines import ChangeView, LineView, changes_of, lines_of, of_claim
from services.console.pages.patient import PatientView, RawView, patient_of, raw_answer, raw_claim
from services.core.codes.tables import NO_TABLES, Tables
from services.core.denials.rejection import subject_of
from services.core.resubmission.deadlines import pressing

DECIDABLE: Final = frozenset({OPEN, HELD, WAITING})

DOCUMENT_GUARDS: Final = frozenset({"G1", "G3", "G6", "G8"})
"""Guards whose veto a document can answer (domain reference 2.1)."""

REASON_WORDS: Final = {
    "documented": "the record documents it",
    "confirmed_in_record": "confirmed in the record",
    "payer_error": "the payer erred",
    "contract": "the contract says so",
    "not_recoverable": "cannot be recovered",
    "not_worth_it": "not worth the effort",
    "not_supported": "the record does not support it",
    "wrong_code": "the proposed code is wrong",
    "duplicate": "a duplicate",
    "other": "another reason",
    "awaiting_documentation": "waits for documentation",
    "awaiting_payer": "waits for the payer",
    "compliance_review": "compliance looks at it",
    "mine": "I take it",
    "handed_over": "hand it over",
    "put_back": "put it back for anybody",
}

_LEAVES: Final = frozenset({Path.WRITE_OFF, Path.PATIENT_BILL})


@dataclass(frozen=True, slots=True)
class ClockView:
    """A clock of the denial. `today`: the day that was opened last."""

    label: str
    due: date
    days_left: int
    binds: bool
    source: str
    example: bool

    @property
    def tone(self) -> str:
        return "bad" if self.days_left < 7 else "warn" if self.days_left < 21 else ""

    @property
    def words(self) -> str:
        if self.days_left < 0:
            return f"passed {-self.days_left} d ago"
        return "today" if self.days_left == 0 else f"{self.days_left} d left"


@dataclass(frozen=True, slots=True)
class StepView:
    """One entry of the timeline."""

    day: date
    event: str
    what: str


@dataclass(frozen=True, slots=True)
class ClaimView:
    """The claim page. Null and empty parts are not known, or not yet."""

    claim_number: str
    lineage: str
    payer: Payer | None
    claim: ClaimSubmitted | None
    denial: ClassifiedDenial | None
    account: LineageAccount
    item: LineageItem | None
    proposal: RecodingProposed | None
    answer: AnswerAccount | None
    lines: tuple[LineView, ...]
    claim_changes: tuple[ChangeView, ...]
    candidates: tuple[ChangeView, ...]
    clocks: tuple[ClockView, ...]
    guards: tuple[GuardResult, ...]
    timeline: tuple[StepView, ...]
    raw: tuple[RawView, ...]
    patient: PatientView | None
    """null until it is opened"""
    lives: int
    """how many lineages the claim number has"""
    letters: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether a person can decide now."""
        return self.item is not None and self.item.status in DECIDABLE and self.proposal is not None

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Why what was approved is not sent yet; empty where nothing was approved, or it has gone."""
        return self.item.waits_for if self.item is not None and self.item.status == WAITING else ()

    @property
    def approvable(self) -> bool:
        """Whether there is something that an approval would carry out."""
        return self.proposal is not None and not self.waits_for and approvable(self.proposal)

    @property
    def stopped(self) -> bool:
        """The stop list keeps everything back (G7)."""
        return any(g.id == "G7" and g.result == "veto" for g in self.guards)

    @property
    def vetoes(self) -> tuple[GuardResult, ...]:
        return tuple(g for g in self.guards if g.result == "veto")

    @property
    def wants_document(self) -> bool:
        """Whether an approval must name a document."""
        return bool(self.candidates) or any(
            g.id in DOCUMENT_GUARDS and "document" in g.reason for g in self.vetoes
        )

    @property
    def first_approver(self) -> str | None:
        return self.item.first_approval.by if self.item is not None and self.item.first_approval else None

    @property
    def approve_reasons(self) -> tuple[tuple[str, str], ...]:
        leaving = self.proposal is not None and self.proposal.path in _LEAVES
        return tuple(
            (code, REASON_WORDS[code])
            for code in REASONS[Wish.APPROVE]
            if leaving or code not in LEAVING_REASONS
        )


def reasons(wish: Wish) -> tuple[tuple[str, str], ...]:
    """The reasons that a wish may give, in words."""
    return tuple((code, REASON_WORDS[code]) for code in REASONS[wish])


def view_claim(
    claim_number: str,
    key: str,
    lineage: str,
    events: Sequence[Event[Shape]],
    item: LineageItem | None,
    *,
    today: date | None,
    opened: bool,
    tables: Tables = NO_TABLES,
) -> ClaimView | None:
    """The page of one lineage; null where nothing is known of it. `opened`: the patient may be shown."""
    account = give_account(claim_number, key, events, tables)
    if account is None:
        return None
    mine = next((one for one in account.lineages if one.lineage == lineage), None)
    if mine is None:
        return None
    denial = _latest(events, lineage)
    proposal = item.proposal if item is not None and item.proposal is not None else mine.proposal
    claim = denial.claim if denial is not None else _submitted(events, mine, len(account.lineages))
    answer = _answer_in_force(account, denial)
    changes = changes_of(proposal)
    adjudication = denial.adjudication if denial is not None else None
    return ClaimView(
        claim_number=claim_number,
        lineage=lineage,
        payer=mine.payer,
        claim=claim,
        denial=denial,
        account=mine,
        item=item,
        proposal=proposal,
        answer=answer,
        lines=lines_of(claim, denial, answer.lines if answer else (), changes),
        claim_changes=of_claim(changes, claim),
        candidates=tuple(change for change in changes if not change.applied),
        clocks=clocks_of(proposal, today),
        guards=proposal.guards if proposal is not None else (),
        timeline=tuple(
            StepView(m.date, plain(m.event.replace("-", " ")), m.what)
            for m in account.timeline
            if m.lineage in (None, lineage)
        ),
        raw=_raw(claim, adjudication, opened),
        patient=patient_of(claim) if claim is not None and opened else None,
        lives=len(account.lineages),
        letters=account.open_letters,
    )


def clocks_of(proposal: RecodingProposed | None, today: date | None) -> tuple[ClockView, ...]:
    """The clocks of a proposal: what binds first, then the others, by their last day. Days are counted from `today`;
    those that the proposal was made with where no day is known."""
    if proposal is None:
        return ()
    binding = {id(clock) for clock in pressing(proposal.deadlines, proposal.action, proposal.path)}
    told = [_clock(clock, id(clock) in binding, today) for clock in proposal.deadlines]
    return tuple(sorted(told, key=lambda clock: (not clock.binds, clock.due)))


def _clock(clock: Deadline, binds: bool, today: date | None) -> ClockView:
    left = clock.days_left if today is None else (clock.due - today).days
    span, rule = clock_rule_words(clock.rule)
    source = f"{span} ({', '.join(filter(None, (rule, clock.source)))})"
    return ClockView(said_of(CLOCK_WORDS, clock.clock), clock.due, left, binds, source, clock.example)


def _latest(events: Iterable[Event[Shape]], lineage: str) -> ClassifiedDenial | None:
    found = [s for e in events if (s := subject_of(e.data)) is not None and s.lineage == lineage]
    return max(found, key=lambda denial: denial.revision, default=None)


def _submitted(events: Iterable[Event[Shape]], mine: LineageAccount, lives: int) -> ClaimSubmitted | None:
    """The 837 of a lineage without a denial; null where the number was used for several and none of them is its own."""
    found = [e.data for e in events if isinstance(e.data, ClaimSubmitted)]
    if lives > 1:
        own = mine.payer.id if mine.payer is not None else None
        found = [claim for claim in found if own is not None and claim.payer.id == own]
    return found[-1] if found else None


def _answer_in_force(account: Account, denial: ClassifiedDenial | None) -> AnswerAccount | None:
    """The answer that the open denial is about; the account tells answers by what they say."""
    if denial is None:
        return None
    answer = denial.adjudication
    same = [
        told
        for told in account.answers
        if told.payer_control_number == answer.payer_control_number
        and told.state == answer.claim_state
        and told.paid == answer.paid
        and told.charge == answer.charge
    ]
    return same[-1] if same else None


def _raw(claim: ClaimSubmitted | None, answer: Adjudication | None, opened: bool) -> tuple[RawView, ...]:
    told = [raw_claim(claim, opened)] if claim is not None else []
    if answer is not None and answer.segments:  # of a claim that was turned away there is none
        told.append(raw_answer(answer, opened))
    return tuple(told)

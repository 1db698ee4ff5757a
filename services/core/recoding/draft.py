"""What the causes of a denial come to together: the way back, the edits and candidates, what the guards say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from schemas.case import ClassifiedDenial
from schemas.codes import Action, ClaimState, Path
from schemas.recoding import Candidate, Deadline, Edit, EditValue, GuardResult
from services.core.codes.tables import Tables
from services.core.recoding.answers import Answer, Answers
from services.core.recoding.change import Change, facts_of
from services.core.recoding.guards import (
    DOCUMENTS_NEEDED,
    STOP_LIST,
    VETO,
    barred,
    first_barring,
    guard,
    said_by,
)
from services.core.recoding.overpayment import overpaid_lines
from services.core.recoding.refusals import OF_EDITS, Move, refused_move
from services.core.recoding.ruling import Ruling
from services.core.resubmission.crossover import forwarding_payer
from services.core.resubmission.limits import limit_for
from services.core.resubmission.next_payer import next_profile
from services.core.resubmission.path import Way, find_way, has_next_payer
from services.core.resubmission.profiles import Profile, Profiles

_NOT_DOCUMENTED: Final = "G4:diagnosis_not_documented"


class Draft(NamedTuple):
    """What the causes come to together, and the way back."""

    way: Way
    deadlines: tuple[Deadline, ...]
    """the clocks, each with whether it runs against the way"""
    edits: tuple[Edit, ...]
    candidates: tuple[Candidate, ...]
    used: tuple[Ruling, ...]
    """the rulings whose edits and candidates these are"""
    asking: tuple[Ruling, ...]
    """the rulings whose question is open"""
    unresolved: tuple[str, ...]
    """causes for which nothing is proposed"""
    clash: bool
    guards: tuple[GuardResult, ...]
    barred: tuple[str, ...]
    """what the guard says of changes that a rule wanted and that nobody may make"""
    never: tuple[str, ...]
    """moves that the rules refuse"""
    refused: str | None
    """the move that is proposed is one of them"""
    stopped: bool
    """the stop list ends the way"""

    @property
    def missing(self) -> tuple[str, ...]:
        wanted = ("documented.documented_diagnoses",) if _NOT_DOCUMENTED in self.barred else ()
        if not (self.edits or self.candidates):
            return (*wanted, *(("edits_agree",) if self.clash else ()))
        return (*wanted, *(f"cause:{cause}" for cause in self.unresolved))


def draft(
    denial: ClassifiedDenial,
    profile: Profile,
    tables: Tables,
    answers: Answers,
    today: date | None,
    profiles: Profiles,
) -> Draft:
    """Put the answers together and let the payer's limits and the guards judge them. `profile`: of the payer that
    denied. Before the first day is known (`today`) no clock runs."""
    leading, open_answers = answers.leading, answers.open
    way = _way(denial, profile, leading, forwarding_payer(denial, profile, profiles))
    edits: tuple[Edit, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    clash = False
    if _is_edited(way):
        edits, clash = _agreed(open_answers)
        candidates = _offers(open_answers)
    limited = limit_for(denial, way, profile, today, next_profile(denial.claim, edits, profiles))
    way = limited.way
    if not _is_edited(way):  # A clock of the next payer has ended it.
        edits, candidates, clash = (), (), False
    rulings = [ruling for answer in open_answers for ruling in answer.rulings]
    never = _never(leading, rulings)
    # Only a change asks whether a paid line is suspicious.
    overpaid = overpaid_lines(denial, tables) if edits or candidates else ()
    facts = facts_of(denial, overpaid)
    wanted = Change(denial.claim, edits, facts, profile, tables)
    # Candidates exclude each other: the first stands for them here, the approved one is guarded again.
    guards = guard(wanted.also(c.edit for c in candidates[:1]))
    edits, candidates, against = _allowed(wanted, candidates, guards)
    # Where nobody can approve it without a document, the words about the record are for that decision.
    by_document = said_by("G1", guards).reason == DOCUMENTS_NEEDED
    return Draft(
        way=way,
        deadlines=limited.deadlines,
        edits=edits,
        candidates=candidates,
        used=tuple([r for r in rulings if r.edits or r.candidates]),
        asking=tuple([r for r in rulings if r.rule.query is not None and not r.edits]),
        unresolved=tuple(dict.fromkeys([a.cause.cause for a in open_answers if not a.repairs])),
        clash=clash,
        guards=guards,
        barred=against,
        never=never,
        refused=refused_move(never, Move(denial, way.path, edits, by_document)) if never else None,
        stopped=said_by(STOP_LIST, guards).result == VETO,
    )


def _is_edited(way: Way) -> bool:
    """Whether a claim with corrections may come of it."""
    return way.action is Action.CORRECTED_CLAIM or way.path is Path.SECONDARY_CLAIM


def _way(denial: ClassifiedDenial, profile: Profile, leading: Answer | None, forwarder: str | None) -> Way:
    adjudication = denial.adjudication
    return find_way(
        leading.action if leading is not None else Action.NONE,
        leading.cause.cause if leading is not None else denial.primary_cause,
        (*denial.directives, *[r.code for r in adjudication.remarks]),
        profile,
        denied_in_full=denial.claim_state is ClaimState.DENIED_FULL,
        payer_control_number=adjudication.payer_control_number,
        forwarded=has_next_payer(adjudication.status_code, adjudication.crossover_payer),
        forwarder=forwarder,
        adjudicated=denial.claim_state is not ClaimState.REJECTED,
    )


def _allowed(
    wanted: Change, candidates: tuple[Candidate, ...], said: tuple[GuardResult, ...]
) -> tuple[tuple[Edit, ...], tuple[Candidate, ...], tuple[str, ...]]:
    """The edits and candidates that a person could approve at all, and what the guard has against the others.
    `said`: what it says of the edits with the first candidate."""
    if not wanted.edits and not candidates:
        return (), (), ()
    against: list[GuardResult] = []
    kept = list(candidates[:1])
    if first_barring(said) is not None:
        if found := barred(wanted):
            against.append(found)
            wanted = wanted.instead(())
        kept = []
    for candidate in candidates[len(kept) :]:
        found = barred(wanted.also((candidate.edit,)))
        if found is None:
            kept.append(candidate)
        else:
            against.append(found)
    return wanted.edits, tuple(kept), tuple(dict.fromkeys([f"{r.id}:{r.reason}" for r in against]))


def _never(leading: Answer | None, rulings: Iterable[Ruling]) -> tuple[str, ...]:
    """What is refused: about the way as the leading rule says, about edits as every rule does that was taken."""
    of_way = leading.ruling.rule.never if leading is not None and leading.ruling is not None else ()
    of_edits = [word for ruling in rulings for word in ruling.rule.never if word in OF_EDITS]
    return tuple(dict.fromkeys([*of_way, *of_edits]))


def _agreed(answers: Iterable[Answer]) -> tuple[tuple[Edit, ...], bool]:
    """The edits of all causes, each field once; true where two causes want different things of one field."""
    found: dict[str, Edit] = {}
    clash = False
    for answer in answers:
        for edit in answer.ruling.edits if answer.ruling is not None else ():
            first = found.setdefault(edit.field, edit)
            clash = clash or first.after != edit.after
    return (() if clash else tuple(found.values())), clash


def _offers(answers: Iterable[Answer]) -> tuple[Candidate, ...]:
    found: dict[tuple[str, EditValue], Candidate] = {}
    for answer in answers:
        for ruling in answer.rulings:
            for candidate in ruling.candidates:
                found.setdefault((candidate.edit.field, candidate.edit.after), candidate)
    return tuple(found.values())

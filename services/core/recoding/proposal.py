"""From an open denial to a proposal: rules on each cause, the way back, the guard, the rung of the ladder, the proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from schemas.case import Cause, ClassifiedDenial
from schemas.codes import Action, Automation, ClaimState, Path
from schemas.envelope import content_id
from schemas.recoding import Candidate, Edit, EditValue, GuardResult, RecodingProposed, RuleReference
from services.core.codes import authorizations, providers
from services.core.codes.loading import FORMS
from services.core.codes.tables import Edition, Tables
from services.core.recoding.change import Change, facts_of
from services.core.recoding.guards import barred, first_barring, guard, vetoes
from services.core.recoding.overpayment import overpaid_lines
from services.core.recoding.proof import prove, seal
from services.core.recoding.refusals import OF_EDITS, Move, refused_move
from services.core.recoding.rules import Rule, RuleSet
from services.core.recoding.ruling import Ruling, rule_on
from services.core.recoding.situation import Situation, service_day
from services.core.recoding.verdicts import Outcome
from services.core.resubmission.deadlines import clocks
from services.core.resubmission.path import Way, find_way, has_next_payer
from services.core.resubmission.profiles import Profile, Profiles

TABLE_KINDS: Final = (authorizations.KIND, providers.KIND, *FORMS)
"""The tables that checks look into: a proposal names the editions of these in force on the date of service."""

SIBLINGS_MISSING: Final = "siblings_missing"
"""The one wait of a denial that passes by itself. All others are for a person."""

CLAIM_OF_ANOTHER_PAYER: Final = "claim_of_another_payer"
"""The claim that is known went to another payer than the one who denied: it can be read, never sent again."""

AUTOMATIC_PATHS: Final = frozenset({Path.REPLACEMENT})
"""The paths that a machine may take without a person."""

_NO_RULE: Final = RuleReference(id="no-rule", version="0")
_NO_FAMILY: Final = "person"
_NO_RULE_EXPLANATION: Final = "No rule of the active set speaks of this, so a person decides."


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal and the bytes that prove it."""

    proposal: RecodingProposed
    proof: bytes


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one cause came to."""

    cause: Cause
    ruling: Ruling | None
    joined: tuple[Ruling, ...] = ()
    """rules of the same family that pass as well: their candidates are further answers to the same question"""

    @property
    def rulings(self) -> tuple[Ruling, ...]:
        return (self.ruling, *self.joined) if self.ruling is not None else ()

    @property
    def nothing_to_do(self) -> bool:
        return self.ruling is not None and self.ruling.ceiling is Automation.A0

    @property
    def repairs(self) -> bool:
        return self.ruling is not None and bool(self.ruling.edits or self.ruling.candidates)

    @property
    def action(self) -> Action:
        if self.ruling is not None and self.ruling.rule.action is not None:
            return self.ruling.rule.action
        return self.cause.action


@dataclass(frozen=True, slots=True)
class _Draft:
    """What the causes come to together, and the way back."""

    way: Way
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

    @property
    def missing(self) -> tuple[str, ...]:
        if not (self.edits or self.candidates):
            return ("edits_agree",) if self.clash else ()
        return tuple(f"cause:{cause}" for cause in self.unresolved)

    @property
    def stopped(self) -> bool:
        return any(result.id == "G7" for result in vetoes(self.guards))


def profile_of(denial: ClassifiedDenial, profiles: Profiles) -> Profile:
    """The profile of the denial's payer: by the id of the 835 or of the 837, whichever has one of its own."""
    claim = denial.claim
    indicator = denial.filing_indicator or (claim.filing_indicator if claim is not None else None)
    ids = (denial.payer.id, claim.payer.id if claim is not None else None)
    found = [profiles.of(payer_id, indicator, denial.payer_state) for payer_id in ids if payer_id]
    return next((p for p in found if p.known), None) or (
        found[0] if found else profiles.of(None, indicator, denial.payer_state)
    )


def propose(
    denial: ClassifiedDenial,
    rules: RuleSet,
    profiles: Profiles,
    tables: Tables,
    today: date | None,
    answers_withdrawn: str | None = None,
) -> Proposed:
    """The one proposal for a denial under this context. Total: every denial gets one."""
    profile = profile_of(denial, profiles)
    answers, tried = _answers(denial, rules, profile, tables)
    leading = _leading(denial, answers)
    draft = _draft(denial, profile, tables, answers, leading)
    rung = _rung(denial, profile, leading, draft)
    missing = tuple(dict.fromkeys((*_missing(answers, tried, draft.way), *draft.missing)))
    in_force = _editions(denial, tables)
    editions = {kind: " ".join(_named(e) for e in found) for kind, found in in_force.items()}
    context = {
        "rule_set": f"{rules.name}@{rules.version}",
        "profile": f"{profiles.name}@{profiles.version}",
    }
    deadlines = clocks(denial, profile, today) if rung is not Automation.A0 else ()
    proof = prove(
        denial,
        tried,
        [ruling for answer in answers for ruling in answer.rulings],
        draft.guards,
        context=context,
        editions=[e for found in in_force.values() for e in found],
        answer={
            "action": draft.way.action.value,
            "path": draft.way.path.value,
            "way": draft.way.reason,
            "frequency_code": draft.way.frequency_code,
            "original_reference": draft.way.original_reference,
            "automation": rung.value,
            "edits": [_plain(edit) for edit in draft.edits],
            "candidates": [[_plain(c.edit), list(c.needs)] for c in draft.candidates],
            "barred": list(draft.barred),
            "missing": list(missing),
            "clocks": [[d.clock, d.due.isoformat(), d.rule] for d in deadlines],
        },
    )
    ruling = leading.ruling if leading is not None else None
    proposal = RecodingProposed(
        claim_number=denial.claim_number,
        lineage=denial.lineage,
        revision=denial.revision,
        proposal_id=content_id(
            "proposal",
            denial.lineage,
            *denial.facts,
            *(f"{kind}={version}" for kind, version in sorted({**context, **editions}.items())),
        ),
        payer=denial.payer,
        action=draft.way.action,
        path=draft.way.path,
        frequency_code=draft.way.frequency_code,
        original_reference=draft.way.original_reference,
        automation=rung,
        primary_cause=denial.primary_cause,
        causes=tuple(dict.fromkeys(cause.cause for cause in denial.causes)),
        edits=draft.edits,
        candidates=draft.candidates,
        missing=missing,
        query=_query(leading, draft),
        explanation=_explanation(leading, denial, draft, rung),
        rule=RuleReference(id=ruling.rule.id, version=ruling.rule.version)
        if ruling is not None
        else _NO_RULE,
        rule_family=ruling.rule.family if ruling is not None else _NO_FAMILY,
        editions=editions,
        context=context,
        guards=draft.guards,
        deadlines=deadlines,
        proof=seal(proof),
        facts=denial.facts,
        amount_at_stake=denial.denied_amount,
        answers_withdrawn=answers_withdrawn,
        step=ruling.rule.step if ruling is not None else None,
        never=draft.never,
    )
    return Proposed(proposal, proof)


def same_answer(one: RecodingProposed, other: RecodingProposed) -> bool:
    """Whether two proposals say the same to a person and to the resubmitter, whatever context they name."""
    return _comparable(one) == _comparable(other)


def _answers(
    denial: ClassifiedDenial, rules: RuleSet, profile: Profile, tables: Tables
) -> tuple[list[_Answer], list[tuple[str, Ruling]]]:
    """What each cause came to, and every rule that was tried on the way."""
    day = service_day(denial)
    transaction = denial.claim.transaction if denial.claim is not None else None
    answers: list[_Answer] = []
    tried: list[tuple[str, Ruling]] = []
    for cause in denial.causes:
        situation = Situation(denial, cause, profile, tables)
        taken: Ruling | None = None
        joined: list[Ruling] = []
        for rule in rules.for_cause(cause, profile.family, transaction, day):
            if taken is not None and not _same_question(taken, rule):
                continue
            ruling = rule_on(rule, situation)
            tried.append((cause.cause, ruling))
            if ruling.outcome is not Outcome.PASSES:
                continue
            if taken is None:
                taken = ruling
                if not _asks(taken):
                    break
            elif _asks(ruling):
                joined.append(ruling)
        answers.append(_Answer(cause, taken, tuple(joined)))
    return answers, tried


def _asks(ruling: Ruling) -> bool:
    """Whether it offers candidates and decides nothing."""
    return bool(ruling.candidates) and not ruling.edits


def _same_question(taken: Ruling, rule: Rule) -> bool:
    return rule.family == taken.rule.family and bool(rule.checks)


def _leading(denial: ClassifiedDenial, answers: list[_Answer]) -> _Answer | None:
    """The answer that names action and rule: that of the primary cause, unless there is nothing to do for it while
    there is for another."""
    ordered = sorted(answers, key=lambda a: (a.nothing_to_do, a.cause.cause != denial.primary_cause))
    return ordered[0] if ordered else None


def _draft(
    denial: ClassifiedDenial,
    profile: Profile,
    tables: Tables,
    answers: list[_Answer],
    leading: _Answer | None,
) -> _Draft:
    way = find_way(
        leading.action if leading is not None else Action.NONE,
        leading.cause.cause if leading is not None else denial.primary_cause,
        (*denial.directives, *(r.code for r in denial.adjudication.remarks)),
        profile,
        denied_in_full=denial.claim_state is ClaimState.DENIED_FULL,
        payer_control_number=denial.adjudication.payer_control_number,
        forwarded=has_next_payer(denial.adjudication.status_code, denial.adjudication.crossover_payer),
    )
    open_answers = [answer for answer in answers if not answer.nothing_to_do]
    edits: tuple[Edit, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    clash = False
    if way.action is Action.CORRECTED_CLAIM:
        edits, clash = _edits(open_answers)
        candidates = _candidates(open_answers)
    rulings = [ruling for answer in open_answers for ruling in answer.rulings]
    never = _never(leading, rulings)
    wanted = Change(denial.claim, edits, facts_of(denial, overpaid_lines(denial, tables)), profile, tables)
    # Candidates exclude each other: the first stands for them here, the approved one is guarded again.
    guards = guard(replace(wanted, edits=(*edits, *(c.edit for c in candidates[:1]))))
    edits, candidates, against = _offered(wanted, candidates, guards)
    return _Draft(
        way=way,
        edits=edits,
        candidates=candidates,
        barred=against,
        used=tuple(r for r in rulings if r.edits or r.candidates),
        asking=tuple(r for r in rulings if r.rule.query is not None and not r.edits),
        unresolved=tuple(dict.fromkeys(a.cause.cause for a in open_answers if not a.repairs)),
        clash=clash,
        guards=guards,
        never=never,
        refused=refused_move(never, Move(denial, way.path, edits)),
    )


def _offered(
    wanted: Change, candidates: tuple[Candidate, ...], said: tuple[GuardResult, ...]
) -> tuple[tuple[Edit, ...], tuple[Candidate, ...], tuple[str, ...]]:
    """The edits and candidates that a person could approve at all, and what the guard has against the others.
    `said`: what it says of the edits with the first candidate."""
    against: list[GuardResult] = []
    kept = list(candidates[:1])
    if first_barring(said) is not None:
        if found := barred(wanted):
            against.append(found)
            wanted = replace(wanted, edits=())
        kept = []
    for candidate in candidates[len(kept) :]:
        found = barred(replace(wanted, edits=(*wanted.edits, candidate.edit)))
        if found is None:
            kept.append(candidate)
        else:
            against.append(found)
    return wanted.edits, tuple(kept), tuple(dict.fromkeys(f"{r.id}:{r.reason}" for r in against))


def _never(leading: _Answer | None, rulings: list[Ruling]) -> tuple[str, ...]:
    """What is refused: about the way as the leading rule says, about edits as every rule does that was taken."""
    of_way = leading.ruling.rule.never if leading is not None and leading.ruling is not None else ()
    of_edits = (word for ruling in rulings for word in ruling.rule.never if word in OF_EDITS)
    return tuple(dict.fromkeys((*of_way, *of_edits)))


def _editions(denial: ClassifiedDenial, tables: Tables) -> dict[str, tuple[Edition, ...]]:
    """Which editions of the tables that checks look into are in force on the dates of service: mostly one."""
    lines = denial.claim.lines if denial.claim is not None else ()
    days = sorted({d for d in (service_day(denial), *(line.service_from for line in lines)) if d is not None})
    found: dict[str, tuple[Edition, ...]] = {}
    for kind in TABLE_KINDS:
        editions: list[Edition] = []
        for day in days:
            edition = tables.on(kind, day)
            if edition is not None and not any(edition is known for known in editions):
                editions.append(edition)
        if editions:
            found[kind] = tuple(editions)
    return found


def _named(edition: Edition) -> str:
    return f"{edition.name}@{edition.digest[:12]}"


def _edits(answers: list[_Answer]) -> tuple[tuple[Edit, ...], bool]:
    """The edits of all causes, each field once; true where two causes want different things of one field."""
    found: dict[str, Edit] = {}
    clash = False
    for answer in answers:
        for edit in answer.ruling.edits if answer.ruling is not None else ():
            first = found.setdefault(edit.field, edit)
            clash = clash or first.after != edit.after
    return (() if clash else tuple(found.values())), clash


def _candidates(answers: list[_Answer]) -> tuple[Candidate, ...]:
    found: dict[tuple[str, EditValue], Candidate] = {}
    for answer in answers:
        for candidate in (c for ruling in answer.rulings for c in ruling.candidates):
            found.setdefault((candidate.edit.field, candidate.edit.after), candidate)
    return tuple(found.values())


def _missing(answers: list[_Answer], tried: list[tuple[str, Ruling]], way: Way) -> list[str]:
    """What was not there: for the rules that could not decide, for the candidates, for the way back."""
    if all(answer.nothing_to_do for answer in answers):
        return []
    return [*(m for _, ruling in tried for m in ruling.missing), *way.missing]


def _rung(denial: ClassifiedDenial, profile: Profile, leading: _Answer | None, draft: _Draft) -> Automation:
    """The rung of the ladder: the lowest of what rules, causes, path, guard and profile allow."""
    if leading is not None and leading.nothing_to_do:
        return Automation.A0
    if not (draft.edits or draft.candidates) or draft.unresolved or draft.clash:
        return Automation.A1
    if CLAIM_OF_ANOTHER_PAYER in denial.waits:
        return Automation.A1
    if draft.way.missing or draft.way.path is Path.NONE or draft.stopped or draft.refused is not None:
        return Automation.A1
    ceiling = min(ruling.ceiling for ruling in draft.used)
    alone = (
        not draft.candidates
        and not vetoes(draft.guards)
        and not _lasting_waits(denial)
        and draft.way.path in AUTOMATIC_PATHS
        and draft.way.path.value in profile.sendable_paths
        and {ruling.rule.family for ruling in draft.used} <= profile.automation
    )
    return ceiling if alone else min(ceiling, Automation.A2)


def _lasting_waits(denial: ClassifiedDenial) -> tuple[str, ...]:
    return tuple(wait for wait in denial.waits if wait != SIBLINGS_MISSING)


def _explanation(leading: _Answer | None, denial: ClassifiedDenial, draft: _Draft, rung: Automation) -> str:
    """The rule's explanation, and what keeps a machine from doing more."""
    if leading is None or leading.ruling is None:
        said = [_NO_RULE_EXPLANATION]
    else:
        said = [_filled(leading.ruling.rule.explanation, leading)]
    if rung is Automation.A0:
        return said[0]
    if draft.unresolved and (draft.edits or draft.candidates):
        said.append("Another cause of this denial stays open, so this alone may be denied again.")
    if draft.barred:
        said.append(f"The guard bars a change that a rule wanted ({', '.join(draft.barred)}).")
    if draft.clash:
        said.append("Two causes want different values in one place.")
    if draft.way.reason.startswith("remark "):
        said.append(f"The path follows {draft.way.reason}.")
    if draft.stopped:
        said.append("The payer or the matter says stop: nothing goes back from here.")
    lasting = _lasting_waits(denial)
    if lasting:
        said.append(f"A person must look first: {', '.join(wait.replace('_', ' ') for wait in lasting)}.")
    return " ".join(said)


def _filled(text: str, answer: _Answer) -> str:
    facts = answer.ruling.facts if answer.ruling is not None else ()
    return text.format(**{**dict(facts), "label": answer.cause.label, "lines": _lines(answer.cause.lines)})


def _lines(lines: Sequence[int]) -> str:
    """The lines of a cause in words; a cause at claim level has none."""
    if not lines:
        return "the claim as a whole"
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"


def _query(leading: _Answer | None, draft: _Draft) -> str | None:
    """The question of the leading rule, where something is open that only the record can tell."""
    if leading is None or leading.ruling is None or draft.edits or leading.ruling not in draft.asking:
        return None
    query = leading.ruling.rule.query
    return _filled(query, leading) if query is not None else None


def _plain(edit: Edit) -> list[Any]:
    return [
        edit.field,
        list(edit.before) if isinstance(edit.before, tuple) else edit.before,
        list(edit.after) if isinstance(edit.after, tuple) else edit.after,
    ]


def _comparable(proposal: RecodingProposed) -> tuple[object, ...]:
    return (
        proposal.action,
        proposal.path,
        proposal.frequency_code,
        proposal.original_reference,
        proposal.automation,
        [_plain(edit) for edit in proposal.edits],
        [(_plain(c.edit), c.needs) for c in proposal.candidates],
        proposal.missing,
        proposal.query,
        proposal.explanation,
        proposal.rule.id,
        proposal.step,
        proposal.never,
        proposal.guards,
        [(d.clock, d.due) for d in proposal.deadlines],
    )

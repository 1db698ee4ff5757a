"""From an open denial to a proposal: rules on each cause, the way back, the guard, the rung of the ladder, the proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from schemas.case import ClassifiedDenial
from schemas.codes import Automation, ClaimState, Path
from schemas.envelope import content_id
from schemas.recoding import Edit, RecodingProposed, RuleReference
from services.core.codes.tables import Tables
from services.core.recoding.answers import Answer, Answers, answer
from services.core.recoding.confidence import confidence
from services.core.recoding.draft import Draft, draft
from services.core.recoding.guards import vetoes
from services.core.recoding.in_force import PROFILE, RULE_SET, editions_in_force
from services.core.recoding.proof import prove, seal
from services.core.recoding.rule_set import RuleSet
from services.core.recoding.situation import service_day
from services.core.recoding.wording import explanation, question
from services.core.resubmission.arrangement import arrange
from services.core.resubmission.path import asks_for_a_person
from services.core.resubmission.profiles import Profile, Profiles

SIBLINGS_MISSING: Final = "siblings_missing"
"""The one wait of a denial that passes by itself. All others are for a person."""

CLAIM_OF_ANOTHER_PAYER: Final = "claim_of_another_payer"
"""The claim that is known went to another payer than the one who denied: it can be read, never sent again."""

AUTOMATIC_PATHS: Final = frozenset({Path.REPLACEMENT, Path.SECONDARY_CLAIM})
"""The paths that a machine may take without a person; of a claim that nobody has adjudicated its one path as well."""

_NO_RULE: Final = RuleReference(id="no-rule", version="0")
_NO_FAMILY: Final = "person"


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal and the bytes that prove it."""

    proposal: RecodingProposed
    proof: bytes


def profile_of(denial: ClassifiedDenial, profiles: Profiles) -> Profile:
    """The profile of the denial's payer: by the id of the 835 or of the 837, whichever has one of its own."""
    claim, own = denial.claim, denial.payer.id
    indicator = denial.filing_indicator or (claim.filing_indicator if claim is not None else None)
    found = profiles.of(own, indicator, denial.payer_state)
    other = claim.payer.id if claim is not None else None
    if other and other != own and not (own and found.known):
        submitted = profiles.of(other, indicator, denial.payer_state)
        return submitted if submitted.known or not own else found
    return found


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
    answers = answer(denial, rules, profile, tables)
    drafted = draft(denial, profile, tables, answers, today, profiles)
    leading, way = answers.leading, drafted.way
    waits = _lasting_waits(denial)
    arranged = arrange(denial, way.path, way.frequency_code, profile, drafted.edits)
    rung = _rung(denial, profile, leading, drafted, waits)
    if arranged.missing or arranged.attests:
        rung = min(rung, Automation.A1 if arranged.missing else Automation.A2)
    missing = tuple(dict.fromkeys([*_missing(answers, drafted), *drafted.missing, *arranged.missing]))
    in_force = editions_in_force(denial, service_day(denial), tables)
    rule_set, profile_set = f"{rules.name}@{rules.version}", f"{profiles.name}@{profiles.version}"
    deadlines = drafted.deadlines if rung is not Automation.A0 else ()
    proof = prove(
        denial,
        answers.tried,
        answers.taken,
        drafted.guards,
        context={PROFILE: profile_set, RULE_SET: rule_set},
        in_force=in_force,
        answer={
            "action": way.action,
            "automation": rung,
            "barred": drafted.barred,
            "candidates": [[_plain(c.edit), c.needs] for c in drafted.candidates],
            "clocks": [[d.clock, d.due.isoformat(), d.rule] for d in deadlines],
            "edits": [_plain(edit) for edit in drafted.edits],
            "frequency_code": way.frequency_code,
            "missing": missing,
            "original_reference": way.original_reference,
            "path": way.path,
            "path_edits": [_plain(edit) for edit in arranged.edits],
            "way": way.reason,
        },
    )
    ruling = leading.ruling if leading is not None else None
    proposal = RecodingProposed.trust(
        {
            "claim_number": denial.claim_number,
            "lineage": denial.lineage,
            "revision": denial.revision,
            "proposal_id": content_id(
                "proposal", denial.lineage, *denial.facts, *in_force.identity(rule_set, profile_set)
            ),
            "payer": denial.payer,
            "action": way.action,
            "path": way.path,
            "frequency_code": way.frequency_code,
            "original_reference": way.original_reference,
            "automation": rung,
            "primary_cause": denial.primary_cause,
            "causes": tuple(dict.fromkeys([cause.cause for cause in denial.causes])),
            "edits": drafted.edits,
            "candidates": drafted.candidates,
            "missing": missing,
            "query": question(leading, drafted),
            "explanation": explanation(leading, drafted, rung, waits),
            "rule": ruling.rule.reference if ruling is not None else _NO_RULE,
            "rule_family": ruling.rule.family if ruling is not None else _NO_FAMILY,
            "editions": in_force.named,
            "context": {RULE_SET: rule_set, PROFILE: profile_set},
            "guards": drafted.guards,
            "deadlines": deadlines,
            "proof": seal(proof),
            "facts": denial.facts,
            "amount_at_stake": denial.denied_amount,
            "answers_withdrawn": answers_withdrawn,
            "step": ruling.rule.step if ruling is not None else None,
            "never": drafted.never,
            "path_edits": arranged.edits,
            "payer_profile": profile.said,
            "confidence": confidence(drafted, rung, missing),
        }
    )
    return Proposed(proposal, proof)


def same_answer(one: RecodingProposed, other: RecodingProposed) -> bool:
    """Whether two proposals say the same to a person and to the resubmitter, whatever context they name."""
    return _comparable(one) == _comparable(other)


def _missing(answers: Answers, drafted: Draft) -> tuple[str, ...]:
    """What was not there: for the rules that could not decide, for the candidates, for the way back."""
    if not answers.open:
        return ()
    return (*[m for _, ruling in answers.tried for m in ruling.missing], *drafted.way.missing)


def _rung(
    denial: ClassifiedDenial, profile: Profile, leading: Answer | None, drafted: Draft, waits: tuple[str, ...]
) -> Automation:
    """The rung of the ladder: the lowest of what rules, causes, path, guard and profile allow."""
    way = drafted.way
    if leading is not None and leading.nothing_to_do:
        return Automation.A0
    if not (drafted.edits or drafted.candidates) or drafted.unresolved or drafted.clash:
        return Automation.A1
    if CLAIM_OF_ANOTHER_PAYER in denial.waits:
        return Automation.A1
    if way.missing or way.path is Path.NONE or drafted.stopped or drafted.refused is not None:
        return Automation.A1
    ceiling = min(ruling.ceiling for ruling in drafted.used)
    alone = (
        not drafted.candidates
        and not vetoes(drafted.guards)
        and not waits
        and (way.path in AUTOMATIC_PATHS or denial.claim_state is ClaimState.REJECTED)
        and not asks_for_a_person(
            (*denial.directives, *[remark.code for remark in denial.adjudication.remarks])
        )
        and way.path.value in profile.sendable_paths
        and {ruling.rule.family for ruling in drafted.used} <= profile.automation
    )
    return ceiling if alone else min(ceiling, Automation.A2)


def _lasting_waits(denial: ClassifiedDenial) -> tuple[str, ...]:
    return tuple([wait for wait in denial.waits if wait != SIBLINGS_MISSING])


def _plain(edit: Edit) -> list[Any]:
    return [edit.field, edit.before, edit.after]


def _comparable(proposal: RecodingProposed) -> tuple[object, ...]:
    return (
        proposal.action,
        proposal.path,
        proposal.frequency_code,
        proposal.original_reference,
        proposal.automation,
        [_plain(edit) for edit in proposal.edits],
        [_plain(edit) for edit in proposal.path_edits],
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

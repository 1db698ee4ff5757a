"""What one rule says of one cause: its checks, run in their order, come to edits, candidates or what is missing."""

from __future__ import annotations

from typing import Final, NamedTuple

from schemas.case import Evidence
from schemas.codes import Automation
from schemas.recoding import Candidate, Edit
from services.core.recoding.canonical import canonical
from services.core.recoding.rules import Rule
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict

_DOCUMENTED_DIAGNOSIS: Final = "documented_diagnosis"
"""What a candidate may need: that the record names the diagnosis."""

_REMEMBERED: Final = 256
"""How many bare answers are remembered of a rule: what is missing or rejected may have numbers of lines and rows."""


class Ruling(NamedTuple):
    """What a rule came to. Of one that does not pass, edits and candidates are empty."""

    rule: Rule
    outcome: Outcome
    reason: str
    missing: tuple[str, ...]
    edits: tuple[Edit, ...]
    candidates: tuple[Candidate, ...]
    evidence: tuple[Evidence, ...]
    rejected: tuple[str, ...]
    ceiling: Automation
    facts: tuple[tuple[str, str], ...] = ()
    """names and what they stand for, in the rule's explanation and query"""
    written: bytes | None = None
    """`proved`, where it was written already"""

    def proved(self) -> bytes:
        """The ruling as a proof has it, from `evidence` on: fields of a JSON object, in order."""
        if self.written is not None:
            return self.written
        fields = {
            "evidence": [[e.source, e.place, e.value] for e in self.evidence],
            "facts": self.facts,
            "missing": self.missing,
            "outcome": self.outcome,
            "reason": self.reason,
            "rejected": self.rejected,
            "rule": self.rule.name,
        }
        return canonical(fields)[1:-1]


def apply(rule: Rule, situation: Situation) -> Ruling | None:
    """The rule's answer; null where it does not speak of this cause."""
    claim = situation.claim
    transaction = claim.transaction if claim is not None else None
    if not rule.covers(situation.cause, situation.profile.family, transaction, situation.day):
        return None
    return rule_on(rule, situation)


def rule_on(rule: Rule, situation: Situation) -> Ruling:
    """The rule's answer to a cause that it speaks of. The first check that does not pass decides."""
    passed: list[Verdict] = []
    said, ceiling = situation.said, rule.ceilings[situation.cause.ceiling]
    for step in rule.steps:
        verdict = said.get(step)
        if verdict is None:
            # Rules of one cause ask many the same: each is asked once.
            said[step] = verdict = step.run(situation, step.given)
        if verdict.outcome is not Outcome.PASSES:
            return _stopped(rule, verdict, passed, ceiling)
        passed.append(verdict)
    return _passed(rule, passed, situation, ceiling)


def _passed(rule: Rule, passed: list[Verdict], situation: Situation, ceiling: Automation) -> Ruling:
    if not passed:
        return _bare(rule, Outcome.PASSES, "applies", (), (), ceiling)
    made: list[Edit] = []
    offered: list[Edit] = []
    evidence: list[Evidence] = []
    missing: list[str] = []
    rejected: list[str] = []
    facts: list[tuple[str, str]] = []
    for verdict in passed:
        if verdict.ceiling < ceiling:
            ceiling = verdict.ceiling
        made += verdict.edits
        offered += verdict.candidates
        evidence += verdict.evidence
        missing += verdict.missing
        rejected += verdict.rejected
        facts += verdict.facts
    reason = passed[-1].reason
    if not (made or offered or evidence or facts):
        return _bare(rule, Outcome.PASSES, reason, tuple(dict.fromkeys(missing)), tuple(rejected), ceiling)
    if not evidence:
        # What the checks do not name by themselves, their changes do: beside the cause's own, which the proof has.
        read = [e for edit in (*made, *offered) for e in edit.evidence if e not in situation.cause.evidence]
        evidence = list(dict.fromkeys(read))
    return Ruling(
        rule,
        Outcome.PASSES,
        reason,
        tuple(dict.fromkeys(missing)),
        tuple(made),
        tuple([Candidate.trust({"edit": edit, "needs": _needed(rule, edit, situation)}) for edit in offered]),
        tuple(evidence),
        tuple(rejected),
        ceiling,
        tuple(facts),
    )


def _needed(rule: Rule, edit: Edit, situation: Situation) -> tuple[str, ...]:
    """What a candidate still needs: a diagnosis that is documented for the encounter is not asked for again."""
    told = situation.denial.documented
    if told is None or edit.after not in {code.replace(".", "") for code in told.documented_diagnoses}:
        return rule.needs
    return tuple([need for need in rule.needs if need != _DOCUMENTED_DIAGNOSIS])


def _stopped(rule: Rule, verdict: Verdict, passed: list[Verdict], ceiling: Automation) -> Ruling:
    evidence, rejected = verdict.evidence, verdict.rejected
    for before in reversed(passed):
        if before.evidence or before.rejected:
            evidence, rejected = (*before.evidence, *evidence), (*before.rejected, *rejected)
    if not evidence:
        return _bare(rule, verdict.outcome, verdict.reason, verdict.missing, rejected, ceiling)
    return Ruling(rule, verdict.outcome, verdict.reason, verdict.missing, (), (), evidence, rejected, ceiling)


def _bare(
    rule: Rule,
    outcome: Outcome,
    reason: str,
    missing: tuple[str, ...],
    rejected: tuple[str, ...],
    ceiling: Automation,
) -> Ruling:
    """An answer with nothing to show for it. Most answers are such, of few kinds: each is made and written once."""
    said = (reason, missing, rejected, ceiling, outcome)
    known: Ruling | None = rule.remembered.get(said)
    if known is None:
        known = Ruling(rule, outcome, reason, missing, (), (), (), rejected, ceiling)
        if len(rule.remembered) < _REMEMBERED:
            rule.remembered[said] = known = known._replace(written=known.proved())
    # Which pass was taken a proof tells by the object: of two causes one may take a rule and the other leave it.
    return Ruling(*known) if outcome is Outcome.PASSES else known

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

_REMEMBERED: Final = 256
"""How many ways to say no are remembered of a rule: what is missing or rejected may have numbers of lines and rows."""


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
            "outcome": self.outcome.value,
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
    said = situation.said
    for step in rule.steps:
        verdict = said.get(step) or step.on(situation)
        if verdict.outcome is not Outcome.PASSES:
            return _stopped(rule, verdict, passed, _ceiling(rule, situation))
        passed.append(verdict)
    return _passed(rule, passed, situation)


def _ceiling(rule: Rule, situation: Situation) -> Automation:
    allowed = situation.cause.ceiling
    if rule.lifts and allowed < rule.lifts_to:
        allowed = rule.lifts_to
    return allowed if allowed < rule.ceiling else rule.ceiling


def _passed(rule: Rule, passed: list[Verdict], situation: Situation) -> Ruling:
    ceiling = _ceiling(rule, situation)
    if not passed:
        return Ruling(rule, Outcome.PASSES, "applies", (), (), (), (), (), ceiling)
    made = [edit for verdict in passed for edit in verdict.edits]
    offered = [candidate for verdict in passed for candidate in verdict.candidates]
    evidence = [e for verdict in passed for e in verdict.evidence]
    if not evidence:
        # What the checks do not name by themselves, their changes do: beside the cause's own, which the proof has.
        read = [e for edit in (*made, *offered) for e in edit.evidence if e not in situation.cause.evidence]
        evidence = list(dict.fromkeys(read))
    return Ruling(
        rule,
        Outcome.PASSES,
        passed[-1].reason,
        tuple(dict.fromkeys([m for v in passed for m in v.missing])),
        tuple(made),
        tuple([Candidate.trust({"edit": edit, "needs": rule.needs}) for edit in offered]),
        tuple(evidence),
        tuple([r for v in passed for r in v.rejected]),
        min(ceiling, *[v.ceiling for v in passed]),
        tuple([fact for v in passed for fact in v.facts]),
    )


def _stopped(rule: Rule, verdict: Verdict, passed: list[Verdict], ceiling: Automation) -> Ruling:
    evidence, rejected = verdict.evidence, verdict.rejected
    for before in reversed(passed):
        evidence, rejected = (*before.evidence, *evidence), (*before.rejected, *rejected)
    said = (verdict.outcome, verdict.reason, verdict.missing, rejected, ceiling)
    known: Ruling | None = rule.refusals.get(said) if not evidence else None
    if known is not None:
        return known
    ruling = Ruling(
        rule, verdict.outcome, verdict.reason, verdict.missing, (), (), evidence, rejected, ceiling
    )
    # Most rules say no, and in few ways: each is made and written once.
    if not evidence and len(rule.refusals) < _REMEMBERED:
        rule.refusals[said] = ruling = ruling._replace(written=ruling.proved())
    return ruling

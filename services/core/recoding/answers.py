"""What each cause of a denial comes to: its rules, tried in their order."""

from __future__ import annotations

from typing import NamedTuple

from schemas.case import Cause, ClassifiedDenial
from schemas.codes import Action, Automation
from services.core.codes.tables import Tables
from services.core.recoding.rule_set import RuleSet
from services.core.recoding.rules import Rule
from services.core.recoding.ruling import Ruling, rule_on
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome
from services.core.resubmission.profiles import Profile


class Answer(NamedTuple):
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


class Answers(NamedTuple):
    """What the causes of one denial came to."""

    each: tuple[Answer, ...]
    leading: Answer | None
    """the answer that names action and rule"""
    tried: tuple[tuple[str, Ruling], ...]
    """every rule that was tried, with the cause"""
    open: tuple[Answer, ...]
    """those of causes for which something is to be done"""

    @property
    def taken(self) -> tuple[Ruling, ...]:
        return tuple([ruling for answer in self.each for ruling in answer.rulings])


def answer(denial: ClassifiedDenial, rules: RuleSet, profile: Profile, tables: Tables) -> Answers:
    """Try the rules on each cause."""
    transaction = denial.claim.transaction if denial.claim is not None else None
    answers: list[Answer] = []
    tried: list[tuple[str, Ruling]] = []
    for cause in denial.causes:
        situation = Situation(denial, cause, profile, tables)
        taken: Ruling | None = None
        joined: list[Ruling] = []
        for rule in rules.for_cause(cause, profile.family, transaction, situation.day):
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
        answers.append(Answer(cause, taken, tuple(joined)))
    unfinished = tuple([each for each in answers if not each.nothing_to_do])
    return Answers(tuple(answers), _leading(denial, answers), tuple(tried), unfinished)


def _asks(ruling: Ruling) -> bool:
    """Whether it offers candidates and decides nothing."""
    return bool(ruling.candidates) and not ruling.edits


def _same_question(taken: Ruling, rule: Rule) -> bool:
    return rule.family == taken.rule.family and bool(rule.checks)


def _leading(denial: ClassifiedDenial, answers: list[Answer]) -> Answer | None:
    """That of the primary cause, unless there is nothing to do for it while there is for another."""
    if len(answers) < 2:
        return answers[0] if answers else None
    return min(answers, key=lambda a: (a.nothing_to_do, a.cause.cause != denial.primary_cause))

"""Rules as data: the model of a rule and what it must keep.

A rule is one YAML file with its own cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from string import Formatter
from typing import Any, Final

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)

from schemas.case import Cause
from schemas.codes import Action, Automation
from schemas.recoding import EditValue, RuleReference
from services.core.recoding import query
from services.core.recoding.check import Step
from services.core.recoding.checks import CHECKS
from services.core.recoding.refusals import NEVER

PLACEHOLDERS: Final = frozenset({"label", "lines"})
"""What an explanation or a query may name beside the facts of the rule's checks: the cause's label in our own
words, the lines that it concerns."""

_STEPS: Final[dict[tuple[str, str], Step]] = {}
"""A check's name and parameters -> what all calls of it share. As many as the rules that were ever read here."""

_WORD: Final = re.compile(r"[a-z][a-z0-9_]*")


class RuleError(Exception):
    """A rule cannot be used: one line that names the file and the key."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scope(_Model):
    """One alternative of what a rule applies to. Every list that is not empty must have a match."""

    cause: tuple[str, ...] = ()
    carc: tuple[str, ...] = ()
    rarc: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    """what turned a claim away: a claim status code of a 277CA (`562`), or with whom it is about (`562:85`)"""
    group: tuple[str, ...] = ()
    payer_family: tuple[str, ...] = ()
    transaction: tuple[str, ...] = ()
    """837P | 837I"""
    ceiling: tuple[Automation, ...] = ()
    """of the cause"""

    def covers(self, cause: Cause, payer_family: str, transaction: str | None) -> bool:
        return (
            (not self.cause or cause.cause in self.cause)
            and (not self.ceiling or cause.ceiling in self.ceiling)
            and (not self.payer_family or payer_family in self.payer_family)
            and (not self.transaction or transaction in self.transaction)
            and (
                not (self.carc or self.group)
                or any(
                    (not self.carc or a.reason in self.carc) and (not self.group or a.group in self.group)
                    for a in cause.adjustments
                )
            )
            and (not self.rarc or any(r.code in self.rarc for r in cause.remarks))
            and (not self.status or any(_means(status, self.status) for status in cause.statuses))
        )


def _means(status: str, wanted: tuple[str, ...]) -> bool:
    """Whether `category:status:entity` is one of these, each with or without an entity."""
    _, _, about = status.partition(":")
    return about in wanted or about.partition(":")[0] in wanted


class Effective(_Model):
    """Dates of service for which the rule holds, both included."""

    first: date
    last: date | None = None

    def holds(self, day: date | None) -> bool:
        return day is None or (self.first <= day and (self.last is None or day <= self.last))


class CheckCall(_Model):
    """A check by its name in the registry, with its parameters."""

    name: str
    parameters: dict[str, Any] = {}
    _given: BaseModel = PrivateAttr()

    @model_validator(mode="after")
    def _known(self) -> CheckCall:
        check = CHECKS.get(self.name)
        if check is None:
            raise ValueError("unknown check")
        self._given = check.parameters.model_validate(self.parameters)
        return self

    @cached_property
    def step(self) -> Step:
        """The check with its parameters as it takes them."""
        said = (self.name, self._given.model_dump_json())
        return _STEPS.setdefault(said, Step(CHECKS[self.name].run, self._given))


class Expectation(_Model):
    """What a case must come to."""

    outcome: str
    """applies_not | fails | missing | passes"""
    edits: dict[str, EditValue] | None = None
    """field -> value after; null says nothing"""
    candidates: tuple[dict[str, EditValue], ...] | None = None
    missing: tuple[str, ...] | None = None
    reason: str | None = None
    ceiling: Automation | None = None
    facts: dict[str, str] | None = None

    @field_validator("outcome")
    @classmethod
    def _known(cls, outcome: str) -> str:
        if outcome not in ("applies_not", "fails", "missing", "passes"):
            raise ValueError("unknown outcome")
        return outcome


class RuleCase(_Model):
    """A situation, told as what differs from the standard one (services/core/recoding/cases.py)."""

    name: str
    claim: dict[str, Any] | None = {}
    """fields of the claim; null: no claim is known"""
    lines: tuple[dict[str, Any], ...] = ({},)
    cause: dict[str, Any] = {}
    """fields of the cause; `carc`, `group` and `rarc` are short for its adjustment and remarks"""
    remarks: tuple[str, ...] = ()
    """remark codes of the whole claim that explain no cause: alerts, directives"""
    remitted: dict[int, dict[str, Any]] = {}
    """LX -> fields of the line that answers it in the 835"""
    documented: dict[str, Any] = {}
    """fields of the documentation"""
    prior: dict[str, Any] | None = None
    """what the payer before this one said: `responsibility`, `claim_state`, `paid`, `remitted`, and `adjusted`, the
    adjustments of line 1; null: nothing is known of one"""
    later: bool = False
    """a payer after the denying one has the claim"""
    payer_family: str = "commercial"
    profile: dict[str, Any] = {}
    """values of the payer's profile"""
    tables: dict[str, tuple[dict[str, str], ...]] = {}
    """kind -> rows; a kind that is not named is not loaded"""
    expect: Expectation


class Cases(_Model):
    """A rule's own cases. A rule without all three kinds does not load."""

    positive: tuple[RuleCase, ...] = Field(min_length=1)
    negative: tuple[RuleCase, ...] = Field(min_length=1)
    boundary: tuple[RuleCase, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _true_to_their_names(self) -> Cases:
        if any(case.expect.outcome != "passes" for case in self.positive):
            raise ValueError("a positive case must pass")
        if any(case.expect.outcome == "passes" for case in self.negative):
            raise ValueError("a negative case must not pass")
        return self

    def by_kind(self) -> tuple[tuple[str, tuple[RuleCase, ...]], ...]:
        """The cases under the name of their kind."""
        return (("positive", self.positive), ("negative", self.negative), ("boundary", self.boundary))

    def __iter__(self) -> Iterator[RuleCase]:  # type: ignore[override]
        for _, cases in self.by_kind():
            yield from cases


class Rule(_Model):
    """One rule, as its YAML file says it."""

    id: str
    version: str
    family: str
    order: int
    """which of several rules that pass is taken: the lowest"""
    effective: Effective
    source: str
    applies_to: tuple[Scope, ...] = Field(min_length=1)
    """any of these"""
    checks: tuple[CheckCall, ...] = ()
    """all of these must pass"""
    action: Action | None = None
    """null: the action of the cause"""
    step: str | None = None
    """the first move, as a word"""
    never: tuple[str, ...] = ()
    """moves that are refused for this cause (services/core/recoding/refusals.py)"""
    needs: tuple[str, ...] = ()
    """what a person must bring before a candidate of this rule is applied"""
    ceiling: Automation
    lifts: bool = False
    """the checks know more than the code that the payer sent: the rule's ceiling stands up to `lifts_to` where the
    code alone would leave all to a person"""
    lifts_to: Automation = Automation.A2
    """A3 only for a repair that the guard itself sees to say the same in another form"""
    query: str | None = None
    """a question to the provider that leads to no answer"""
    explanation: str
    cases: Cases

    @field_validator("step")
    @classmethod
    def _a_word(cls, step: str | None) -> str | None:
        if step is not None and not _WORD.fullmatch(step):
            raise ValueError("a step is a word")
        return step

    @field_validator("never")
    @classmethod
    def _known_moves(cls, never: tuple[str, ...]) -> tuple[str, ...]:
        if set(never) - NEVER.keys():
            raise ValueError("unknown move")
        return never

    @model_validator(mode="after")
    def _of_one_piece(self) -> Rule:
        known = PLACEHOLDERS.union(*(CHECKS[call.name].facts for call in self.checks))
        for text in (self.explanation, self.query or ""):
            if {name for _, name, _, _ in Formatter().parse(text) if name is not None} - known:
                raise ValueError("unknown placeholder")
        if self.query is not None and (wrong := query.faults(self.query)):
            raise ValueError(f"a query that may not be asked: {', '.join(wrong)}")
        if self.action is Action.CORRECTED_CLAIM and "send_claim" in self.never:
            raise ValueError("the action is one that the rule refuses")
        if self.lifts and not self.checks:
            raise ValueError("a rule without checks knows no more than the code")
        return self

    @cached_property
    def name(self) -> str:
        """The rule as a proof names it."""
        return f"{self.id}@{self.version}"

    @cached_property
    def remembered(self) -> dict[tuple[object, ...], Any]:
        """What the rule came to where it had nothing to show for it (services/core/recoding/ruling.py)."""
        return {}

    @cached_property
    def ceilings(self) -> dict[Automation, Automation]:
        """A cause's rung -> how high the rule may take it."""
        allowed = {rung: max(rung, self.lifts_to) if self.lifts else rung for rung in Automation}
        return {rung: min(highest, self.ceiling) for rung, highest in allowed.items()}

    @cached_property
    def reference(self) -> RuleReference:
        """Which rule it is, as a proposal names it."""
        return RuleReference(id=self.id, version=self.version)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The checks in their order, ready to be run."""
        return tuple(call.step for call in self.checks)

    def covers(self, cause: Cause, payer_family: str, transaction: str | None, day: date | None) -> bool:
        """Whether the rule speaks of this cause."""
        return self.effective.holds(day) and any(
            scope.covers(cause, payer_family, transaction) for scope in self.applies_to
        )

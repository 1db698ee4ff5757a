"""Rules as data: the model of a rule, its loader's checks, the set of rules that is active.

A rule is one YAML file with its own cases. `bundle` checks a set of rules and gives its canonical bytes;
`load_bundle` reads them back. The version of a set follows from these bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from string import Formatter
from typing import Any, Final

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
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

VERSION_LENGTH: Final = 12

PLACEHOLDERS: Final = frozenset({"label", "lines"})
"""What an explanation or a query may name beside the facts of the rule's checks: the cause's label in our own
words, the lines that it concerns."""

_STEPS: Final[dict[tuple[str, str], Step]] = {}
"""A check's name and parameters -> what all calls of it share. As many as the rules that were ever read here."""

_WORD: Final = re.compile(r"[a-z][a-z0-9_]*")


_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same language; the one in C reads a hundred rules in a tenth of the time."""


class RuleError(Exception):
    """A rule cannot be used: one line that names the file and the key."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scope(_Model):
    """One alternative of what a rule applies to. Every list that is not empty must have a match."""

    cause: tuple[str, ...] = ()
    carc: tuple[str, ...] = ()
    rarc: tuple[str, ...] = ()
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
        )


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
    def refusals(self) -> dict[tuple[object, ...], Any]:
        """What the rule came to where it did not pass and had nothing to show for it (services/core/recoding/ruling.py)."""
        return {}

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


@dataclass(frozen=True, slots=True)
class Speaking:
    """Rules that speak of causes that look alike, in their order, and the days on which all of them hold."""

    rules: tuple[Rule, ...]
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A named, versioned set of rules. `version` follows from the rules' bytes."""

    name: str
    version: str
    rules: tuple[Rule, ...]
    _by_word: dict[tuple[str, str], tuple[Rule, ...]] = field(init=False, repr=False, compare=False)
    """(what it is, code) -> the rules with an alternative that names it"""
    _general: tuple[Rule, ...] = field(init=False, repr=False, compare=False)
    """rules with an alternative that names neither reason, remark nor cause"""
    _remembered: dict[tuple[object, ...], Speaking] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """the rules for causes that look alike to every scope"""

    def __post_init__(self) -> None:
        by_word: dict[tuple[str, str], list[Rule]] = {}
        general: list[Rule] = []
        for rule in self.rules:
            for scope in rule.applies_to:
                for name in ("carc", "rarc", "cause"):
                    if words := getattr(scope, name):
                        _file(by_word, [(name, word) for word in words], rule)
                        break
                else:
                    if rule not in general:
                        general.append(rule)
        object.__setattr__(self, "_by_word", {k: tuple(v) for k, v in by_word.items()})
        object.__setattr__(self, "_general", tuple(general))

    def for_cause(
        self, cause: Cause, payer_family: str, transaction: str | None, day: date | None
    ) -> tuple[Rule, ...]:
        """The rules that speak of this cause on this date of service, in their order."""
        face = (
            cause.cause,
            cause.ceiling,
            tuple([(a.reason, a.group) for a in cause.adjustments]),
            tuple([r.code for r in cause.remarks]),
            payer_family,
            transaction,
        )
        found = self._remembered.get(face)
        if found is None:
            found = _speaking(self._find(cause, payer_family, transaction))
            # The codes come from files: what is remembered stays bounded.
            if len(self._remembered) < _REMEMBERED:
                self._remembered[face] = found
        if day is None or found.first <= day <= found.last:
            return found.rules
        return tuple(rule for rule in found.rules if rule.effective.holds(day))

    def _find(self, cause: Cause, payer_family: str, transaction: str | None) -> tuple[Rule, ...]:
        words = [("cause", cause.cause)]
        words += [("carc", adjustment.reason) for adjustment in cause.adjustments]
        words += [("rarc", remark.code) for remark in cause.remarks]
        found = {rule.id: rule for rule in self._general}
        found |= {rule.id: rule for word in words for rule in self._by_word.get(word, ())}
        speaking = (rule for rule in found.values() if rule.covers(cause, payer_family, transaction, None))
        return tuple(sorted(speaking, key=_rank))


_REMEMBERED: Final = 20_000


def _speaking(rules: tuple[Rule, ...]) -> Speaking:
    return Speaking(
        rules,
        max((rule.effective.first for rule in rules), default=date.min),
        min((rule.effective.last for rule in rules if rule.effective.last is not None), default=date.max),
    )


def _rank(rule: Rule) -> tuple[int, str]:
    return rule.order, rule.id


def _file(index: dict[tuple[str, str], list[Rule]], words: Iterable[tuple[str, str]], rule: Rule) -> None:
    for word in words:
        rules = index.setdefault(word, [])
        if rule not in rules:
            rules.append(rule)


def bundle(documents: Mapping[str, str]) -> bytes:
    """The canonical bytes of a set of rules: YAML texts by file name. Raises RuleError."""
    rules = [_read(file_name, documents[file_name]) for file_name in sorted(documents)]
    if not rules:
        raise RuleError("no rules")
    _check(rules)
    whole = [rule.model_dump(mode="json") for rule in sorted(rules, key=_rank)]
    return json.dumps({"rules": whole}, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def version_of(bundled: bytes) -> str:
    """The version of a bundle: the first hex digits of its sha256."""
    return hashlib.sha256(bundled).hexdigest()[:VERSION_LENGTH]


def load_bundle(data: bytes, name: str) -> RuleSet:
    """The rules of a bundle that `bundle` wrote. Raises RuleError."""
    try:
        rules = [Rule.model_validate(rule) for rule in json.loads(data)["rules"]]
    except (ValueError, KeyError, TypeError):
        raise RuleError("the bundle is not one that this release wrote") from None
    _check(rules)
    return RuleSet(name, version_of(data), tuple(rules))


def _read(file_name: str, text: str) -> Rule:
    try:
        raw = yaml.load(text, _Loader)
    except yaml.YAMLError:
        raise RuleError(f"{file_name}: is not YAML") from None
    if not isinstance(raw, dict):
        raise RuleError(f"{file_name}: is not a mapping")
    try:
        return Rule.model_validate(raw)
    except ValidationError as invalid:
        first = invalid.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RuleError(f"{file_name}: {place}: {first['msg']}") from None


def _check(rules: Iterable[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RuleError(f"{rule.id}: the id stands in two rules")
        seen.add(rule.id)

"""The set of rules that is active: how it is read and checked, and which of its rules speak of a cause.

`bundle` checks a set of rules and gives its canonical bytes; `load_bundle` reads them back. The version of a set follows
from these bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from schemas.case import Cause
from services.core.recoding.rules import Rule, RuleError
from services.core.yaml_document import read_document

VERSION_LENGTH: Final = 12


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
                for name in ("carc", "rarc", "status", "cause"):
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
            cause.statuses,
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
        for status in cause.statuses:
            _, _, about = status.partition(":")
            words += [("status", about), ("status", about.partition(":")[0])]
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
    rules = [
        read_document(Rule, file_name, documents[file_name], RuleError) for file_name in sorted(documents)
    ]
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


def _check(rules: Iterable[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RuleError(f"{rule.id}: the id stands in two rules")
        seen.add(rule.id)

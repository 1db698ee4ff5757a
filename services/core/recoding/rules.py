"""Rules as data: the model of a rule, its loader's checks, the set of rules that is active."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as its YAML file says it."""

    id: str
    version: str
    family: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A named, versioned set of rules. `version` follows from the rules' bytes."""

    name: str
    version: str
    rules: tuple[Rule, ...]

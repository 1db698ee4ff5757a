"""What a check says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from schemas.case import Evidence
from schemas.codes import Automation
from schemas.recoding import Edit


class Outcome(StrEnum):
    PASSES = "passes"
    FAILS = "fails"
    MISSING = "missing"
    """it cannot be decided: what is missing is named. Never a pass."""


class Verdict(NamedTuple):
    """The answer of one check. `reason` is a code, never a value of the claim."""

    outcome: Outcome
    reason: str
    missing: tuple[str, ...] = ()
    """what was not there; beside a pass: what would confirm it"""
    edits: tuple[Edit, ...] = ()
    candidates: tuple[Edit, ...] = ()
    """changes that need what the rule says"""
    evidence: tuple[Evidence, ...] = ()
    rejected: tuple[str, ...] = ()
    """alternatives that were looked at and why not: `row 7: dates`"""
    ceiling: Automation = Automation.A3
    """a check may say that a person must look"""
    facts: tuple[tuple[str, str], ...] = ()
    """names and codes for the explanation: never a value of the patient"""


def passes(reason: str, evidence: tuple[Evidence, ...] = (), **facts: str) -> Verdict:
    if not evidence and not facts:
        return _bare_pass(reason)
    return Verdict(Outcome.PASSES, reason, evidence=evidence, facts=tuple(facts.items()))


def offers(reason: str, candidates: Sequence[Edit], evidence: Iterable[Evidence] = ()) -> Verdict:
    """Changes that a person may approve with what the rule asks for."""
    return Verdict(
        Outcome.PASSES,
        reason,
        candidates=tuple(candidates),
        evidence=tuple(evidence),
        ceiling=Automation.A2,
    )


@lru_cache(maxsize=4096)
def fails(reason: str, rejected: tuple[str, ...] = ()) -> Verdict:
    return Verdict(Outcome.FAILS, reason, rejected=rejected)


@lru_cache(maxsize=4096)
def lacks(*missing: str) -> Verdict:
    return Verdict(Outcome.MISSING, "cannot_decide", missing=tuple(dict.fromkeys(missing)))


@lru_cache(maxsize=1024)
def _bare_pass(reason: str) -> Verdict:
    return Verdict(Outcome.PASSES, reason)

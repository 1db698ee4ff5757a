"""Service levels as data: how long and for how many dollars a denial may wait in a stage, per payer.

Every objective carries its source, its date, whether it is an example, and its own cases, which run when it is
loaded. Alerts look at how fast the budget burns, over two windows at once: the long one says that it matters, the
short one that it still goes on (Google, The Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate
Alerts": 14.4 over an hour and five minutes pages, 6 over six hours and half an hour makes a ticket).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.monitor.stages import MINUTE, WAIT_BOUNDS, Stage

EACH: Final = "*"
"""Each payer that no other objective names."""

ALL: Final = "all"
"""All payers together."""

MINUTES: Final = "minutes"
DOLLARS: Final = "dollars"


class ObjectivesError(Exception):
    """A file of objectives is wrong. The text names the objective and what is wrong with it."""


class Case(BaseModel):
    """What an objective says of a stage that stands so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    oldest_minutes: float
    dollars: Decimal
    breached: tuple[str, ...]


class Objective(BaseModel):
    """What one stage may come to. Null minutes or dollars: no bound."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    stage: Stage
    payer: str
    minutes: int | None = None
    dollars: Decimal | None = Field(default=None, ge=0)
    share: Decimal = Field(default=Decimal("0.99"), gt=0, lt=1)
    source: str = Field(min_length=1)
    date: date
    example: bool
    cases: tuple[Case, ...] = Field(min_length=1)

    def breaches(self, oldest_minutes: float | None, dollars: Decimal) -> tuple[str, ...]:
        """Which of its bounds a stage is beyond: `minutes`, `dollars`."""
        found = []
        if self.minutes is not None and oldest_minutes is not None and oldest_minutes > self.minutes:
            found.append(MINUTES)
        if self.dollars is not None and dollars > self.dollars:
            found.append(DOLLARS)
        return tuple(found)

    def burn(self, ended: int, late: int, overdue: int) -> float:
        """How many times faster than its budget allows waits run over: 1 is as fast as it may. `overdue` waits have
        not ended and are too long already, so that a stage that stands still burns too."""
        whole = ended + overdue
        if whole == 0:
            return 0.0
        return float(Decimal(late + overdue) / whole / (1 - self.share))

    def faults(self) -> tuple[str, ...]:
        """What is wrong with it, in words."""
        found = []
        if self.minutes is None and self.dollars is None:
            found.append("it bounds neither minutes nor dollars")
        if self.minutes is not None and self.minutes * MINUTE not in WAIT_BOUNDS:
            lengths = ", ".join(str(bound // MINUTE) for bound in WAIT_BOUNDS if bound >= MINUTE)
            found.append(f"minutes must be one of {lengths}")
        for number, case in enumerate(self.cases, start=1):
            if self.breaches(case.oldest_minutes, case.dollars) != case.breached:
                found.append(f"its case {number} does not hold")
        if not any(case.breached for case in self.cases) or all(case.breached for case in self.cases):
            found.append("it needs a case that is within and one that is beyond")
        return tuple(found)


class Silence(BaseModel):
    """After how many business days without a remittance a payer is silent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    payer: str
    business_days: int = Field(gt=0)
    source: str = Field(min_length=1)
    date: date
    example: bool


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    objectives: tuple[Objective, ...] = ()
    silence: tuple[Silence, ...] = ()


@dataclass(frozen=True, slots=True)
class Objectives:
    """All objectives, by stage and payer."""

    stages: Mapping[tuple[Stage, str], Objective]
    silence: Mapping[str, Silence]

    def of(self, stage: Stage, payer: str) -> Objective | None:
        """That of the payer, else that of each payer. For ALL only its own."""
        own = self.stages.get((stage, payer))
        return own if own is not None or payer == ALL else self.stages.get((stage, EACH))

    def silent_after(self, payer: str) -> int | None:
        """Business days."""
        found = self.silence.get(payer) or self.silence.get(EACH)
        return found.business_days if found is not None else None


@dataclass(frozen=True, slots=True)
class Pace:
    """A pair of windows, in minutes, and the burn in both from which an alert is raised."""

    severity: str
    long: int
    short: int
    burn: float


PACES: Final = (Pace("page", 60, 5, 14.4), Pace("ticket", 360, 30, 6.0))
"""The most urgent first."""

_WORDS: Final = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "too_short": "needs at least one",
    "tuple_type": "should be a list",
}
"""What is wrong, by pydantic's type of error, where its own words are about Python."""

LEAST: Final = 10
"""Waits in the long window below which a share says nothing: one late claim of three is no trend. What is too old
is seen by its objective all the same."""


def read_objectives(texts: Sequence[str]) -> Objectives:
    """Objectives of YAML texts; those of a later text take the place of earlier ones of the same stage and payer.

    Raises ObjectivesError, also where one text bounds the same twice.
    """
    stages: dict[tuple[Stage, str], Objective] = {}
    silence: dict[str, Silence] = {}
    for text in texts:
        document = _read(text)
        own: dict[tuple[Stage, str], Objective] = {}
        for objective in document.objectives:
            if faults := objective.faults():
                raise ObjectivesError(f"objective {objective.id}: {'; '.join(faults)}")
            known = own.setdefault((objective.stage, _payer(objective.payer)), objective)
            if known is not objective:
                raise ObjectivesError(f"objective {objective.id}: {known.id} has the same stage and payer")
        stages |= own
        for one in document.silence:
            silence[_payer(one.payer)] = one
    return Objectives(stages, silence)


def shipped_objectives() -> str:
    """The text of the objectives that ship."""
    return resources.files("services.monitor").joinpath("shipped/objectives.yaml").read_text("utf-8")


def _read(text: str) -> _Document:
    try:
        document = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ObjectivesError("it is no YAML") from error
    if not isinstance(document, dict):
        raise ObjectivesError("it holds `objectives:` and `silence:`, each a list, and nothing else")
    try:
        return _Document.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # Lists are counted from 1.
        place = " ".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        words = _WORDS.get(first["type"], first["msg"].removeprefix("Input ").lower())
        raise ObjectivesError(f"{place}: {words}") from error


def _payer(name: str) -> str:
    return name if name in (EACH, ALL) else name.strip().upper()

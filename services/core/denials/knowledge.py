"""What adjustment reason codes (CARC) and remark codes (RARC) mean for the next step: tables, not branches.

The tables are JSON beside this module, one row a line, every row checked when it is loaded and covered by a case
(row_cases.py). Labels are in our own words. A code that is not in a table is no error: it is looked at by a person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib import resources
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from schemas.codes import Action, Automation, Fix, Recoverability
from services.core.denials.row_cases import check_covered, parse_cases


class ReasonClass(StrEnum):
    """What an adjustment with this code says of the money it takes away."""

    NOT_DENIAL = "not_denial"
    """cost share, contract, pricing, prior payer, reporting: nothing was refused"""
    PEND = "pend"
    """the payer has not decided yet"""
    DENIAL = "denial"
    BY_REMARK = "by_remark"
    """a denial whose cause only the remark code tells; a reporting-only remark makes it none"""


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    label: str
    source: str
    start: date | None = None
    """the first day, where it is known"""
    stopped: bool = False
    """no longer in the published list; laggards still send it"""
    stop: date | None = None
    """the last day, where it is known"""
    listed: date | None = None
    """where the last day is not known: a day on which it still stood in the list"""
    successors: tuple[str, ...] = ()

    def stopped_on(self, day: date | None) -> bool:
        """Whether the code may no longer be sent on a day (null: a day that is not known)."""
        last = self.stop or self.listed
        return self.stopped and (day is None or last is None or day > last)


class Meaning(BaseModel):
    """Why money was refused, and what follows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cause: str
    fix: Fix
    action: Action
    ceiling: Automation
    """the most that any rule may do with it"""
    recoverability: Recoverability


class Reason(Row, Meaning):
    """One CARC."""

    class_: ReasonClass = Field(alias="class")
    groups: tuple[str, ...] = ()
    """the only group codes it may be sent with; empty: any"""
    groups_of_workers_compensation: tuple[str, ...] = ()
    """the same for filing indicator WC, where that differs"""
    needs_remark: bool = False
    """must come with a remark that is no alert; without it the ceiling is A1"""
    whole_charge_is_denial: bool = False
    """a reduction that cannot be the whole charge of a line: where it is, with nothing paid, it masks a denial"""


class RemarkMeaning(Row):
    """One RARC: what it says of the path (`directive`), of the cause (`says`), or both."""

    alert: bool
    """informational: never the reason of an adjustment, so never classified on"""
    directive: str | None = None
    class_: ReasonClass | None = Field(default=None, alias="class")
    """set where the remark says that nothing was refused, or that the payer has not decided"""
    says: Meaning | None = None
    place: str | None = None
    """where in the 837 the fault lies"""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    edition: str
    sources: dict[str, str]


class Scenario(BaseModel):
    """One business scenario of the uniform use of codes (CAQH CORE 360), and the causes that it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    label: str
    causes: tuple[str, ...]


class _Reasons(_Table):
    scenarios: tuple[Scenario, ...]
    rows: tuple[Reason, ...]


class _Remarks(_Table):
    rows: tuple[RemarkMeaning, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Both tables by code, with the place of each row (`priority`, 0 first) to settle ties."""

    edition: str
    reasons: Mapping[str, Reason]
    remarks: Mapping[str, RemarkMeaning]
    reason_priority: Mapping[str, int]
    remark_priority: Mapping[str, int]
    scenarios: Mapping[str, Scenario]
    """by cause; a cause in none of them is not told apart by the operating rule"""
    sources: Mapping[str, str]
    """what the name of a row's source stands for"""


def load(reasons: str, remarks: str, reason_cases: str, remark_cases: str) -> Knowledge:
    """Parse and check the two tables.

    Raises ValueError for a row that does not fit, a code named twice, a row that no case covers.
    """
    carc = _Reasons.model_validate(json.loads(reasons))
    rarc = _Remarks.model_validate(json.loads(remarks))
    for table in (carc, rarc):
        codes = [row.code for row in table.rows]
        if len(set(codes)) != len(codes):
            raise ValueError("a code stands twice in the table")
        if any(row.source not in table.sources for row in table.rows):
            raise ValueError("a row names a source that the table does not")
    check_covered(carc.kind, [row.code for row in carc.rows], parse_cases(reason_cases))
    check_covered(rarc.kind, [row.code for row in rarc.rows], parse_cases(remark_cases))
    return Knowledge(
        edition=carc.edition,
        reasons=MappingProxyType({row.code: row for row in carc.rows}),
        remarks=MappingProxyType({row.code: row for row in rarc.rows}),
        reason_priority=MappingProxyType({row.code: n for n, row in enumerate(carc.rows)}),
        remark_priority=MappingProxyType({row.code: n for n, row in enumerate(rarc.rows)}),
        scenarios=MappingProxyType({cause: s for s in carc.scenarios for cause in s.causes}),
        sources=MappingProxyType({**carc.sources, **rarc.sources}),
    )


def shipped_text(name: str) -> str:
    """A file of this package that holds a table or its cases."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


SHIPPED: Final[Knowledge] = load(
    *(shipped_text(name) for name in ("carc.json", "rarc.json", "carc_cases.json", "rarc_cases.json"))
)
"""The tables of this release: constants of the code that happen to be written as data, read once at import."""


def reason_code(text: str) -> str:
    """A CARC as payers write it, in the one form of the table: trimmed, upper case, no leading zeros."""
    code = text.strip().upper()
    return code.lstrip("0") or code if code.isdigit() else code


def remark_code(text: str) -> str:
    """A RARC in the one form of the table: trimmed, upper case."""
    return text.strip().upper()

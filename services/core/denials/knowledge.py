"""What adjustment reason codes (CARC) and remark codes (RARC) mean for the next step: tables, not branches.

The tables are JSON beside this module, one row a line, every row checked when it is loaded. Labels are in our
own words. A code that is not in a table is no error: it is looked at by a person.
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
    stopped: bool = False
    """no longer in the published list; laggards still send it"""
    stop: date | None = None
    """the last day, where it is known"""
    successors: tuple[str, ...] = ()


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


class _Reasons(_Table):
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


def load(reasons: str, remarks: str) -> Knowledge:
    """Parse and check the two tables. Raises ValueError for a row that does not fit or a code named twice."""
    carc = _Reasons.model_validate(json.loads(reasons))
    rarc = _Remarks.model_validate(json.loads(remarks))
    for table in (carc, rarc):
        codes = [row.code for row in table.rows]
        if len(set(codes)) != len(codes):
            raise ValueError("a code stands twice in the table")
        if any(row.source not in table.sources for row in table.rows):
            raise ValueError("a row names a source that the table does not")
    return Knowledge(
        edition=carc.edition,
        reasons=MappingProxyType({row.code: row for row in carc.rows}),
        remarks=MappingProxyType({row.code: row for row in rarc.rows}),
        reason_priority=MappingProxyType({row.code: n for n, row in enumerate(carc.rows)}),
        remark_priority=MappingProxyType({row.code: n for n, row in enumerate(rarc.rows)}),
    )


def _shipped(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


SHIPPED: Final[Knowledge] = load(_shipped("carc.json"), _shipped("rarc.json"))
"""The tables of this release: constants of the code that happen to be written as data, read once at import."""


def reason_code(text: str) -> str:
    """A CARC as payers write it, in the one form of the table: trimmed, upper case, no leading zeros."""
    code = text.strip().upper()
    return code.lstrip("0") or code if code.isdigit() else code


def remark_code(text: str) -> str:
    """A RARC in the one form of the table: trimmed, upper case."""
    return text.strip().upper()

"""Files, dead letters, holds, actions of people and the audit trail, as operations and compliance look at them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from schemas.records.intake_file import IntakeFile

PAGE: Final = 100
"""Rows of a page."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of rows, and how many the filter has."""

    rows: list[sqlite3.Row]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def _listing(
    db: sqlite3.Connection, table: str, where: Mapping[str, str | int], order: str, page: int
) -> Listing:
    """`where`: condition with one place -> its value."""
    condition = " and ".join(where) or "1"
    values = tuple(where.values())
    (total,) = db.execute(f"select count(*) from {table} where {condition}", values).fetchone()
    rows = db.execute(
        f"select * from {table} where {condition} order by {order} limit ? offset ?",
        (*values, PAGE, (page - 1) * PAGE),
    ).fetchall()
    return Listing(rows, total, page)


def moment(milliseconds: int) -> datetime:
    """When a record was appended."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@dataclass(frozen=True, slots=True)
class Accounting:
    """What came in, and where it went: over all files. In = published + set aside."""

    files: int
    duplicates: int
    unreadable: int
    claims: int
    published: int
    quarantined: int
    segments: int
    segments_kept: int


def accounting(db: sqlite3.Connection) -> Accounting:
    """As `reclaim status` counts it."""
    row = db.execute(
        "select count(*) + coalesce(sum(duplicates), 0), coalesce(sum(duplicates), 0),"
        " coalesce(sum(status = 'unreadable'), 0), coalesce(sum(claims), 0), coalesce(sum(published), 0),"
        " coalesce(sum(quarantined), 0), coalesce(sum(segments), 0), coalesce(sum(segments_kept), 0)"
        " from intake_file"
    ).fetchone()
    return Accounting(*row)


def files(db: sqlite3.Connection, kind: str, standing: str, page: int) -> Listing:
    """Files, the last seen first. `kind`: 835, 837P, ...; `standing`: a status, or `set_aside`."""
    where: dict[str, str | int] = {}
    if kind:
        where["' ' || kinds || ' ' like ?"] = f"% {kind} %"
    if standing == "set_aside":
        where["quarantined >= ?"] = 1
    elif standing:
        where["status = ?"] = standing
    return _listing(db, "intake_file", where, "seen desc, file", page)


def kinds(db: sqlite3.Connection) -> list[str]:
    """The kinds of transactions that files held."""
    found = {
        kind for (each,) in db.execute("select distinct kinds from intake_file") for kind in each.split()
    }
    return sorted(found)


def file(db: sqlite3.Connection, digest: str) -> tuple[IntakeFile, datetime] | None:
    """A file by its digest, and when it was seen first; null where it is not known."""
    row = db.execute("select value, seen from intake_file where file = ?", (digest,)).fetchone()
    return (IntakeFile.parse(row["value"]), moment(row["seen"])) if row is not None else None


def letters(
    db: sqlite3.Connection, service: str, reason: str, standing: str, page: int, letter: str = ""
) -> Listing:
    """Dead letters, the oldest first. `standing`: open (the default), replayed, discarded, all."""
    where: dict[str, str | int] = {}
    for condition, value in (("service = ?", service), ("reason = ?", reason), ("letter = ?", letter)):
        if value:
            where[condition] = value
    if standing in ("replayed", "discarded"):
        where["answer = ?"] = standing
    elif standing != "all":
        where["coalesce(answer, '') = ?"] = ""
    return _listing(db, "letter", where, "seen, letter", page)


def letter_words(db: sqlite3.Connection, column: str) -> list[str]:
    """The values of `service` or `reason` that letters have."""
    assert column in ("service", "reason")
    return [each for (each,) in db.execute(f"select distinct {column} from letter order by 1")]


def holds(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """What is on hold now, with how much waits for it."""
    return db.execute("select * from hold order by since, subject").fetchall()


def hold_history(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """Who held and released what, the last first."""
    return db.execute(
        "select * from operator_action where action in ('hold', 'release') order by seen desc limit ?",
        (PAGE,),
    ).fetchall()


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which entries of the audit trail."""

    actor: str = ""
    action: str = ""
    since: str = ""
    until: str = ""
    subject: str = ""
    """the key of a claim, or another subject"""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a code or an identifier."""

    field: str
    before: str
    after: str


def trail(db: sqlite3.Connection, chosen: TrailFilter, page: int) -> Listing:
    """Entries of the audit trail, the last first."""
    where: dict[str, str | int] = {}
    for condition, value in (
        ("actor = ?", chosen.actor),
        ("action = ?", chosen.action),
        ("subject = ?", chosen.subject),
        ("at >= ?", chosen.since),
        ("substr(at, 1, 10) <= ?", chosen.until),
    ):
        if value:
            where[condition] = value
    return _listing(db, "audit_record", where, "at desc, partition, seq desc", page)


def trail_words(db: sqlite3.Connection, column: str) -> list[str]:
    """The values of `actor` or `action` that the trail has."""
    assert column in ("actor", "action")
    return [each for (each,) in db.execute(f"select distinct {column} from audit_record order by 1")]


def edits(row: sqlite3.Row) -> list[Change]:
    """What an entry of the trail changed."""
    return [Change(e["field"], _value(e["before"]), _value(e["after"])) for e in json.loads(row["edits"])]


def _value(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(each) for each in value)
    return "none" if value in (None, "") else str(value)


def actions(db: sqlite3.Connection, by: str, action: str, page: int) -> Listing:
    """What people did to the system, or opened; the last first."""
    where: dict[str, str | int] = {}
    if by:
        where["by = ?"] = by
    if action:
        where["action = ?"] = action
    return _listing(db, "operator_action", where, "seen desc, id", page)


def action_words(db: sqlite3.Connection, column: str) -> list[str]:
    """The values of `by` or `action` that what people did has."""
    assert column in ("by", "action")
    return [each for (each,) in db.execute(f"select distinct {column} from operator_action order by 1")]


def claim_numbers(db: sqlite3.Connection, keys: set[str]) -> dict[str, str]:
    """The claim number of each claim key that the numbers know."""
    marks = ", ".join("?" * len(keys))
    rows = db.execute(
        f"select key, min(claim_number) from board_episode where key in ({marks}) group by key", tuple(keys)
    )
    return {row[0]: row[1] for row in rows}

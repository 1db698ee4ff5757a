"""What payers said of their members: the answers to eligibility inquiries (271), one row an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.core.codes.form import in_force
from services.core.codes.rows import read_rows

KIND: Final = "eligibility"
HEADER: Final = (
    "payer_id",
    "member_id",
    "last_name",
    "first_name",
    "middle_name",
    "birth_date",
    "coverage_from",
    "coverage_to",
)


@dataclass(frozen=True, slots=True)
class Member:
    """One subscriber as a payer knows him, and when his coverage holds."""

    row: int
    payer_id: str
    member_id: str
    name: tuple[str, ...]
    """last, first, and middle where there is one"""
    birth_date: date
    coverage_from: date
    coverage_to: date | None

    def covered_on(self, day: date) -> bool:
        return in_force(day, self.coverage_from, self.coverage_to)


@dataclass(frozen=True, slots=True)
class Members:
    """All rows, found by any two of member number, name and birth date."""

    by_pair: dict[tuple[str, ...], tuple[Member, ...]]
    rows: int

    def __len__(self) -> int:
        return self.rows

    def known_by(
        self, payer_id: str, member_id: str | None, name: tuple[str, ...] | None, born: date | None
    ) -> tuple[Member, ...]:
        """The members of a payer of whom at least two of the three agree, in the order of the file."""
        keys = _pairs(payer_id, member_id, name, born)
        found = {member.row: member for key in keys for member in self.by_pair.get(key, ())}
        return tuple(found[row] for row in sorted(found))


def _pairs(
    payer_id: str, member_id: str | None, name: tuple[str, ...] | None, born: date | None
) -> list[tuple[str, ...]]:
    """The keys of each two identifiers that are known. Of a name, last and first."""
    number = "".join(c for c in member_id.upper() if c.isalnum()) if member_id else None
    called = " ".join(part.upper() for part in name[:2]) if name and len(name) > 1 else None
    day = born.isoformat() if born is not None else None
    every = (("number", number), ("name", called), ("born", day))
    known = [(kind, value) for kind, value in every if value]
    payer = payer_id.strip().upper()
    return [(payer, *one, *other) for n, one in enumerate(known) for other in known[n + 1 :]]


def parse(data: bytes) -> Members:
    """Read the CSV. Raises TableError."""
    found: dict[tuple[str, ...], list[Member]] = {}
    rows = 0
    for row in read_rows(KIND, HEADER, data):
        rows += 1
        middle = row.optional("middle_name")
        member = Member(
            row=row.number,
            payer_id=row.code("payer_id"),
            member_id=row.text("member_id"),
            name=(row.text("last_name"), row.text("first_name"), *((middle,) if middle else ())),
            birth_date=row.day("birth_date"),
            coverage_from=row.day("coverage_from"),
            coverage_to=row.optional_day("coverage_to"),
        )
        if member.coverage_to is not None and member.coverage_to < member.coverage_from:
            raise row.error("coverage_to", "is before coverage_from")
        for key in _pairs(member.payer_id, member.member_id, member.name, member.birth_date):
            found.setdefault(key, []).append(member)
    return Members({key: tuple(value) for key, value in found.items()}, rows)

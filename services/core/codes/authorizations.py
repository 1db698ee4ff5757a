"""Prior authorizations and referrals on file, as loaded by `reclaim load authorizations` and `load referrals`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from services.core.codes.rows import read_rows

KIND: Final = "authorizations"
HEADER: Final = (
    "authorization_number",
    "payer_id",
    "member_id",
    "provider_npi",
    "procedure",
    "service_from",
    "service_to",
    "units_approved",
    "units_used",
)


REFERRALS: Final = "referrals"
REFERRAL_HEADER: Final = ("referral_number", *HEADER[1:])


@dataclass(frozen=True, slots=True)
class Authorization:
    """One row: what was authorized for whom, by whom, when, and how many units of it are used. A referral is the
    same with the number of the one who referred."""

    row: int
    number: str
    payer_id: str
    member_id: str
    provider_npi: str
    procedure: str
    service_from: date
    service_to: date
    units_approved: Decimal
    units_used: Decimal

    @property
    def units_left(self) -> Decimal:
        return self.units_approved - self.units_used


@dataclass(frozen=True, slots=True)
class Authorizations:
    """All rows, found by member and procedure."""

    by_member: dict[tuple[str, str], tuple[Authorization, ...]]
    rows: int

    def __len__(self) -> int:
        return self.rows

    def of(self, member_id: str, procedure: str) -> tuple[Authorization, ...]:
        """The rows of one member for one procedure, in the order of the file."""
        return self.by_member.get((member_id.strip().upper(), procedure.upper()), ())


def parse(data: bytes) -> Authorizations:
    """Read the CSV. Raises TableError."""
    return _read(KIND, HEADER, data)


def parse_referrals(data: bytes) -> Authorizations:
    """Read the CSV of referrals. Raises TableError."""
    return _read(REFERRALS, REFERRAL_HEADER, data)


def _read(kind: str, header: tuple[str, ...], data: bytes) -> Authorizations:
    found: dict[tuple[str, str], list[Authorization]] = {}
    rows = 0
    for row in read_rows(kind, header, data):
        rows += 1
        authorization = Authorization(
            row=row.number,
            number=row.text(header[0]),
            payer_id=row.code("payer_id"),
            member_id=row.code("member_id"),
            provider_npi=row.npi("provider_npi"),
            procedure=row.code("procedure"),
            service_from=row.day("service_from"),
            service_to=row.day("service_to"),
            units_approved=row.count("units_approved"),
            units_used=row.count("units_used"),
        )
        if authorization.service_to < authorization.service_from:
            raise row.error("service_to", "is before service_from")
        found.setdefault((authorization.member_id, authorization.procedure), []).append(authorization)
    return Authorizations({key: tuple(value) for key, value in found.items()}, rows)

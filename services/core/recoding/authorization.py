"""Whether exactly one loaded authorization, or referral, covers what was denied for want of one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from schemas.case import Evidence
from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.codes import Automation
from schemas.recoding import Edit
from services.core.codes.authorizations import KIND, REFERRALS, Authorization, Authorizations
from services.core.recoding.check import Check, Parameters
from services.core.recoding.field_values import well_formed
from services.core.recoding.fields import current, parse_field, rendering
from services.core.recoding.situation import Situation, row_evidence
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The table that is asked, the field that takes the number, and where it stands."""

    kind: str
    field: str
    place: str


_AUTHORIZATION: Final = _Wanted(KIND, "prior_authorization", "2300 REF*G1 REF02")
_REFERRAL: Final = _Wanted(REFERRALS, "referral_number", "2300 REF*9F REF02")


_ADDING: Final = "goes onto the claim"
_REPLACING: Final = "takes the place of another number that the claim carries, if a person finds that it belongs to this service"


def number_on_file(situation: Situation, wanted: _Wanted) -> Verdict:
    """One row: same member, payer, procedure and servicing provider (billing or rendering), every date of service
    within its dates, enough units left. Edits `prior_authorization` (REF*G1) or `referral_number` (REF*9F).

    A number that stands on the claim already is never sent a second time; one that would replace another number
    is for a person.
    """
    claim, lines = situation.claim, situation.lines()
    if claim is None:
        return lacks("claim")
    if not lines:
        return lacks("lines")
    missing = _missing(claim, lines)
    day = situation.day
    edition = situation.edition(wanted.kind, day) if day is not None else None
    if edition is None or not isinstance(edition.table, Authorizations):
        missing.append(f"table:{wanted.kind}")
    if missing or edition is None or not isinstance(edition.table, Authorizations):
        return lacks(*missing)
    rejected: list[str] = []
    chosen: list[Authorization] = []
    for line in lines:
        rows, refused = _rows(situation, claim, line, edition.table)
        rejected += refused
        if len(rows) > 1:
            return fails("several_rows_match", (*rejected, *(f"row {r.row}: one of several" for r in rows)))
        if not rows:
            return fails("no_row_matches", tuple(rejected))
        chosen += rows
    short = _without_units(lines, chosen)
    if short:
        return fails("no_units_left", (*rejected, *(f"row {row}: units" for row in short)))
    numbers = {row.number for row in chosen}
    if len(numbers) > 1:
        return fails("lines_need_different_numbers", tuple(rejected))
    evidence = tuple(
        row_evidence(edition, row.row, row.number) for row in sorted(set(chosen), key=lambda a: a.row)
    )
    return _verdict(situation, wanted, lines, numbers.pop(), evidence, tuple(rejected))


def _missing(claim: ClaimSubmitted, lines: tuple[ClaimLine, ...]) -> list[str]:
    missing = [] if claim.member_id else ["claim.member_id"]
    for line in lines:
        for name in ("procedure", "service_from", "units"):
            if getattr(line, name) is None:
                missing.append(f"claim.lines[{line.line}].{name}")
    return missing


def _rows(
    situation: Situation, claim: ClaimSubmitted, line: ClaimLine, table: Authorizations
) -> tuple[list[Authorization], list[str]]:
    """The rows that fit one line, and why the others of the same member and procedure do not."""
    payers = {
        payer_id.strip().upper()
        for payer_id in (situation.denial.payer.id, claim.payer.id, *situation.profile.ids)
        if payer_id
    }
    of_claim = rendering(claim)
    providers = {claim.billing_npi, line.rendering_npi, of_claim.npi if of_claim else None} - {None}
    first = line.service_from
    last = line.service_to or first
    found, rejected = [], []
    for row in table.of(claim.member_id or "", line.procedure or ""):
        if row.payer_id not in payers:
            rejected.append(f"row {row.row}: payer")
        elif row.provider_npi not in providers:
            rejected.append(f"row {row.row}: provider")
        elif first is None or last is None or first < row.service_from or last > row.service_to:
            rejected.append(f"row {row.row}: dates")
        else:
            found.append(row)
    return found, rejected


def _without_units(lines: tuple[ClaimLine, ...], chosen: list[Authorization]) -> list[int]:
    """Rows with fewer units left than the lines need that they cover."""
    needed: dict[Authorization, Decimal] = {}
    for line, row in zip(lines, chosen, strict=True):
        needed[row] = needed.get(row, Decimal(0)) + (line.units or Decimal(0))
    return [row.row for row, units in needed.items() if units > row.units_left]


def _verdict(
    situation: Situation,
    wanted: _Wanted,
    lines: tuple[ClaimLine, ...],
    number: str,
    rows: tuple[Evidence, ...],
    rejected: tuple[str, ...],
) -> Verdict:
    claim, field = situation.claim, parse_field(wanted.field)
    if claim is None or field is None:
        return lacks("claim")
    written = current(claim, field)
    on_lines = {line.prior_authorization for line in lines if line.prior_authorization}
    if wanted is _REFERRAL:
        on_lines = set()
    if number == written or number in on_lines:
        return fails("number_is_on_the_claim", rejected)
    if on_lines:
        return fails("a_line_has_another_number", rejected)
    if not well_formed(claim, field, number):
        return fails("value_cannot_stand_in_the_claim", rejected)
    place = situation.from_claim(wanted.place, written if isinstance(written, str) else None)
    edit = Edit(line=None, field=wanted.field, before=written, after=number, evidence=(place, *rows))
    replaces = written is not None
    return Verdict(
        Outcome.PASSES,
        "replaces_another_number" if replaces else "one_row_matches",
        edits=(edit,),
        evidence=rows,
        rejected=rejected,
        ceiling=Automation.A2 if replaces else Automation.A3,
        facts=(("how", _REPLACING if replaces else _ADDING),),
    )


CHECKS: Final = {
    "authorization_on_file": Check(
        Parameters, lambda situation, _: number_on_file(situation, _AUTHORIZATION), ("how",)
    ),
    "referral_on_file": Check(
        Parameters, lambda situation, _: number_on_file(situation, _REFERRAL), ("how",)
    ),
}

"""Whether the loaded provider master tells, without doubt, the NPI that a claim lacks or misspells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict

from schemas.claim import ClaimSubmitted, Provider
from schemas.codes import Automation
from schemas.recoding import Edit
from services.core.codes.npi import valid_npi
from services.core.codes.providers import KIND, ProviderRow, Providers
from services.core.recoding.check import Check
from services.core.recoding.field_values import well_formed
from services.core.recoding.fields import BILLING, RENDERING, billing, parse_field
from services.core.recoding.situation import Situation, row_evidence
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks

# Entity type of a person: only a person renders a service (N799).
_PERSON = "1"


class IdentifierParameters(BaseModel):
    """`remark_roles`: which provider a remark speaks of, as the loop's NM101 (85 billing, 82 rendering)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    remark_roles: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Place:
    """One NPI of the claim: its field path, its X12 place, whose it is."""

    field: str
    place: str
    line: int | None
    npi: str | None
    provider: Provider


def identifier_in_master(situation: Situation, parameters: IdentifierParameters) -> Verdict:
    """The NPI that is missing or malformed is replaced by that of the one provider of the practice (tax id) with
    exactly this name, active on the date of service.

    An NPI that is well formed but another than the master's would be a change of provider: a candidate that needs
    a document, never an edit. Where the master agrees with the claim, the question is one of enrolment, and for a
    person.
    """
    claim, day = situation.claim, situation.day
    if claim is None:
        return lacks("claim")
    edition = situation.edition(KIND, day) if day is not None else None
    missing = [] if claim.billing_tax_id else ["claim.billing_tax_id"]
    if day is None:
        missing.append("claim.service_from")
    if edition is None or not isinstance(edition.table, Providers):
        missing.append(f"table:{KIND}")
    places = _places(situation, claim, parameters)
    if not places:
        return fails("no_such_provider_on_the_claim")
    missing += [f"claim.{p.field}.name" for p in places if not p.provider.name]
    if missing or edition is None or day is None or not isinstance(edition.table, Providers):
        return lacks(*missing)
    edits: list[Edit] = []
    candidates: list[Edit] = []
    rejected: list[str] = []
    for place in places:
        rows = _rows(place, claim, day, edition.table)
        if len(rows) != 1:
            rejected += [f"row {row.row}: one of several" for row in rows]
            return fails("several_providers_match" if rows else "not_in_the_master", tuple(rejected))
        row = rows[0]
        if row.npi == place.npi:
            rejected.append(f"row {row.row}: the claim says the same")
            continue
        field = parse_field(place.field)
        if field is None or not well_formed(claim, field, row.npi):
            return fails("value_cannot_stand_in_the_claim", tuple(rejected))
        edit = Edit(
            line=place.line,
            field=place.field,
            before=place.npi,
            after=row.npi,
            evidence=(
                situation.from_claim(place.place, place.npi),
                row_evidence(edition, row.row, row.npi),
            ),
        )
        (candidates if valid_npi(place.npi) else edits).append(edit)
    if not edits and not candidates:
        return fails("master_agrees_with_the_claim", tuple(rejected))
    return Verdict(
        Outcome.PASSES,
        "one_provider_matches" if edits else "another_number_in_the_master",
        edits=tuple(edits),
        candidates=tuple(candidates),
        evidence=tuple(e for edit in (*edits, *candidates) for e in edit.evidence[1:]),
        rejected=tuple(rejected),
        ceiling=Automation.A2 if candidates else Automation.A3,
    )


def _places(situation: Situation, claim: ClaimSubmitted, parameters: IdentifierParameters) -> list[_Place]:
    """The NPIs that the denial may speak of: those of the roles that its remarks or statuses name, else the ones that
    are missing or malformed, else all."""
    roles = {
        parameters.remark_roles[r.code] for r in situation.cause.remarks if r.code in parameters.remark_roles
    }
    roles |= {status.rpartition(":")[2] for status in situation.cause.statuses}
    every = _all_places(situation, claim)
    if roles:
        return [p for p in every if p.provider.role in roles]
    broken = [p for p in every if not valid_npi(p.npi)]
    return broken or every


def _all_places(situation: Situation, claim: ClaimSubmitted) -> list[_Place]:
    provider = billing(claim) or Provider(role=BILLING, npi=claim.billing_npi)
    places = [_Place("billing_npi", "2010AA NM109", None, claim.billing_npi or None, provider)]
    concerned = {line.line for line in situation.lines() or ()}
    institutional = claim.transaction == "837I"
    for other in claim.providers:
        if other.role != RENDERING:
            continue
        if other.line is None:
            loop = "2310D" if institutional else "2310B"
            places.append(_Place("rendering_npi", f"{loop} NM109", None, other.npi or None, other))
        elif other.line in concerned:
            loop = "2420C" if institutional else "2420A"
            field = f"lines[{other.line}].rendering_npi"
            places.append(_Place(field, f"{loop} NM109", other.line, other.npi or None, other))
    return places


def _rows(place: _Place, claim: ClaimSubmitted, day: date, table: Providers) -> list[ProviderRow]:
    """The rows with the provider's name in the practice of the claim, active on the day."""
    rows = table.named(claim.billing_tax_id or "", place.provider.name or "")
    return [
        row
        for row in rows
        if row.active_on(day) and (place.provider.role != RENDERING or row.entity_type == _PERSON)
    ]


CHECKS: Final = {"identifier_in_master": Check(IdentifierParameters, identifier_in_master)}

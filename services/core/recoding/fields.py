"""Field paths of a submitted claim: what an edit may name, what stands there, what the claim is after it.

Of the claim: `prior_authorization` (loop 2300 REF*G1), `referral_number` (REF*9F), `clia_number` (REF*X4),
`attachment` (PWK01, PWK02, PWK06), `place_of_service` (CLM05-1 of 837P), `total_charge` (CLM02), `billing_npi`
(2010AA NM109), `billing_taxonomy` (2000A PRV03), `rendering_npi` (2310B of 837P, 2310D of 837I),
`rendering_taxonomy` (2310B PRV03), `referring_name` (2310A NM103 to NM105), `member_id` (2010BA NM109),
`subscriber_name` (NM103 to NM105), `subscriber_birth_date` (DMG02); `diagnoses` and `lines`: which of them stay, and
of which lines there are parts (services/core/x12/line_copies.py).

Of a line, `lines[n].`: `procedure` and `modifiers` (SV101, SV202), `units`, `charge`, `pointers` (SV107, as texts),
`place_of_service` (SV105), `revenue_code` (SV201), `service_dates` (DTP*472, first and last as CCYYMMDD),
`rendering_npi`, `rendering_taxonomy` (2420A), `ordering_name` (2420E), `drug_code` (2410 LIN03, an NDC),
`drug_quantity` (CTP04), `drug_unit` (CTP05-1). Of a diagnosis, `diagnoses[n].`: `code`, `poa` (HI). `n` of a line is
its LX, `n` of a diagnosis its place in the claim from 1. Numbers are texts without zeros that say nothing.

Fields whose value is whole segments: services/core/recoding/structure_fields.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from schemas.claim import ClaimLine, ClaimSubmitted, Provider
from schemas.recoding import Edit, EditValue
from services.core.recoding import structure_fields, written
from services.core.x12.line_copies import copied, with_copies

_PATH: Final = re.compile(
    r"(?:(?P<part>lines|diagnoses|other_payers)\[(?P<number>[1-9][0-9]{0,3})\]\.)?(?P<name>[a-z_]+)\Z"
)

_NAMES: Final[dict[str | None, frozenset[str]]] = {
    None: frozenset(
        {
            *("prior_authorization", "referral_number", "clia_number", "attachment", "place_of_service"),
            *("billing_npi", "billing_taxonomy", "rendering_npi", "rendering_taxonomy", "referring_name"),
            *("member_id", "subscriber_name", "subscriber_birth_date"),
            *("diagnoses", "lines", "total_charge"),
            *structure_fields.OF_CLAIM,
        }
    ),
    "lines": frozenset(
        {
            *("modifiers", "procedure", "units", "charge", "pointers", "place_of_service", "revenue_code"),
            *("service_dates", "rendering_npi", "rendering_taxonomy", "ordering_name"),
            *("drug_code", "drug_quantity", "drug_unit", structure_fields.LINE_DECISIONS),
        }
    ),
    "diagnoses": frozenset({"code", "poa"}),
    structure_fields.OTHER_PAYERS: frozenset({structure_fields.DECISION}),
}

_CLINICAL: Final = frozenset(
    {
        *("modifiers", "procedure", "code", "poa", "pointers", "units", "charge", "place_of_service"),
        *("revenue_code", "service_dates", "drug_quantity", "diagnoses", "lines", "total_charge"),
    }
)
"""They say what was done, how much of it, where, when, why and for how much."""

_OF_SOMETHING: Final = frozenset(
    {
        *("drug_code", "clia_number", "drug_unit", "referring_name", "ordering_name", "attachment"),
    }
)
"""Their value names a drug, a certificate, a person, a paper: another value is another thing."""

SUBSCRIBER: Final = frozenset({"member_id", "subscriber_name", "subscriber_birth_date"})
"""What tells who the subscriber is."""

_NUMBERS: Final = frozenset({"units", "charge", "total_charge", "drug_quantity"})
_REMOVABLE: Final = frozenset({"modifiers", "poa"})

# The loop's NM101 of a rendering provider.
RENDERING: Final = "82"
BILLING: Final = "85"
REFERRING: Final = "DN"
ORDERING: Final = "DK"

# SV101 and SV202 have four places for modifiers.
MODIFIER_PLACES: Final = 4
# SV107 has four.
POINTER_PLACES: Final = 4


@dataclass(frozen=True, slots=True)
class Field:
    """A parsed path. `part` is null for a field of the claim itself."""

    part: str | None
    number: int | None
    name: str

    @property
    def line(self) -> int | None:
        """The LX that an edit of this field names."""
        return self.number if self.part == "lines" else None

    @property
    def clinical(self) -> bool:
        """Whether a change says something about the care that was given."""
        return self.name in _CLINICAL

    @property
    def of_something(self) -> bool:
        """Whether another value of it is another thing, so that only its written form is administrative."""
        return self.name in _OF_SOMETHING

    @property
    def of_subscriber(self) -> bool:
        return self.name in SUBSCRIBER

    @property
    def provider(self) -> bool:
        return self.name.endswith("_npi")

    @property
    def taxonomy(self) -> bool:
        return self.name.endswith("_taxonomy")

    @property
    def diagnosis(self) -> bool:
        """Whether its value is one diagnosis or several."""
        return self.name in ("code", "diagnoses")

    @property
    def restatable(self) -> bool:
        """Whether a change of it may say the same in another form (services/core/recoding/sameness.py)."""
        return self.name in ("diagnoses", "code")

    @property
    def of_other_payer(self) -> bool:
        """Whether it says what another payer decided."""
        return self.name in structure_fields.OF_OTHER_PAYERS

    @property
    def number_like(self) -> bool:
        return self.name in _NUMBERS

    @property
    def removable(self) -> bool:
        """Whether nothing may stand there after an edit."""
        return self.name in _REMOVABLE


@lru_cache(maxsize=1024)
def parse_field(path: str) -> Field | None:
    """The field of a path; null where an edit may not name it."""
    match = _PATH.match(path)
    if match is None or match["name"] not in _NAMES[match["part"]]:
        return None
    return Field(match["part"], int(match["number"]) if match["number"] else None, match["name"])


def fields_of(claim: ClaimSubmitted) -> Iterator[str]:
    """The paths that an edit of this claim may name: of the claim, of its lines, of its diagnoses. Without those whose
    value is whole segments, which nobody types."""
    numbers = {"lines": [line.line for line in claim.lines], "diagnoses": range(1, len(claim.diagnoses) + 1)}
    for part, names in _NAMES.items():
        for number in numbers.get(part, ()) if part is not None else (None,):
            for name in sorted(names - structure_fields.NAMES):
                if exists(claim, Field(part, number, name)):
                    yield f"{part}[{number}].{name}" if part is not None else name


def exists(claim: ClaimSubmitted, field: Field) -> bool:
    """Whether the claim has the line, the diagnosis or the loop that the field names."""
    name = field.name
    if name in structure_fields.NAMES:
        return structure_fields.may_stand(claim, name, field.number)
    if field.part == "diagnoses":
        return field.number is not None and field.number <= len(claim.diagnoses)
    if field.part == "lines" and not any(line.line == field.number for line in claim.lines):
        return False
    if name == "rendering_npi":
        return rendering(claim, field.line) is not None
    if name == "rendering_taxonomy":
        return claim.transaction == "837P" and rendering(claim, field.line) is not None
    if name in ("referring_name", "ordering_name", "subscriber_name", "subscriber_birth_date"):
        return current(claim, field) is not None
    if name == "place_of_service":
        return claim.transaction == "837P"
    if name == "revenue_code":
        return claim.transaction == "837I"
    if name in ("drug_quantity", "drug_unit"):
        return written.drug(claim, field.number, "drug_code") is not None
    return True


def current(claim: ClaimSubmitted, field: Field) -> EditValue:
    """What stands in the field now; null where nothing does."""
    if field.name in structure_fields.NAMES:
        return structure_fields.present(claim, field.name, field.number)
    if field.part == "lines":
        line = next((line for line in claim.lines if line.line == field.number), None)
        return _of_line(claim, line, field.name) if line is not None else None
    if field.part == "diagnoses":
        at = (field.number or 1) - 1
        return (getattr(claim.diagnoses[at], field.name) or None) if at < len(claim.diagnoses) else None
    return _of_claim(claim, field.name)


def _of_claim(claim: ClaimSubmitted, name: str) -> EditValue:
    provider = rendering(claim) if name.startswith("rendering_") else None
    match name:
        case "rendering_npi":
            return (provider.npi or None) if provider else None
        case "rendering_taxonomy":
            return (provider.taxonomy or None) if provider else None
        case "clia_number":
            return written.reference(claim, "X4")
        case "attachment":
            return written.attachment(claim)
        case "referring_name":
            return written.party_name(claim, REFERRING)
        case "subscriber_name":
            return written.party_name(claim, "IL")
        case "subscriber_birth_date":
            return written.birth_date(claim)
        case "total_charge":
            return plain(claim.total_charge)
        case "diagnoses":
            return tuple(diagnosis.code for diagnosis in claim.diagnoses) or None
        case "lines":
            return tuple(str(line.line) for line in claim.lines) or None
    value: EditValue = getattr(claim, name)
    return value or None


def _of_line(claim: ClaimSubmitted, line: ClaimLine, name: str) -> EditValue:
    match name:
        case "drug_code" | "drug_quantity" | "drug_unit":
            return written.drug(claim, line.line, name)
        case "pointers":
            return tuple(str(p) for p in line.pointers) or None
        case "units":
            return plain(line.units) if line.units is not None else None
        case "charge":
            return plain(line.charge)
        case "service_dates":
            first, last = line.service_from, line.service_to or line.service_from
            return (f"{first:%Y%m%d}", f"{last:%Y%m%d}") if first is not None and last is not None else None
        case "rendering_taxonomy":
            provider = rendering(claim, line.line)
            return (provider.taxonomy or None) if provider else None
        case "ordering_name":
            return written.party_name(claim, ORDERING, line.line)
    value: EditValue = getattr(line, name, None)
    return value or None


def plain(number: Decimal) -> str:
    """A number as an edit says it."""
    return f"{number.normalize():f}"


def rendering(claim: ClaimSubmitted, line: int | None = None) -> Provider | None:
    """The rendering provider of the claim (loop 2310B) or of one line (2420A); null where the loop is absent."""
    return next((p for p in claim.providers if p.role == RENDERING and p.line == line), None)


def billing(claim: ClaimSubmitted) -> Provider | None:
    """The billing provider (loop 2010AA)."""
    return next((p for p in claim.providers if p.role == BILLING), None)


def altered(claim: ClaimSubmitted, edit: Edit) -> ClaimSubmitted:
    """The coded facts of the claim after an edit; the segments stay as they are, and with them what only they tell.

    The field must parse and exist. This shows what an edit means; the resubmitter edits the segments.
    """
    field = parse_field(edit.field)
    if field is None or not exists(claim, field):
        raise ValueError("field")
    after = edit.after
    changes: dict[str, Any] = {}
    if field.part == "lines":
        changes["lines"] = tuple(
            altered_line(line, field.name, after) if line.line == field.number else line
            for line in claim.lines
        )
    elif field.part == "diagnoses":
        at = (field.number or 1) - 1
        changes["diagnoses"] = tuple(
            d.model_copy(update={field.name: after}) if n == at else d for n, d in enumerate(claim.diagnoses)
        )
    elif field.name.startswith("rendering_"):
        name = field.name.removeprefix("rendering_")
        changes["providers"] = tuple(
            p.model_copy(update={name: after}) if p.role == RENDERING and p.line is None else p
            for p in claim.providers
        )
    elif field.name == "lines" and copied(edit):
        return with_copies(claim, (edit,))
    elif field.name == "lines":
        changes["lines"] = tuple(line for line in claim.lines if str(line.line) in (after or ()))
    elif field.name == "diagnoses":
        stays = remaining(tuple(d.code for d in claim.diagnoses), tuple(after or ()))
        changes["diagnoses"] = tuple(claim.diagnoses[place] for place in stays or ())
    elif field.name == "total_charge":
        changes["total_charge"] = _decimal(after)
    elif field.name in ClaimSubmitted.model_fields:
        changes[field.name] = after
    return claim.model_copy(update=changes) if changes else claim


def altered_line(line: ClaimLine, name: str, after: EditValue) -> ClaimLine:
    """The coded facts of a line after an edit of its field of this name. Raises ValueError."""
    return line.model_copy(update=_after_of_line(name, after))


def _after_of_line(name: str, after: EditValue) -> dict[str, Any]:
    match name:
        case "modifiers":
            return {name: tuple(after or ())}
        case "pointers":
            return {name: tuple(int(p) for p in after or () if p.isdecimal())}
        case "units" | "charge":
            return {name: _decimal(after)}
        case "service_dates":
            first, last = (date.fromisoformat(day) for day in after or ())
            return {"service_from": first, "service_to": last}
    return {name: after} if name in ClaimLine.model_fields else {}


def _decimal(value: EditValue) -> Decimal:
    try:
        return Decimal(value if isinstance(value, str) else "")
    except InvalidOperation:
        raise ValueError("number") from None


def remaining(listed: Sequence[str], kept: Sequence[str]) -> tuple[int, ...] | None:
    """The places of a list that stay: the first at which each of `kept` stands, in order; null where they do not."""
    places: list[int] = []
    for place, each in enumerate(listed):
        if len(places) < len(kept) and kept[len(places)] == each:
            places.append(place)
    return tuple(places) if len(places) == len(kept) else None

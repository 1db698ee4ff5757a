"""The lines of a claim as they were billed, what the payer said of each, and what would stand in their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.case import ClassifiedDenial
from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.recoding import Edit, EditValue, RecodingProposed
from schemas.shape import money_text
from services.account.exchange import AnsweredLine, CodeAccount
from services.account.line_words import lines_in_words
from services.core.recoding.fields import parse_field

NOTHING: Final = "none"

COLUMNS: Final = (
    ("procedure", "Code"),
    ("modifiers", "Modifiers"),
    ("units", "Units"),
    ("charge", "Charge"),
    ("place_of_service", "Place"),
    ("pointers", "Dx"),
    ("service_dates", "Served"),
)
"""The cells of a line that are always shown; other changed fields stand below it."""

FIELD_WORDS: Final[Mapping[str, str]] = {
    "prior_authorization": "authorization number",
    "referral_number": "referral number",
    "clia_number": "CLIA number",
    "attachment": "attachment",
    "place_of_service": "place of service",
    "total_charge": "total charge",
    "billing_npi": "billing provider (NPI)",
    "billing_taxonomy": "billing provider (taxonomy)",
    "rendering_npi": "rendering provider (NPI)",
    "rendering_taxonomy": "rendering provider (taxonomy)",
    "referring_name": "referring provider",
    "ordering_name": "ordering provider",
    "member_id": "member number",
    "subscriber_name": "subscriber's name",
    "subscriber_birth_date": "subscriber's birth date",
    "diagnoses": "diagnoses",
    "lines": "lines that stay",
    "procedure": "code",
    "modifiers": "modifiers",
    "units": "units",
    "charge": "charge",
    "pointers": "diagnosis pointers",
    "revenue_code": "revenue code",
    "service_dates": "dates of service",
    "drug_code": "drug code (NDC)",
    "drug_quantity": "drug quantity",
    "drug_unit": "drug unit",
    "code": "diagnosis",
    "poa": "present on admission",
}

PERSONAL: Final = frozenset({"member_id", "subscriber_name", "subscriber_birth_date"})
"""Fields that say who the patient is: shown when the patient is."""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One field, the old value beside the new one."""

    field: str
    label: str
    before: str
    after: str
    applied: bool
    """false: a candidate, which is not applied without what it needs"""
    needs: tuple[str, ...] = ()
    number: int | None = None
    """of the candidate, as an approval names it"""
    sources: tuple[str, ...] = ()
    personal: bool = False
    words: str | None = None
    """of lines that become several or are left out"""


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell of a line: as billed, and the changes of it."""

    name: str
    label: str
    billed: str
    changes: tuple[ChangeView, ...] = ()


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of the claim."""

    line: int
    cells: tuple[CellView, ...]
    others: tuple[ChangeView, ...]
    """changes of fields that have no column"""
    state: str | None
    """what the payer said of it; null: it said nothing of this line"""
    paid: Decimal | None
    codes: tuple[CodeAccount, ...]
    dropped: bool
    """the proposal leaves this line out"""
    score: int | None
    """how surely the remitted line is this one; 100: by control number"""

    @property
    def changed(self) -> bool:
        return self.dropped or bool(self.others) or any(cell.changes for cell in self.cells)


def changes_of(proposal: RecodingProposed | None) -> tuple[ChangeView, ...]:
    """All changes of a proposal: its edits, those of its way, its candidates."""
    if proposal is None:
        return ()
    made = [change_of(edit, applied=True) for edit in (*proposal.edits, *proposal.path_edits)]
    made += [
        change_of(candidate.edit, applied=False, needs=candidate.needs, number=number)
        for number, candidate in enumerate(proposal.candidates, start=1)
    ]
    return tuple(made)


def lines_of(
    claim: ClaimSubmitted | None,
    denial: ClassifiedDenial | None,
    answered: Iterable[AnsweredLine],
    changes: Iterable[ChangeView],
) -> tuple[LineView, ...]:
    """The claim's lines. `answered`: what the 835 in force says, by its own line numbers; `denial` matches them."""
    if claim is None:
        return ()
    changed = list(changes)
    by_remitted = {line.line: line for line in answered}
    matches = {
        m.submitted_line: m for m in (denial.matches if denial else ()) if m.submitted_line is not None
    }
    kept = _kept(changed)
    lines = []
    for line in claim.lines:
        match = matches.get(line.line)
        said = by_remitted.get(match.remitted_line) if match is not None else None
        own = [change for change in changed if _line_of(change) == line.line]
        lines.append(
            LineView(
                line=line.line,
                cells=tuple(_cell(name, label, line, own) for name, label in COLUMNS),
                others=tuple(c for c in own if _name_of(c) not in dict(COLUMNS)),
                state=said.state if said is not None else None,
                paid=said.paid if said is not None else None,
                codes=said.codes if said is not None else (),
                dropped=kept is not None and str(line.line) not in kept,
                score=match.score if match is not None else None,
            )
        )
    return tuple(lines)


def of_claim(changes: Iterable[ChangeView], claim: ClaimSubmitted | None) -> tuple[ChangeView, ...]:
    """The changes that belong to no line, and those of a line that the claim does not have yet."""
    lines = {line.line for line in claim.lines} if claim is not None else set()
    new = " (new)" if claim is not None else ""
    return tuple(
        change if line is None else replace(change, label=f"line {line}{new}, {change.label}")
        for change in changes
        if (line := _line_of(change)) is None or line not in lines
    )


def _kept(changes: Iterable[ChangeView]) -> set[str] | None:
    for change in changes:
        if change.field == "lines" and change.applied:
            return set(change.after.split())
    return None


def change_of(
    edit: Edit, *, applied: bool, needs: tuple[str, ...] = (), number: int | None = None
) -> ChangeView:
    """An edit as the page shows it; a candidate with its number and what it needs is not `applied`."""
    field = parse_field(edit.field)
    name = field.name if field is not None else edit.field
    before, after = shown(edit.before), shown(edit.after)
    if field is not None and field.of_other_payer:
        # Whole loops: they name the insured person.
        before, after = NOTHING, "as the prior payer's remittance says"
    return ChangeView(
        field=edit.field,
        label=words_in_place(edit.field),
        before=before,
        after=after,
        applied=applied,
        needs=needs,
        number=number,
        sources=tuple(
            dict.fromkeys(f"{e.place}" for e in edit.evidence if not e.source.startswith("table:c"))
        ),
        personal=name in PERSONAL,
        words=lines_in_words(edit),
    )


def field_words(name: str) -> str:
    """A field of a claim as a person says it: `lines[2].modifiers` is `line 2, modifiers`."""
    field = parse_field(name)
    words = words_in_place(name)
    return words if field is None or field.line is None else f"line {field.line}, {words}"


def words_in_place(path: str) -> str:
    """The same below a heading that names the line: `lines[2].modifiers` is `modifiers`."""
    field = parse_field(path)
    name = field.name if field is not None else path
    words = FIELD_WORDS.get(name, name.replace("_", " "))
    return f"{words} {field.number}" if field is not None and field.part == "diagnoses" else words


def shown(value: EditValue) -> str:
    """A value of a claim for a person."""
    if value is None or value in ("", ()):
        return NOTHING
    return value if isinstance(value, str) else " ".join(value)


def _line_of(change: ChangeView) -> int | None:
    field = parse_field(change.field)
    return field.line if field is not None else None


def _name_of(change: ChangeView) -> str:
    field = parse_field(change.field)
    return field.name if field is not None else change.field


def _cell(name: str, label: str, line: ClaimLine, changes: Iterable[ChangeView]) -> CellView:
    return CellView(name, label, _billed(name, line), tuple(c for c in changes if _name_of(c) == name))


def _billed(name: str, line: ClaimLine) -> str:
    if name == "procedure":
        return line.procedure or line.revenue_code or NOTHING
    if name == "modifiers":
        return " ".join(line.modifiers) or NOTHING
    if name == "units":
        return f"{line.units.normalize():f}" if line.units is not None else NOTHING
    if name == "charge":
        return f"${money_text(line.charge)}"
    if name == "place_of_service":
        return line.place_of_service or NOTHING
    if name == "pointers":
        return " ".join(str(p) for p in line.pointers) or NOTHING
    return _dates(line.service_from, line.service_to)


def _dates(first: date | None, last: date | None) -> str:
    if first is None:
        return NOTHING
    return first.isoformat() if last in (None, first) else f"{first.isoformat()} to {last.isoformat()}"

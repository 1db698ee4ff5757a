"""Moves that a rule refuses for its cause, whoever wishes them: the "never" column of the playbook (3.4).

A rule names them as words. They are looked at when a proposal is drafted and again when a person decides. What is
no field of the editor (a date, a patient's sex, another line) is refused before, whatever a rule says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from schemas.case import ClassifiedDenial
from schemas.codes import Path
from schemas.recoding import Edit
from services.core.codes.npi import valid_npi
from services.core.recoding.fields import Field, parse_field
from services.core.resubmission.next_payer import goes_elsewhere
from services.core.resubmission.path import CLAIM_PATHS
from services.core.x12.line_copies import copied

_APPEALS: Final = frozenset({Path.REDETERMINATION, Path.RECONSIDERATION, Path.PROVIDER_DISPUTE})

_SENT_AGAIN: Final = CLAIM_PATHS - {Path.VOID, Path.VOID_THEN_NEW}
"""A void takes a claim back: it is no repetition of it."""


@dataclass(frozen=True, slots=True)
class Move:
    """What is to be done about a denial: the way, the edits, and whether a person names a document for them."""

    denial: ClassifiedDenial
    path: Path
    edits: tuple[Edit, ...]
    documented: bool = False

    def edited(self, name: str) -> list[Edit]:
        """The edits of the fields with this name."""
        return [edit for edit, field in self.fields() if field.name == name]

    def fields(self) -> list[tuple[Edit, Field]]:
        parsed = ((edit, parse_field(edit.field)) for edit in self.edits)
        return [(edit, field) for edit, field in parsed if field is not None]


def _without_record(name: str) -> Callable[[Move], bool]:
    return lambda move: bool(move.edited(name)) and not move.documented


def _diagnosis_not_documented(move: Move) -> bool:
    edits = move.edited("code")
    if not edits:
        return False
    claim, documented = move.denial.claim, move.denial.documented
    known = {d.code for d in claim.diagnoses} if claim is not None else set()
    known |= (
        {c.replace(".", "") for c in documented.documented_diagnoses} if documented is not None else set()
    )
    return any(edit.after is not None and edit.after not in known for edit in edits)


def _another_provider(move: Move) -> bool:
    return any(
        field.provider and isinstance(edit.before, str) and valid_npi(edit.before)
        for edit, field in move.fields()
    )


def _authorization_without_source(move: Move) -> bool:
    """A number that stands neither in a loaded row nor in a document that a person names."""
    numbers = (*move.edited("prior_authorization"), *move.edited("referral_number"))
    return not move.documented and any(
        edit.after is not None and not any(e.source.startswith("table:") for e in edit.evidence)
        for edit in numbers
    )


OF_PATH: Final[dict[str, Callable[[Move], bool]]] = {
    "send_claim": lambda move: move.path in CLAIM_PATHS and not goes_elsewhere(move.edits),
    "replacement": lambda move: move.path is Path.REPLACEMENT,
    "resend_unchanged": lambda move: move.path in _SENT_AGAIN and not move.edits,
    "appeal": lambda move: move.path in _APPEALS,
    "patient_bill": lambda move: move.path is Path.PATIENT_BILL,
}
"""Words about the way. Those of the leading rule count."""

OF_EDITS: Final[dict[str, Callable[[Move], bool]]] = {
    "modifier_change": lambda move: bool(move.edited("modifiers")),
    "modifier_without_record": _without_record("modifiers"),
    "procedure_change": lambda move: bool(move.edited("procedure")),
    "procedure_without_record": _without_record("procedure"),
    "diagnosis_not_documented": _diagnosis_not_documented,
    "units_without_record": _without_record("units"),
    "line_split": lambda move: any(copied(edit) for edit in move.edits),
    "another_provider": _another_provider,
    "authorization_without_source": _authorization_without_source,
}
"""Words about what is changed. Those of every rule that was taken count."""

NEVER: Final = {**OF_PATH, **OF_EDITS}


def refused_move(never: Iterable[str], move: Move) -> str | None:
    """The first word that forbids this move, as `never:<word>`; null where none does."""
    return next((f"never:{word}" for word in never if word in NEVER and NEVER[word](move)), None)

"""What the guard judges: one change of one claim, the facts around it, and who would answer for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from schemas.case import ClassifiedDenial
from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, GuardFacts
from services.core.codes.tables import NO_TABLES, Tables
from services.core.recoding.fields import Field, parse_field
from services.core.resubmission.arrangement import unprocessable_lines
from services.core.resubmission.profiles import Profile
from services.core.x12.line_copies import with_copies

NOT_THE_RECORD: Final = frozenset({"authorization", "remittance", "payer_letter"})
"""Kinds of documents that say what a payer wants, not what was done (domain reference 2.1, G6)."""

SAYS_NOTHING_OF_THE_RECORD: Final = frozenset({"payer_error"})
"""Reasons of an approval that do not say that the record was looked at."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be done to a claim, and on whose word.

    `person` without `documents` is a bare approval; `two_people`: two different people have approved the same at the
    console. `reason`: the person's word for it (schemas.codes.REASONS).
    """

    claim: ClaimSubmitted | None
    edits: tuple[Edit, ...]
    facts: GuardFacts
    profile: Profile
    tables: Tables = NO_TABLES
    person: bool = False
    documents: tuple[str, ...] = ()
    reason: str | None = None
    two_people: bool = False
    _fields: tuple[tuple[Edit, Field | None], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        fields = tuple([(edit, parse_field(edit.field)) for edit in self.edits])
        object.__setattr__(self, "_fields", fields)

    @property
    def with_added_lines(self) -> ClaimSubmitted | None:
        """The claim with the lines that the edits add, as they are before the other edits."""
        return with_copies(self.claim, self.edits) if self.claim is not None else None

    def also(self, edits: Iterable[Edit]) -> Change:
        """The same with more edits."""
        more = tuple(edits)
        return self.instead((*self.edits, *more)) if more else self

    def instead(self, edits: tuple[Edit, ...]) -> Change:
        """The same with other edits."""
        return Change(
            self.claim,
            edits,
            self.facts,
            self.profile,
            self.tables,
            self.person,
            self.documents,
            self.reason,
            self.two_people,
        )

    @property
    def documented(self) -> bool:
        """Whether a person answers for it with a document."""
        return self.person and bool(self.documents)

    @property
    def recorded(self) -> bool:
        """Whether one of the documents named may be the record. Of a document that is not on file nothing is known
        but that the person vouches for it."""
        kinds = {document.id: document.kind for document in self.facts.documents}
        return self.person and any(kinds.get(name) not in NOT_THE_RECORD for name in self.documents)

    def fields(self) -> tuple[tuple[Edit, Field | None], ...]:
        """Each edit with the field that it names; null where no edit may name it."""
        return self._fields


def facts_of(denial: ClassifiedDenial, overpaid: tuple[int, ...] = ()) -> GuardFacts:
    """What the guard needs of a denial. `overpaid`: submitted lines that the reverse guard suspects."""
    adjudication, documented = denial.adjudication, denial.documented
    remarks = [*[r.code for r in adjudication.remarks], *denial.directives]
    return GuardFacts.trust(
        {
            "causes": tuple(dict.fromkeys([cause.cause for cause in denial.causes])),
            "remarks": tuple(dict.fromkeys(remarks)),
            "reasons": tuple(dict.fromkeys([a.reason for a in adjudication.adjustments])),
            "attempts": denial.attempts,
            "documented_diagnoses": documented.documented_diagnoses if documented is not None else (),
            "documents": documented.documents if documented is not None else (),
            "overpaid": overpaid,
            "pended": adjudication.pended_amount > 0,
            "unprocessable": unprocessable_lines(denial),
        }
    )

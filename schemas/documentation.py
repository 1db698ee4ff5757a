"""`claim-documented`: what the record of the encounter holds, told by people or a system of theirs."""

from __future__ import annotations

from datetime import date

from schemas.shape import Shape


class DocumentReference(Shape):
    """A document on file, by reference: never its content."""

    id: str
    kind: str
    date: date


class QueryAnswer(Shape):
    """A provider's answer to an open question."""

    query: str
    answer: str
    by: str


class ClaimDocumented(Shape):
    claim_number: str
    documented_diagnoses: tuple[str, ...] = ()
    documents: tuple[DocumentReference, ...] = ()
    answers: tuple[QueryAnswer, ...] = ()
    documented: date

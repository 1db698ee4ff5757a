"""`claim-documented`: what the record of the encounter holds, told by people or a system of theirs."""

from __future__ import annotations

from datetime import date

from schemas.shape import Quantity, Shape

DOCUMENT_KINDS = (
    *("visit_note", "operative_note", "medical_record", "order", "test_result", "itemized_bill"),
    *("advance_notice", "consent", "drug_record", "proof_of_filing", "eligibility_response"),
    *("authorization", "remittance", "payer_letter"),
    *("appeal_opened", "appeal_closed", "dispute_resolution_opened", "dispute_resolution_closed"),
    *("litigation_opened", "litigation_closed"),
)
"""What a document on file may be. The payer's own papers are not the record of what was done; an open matter stops
what goes back (services/core/recoding/guards.py)."""


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


class DocumentedAuthorization(Shape):
    """An authorization that was given for the encounter. Null dates: not said."""

    number: str
    payer_id: str | None = None
    procedure: str | None = None
    service_from: date | None = None
    service_to: date | None = None


class LevelBasis(Shape):
    """What the level of a visit was chosen by, as the note says it."""

    line: int
    """LX of the 837"""
    basis: str
    """mdm | time"""
    level: str | None = None
    """mdm: straightforward | low | moderate | high"""
    minutes: int | None = None
    """time: total minutes on the day"""


class DrugAmount(Shape):
    """What was given and what was thrown away of a drug, as the administration record says it."""

    line: int
    ndc: str | None = None
    administered: Quantity
    wasted: Quantity | None = None
    """null: not recorded, which is not none"""
    unit: str
    """ML, MG, GR, UN, ME, F2, ..."""


class ServiceCount(Shape):
    """How often a service was done, or how long, as the record says it."""

    line: int
    """LX of the 837"""
    units: Quantity | None = None
    minutes: int | None = None
    """of a timed service: direct minutes"""
    modifiers: tuple[str, ...] = ()
    """where the record counts a line in parts: what sets this part apart from the others (a side, a repetition)"""


class ServicePlace(Shape):
    """Where the patient was, as the record says it."""

    place_of_service: str
    line: int | None = None
    """LX of the 837; null: all lines"""


class EarlierSurgery(Shape):
    """A surgery of the same patient before the encounter, as the record says it: it may stand on another claim."""

    procedure: str
    performed: date
    npi: str
    """who performed it"""


class ClaimDocumented(Shape):
    claim_number: str
    documented_diagnoses: tuple[str, ...] = ()
    documents: tuple[DocumentReference, ...] = ()
    answers: tuple[QueryAnswer, ...] = ()
    documented: date
    authorizations: tuple[DocumentedAuthorization, ...] = ()
    levels: tuple[LevelBasis, ...] = ()
    drugs: tuple[DrugAmount, ...] = ()
    counts: tuple[ServiceCount, ...] = ()
    places: tuple[ServicePlace, ...] = ()
    surgeries: tuple[EarlierSurgery, ...] = ()

"""`claim-cases`: everything known under one claim number, as a set of facts, and what was said of each lineage.

Facts are kept once by content and sorted by id, so that the record does not depend on the order of arrival;
`event` is the id of the event that first told the fact.
"""

from __future__ import annotations

from datetime import date

from schemas.acknowledgment import ClaimAcknowledged
from schemas.claim import ClaimSubmitted
from schemas.documentation import ClaimDocumented
from schemas.remittance import Adjudication, RemittanceAdjusted
from schemas.resubmission import ClaimResubmitted
from schemas.shape import Shape


class Transmission(Shape):
    """A transaction set in which a claim came."""

    reference: str
    """BHT03"""
    submitted: date | None

    @property
    def place(self) -> tuple[date, str]:
        """Its place among others."""
        return self.submitted or date.min, self.reference


class Submission(Shape):
    id: str
    event: str
    claim: ClaimSubmitted
    again: tuple[Transmission, ...] = ()
    """the same claim, to the letter, in other transaction sets; sorted"""


class RemittedFact(Shape):
    """One CLP. `segments` are kept of denials only: nobody asks for those of the others again."""

    id: str
    event: str
    adjudication: Adjudication


class Acknowledgment(Shape):
    """Without its segments."""

    id: str
    event: str
    acknowledgment: ClaimAcknowledged


class ProviderAdjustmentFact(Shape):
    """One PLB adjustment that names the claim, without its segments."""

    id: str
    event: str
    adjustment: RemittanceAdjusted


class Documentation(Shape):
    id: str
    event: str
    documented: ClaimDocumented


class Send(Shape):
    """A generation of ours. `id` is the resubmission id."""

    id: str
    event: str
    sent: date
    resubmission: ClaimResubmitted


class Delivery(Shape):
    """A generation of ours that left. `id` is the resubmission id."""

    id: str
    event: str
    at: date
    control_number: str = ""
    """ISA13 of the interchange that carried it, which is also its GS06 and BHT03"""


class FileShare(Shape):
    """How many CLPs of this key a file holds that intake could publish, and which of them were folded.

    Kept for files with more than one: nothing goes out between a reversal and its correction.
    """

    file: str
    expected: int
    folded: tuple[int, ...]
    """their places in the file, sorted"""


class LineageMark(Shape):
    """What was last said of a lineage. `digest` is empty once its facts are found to belong to another."""

    lineage: str
    revision: int
    digest: str


class ClaimCase(Shape):
    version: int = 4
    claim_number: str
    """trimmed, in upper case: the form that the key is made of"""
    submissions: tuple[Submission, ...] = ()
    adjudications: tuple[RemittedFact, ...] = ()
    acknowledgments: tuple[Acknowledgment, ...] = ()
    provider_adjustments: tuple[ProviderAdjustmentFact, ...] = ()
    documentation: tuple[Documentation, ...] = ()
    sends: tuple[Send, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    files: tuple[FileShare, ...] = ()
    marks: tuple[LineageMark, ...] = ()

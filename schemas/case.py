"""`denial-classified` and `case-changed`: what the classifier says of one lineage of a claim."""

from __future__ import annotations

from datetime import date

from schemas.acknowledgment import AcknowledgmentReason
from schemas.claim import ClaimSubmitted, Payer
from schemas.codes import Action, Automation, ClaimState, Fix, Recoverability
from schemas.documentation import ClaimDocumented
from schemas.remittance import Adjudication, Adjustment, Remark, RemittedLine
from schemas.shape import Money, Shape


class Evidence(Shape):
    """Where a statement comes from: an element of an event (`place` is its X12 place), or a row of a table."""

    source: str
    """event id, or `table:<kind>@<edition>`"""
    place: str
    value: str | None = None
    """a code or an identifier of a table row; never a name of a person"""


class Cause(Shape):
    """One reason for the denial, with what carries it."""

    cause: str
    """lower case word of the domain reference: code_mod, med_nec, timely, ..."""
    fix: Fix
    action: Action
    recoverability: Recoverability
    ceiling: Automation
    lines: tuple[int, ...] = ()
    """lines of the 835; empty means the whole claim"""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[Remark, ...] = ()
    amount: Money
    label: str
    """in our own words"""
    evidence: tuple[Evidence, ...] = ()
    statuses: tuple[str, ...] = ()
    """of a claim that was turned away: category:status:entity (STC of a 277CA), or the codes of a 999 or TA1"""


class LineMatch(Shape):
    """Which submitted line an 835 line answers. `score` 100 = by control number."""

    remitted_line: int
    submitted_line: int | None
    score: int


class Attempt(Shape):
    """A generation that we sent, and what came of it."""

    resubmission_id: str
    proposal_id: str
    generation: int
    causes: tuple[str, ...]
    path: str
    delivered: bool = False
    outcome: str | None = None
    """paid | paid_in_part | denied_again | voided | reversed | rejected | null while unanswered"""
    asked: Money | None = None
    """the denied amount that it was sent for"""
    recovered: Money | None = None
    """what the payer pays since, over what it paid before; null while unanswered"""
    answered: date | None = None
    """the business date of the answer in force"""
    causes_again: tuple[str, ...] = ()
    """with denied_again: the causes of the new denial"""
    same_cause: bool | None = None
    """with denied_again: one of `causes` is among the causes of the new denial"""


class HistoryEntry(Shape):
    """One dated fact of the lineage, in business order."""

    fact: str
    """event id"""
    type: str
    date: date | None
    summary: str
    """state or code words only"""


class Receipt(Shape):
    """A 999 or a 277CA on one submission of the lineage: the proof that it came, and when, or that it did not."""

    kind: str
    """999 | 277ca"""
    accepted: bool
    received: date | None
    payer_control_number: str | None
    """REF*1K: the payer's own number of the claim"""
    about: str
    """original, or a resubmission id"""
    fact: str
    """event id"""


class Recoupment(Shape):
    """Money that the payer took outside the claim (PLB), naming the claim. A negative amount was given."""

    reason: str
    """PLB03-1: WO, 72, FB, ..."""
    amount: Money
    taken: date | None
    fact: str
    """event id"""


class PayerAnswer(Shape):
    """What a payer that stands before this one said last of the same claim."""

    lineage: str
    payer: Payer
    responsibility: str | None
    """primary | secondary | tertiary, as the payer itself says (CLP02); null where it does not"""
    claim_state: ClaimState
    charge: Money
    paid: Money
    patient_responsibility: Money | None
    payer_control_number: str | None
    """CLP07"""
    remitted: date | None
    fact: str
    """event id"""
    adjudication: Adjudication | None = None
    """all that it said last; null: of before this was kept"""
    claim: ClaimSubmitted | None = None
    """the 837 that was sent to this payer; null where none is known"""
    readjudicated: bool = False
    """it took back what it said before"""


class Revision(Shape):
    """Which revision a lineage has come to. What `denial-classified` and `case-changed` begin with."""

    claim_number: str
    lineage: str
    revision: int
    answers: str | None
    """the resubmission id that this adjudication answers"""


class ClassifiedDenial(Revision):
    """The open denial of one lineage at one revision, with all that the recoder needs."""

    payer: Payer
    filing_indicator: str | None
    payer_state: str | None = None
    claim_state: ClaimState
    denied_amount: Money
    primary_cause: str
    causes: tuple[Cause, ...]
    directives: tuple[str, ...] = ()
    """remark codes that fix the path (MA130, N142, ...)"""
    remit_quality: tuple[str, ...] = ()
    generation: int
    """how many times we sent this lineage back"""
    matched_claim: bool
    facts: tuple[str, ...]
    """ids of the facts this stands on, sorted"""
    waits: tuple[str, ...] = ()
    """why automation must wait: siblings_missing, ambiguous_lineage, ..."""
    claim: ClaimSubmitted | None
    """the lineage's current claim"""
    adjudication: Adjudication
    """the open denial"""
    matches: tuple[LineMatch, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    documented: ClaimDocumented | None = None
    """all documentation of the lineage, merged"""
    history: tuple[HistoryEntry, ...] = ()
    other_payers: tuple[PayerAnswer, ...] = ()
    """what the payers before this one said of the same claim, in the order of their lineages"""
    refused_as_duplicate: tuple[str, ...] = ()
    """ids of our resubmissions that the payer refused as duplicates of what it has"""
    receipts: tuple[Receipt, ...] = ()
    """where the payer says that the claim came late: every 999 and 277CA, in the order of their dates"""
    recoupments: tuple[Recoupment, ...] = ()
    """money taken outside the claim"""
    silent: Money | None = None
    """what was taken outside the claim and no reversal explains"""
    later_payers: tuple[Payer, ...] = ()
    """the payers after this one that have the claim: somebody sent it to them, or they answered it"""


class CaseChanged(Revision):
    """A new revision of a lineage that is no new denial."""

    change: str
    """paid | reversed | documented | acknowledged | adjusted | linked"""
    open_denial: bool
    claim_state: ClaimState | None = None
    payer: Payer | None = None
    accepted: bool | None = None
    """with change = acknowledged: whether the payer took the claim"""
    facts: tuple[str, ...] = ()
    paid_lines: tuple[RemittedLine, ...] = ()
    """with change = paid: what the payer paid, for the reverse guard"""
    service_from: date | None = None
    """with `paid_lines`: the date of those that have none"""
    filing_indicator: str | None = None
    """with `paid_lines`: CLP06"""
    facility_type: str | None = None
    """with `paid_lines`: CLP08"""
    paid_providers: tuple[str, ...] = ()
    """with `paid_lines`: the NPIs of the claim, in any role"""
    paid_before: Money | None = None
    """with `paid_lines`: what the payer paid for the same claim under another number of its own (CLP07) and never
    took back"""
    attempts: tuple[Attempt, ...] = ()
    """what came of every generation that we sent"""
    paid: Money | None = None
    """what the adjudication in force paid; null where none is in force"""
    recoupments: tuple[Recoupment, ...] = ()
    """money taken outside the claim"""
    silent: Money | None = None
    """what was taken outside the claim and no reversal explains"""
    reasons: tuple[AcknowledgmentReason, ...] = ()
    """with change = acknowledged: why the claim was not taken in"""
    rejected: ClassifiedDenial | None = None
    """with `reasons`: the claim that was turned away, as rules read a denial (`claim_state` rejected, an adjudication that
    says nothing); null where no first claim (frequency 1) is known"""
    changed_before: tuple[PayerAnswer, ...] = ()
    """the payers before this one that took back or changed what they had said, after this one decided on it"""

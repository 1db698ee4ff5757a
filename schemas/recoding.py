"""`recoding-proposed`, `decision-requested`, `recoding-decided`, `case-flagged`."""

from __future__ import annotations

from datetime import date

from schemas.case import Attempt, Cause, Evidence
from schemas.claim import ClaimSubmitted, Payer
from schemas.codes import Action, Automation, Decision, Path, Wish
from schemas.documentation import DocumentReference
from schemas.shape import Money, Shape

EditValue = str | tuple[str, ...] | None
"""a code, an identifier, a list of modifiers; null = absent"""


class Edit(Shape):
    """One change of the submitted claim. `field` is a path numbered from 1 (`lines[2].modifiers`)."""

    line: int | None
    field: str
    before: EditValue
    after: EditValue
    evidence: tuple[Evidence, ...] = ()


class Candidate(Shape):
    """A change that is not applied without what it needs."""

    edit: Edit
    needs: tuple[str, ...]


class RuleReference(Shape):
    id: str
    version: str


class GuardResult(Shape):
    """`result`: pass | veto | not_applicable."""

    id: str
    result: str
    reason: str


class Deadline(Shape):
    """A clock. `example` marks a day count that a contract must confirm."""

    clock: str
    due: date
    days_left: int
    anchor: date
    rule: str
    example: bool
    source: str = ""
    """where the rule is written"""
    moved_from: date | None = None
    """the last day by the count, where it is a day off and `due` the next business day"""
    binds: bool | None = None
    """whether it runs against what is proposed; null: of before this was noted"""
    of: str | None = None
    """the id of the payer whose clock it is, where that is another than the one that denied"""


class Confidence(Shape):
    """How sure a proposal is: what decides it, in a word, and the facts that did."""

    word: str
    """settled | by_record | one_of_several | open | nothing_to_do"""
    basis: tuple[str, ...] = ()


class RecodingProposed(Shape):
    claim_number: str
    lineage: str
    revision: int
    proposal_id: str
    payer: Payer
    action: Action
    path: Path
    frequency_code: str | None
    original_reference: str | None
    automation: Automation
    primary_cause: str
    causes: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    missing: tuple[str, ...] = ()
    query: str | None = None
    explanation: str
    rule: RuleReference
    rule_family: str
    editions: dict[str, str] = {}
    """table kind -> edition name and digest"""
    context: dict[str, str] = {}
    """rule_set, profile -> version"""
    guards: tuple[GuardResult, ...]
    deadlines: tuple[Deadline, ...] = ()
    proof: str
    """sha256 of the proof's canonical bytes, hex"""
    facts: tuple[str, ...] = ()
    amount_at_stake: Money
    answers_withdrawn: str | None = None
    """the proposal that this one takes the place of"""
    step: str | None = None
    """the first move, as a word"""
    never: tuple[str, ...] = ()
    """moves that are refused for this denial"""
    path_edits: tuple[Edit, ...] = ()
    """what the way itself changes on the claim, beside frequency and reference: lines left out, a condition code, a
    note"""
    payer_profile: str = ""
    """who speaks for the payer: its own profile, or its family and by which filing indicator"""
    confidence: Confidence | None = None
    """null: of before it was noted"""


class DecisionRequested(Shape):
    """A person's wish. Sent with the proposal and revision that the person saw."""

    claim_number: str
    lineage: str
    proposal_id: str
    revision: int
    wish: Wish
    by: str
    os_user: str
    reason: str
    documents: tuple[str, ...] = ()
    candidate: int | None = None
    edits: tuple[Edit, ...] = ()
    until: date | None = None
    requested: str
    """what makes this request one request: chosen by the sender, the same on a retry"""
    owner: str | None = None
    """assign: who works on it from now on; null: nobody"""
    path: Path | None = None
    """override: the way that a person chose in place of the proposal's"""


class GuardFacts(Shape):
    """What the guard looks at beside a claim and its edits: codes of the denial, and what is on file for it."""

    causes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    """CARCs"""
    attempts: tuple[Attempt, ...] = ()
    documented_diagnoses: tuple[str, ...] = ()
    documents: tuple[DocumentReference, ...] = ()
    """on file for the encounter"""
    overpaid: tuple[int, ...] = ()
    """submitted lines of which the reverse guard suspects that too much was paid"""
    pended: bool = False
    """the payer has not finished: a part of the claim is pended, so it takes no replacement yet"""
    unprocessable: tuple[int, ...] = ()
    """submitted lines that the payer could not process, under a remark that asks for a new claim"""


class RecodingDecided(Shape):
    """What became of a proposal. The recoder alone writes it."""

    claim_number: str
    lineage: str
    proposal_id: str
    revision: int
    decision: Decision
    by: str
    """a person, or `policy:<profile>@<version>`"""
    os_user: str | None = None
    reason: str
    documents: tuple[str, ...] = ()
    at: date | None
    request: str | None = None
    """`requested` of the decision that this answers"""
    until: date | None = None
    proposal: RecodingProposed | None = None
    """approved or overridden: the proposal as approved, edits final"""
    causes: tuple[Cause, ...] = ()
    claim: ClaimSubmitted | None = None
    """approved or overridden: the claim with its segments"""
    payer_control_number: str | None = None
    """the latest CLP07"""
    generation: int = 0
    """generations sent so far"""
    guard_facts: GuardFacts | None = None
    """approved or overridden: what the guard stood on, for the guard of the finished 837"""
    two_people: bool = False
    """two different people approved the same at the console"""
    owner: str | None = None
    """assigned: who works on it from now on"""


class CaseFlagged(Shape):
    """What is no proposal: overpayment_suspected, deadline_alarm, self_caused_duplicate, ..."""

    claim_number: str
    lineage: str
    revision: int
    flag: str
    reason: str
    amount: Money | None = None
    due: date | None = None
    evidence: tuple[Evidence, ...] = ()

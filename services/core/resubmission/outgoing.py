"""Building the claim that goes back from an approved decision: edited, proven, gated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.case import Attempt
from schemas.claim import ClaimSubmitted
from schemas.codes import Path
from schemas.recoding import Edit, GuardResult, RecodingDecided, RecodingProposed
from schemas.resubmission import OutgoingClaim
from services.core.codes.tables import NO_TABLES, Tables
from services.core.recoding.change import Change
from services.core.recoding.guards import vetoes
from services.core.resubmission.arrangement import change_codes_fault, is_noted, takes_change_codes
from services.core.resubmission.finished import guard_finished
from services.core.resubmission.partners import TradingPartner, TradingPartners
from services.core.resubmission.path import REOPENED
from services.core.resubmission.profiles import Profile
from services.core.x12.balance import out_of_balance
from services.core.x12.delimiters import DelimiterConflictError
from services.core.x12.difference import unexplained
from services.core.x12.editor import EditRefusedError, edit
from services.core.x12.interchange import GUIDES, IdentityMissingError, assemble, identify
from services.core.x12.structure import CONDITION_CODES, NOTE, conditions

Gate = Callable[[bytes], tuple[str, ...]]
"""Reads a whole interchange; gives what is wrong with it as `place:code`, no values; empty = it may leave."""

_FREQUENCY: Final = {
    Path.REPLACEMENT: "7",
    Path.NEW_CLAIM: "1",
    Path.VOID: "8",
    Path.VOID_THEN_NEW: "8",
    Path.SECONDARY_CLAIM: "1",
    Path.REOPENING: REOPENED,
}
"""CLM05-3 of the paths that are built. Frequency 1 goes without REF*F8, all others never without it."""

POLICY: Final = "policy:"
"""What the name of a decision's author begins with where no person took it."""

_VOID: Final = "8"

_OTHER_PAYERS: Final = "other_payers["
"""How the fields of loop 2320 begin: a secondary claim says what the payer before it decided."""

_TRIAL_CONTROL_NUMBER: Final = "000000001"


_GUIDE: Final = len("005010X222")
"""A guide without its addendum: a claim of 005010X222 or X222A2 goes back as X222A1, and the gate decides."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing goes out. `waits`: it may go later, without a new decision. `detail`: codes and places."""

    reason: str
    waits: bool = False
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """A claim that may leave. `edits`: all that was changed, frequency and reference among them."""

    proposal: RecodingProposed
    claim: ClaimSubmitted
    frequency_code: str
    original_reference: str | None
    edits: tuple[Edit, ...]
    x12: OutgoingClaim
    guards: tuple[GuardResult, ...]
    """what the guard says of the finished text"""


def partner_for(tables: Tables, day: date, payer_ids: tuple[str, ...]) -> TradingPartner | None:
    """The loaded trading partner of a payer under any of its ids; null where none is loaded."""
    edition = tables.on("trading_partners", day)
    partners = edition.table if edition is not None else None
    return partners.of(payer_ids) if isinstance(partners, TradingPartners) else None


def build(
    decision: RecodingDecided,
    profile: Profile,
    partner: TradingPartner | None,
    day: date,
    gate: Gate,
    tables: Tables = NO_TABLES,
    sent: tuple[Attempt, ...] = (),
) -> Built | Refusal:
    """The claim as it was submitted with the approved edits, its frequency code and its original reference.

    It goes through the difference check, through the guard again and, inside an interchange of its own, through the
    gate. `profile`: of the payer that it goes to; `sent`: the generations before, as the ledger knows them.
    """
    proposal, claim = decision.proposal, decision.claim
    if proposal is None or claim is None:
        return Refusal("claim_missing")
    guide = GUIDES.get(claim.transaction)
    if not claim.resubmittable or guide is None or claim.guide[:_GUIDE] != guide[:_GUIDE]:
        return Refusal("guide_not_supported")
    frequency = _FREQUENCY.get(proposal.path)
    if frequency is None or proposal.frequency_code not in (None, frequency):
        return Refusal("path_not_built")
    if frequency == REOPENED and (proposal.frequency_code is None or claim.transaction != "837I"):
        return Refusal("path_not_built")
    reference = decision.payer_control_number if frequency != "1" else None
    if frequency != "1" and not reference:
        return Refusal("payer_control_number_missing")
    approved = _approved(proposal, frequency)
    if proposal.path is Path.SECONDARY_CLAIM and not any(e.field.startswith(_OTHER_PAYERS) for e in approved):
        return Refusal("other_payer_missing")
    if (
        frequency != "1"
        and profile.requires_note
        and not _has_note(claim, profile, (*approved, *proposal.path_edits))
    ):
        return Refusal("note_required")
    edits = (*approved, *proposal.path_edits, *_control(claim, frequency, reference))
    try:
        outgoing = edit(claim, edits)
    except EditRefusedError as refused:
        return Refusal("edit_refused", detail=(f"{refused.field}:{refused.code}",))
    if places := unexplained(claim, outgoing, edits):
        return Refusal("difference", detail=places)
    if takes_change_codes(claim, frequency, profile):
        written = [segment.split(outgoing.element) for segment in outgoing.claim]
        if fault := change_codes_fault(conditions(written, outgoing.component), frequency):
            return Refusal(fault)
    if places := out_of_balance(claim, outgoing):
        return Refusal("other_payer_out_of_balance", detail=places)
    if decision.guard_facts is None:
        return Refusal("guard", detail=("facts_missing",))
    known = {attempt.resubmission_id for attempt in decision.guard_facts.attempts}
    attempts = (*decision.guard_facts.attempts, *(a for a in sent if a.resubmission_id not in known))
    change = Change(
        claim,
        approved,
        decision.guard_facts.model_copy(update={"attempts": attempts}),
        profile,
        tables,
        person=not decision.by.startswith(POLICY),
        documents=decision.documents,
        reason=decision.reason,
        two_people=decision.two_people,
    )
    guards = guard_finished(change, claim, outgoing, proposal.path_edits)
    if against := vetoes(guards):
        return Refusal("guard", detail=tuple(f"{g.id}:{g.reason}" for g in against))
    try:
        identity = identify(outgoing, partner)
        trial = assemble(identity, claim.transaction, _TRIAL_CONTROL_NUMBER, day, [outgoing])
    except IdentityMissingError:
        return Refusal("identity_missing", waits=True)
    except DelimiterConflictError:
        return Refusal("delimiter_in_value")
    except UnicodeEncodeError:
        return Refusal("encoding")
    if found := gate(trial.data):
        return Refusal("gate", detail=found)
    return Built(proposal, claim, frequency, reference, edits, outgoing, guards)


def _has_note(claim: ClaimSubmitted, profile: Profile, edits: Sequence[Edit]) -> bool:
    """Whether the claim explains itself, by a note that it has or by one that is added."""
    return any(edit.field == NOTE for edit in edits) or is_noted(claim, profile)


def _approved(proposal: RecodingProposed, frequency: str) -> tuple[Edit, ...]:
    """The approved edits that go out: a void leaves all but its own structure as it was submitted."""
    if frequency != _VOID:
        return proposal.edits
    return tuple(edit for edit in proposal.edits if edit.field in (CONDITION_CODES, NOTE))


def _control(claim: ClaimSubmitted, frequency: str, reference: str | None) -> tuple[Edit, ...]:
    """The two fields that say which claim this is."""
    control = (
        Edit(line=None, field="frequency_code", before=claim.frequency_code, after=frequency),
        Edit(line=None, field="original_reference", before=claim.original_reference, after=reference),
    )
    return tuple(e for e in control if e.before != e.after)

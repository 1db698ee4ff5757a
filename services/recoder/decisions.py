"""What a person wishes of a proposal, and whether it can be so: approved, rejected, held, overridden or refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.case import ClassifiedDenial, Evidence
from schemas.claim import ClaimSubmitted
from schemas.codes import LEAVING_REASONS, REASONS, Action, ClaimState, Decision, Path, Wish
from schemas.envelope import content_id
from schemas.recoding import DecisionRequested, Edit, GuardFacts, RecodingProposed
from schemas.records.work_item import HELD, OPEN, WAITING, FirstApproval, LineageItem
from services.core.codes.tables import Tables
from services.core.denials.rejection import goes_as_it_is
from services.core.processing import Context
from services.core.recoding.change import Change, facts_of
from services.core.recoding.field_values import well_formed
from services.core.recoding.fields import current, exists, parse_field
from services.core.recoding.guards import DOCUMENTS_NEEDED, SECOND_PERSON_NEEDED, guard, refusal
from services.core.recoding.overpayment import overpaid_lines
from services.core.recoding.proposal import CLAIM_OF_ANOTHER_PAYER, SIBLINGS_MISSING, profile_of
from services.core.recoding.refusals import Move, refused_move
from services.core.resubmission.arrangement import arrange
from services.core.resubmission.crossover import forwarding_payer
from services.core.resubmission.limits import limit_for
from services.core.resubmission.next_payer import next_profile, secondary
from services.core.resubmission.path import LEAVING, chosen_way, find_way, has_next_payer, is_claim
from services.core.resubmission.profiles import Profile, Profiles
from services.core.x12.line_copies import LINES, with_copies
from services.recoder.second_step import STEP

HANDED_OVER: Final = "handed_over"

CONSOLE_NEEDED: Final = "console_needed"
"""What raises the payment is approved by two people, and at the console only."""

_PATIENT: Final = "PR"
"""The group (CAS01) of what the payer leaves to the patient."""

FORWARDED: Final = "forwarded_to_the_next_payer"
"""The payer sends the claim on by itself: nobody sends it there a second time."""

DOCUMENT: Final = "document"
"""What a candidate may need: a reference to a document of the record."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer to a request. `proposal` is that which was approved, its edits final; else null.

    `first`: the approval was heard, and waits for that of a second person. `facts`: what the guard stood on.
    """

    decision: Decision
    reason: str
    proposal: RecodingProposed | None = None
    first: FirstApproval | None = None
    facts: GuardFacts | None = None
    two_people: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request about a proposal that can be decided, and what it is judged by."""

    request: DecisionRequested
    denial: ClassifiedDenial
    profile: Profile
    profiles: Profiles
    tables: Tables
    first: FirstApproval | None
    at_console: bool
    today: date | None


def judge(
    item: LineageItem | None, request: DecisionRequested, context: Context, at_console: bool = False
) -> Judged:
    """Answer a request about the item of its lineage. Total: what cannot be is refused with a reason.

    `at_console`: it came from where a person is known by more than a name that was typed.
    """
    against = _out_of_place(item, request)
    if against is not None:
        return Judged(Decision.REFUSED, against)
    if item is None or item.proposal is None or item.denial is None:
        return Judged(Decision.REFUSED, "withdrawn")
    if request.wish is Wish.REJECT:
        return Judged(Decision.REJECTED, request.reason)
    if request.wish is Wish.HOLD:
        if request.until is not None and not in_future(request.until, context.today):
            return Judged(Decision.REFUSED, "until_not_in_future")
        return Judged(Decision.HELD, request.reason)
    if request.wish is Wish.ASSIGN:
        return Judged(Decision.ASSIGNED, request.reason)
    if request.wish is Wish.UNDO:
        return Judged(Decision.REOPENED, request.reason)
    if item.status == WAITING:
        return Judged(Decision.REFUSED, "already_decided")
    asked = _Asked(
        request,
        item.denial,
        profile_of(item.denial, context.profiles),
        context.profiles,
        context.tables,
        item.first_approval,
        at_console,
        context.today,
    )
    return (_override if request.wish is Wish.OVERRIDE else _approve)(item.proposal, asked)


def _out_of_place(item: LineageItem | None, request: DecisionRequested) -> str | None:
    """Why the request does not fit the item, whatever it wishes."""
    if request.reason not in REASONS[request.wish]:
        return "unknown_reason"
    if not request.by.strip():
        return "name_missing"
    if item is None:
        return "unknown_proposal"
    if item.proposal is None:
        return "withdrawn" if request.proposal_id in item.earlier else "unknown_proposal"
    if request.proposal_id != item.proposal.proposal_id or request.revision != item.proposal.revision:
        return "stale_proposal"
    if request.wish is Wish.UNDO:
        if item.status == OPEN:
            return "nothing_to_undo"
        if item.delivered == item.proposal.proposal_id:
            # What a payer has is taken back by a void.
            return "already_sent"
    elif item.status not in (OPEN, HELD, WAITING):
        return "already_decided"
    if of_another(item, request):
        return "owned_by_another"
    return None


def of_another(item: LineageItem, request: DecisionRequested) -> bool:
    """One owner at a time: what is another's must be handed over first. The word of a second person is not a matter
    of whose it is."""
    if item.owner is None or item.owner.strip().casefold() == request.by.strip().casefold():
        return False
    if request.wish is Wish.ASSIGN:
        return request.reason != HANDED_OVER
    return item.first_approval is None or request.wish is not Wish.APPROVE


def in_future(until: date, today: date | None) -> bool:
    """Whether a hold can last until the day."""
    return today is None or until > today


def _approve(proposal: RecodingProposed, asked: _Asked) -> Judged:
    request = asked.request
    edits = proposal.edits
    if request.candidate is not None or (request.documents and proposal.candidates):
        number = request.candidate if request.candidate is not None else 1
        if not 1 <= number <= len(proposal.candidates):
            return Judged(Decision.REFUSED, "unknown_candidate")
        candidate = proposal.candidates[number - 1]
        if DOCUMENT in candidate.needs and not request.documents:
            return Judged(Decision.REFUSED, DOCUMENTS_NEEDED)
        edits = (*edits, candidate.edit)
    elif proposal.candidates and not edits:
        return Judged(Decision.REFUSED, DOCUMENTS_NEEDED)
    final = proposal.model_copy(update={"edits": edits, "candidates": ()})
    return _decided(Decision.APPROVED, final, asked)


def _override(proposal: RecodingProposed, asked: _Asked) -> Judged:
    request, denial, profile = asked.request, asked.denial, asked.profile
    if not request.edits and request.path is None:
        return Judged(Decision.REFUSED, "nothing_to_send")
    if request.path in LEAVING:
        return _left(proposal, asked, request.path)
    if denial.claim is None:
        return Judged(Decision.REFUSED, "claim_missing")
    added: tuple[Edit, ...] = ()
    if request.path is Path.SECONDARY_CLAIM:
        made = _secondary(asked)
        if isinstance(made, str):
            return Judged(Decision.REFUSED, made)
        added = made
    edits: list[Edit] = []
    claim = denial.claim
    source = tuple(Evidence(source=f"document:{ref}", place="record") for ref in request.documents)
    # Lines that are added come first: the other edits speak of them.
    for edit in sorted(request.edits, key=lambda e: e.field != LINES):
        field = parse_field(edit.field)
        if field is None or not exists(claim, field):
            return Judged(Decision.REFUSED, "field_not_editable")
        if field.name != "modifiers" and not well_formed(claim, field, edit.after):
            return Judged(Decision.REFUSED, "value_cannot_stand_in_the_claim")
        edits.append(
            Edit(
                line=field.line,
                field=edit.field,
                before=(edit.before or None) if edit.before is not None else current(claim, field),
                after=edit.after or None,
                evidence=source or (Evidence(source="decision", place=request.reason),),
            )
        )
        claim = with_copies(claim, edits[-1:])
    way = find_way(
        Action.CORRECTED_CLAIM,
        proposal.primary_cause,
        (*denial.directives, *(r.code for r in denial.adjudication.remarks)),
        profile,
        denied_in_full=denial.claim_state.value == "denied_full",
        payer_control_number=denial.adjudication.payer_control_number,
        adjudicated=denial.claim_state is not ClaimState.REJECTED,
    )
    if request.path is not None:
        way = chosen_way(request.path, denial.adjudication.payer_control_number)
    deadlines = proposal.deadlines
    if way.path is not Path.VOID:
        # A claim may be taken back at any time.
        there = next_profile(denial.claim, added, asked.profiles)
        way, deadlines = limit_for(denial, way, profile, asked.today, there)
    if way.path is Path.NONE and way.missing:
        return Judged(Decision.REFUSED, way.missing[0])
    changed = {
        "action": way.action,
        "path": way.path,
        "frequency_code": way.frequency_code,
        "original_reference": way.original_reference,
        "edits": (*edits, *added),
        "candidates": (),
        "deadlines": deadlines,
    }
    return _decided(Decision.OVERRIDDEN, proposal.model_copy(update=changed), asked)


def _secondary(asked: _Asked) -> tuple[Edit, ...] | str:
    """The edits of the claim to another payer that a person wants, made of what is on file; or why there are none."""
    denial = asked.denial
    said = denial.adjudication
    if has_next_payer(said.status_code, said.crossover_payer):
        return FORWARDED
    if forwarding_payer(denial, asked.profile, asked.profiles) is not None:
        return FORWARDED
    made = secondary(denial)
    return made.missing[0] if made.missing else made.edits


def _left(proposal: RecodingProposed, asked: _Asked, path: Path) -> Judged:
    """A person gives the money up, or asks the patient for it, whatever was proposed."""
    if asked.request.edits:
        return Judged(Decision.REFUSED, "edits_without_a_claim")
    way = chosen_way(path, None)
    changed = {
        "action": way.action,
        "path": way.path,
        "frequency_code": None,
        "original_reference": None,
        "edits": (),
        "candidates": (),
        "path_edits": (),
    }
    return _decided(Decision.OVERRIDDEN, proposal.model_copy(update=changed), asked)


def _against_leaving(denial: ClassifiedDenial, path: Path, reason: str) -> str | None:
    """Why a way that asks the payer no more cannot be taken; the reasons for one belong to no other way."""
    if path not in LEAVING:
        return "reason_of_a_write_off" if reason in LEAVING_REASONS else None
    groups = {a.group for cause in denial.causes for a in cause.adjustments}
    if path is Path.PATIENT_BILL and (groups - {_PATIENT} or denial.claim_state is ClaimState.REJECTED):
        # What the payer puts on the provider is never the patient's (domain reference 1.2), nor is what it has not seen.
        return "not_the_patients_share"
    return None


def _decided(decision: Decision, proposal: RecodingProposed, asked: _Asked) -> Judged:
    """The approval of final edits, unless something stands against it."""
    request, denial, profile = asked.request, asked.denial, asked.profile
    if proposal.path is Path.NONE:
        return Judged(Decision.REFUSED, "nothing_to_send")
    leaving = _against_leaving(denial, proposal.path, request.reason)
    if leaving is not None:
        return Judged(Decision.REFUSED, leaving)
    if is_claim(proposal.path, proposal.frequency_code):
        against = _unsendable(proposal, denial, _receiver(proposal, asked))
        if against is not None:
            return Judged(Decision.REFUSED, against)
        arranged = arrange(denial, proposal.path, proposal.frequency_code, profile, proposal.edits)
        if arranged.missing:
            return Judged(Decision.REFUSED, arranged.missing[0])
        proposal = proposal.model_copy(update={"path_edits": arranged.edits})
    move = Move(denial, proposal.path, proposal.edits, documented=bool(request.documents))
    forbidden = refused_move(proposal.never, move)
    if forbidden is not None:
        return Judged(Decision.REFUSED, forbidden)
    change = Change(
        denial.claim,
        proposal.edits,
        facts_of(denial, overpaid_lines(denial, asked.tables)),
        profile,
        asked.tables,
        person=True,
        documents=request.documents,
        reason=request.reason,
        two_people=_seconds(asked, proposal),
    )
    results = guard(change)
    refused = refusal(results) if proposal.edits else None
    if refused == f"G2:{SECOND_PERSON_NEEDED}":
        if not asked.at_console:
            return Judged(Decision.REFUSED, CONSOLE_NEEDED)
        if asked.first is not None and asked.first.edits == edits_digest(proposal):
            return Judged(Decision.REFUSED, SECOND_PERSON_NEEDED)
        first = FirstApproval(by=request.by, os_user=request.os_user, edits=edits_digest(proposal))
        return Judged(Decision.HELD, SECOND_PERSON_NEEDED, first=first)
    if refused is not None:
        return Judged(Decision.REFUSED, refused)
    final = proposal.model_copy(update={"guards": results})
    return Judged(decision, request.reason, final, facts=change.facts, two_people=change.two_people)


def _seconds(asked: _Asked, proposal: RecodingProposed) -> bool:
    """Whether this is the word of a second person on what another has approved at the console."""
    first, request = asked.first, asked.request
    return (
        asked.at_console
        and first is not None
        and first.edits == edits_digest(proposal)
        and first.by.strip().casefold() != request.by.strip().casefold()
        and first.os_user != request.os_user
    )


def edits_digest(proposal: RecodingProposed) -> str:
    """What two people must both have approved: the proposal and its final edits."""
    return content_id(
        "edits",
        proposal.proposal_id,
        *(
            f"{e.field}={','.join(e.after) if isinstance(e.after, tuple) else e.after}"
            for e in proposal.edits
        ),
    )


def _unsendable(proposal: RecodingProposed, denial: ClassifiedDenial, profile: Profile) -> str | None:
    """Why no claim could go out for this; null where one can."""
    if denial.claim is None:
        return "claim_missing"
    for wait in (SIBLINGS_MISSING, CLAIM_OF_ANOTHER_PAYER):
        if wait in denial.waits:
            return wait
    if proposal.path.value not in profile.sendable_paths:
        return "path_not_sendable"
    if proposal.frequency_code not in (None, "1") and proposal.original_reference is None:
        return "payer_control_number_missing"
    if not proposal.edits and not _says_more(proposal, denial.claim) and not goes_as_it_is(denial):
        return "nothing_to_send"
    return None


def _receiver(proposal: RecodingProposed, asked: _Asked) -> Profile:
    """The profile of the payer that the claim would go to."""
    return next_profile(asked.denial.claim, proposal.edits, asked.profiles) or asked.profile


def _says_more(proposal: RecodingProposed, claim: ClaimSubmitted) -> bool:
    """Whether a claim without edits is more than the same again: it takes one back, or names another number of the
    payer than it did, or follows one that was taken back."""
    if proposal.path in (Path.VOID, Path.VOID_THEN_NEW) or proposal.step == STEP:
        return True
    return claim.original_reference is not None and proposal.original_reference != claim.original_reference

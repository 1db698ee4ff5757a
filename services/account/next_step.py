"""What a person can do next about a lineage, and what would settle what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.case import ClassifiedDenial
from schemas.codes import Automation, Decision, Path
from schemas.recoding import RecodingDecided, RecodingProposed
from services.account.words import loading_kind, missing_part, plain, wanted_words
from services.core.denials.playbook import PLAYBOOK
from services.core.denials.rejection import not_said_of_it
from services.core.resubmission.path import CLAIM_PATHS

CLOSING: Final = (Decision.APPROVED, Decision.OVERRIDDEN, Decision.REJECTED, Decision.WITHDRAWN)
"""Decisions after which a proposal waits for nobody."""


SETTLES: Final[Mapping[str, str]] = {
    "claim": "the submitted claim: put its 837 into the inbox",
    "lines": "the submitted lines that the remittance speaks of: the 837 at hand does not show them",
    "clock_passed:appeal": "an exception of the payer: its time for an appeal is over",
    "clock_passed:corrected_claim": "an exception of the payer: its time for a corrected claim is over",
    "clock_passed:filing_limit": "proof of timely filing (999, 277CA) or an exception: the filing limit has passed",
    "clock_passed:records": "an exception of the payer: its time for the records is over",
    "clock_passed:reopening": "good cause for a reopening: its year is over",
    "max_attempts": "another way: the claim was sent back as often as this payer takes it",
    "paper_only": "the claim on paper: this payer takes nothing electronic",
    "document": "a document that supports the change: approve with --document",
    "documented.documented_diagnoses": "the diagnosis, documented for this encounter: `reclaim load documentation FILE`",
    "documented_diagnosis": "the diagnosis, documented for this encounter: `reclaim load documentation FILE`",
    "documented.counts": "counts or minutes of the record: `reclaim load documentation FILE`",
    "documented.counts.modifiers": "the units as the record counts them apart, each part with what sets it apart: `reclaim load documentation FILE`",
    "documented.surgeries": "the surgery before, which stands on another claim of the patient: `reclaim load documentation FILE`",
    "documented.levels": "on what the level rests, decision making or time: `reclaim load documentation FILE`",
    "next_payer": "who pays after this payer, if anybody does: the claim names no other payer",
    "prior_remittance": "the remittance of the payer that comes first, if there is one: put its 835 into the inbox",
    "documented.drugs.wasted": "what was given and discarded, as the administration record says: `reclaim load documentation FILE`",
}
"""What a word of `missing` or `needs` asks a person for."""


TABLE: Final = "table:"
"""How `missing` names a table that is not loaded."""


CLAIM: Final = "claim."
"""How `missing` names what the claim does not say."""


PROFILE: Final = "profile."
"""How `missing` names what the payer's profile does not say."""


def settles(
    claim_number: str,
    denial: ClassifiedDenial | None,
    proposal: RecodingProposed | None,
    decided: list[RecodingDecided],
    refusal: str | None,
) -> tuple[str, ...]:
    """What a person can do next."""
    if refusal is not None:
        return (f"approved but not sent: {refusal}",)
    if proposal is None or proposal.automation is Automation.A0:
        return ()
    if decided and decided[-1].decision in CLOSING:
        return ()
    wanted = [_wanted(word) for word in proposal.missing]
    wanted += [_wanted(need) for candidate in proposal.candidates for need in candidate.needs]
    if proposal.query is not None:
        wanted.append(f"an answer of the provider: {proposal.query}")
    if not wanted and denial is not None and proposal.automation is Automation.A1 and not _stopped(proposal):
        # Nothing is missing that a table or a document could bring: then it is the first move that settles it.
        primary = denial.causes[0]
        play = PLAYBOOK.play(primary.cause, [a.reason for a in primary.adjustments])
        wanted += [play.first] if play is not None else []
    if decided and decided[-1].decision is Decision.HELD and decided[-1].until is not None:
        wanted.append(f"held until {decided[-1].until.isoformat()}")
    wanted.append(_decision(claim_number, proposal))
    return tuple(dict.fromkeys(wanted))


def _stopped(proposal: RecodingProposed) -> bool:
    """Whether the stop list keeps everything back that would be sent (G7)."""
    return any(guard.id == "G7" and guard.result == "veto" for guard in proposal.guards)


def approvable(proposal: RecodingProposed) -> bool:
    """Whether an approval would carry anything out: a claim goes back with a change of it, or as it is where what turned
    it away was not said of it."""
    if _stopped(proposal) or proposal.automation is Automation.A0 or proposal.path is Path.NONE:
        return False
    return proposal.path not in CLAIM_PATHS or _changes(proposal) or not_said_of_it(proposal.causes)


def _changes(proposal: RecodingProposed) -> bool:
    return bool(proposal.edits or proposal.candidates or proposal.path_edits)


def _decision(claim_number: str, proposal: RecodingProposed) -> str:
    """What a person types: an approval only of what can be approved."""
    decide, override = f"`reclaim decide {claim_number}", f"`reclaim override {claim_number} --edits FILE"
    if not approvable(proposal):
        if proposal.path in CLAIM_PATHS and not _stopped(proposal):
            by = "--by YOU --reason documented --document REF"
            return f"your own edits: {override} {by}`, or decide reject, or hold"
        return f"a decision: {decide} reject --by YOU --reason CODE` closes it; or hold"
    approve = f"{decide} approve"
    if proposal.path in CLAIM_PATHS and not _changes(proposal):
        by = "--by YOU --reason documented"
        return (
            f"a decision: {approve} {by}` sends it as it is, {override}` with your edits; or reject, or hold"
        )
    choice = " --candidate N" if len(proposal.candidates) > 1 else ""
    wants = any(g.result == "veto" and g.id in ("G1", "G3", "G6", "G8") for g in proposal.guards)
    document = " --document REF" if proposal.candidates or wants or "document" in proposal.missing else ""
    return f"a decision: {approve}{choice}{document} --by YOU --reason documented`, or reject, or hold"


def _wanted(word: str) -> str:
    if word.startswith(TABLE):
        kind, _, part = word.removeprefix(TABLE).partition(".")
        return f"{missing_part(kind, part)}: `reclaim load {loading_kind(kind)} FILE`"
    if word.startswith(CLAIM):
        return f"what the claim does not say: {plain(word.removeprefix(CLAIM))}"
    if word.startswith(PROFILE):
        return f"how this payer takes it ({plain(word.removeprefix(PROFILE))}): `reclaim load payer_profiles FILE`"
    return SETTLES.get(word) or wanted_words(word)

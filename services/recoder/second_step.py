"""The new claim after a void: what was approved for it, proposed once the payer has taken the old one back."""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.case import ClassifiedDenial
from schemas.codes import Action, Automation, Path
from schemas.envelope import content_id
from schemas.recoding import Edit, RecodingProposed
from services.core.resubmission.arrangement import arrange
from services.core.resubmission.limits import limit_for
from services.core.resubmission.path import Way
from services.core.resubmission.profiles import Profile

STEP: Final = "new_claim_after_void"

_EXPLANATION: Final = (
    "The payer has taken the claim back. The new claim that was to follow goes with the corrections that were approved"
    " with the void; look at them again before it leaves."
)


def after_void(
    before: RecodingProposed,
    denial: ClassifiedDenial,
    edits: tuple[Edit, ...],
    profile: Profile,
    today: date | None,
) -> RecodingProposed:
    """The proposal of the new claim. `before`: that of the void; `denial`: what the void was about, at the revision
    that the payer's word has brought."""
    limited = limit_for(denial, Way(Action.CORRECTED_CLAIM, Path.NEW_CLAIM, "1", None, STEP), profile, today)
    arranged = arrange(denial, Path.NEW_CLAIM, "1", profile, edits)
    missing = (*arranged.missing, *limited.way.missing)
    return before.model_copy(
        update={
            "revision": denial.revision,
            "proposal_id": content_id("proposal", denial.lineage, STEP, before.proposal_id, *denial.facts),
            "action": Action.CORRECTED_CLAIM,
            "path": limited.way.path,
            "frequency_code": limited.way.frequency_code,
            "original_reference": None,
            "automation": Automation.A1 if missing else Automation.A2,
            "edits": edits,
            "candidates": (),
            "missing": missing,
            "query": None,
            "explanation": _EXPLANATION,
            "deadlines": limited.deadlines,
            "facts": denial.facts,
            "answers_withdrawn": before.proposal_id,
            "step": STEP,
            "path_edits": arranged.edits,
        }
    )

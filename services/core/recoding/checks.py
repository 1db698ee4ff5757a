"""The registry of checks: small pure functions that a rule names. Each is total: it never raises on data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from services.core.recoding.authorization import authorization_on_file
from services.core.recoding.identifier import IdentifierParameters, identifier_in_master
from services.core.recoding.modifier import ModifierParameters, modifier_candidates
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, lacks, passes


class NoParameters(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Check:
    """A named check: what it is given beside the situation, and what it does."""

    parameters: type[BaseModel]
    run: Callable[[Situation, Any], Verdict]


def claim_can_return(situation: Situation, _: NoParameters) -> Verdict:
    """The 837 of this lineage is known, and of a guide that may be sent again."""
    claim = situation.claim
    if claim is None or not situation.denial.matched_claim:
        return lacks("claim")
    if not claim.resubmittable:
        return fails("guide_not_supported")
    return passes("claim_known")


CHECKS: Final[dict[str, Check]] = {
    "claim_can_return": Check(NoParameters, claim_can_return),
    "authorization_on_file": Check(NoParameters, lambda situation, _: authorization_on_file(situation)),
    "identifier_in_master": Check(IdentifierParameters, identifier_in_master),
    "modifier_candidates": Check(ModifierParameters, modifier_candidates),
}

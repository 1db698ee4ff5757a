"""Whether a service is covered by a monthly payment: CARC 24 under a capitated contract takes nothing away."""

from __future__ import annotations

from typing import Final

from services.core.denials.knowledge import reason_code
from services.core.recoding.check import Check, Parameters
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, passes

COVERED_BY_CAPITATION: Final = "24"
"""From Medicare itself it says that a health plan has the patient, which is a denial (domain reference 1.3, 8)."""


def contract_is_capitated(situation: Situation, _: Parameters) -> Verdict:
    """The payer's profile says so, and nothing but CARC 24 is behind the cause. Unknown is no."""
    if situation.profile.capitated is not True:
        return fails("contract_not_capitated")
    if any(reason_code(a.reason) != COVERED_BY_CAPITATION for a in situation.cause.adjustments):
        return fails("other_reasons")
    return passes("contract_capitated")


CHECKS: Final = {"contract_is_capitated": Check(Parameters, contract_is_capitated)}

"""Whether the remittance of the payer before this one is on file, and says all that this payer asks for."""

from __future__ import annotations

from typing import Final

from schemas.case import PayerAnswer
from schemas.codes import Automation, ClaimState
from services.core.recoding.check import Check, Parameters
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks
from services.core.resubmission.coordination import coordinate

_UNDECIDED: Final = frozenset({ClaimState.PENDED, ClaimState.REVERSED, ClaimState.PREDETERMINATION})
"""A payer that says one of these last has not decided: nothing is told of it."""


def prior_remittance(situation: Situation, _: Parameters) -> Verdict:
    """Its payments, adjustments and date come onto the claim, exactly as that remittance has them. Edits loops 2320,
    2330A, 2330B and 2430, and the order of payers.

    One payer before this one: with several, who follows whom is a person's question.
    """
    claim = situation.claim
    if claim is None:
        return lacks("claim")
    found = [a for a in situation.denial.other_payers if a.adjudication is not None]
    if not found:
        return lacks("prior_remittance")
    if len(found) > 1:
        return fails("several_prior_payers")
    prior: PayerAnswer = found[0]
    if prior.claim_state in _UNDECIDED:
        return fails("prior_payer_has_not_decided")
    if prior.responsibility is None:
        return Verdict(Outcome.MISSING, "cannot_decide", missing=("order_of_payers",))
    made = coordinate(claim, prior)
    if made.missing:
        return lacks(*made.missing)
    if not made.edits:
        return fails("the_claim_says_it_already")
    return Verdict(
        Outcome.PASSES,
        "taken_from_the_prior_remittance",
        edits=made.edits,
        evidence=made.edits[0].evidence,
        ceiling=Automation.A3,
    )


CHECKS: Final = {"prior_remittance": Check(Parameters, prior_remittance)}

"""Whether the payer before this one, or the claim to it, says all that the next payer asks for."""

from __future__ import annotations

from typing import Final

from schemas.codes import Automation
from services.core.recoding.check import Check, Parameters
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks, passes
from services.core.resubmission.coordination import coordinate, sole_prior
from services.core.resubmission.next_payer import bill_next

_NOT_TOLD: Final = frozenset({"prior_remittance", "order_of_payers"})
"""Why there is no prior payer, where one may still be told of."""


def prior_remittance(situation: Situation, _: Parameters) -> Verdict:
    """Its payments, adjustments and date come onto the claim, exactly as that remittance has them. Edits loops 2320,
    2330A, 2330B and 2430, and the order of payers."""
    claim = situation.claim
    if claim is None:
        return lacks("claim")
    prior = sole_prior(situation.denial)
    if isinstance(prior, str):
        return lacks(prior) if prior in _NOT_TOLD else fails(prior)
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


def next_payer(situation: Situation, _: Parameters) -> Verdict:
    """The claim that the denying payer got names the next one, and says all that a claim to it needs: the two change
    places, and what the denying payer decided goes with it. Edits loops 2000B, 2320, 2330A, 2330B and 2430. A person
    agrees: nobody but the claim itself says that the next payer covers the patient."""
    if situation.claim is None:
        return lacks("claim")
    made = bill_next(situation.denial)
    if made.missing:
        return lacks(*made.missing)
    return Verdict(
        Outcome.PASSES,
        "taken_from_the_claim_and_its_remittance",
        edits=made.edits,
        evidence=made.edits[0].evidence,
        ceiling=Automation.A2,
    )


def next_payer_has_it(situation: Situation, _: Parameters) -> Verdict:
    """A payer after the denying one has the claim already: what it says of it is worked where it says it."""
    return passes("next_payer_has_the_claim") if situation.denial.later_payers else fails("nobody_after")


CHECKS: Final = {
    "prior_remittance": Check(Parameters, prior_remittance),
    "next_payer": Check(Parameters, next_payer),
    "next_payer_has_it": Check(Parameters, next_payer_has_it),
}

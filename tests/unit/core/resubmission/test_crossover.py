"""A payer that forwards claims by itself: who is reached by it, also where the remittance says nothing of it."""

from __future__ import annotations

import pytest

from schemas.case import ClassifiedDenial, PayerAnswer
from schemas.claim import ClaimSubmitted
from schemas.codes import Action, ClaimState, Path
from schemas.remittance import Payer
from services.core.resubmission.crossover import forwarding_payer
from services.core.resubmission.path import find_way
from services.core.resubmission.profiles import Profile, Profiles, bundle, load_bundle
from services.runtime.configuration import shipped_documents
from tests.recoding import denial_of
from tests.submitted import submitted_claims
from tests.synthetic_837 import PROFESSIONAL, file_bytes

CLAIM: ClaimSubmitted = next(submitted_claims(file_bytes(PROFESSIONAL)))

DOCUMENTS = {
    name: f"""
kind: profile
level: payer
name: {name}
aliases: [{name}-OLD]
inherits: commercial
values: {{{values}}}
cases: [{{name: a case, path: replacement}}]
"""
    for name, values in {
        "FIRST": "crossover_partner: {value: NEXT, source: agreement, date: 2026-01-01}",
        "NEXT": "",
        "OTHER": "",
    }.items()
}
PROFILES: Profiles = load_bundle(
    bundle(
        {**shipped_documents("services.core.resubmission"), **{f"{n}.yaml": t for n, t in DOCUMENTS.items()}}
    ),
    "test",
)


def named(*payers: tuple[str, str]) -> ClaimSubmitted:
    """The claim with a loop 2320 for each of these: SBR01 and id."""
    loops = [
        segment
        for place, payer in payers
        for segment in (f"SBR*{place}*18*******CI", "OI***Y***Y", f"NM1*PR*2*PLAN*****PI*{payer}")
    ]
    at = next(n for n, s in enumerate(CLAIM.segments) if s.startswith("LX"))
    segments = (*CLAIM.segments[:at], *loops, *CLAIM.segments[at:])
    return CLAIM.model_copy(update={"segments": segments, "payer_responsibility": "P"})


def denied(payer: str, claim: ClaimSubmitted | None = None, prior: str | None = None) -> ClassifiedDenial:
    """A denial by this payer, to whom the claim was sent; `prior`: who said something before it."""
    denial = denial_of()
    said = denial.adjudication
    answers = (
        PayerAnswer(
            lineage="L0",
            payer=Payer(id=prior, name=None),
            responsibility="primary",
            claim_state=ClaimState.PAID,
            charge=said.charge,
            paid=said.paid,
            patient_responsibility=None,
            payer_control_number=None,
            remitted=None,
            fact="F0",
            adjudication=said,
        ),
    )
    changed = {"payer": Payer(id=payer, name=None), "claim": claim}
    return denial.model_copy(update={**changed, "other_payers": answers if prior is not None else ()})


def forwarder(denial: ClassifiedDenial) -> str | None:
    return forwarding_payer(denial, PROFILES.of(denial.payer.id), PROFILES)


@pytest.mark.parametrize(
    ("payer", "prior", "found"),
    [
        ("NEXT", "FIRST", "FIRST"),
        (" next-old", "FIRST-OLD", "FIRST"),
        ("OTHER", "FIRST", None),
        ("NEXT", "OTHER", None),
        ("NEXT", None, None),
    ],
)
def test_the_partner_of_a_prior_payer_has_the_claim(payer: str, prior: str | None, found: str | None) -> None:
    assert forwarder(denied(payer, prior=prior)) == found


@pytest.mark.parametrize(
    ("named_payers", "found"),
    [
        ((("S", "NEXT"),), "FIRST"),
        ((("S", "OTHER"), ("T", "NEXT-OLD")), "FIRST"),
        ((("S", "OTHER"),), None),
        ((("P", "NEXT"),), None),
        ((), None),
    ],
)
def test_the_partner_that_the_claim_names_after_its_payer_has_it(
    named_payers: tuple[tuple[str, str], ...], found: str | None
) -> None:
    assert forwarder(denied("FIRST", named(*named_payers))) == found


@pytest.mark.parametrize(
    ("action", "cause", "path"),
    [
        (Action.BILL_OTHER, "cob", Path.WAIT),
        (Action.BILL_OTHER, "wrong_payer", Path.NEW_CLAIM),
        (Action.CORRECTED_CLAIM, "cob", Path.REPLACEMENT),
    ],
)
def test_only_a_secondary_claim_waits_for_what_a_profile_forwards(
    action: Action, cause: str, path: Path
) -> None:
    profile: Profile = PROFILES.of("FIRST")
    way = find_way(
        action, cause, (), profile, denied_in_full=True, payer_control_number="ICN", forwarder="FIRST"
    )
    assert way.path is path
    assert (way.reason == "forwarded by profile FIRST") is (path is Path.WAIT)

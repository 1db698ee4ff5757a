"""Whether a payer forwards a claim by itself to the payer after it: then nobody sends it there a second time.

A remittance may say so (CLP02, NM1*TT, MA18); where it is silent, the profile's `crossover_partner` does. Source: domain
reference 3.2 (profile keys) and 3.6 (crossover).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.case import ClassifiedDenial, PayerAnswer
from schemas.claim import ClaimSubmitted
from services.core.resubmission.profiles import Profile, Profiles
from services.core.x12.structure import decision_places
from services.core.x12.values import at

_ORDER: Final = "PSTABCDEFGH"
"""SBR01, the first payer first."""


def forwarding_payer(denial: ClassifiedDenial, profile: Profile, profiles: Profiles) -> str | None:
    """The payer whose profile says that it forwards the claim to the one that a secondary claim would go to; null
    where none does. `profile`: of the denial's payer.

    A payer that denied as a later one is reached by those before it; one that denied as the first reaches those that
    its claim names after it.
    """
    claim = denial.claim
    for prior in denial.other_payers:
        forwarder = _profile(prior, profiles)
        billed = (denial.payer.id, claim.payer.id if claim is not None else None)
        if forwarder.crossover_partner and any(forwards(forwarder, payer, profiles) for payer in billed):
            return forwarder.name
    if not profile.crossover_partner or claim is None:
        return None
    reached = any(forwards(profile, payer, profiles) for payer in _later_payers(claim))
    return profile.name if reached else None


def forwards(profile: Profile, payer_id: str | None, profiles: Profiles) -> bool:
    """Whether the profile's payer forwards to this one, under any of its ids (case and blanks do not matter)."""
    partner = profile.crossover_partner
    if not partner or not payer_id or not payer_id.strip():
        return False
    return payer_id.strip().upper() in {known.strip().upper() for known in profiles.of(partner).ids}


def _profile(prior: PayerAnswer, profiles: Profiles) -> Profile:
    """By the id of its 835 or of the 837 that went to it, whichever has a profile of its own."""
    said = profiles.of(prior.payer.id)
    if said.known or prior.claim is None:
        return said
    return profiles.of(prior.claim.payer.id)


def _later_payers(claim: ClaimSubmitted) -> Iterator[str]:
    """Ids of the payers that the claim names after its own (loops 2320 and 2330B)."""
    segments = [s.split(claim.delimiters.element) for s in claim.segments]
    own = _ORDER.find(claim.payer_responsibility or "P")
    for begin, end in decision_places(segments):
        if _ORDER.find(at(segments[begin], 1) or "P") > own:
            yield from (at(s, 9) for s in segments[begin:end] if s[:2] == ["NM1", "PR"])

"""The claim to the payer after this one, made from the claim to this one, which names it in loops 2320 and 2330.

The two payers change places: who is insured with the next one (2330A) and the payer itself (2330B) become loop 2000B,
and this payer takes their loop 2320, with what it decided. What the claim says to this payer alone is not carried over:
its claim number and its authorization or referral go, and the next payer's own stand there where loop 2330B names
them. Whatever else is meant for one payer only leaves the claim to a person, and is named.

Only where the patient is the insured of both, so that name, sex, birth date and address are one person's. Sources:
domain reference 3.6; 005010X222A1 and 005010X223A2, loops 2000B, 2010BA, 2010BB, 2320, 2330A and 2330B.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from schemas.case import ClassifiedDenial, Evidence, PayerAnswer
from schemas.claim import ClaimSubmitted, Payer
from schemas.codes import Action
from schemas.recoding import Edit
from schemas.remittance import Adjudication
from services.core.denials.knowledge import SHIPPED, ReasonClass, reason_code
from services.core.resubmission.coordination import UNDECIDED, Coordination, coordinate, sole_prior
from services.core.resubmission.profiles import Profile, Profiles
from services.core.x12.delimiters import COMPONENT, ELEMENT
from services.core.x12.structure import BILLED, Segment, decision_places, plain
from services.core.x12.values import at

_FIRST: Final = "P"
_NEXT: Final = "S"
_SELF: Final = "18"
"""SBR02 where the patient is the insured."""

_MEDICARE: Final = frozenset({"MA", "MB"})
"""SBR09 with which SBR05 says why Medicare comes second."""

OF_ONE_PAYER: Final = {"prior_authorization": "G1", "referral_number": "9F"}
"""Fields of loop 2300 that a payer gave a number to, by REF01: in loop 2330B they are another payer's."""

_FOR_ONE_PAYER: Final = frozenset({"CN1", "HCP", "PWK"})
_REFERENCES_FOR_ONE_PAYER: Final = frozenset({"4N", "9A", "9B", "9C", "9D", "G2", "LU", "G3"})
_ON_LINES: Final = frozenset({"G1", "9F"})
_OF_NEXT_PAYER: Final = frozenset({"2U", "EI", "FY", "NF"})
"""REF01 of loop 2330B that loop 2010BB has as well."""

_DECIDED: Final = frozenset({"CAS", "AMT", "MIA", "MOA", "DTP"})
"""Segments of loops 2320 and 2330B by which a payer says what it decided."""


class _MissingError(Exception):
    """What is not there, by a word."""


def left_to_next(adjudication: Adjudication) -> bool:
    """Whether some of what is denied is for the payer after the denying one: by its reason, or because it is put on
    the patient (domain reference 3.4: secondary or patient)."""
    for adjustment in adjudication.adjustments:
        reason = SHIPPED.reasons.get(reason_code(adjustment.reason))
        if reason is None or reason.class_ is not ReasonClass.DENIAL:
            continue
        if adjustment.group == "PR" or reason.action is Action.BILL_OTHER:
            return True
    return False


def bill_next(denial: ClassifiedDenial) -> Coordination:
    """The edits that make of the denied claim the one to the next payer, with what the denying payer decided; or what
    is missing for them."""
    claim = denial.claim
    if claim is None:
        return Coordination(missing=("claim",))
    if not left_to_next(denial.adjudication):
        return Coordination(missing=("not_left_to_the_next_payer",))
    if denial.later_payers:
        return Coordination(missing=("next_payer_has_the_claim",))
    try:
        return _swapped(denial, claim)
    except _MissingError as missing:
        return Coordination(missing=(str(missing),))


def secondary(denial: ClassifiedDenial) -> Coordination:
    """The edits of a secondary claim, whichever payer denied: with the decision of the one before it where there is
    one, else to the one after it; or what is missing for them."""
    if denial.claim is None:
        return Coordination(missing=("claim",))
    if not denial.other_payers:
        return bill_next(denial)
    prior = sole_prior(denial)
    if isinstance(prior, str):
        return Coordination(missing=(prior,))
    return coordinate(denial.claim, prior)


def goes_elsewhere(edits: Iterable[Edit]) -> bool:
    """Whether a claim with these edits goes to another payer than the one that denied."""
    return any(edit.field == BILLED for edit in edits)


def billed_payer(claim: ClaimSubmitted, edits: Iterable[Edit]) -> tuple[Payer, str | None, str | None]:
    """Whom a claim with these edits is sent to: the payer, its filing indicator (SBR09), its state (N4 of 2010BB)."""
    value = next((e.after for e in edits if e.field == BILLED), None)
    if not isinstance(value, tuple):
        return claim.payer, claim.filing_indicator, claim.payer_state
    loop = [segment.split(ELEMENT) for segment in value]
    place = next((n for n, s in enumerate(loop) if s[:2] == ["NM1", "PR"]), len(loop))
    name = loop[place] if place < len(loop) else []
    state = next((at(s, 2) for s in loop[place:] if s[0] == "N4"), "")
    payer = Payer(id=at(name, 9) or None, name=at(name, 3) or None)
    return payer, at(loop[0], 9) or None, state or None


def next_profile(claim: ClaimSubmitted | None, edits: Iterable[Edit], profiles: Profiles) -> Profile | None:
    """The profile of the payer that a claim with these edits goes to, where it is another than the one that denied."""
    made = tuple(edits)
    if claim is None or not goes_elsewhere(made):
        return None
    payer, indicator, state = billed_payer(claim, made)
    return profiles.of(payer.id, indicator, state)


def numbers_of_next_payer(claim: ClaimSubmitted) -> tuple[Edit, ...]:
    """The authorization and the referral as the next payer knows them: its own of loop 2330B, else none. Those of the
    payer that denied say nothing to it."""
    segments = _split(claim, claim.segments)
    loop = [s for begin, end in decision_places(segments) for s in segments[begin:end]]
    found: list[Edit] = []
    for field, qualifier in OF_ONE_PAYER.items():
        before = getattr(claim, field) or None
        own = [at(s, 2) for s in loop if s[:2] == ["REF", qualifier]]
        after = (own[0] or None) if own else None
        if before != after:
            evidence = (Evidence(source="claim-submitted", place=f"2330B REF*{qualifier}"),)
            found.append(Edit(line=None, field=field, before=before, after=after, evidence=evidence))
    return tuple(found)


def _swapped(denial: ClassifiedDenial, claim: ClaimSubmitted) -> Coordination:
    if denial.adjudication.claim_state in UNDECIDED or denial.claim_state in UNDECIDED:
        raise _MissingError("prior_payer_has_decided")
    segments = _split(claim, claim.segments)
    own = [s for s in _split(claim, claim.loops.subscriber) if s[0] != "HL"]
    places = decision_places(segments)
    if claim.payer_responsibility != _FIRST:
        raise _MissingError("order_of_payers")
    if not places:
        raise _MissingError("next_payer")
    if len(places) > 1:
        raise _MissingError("one_next_payer")
    begin, end = places[0]
    loop = segments[begin:end]
    if at(loop[0], 1) != _NEXT:
        raise _MissingError("order_of_payers")
    _check_rest([*segments[:begin], *segments[end:]])
    _check_loop(loop, segments[0])
    if claim.loops.patient or at(own[0] if own else [], 2) != _SELF or at(loop[0], 2) != _SELF:
        raise _MissingError("patient_is_insured_of_both")
    billed = [*_subscriber(loop, own), *_payer(loop)]
    element = claim.delimiters.element
    turned = claim.model_copy(
        update={
            "payer_responsibility": _NEXT,
            "loops": claim.loops.model_copy(update={"subscriber": tuple(element.join(s) for s in billed)}),
            "segments": tuple(element.join(s) for s in (*segments[:begin], *segments[end:])),
        }
    )
    made = coordinate(turned, _answer(denial, claim))
    if made.missing:
        return made
    component = claim.delimiters.component
    evidence = (Evidence(source="claim-submitted", place="2320, 2330A and 2330B"),)
    change = Edit(
        line=None,
        field=BILLED,
        before=plain(own, component),
        after=tuple(_text(s, component) for s in billed),
        evidence=evidence,
    )
    present = plain(loop, component)
    edits = tuple(
        e.model_copy(update={"before": present}) if e.field.endswith(".decision") else e for e in made.edits
    )
    return Coordination(edits=(change, *edits))


def _answer(denial: ClassifiedDenial, claim: ClaimSubmitted) -> PayerAnswer:
    """What the denying payer said, as the one before the next."""
    said = denial.adjudication
    return PayerAnswer(
        lineage=denial.lineage,
        payer=said.payer,
        responsibility="primary",
        claim_state=denial.claim_state,
        charge=said.charge,
        paid=said.paid,
        patient_responsibility=said.patient_responsibility,
        payer_control_number=said.payer_control_number,
        remitted=said.remittance.payment_date,
        fact="claim-denied",
        adjudication=said,
        claim=claim,
    )


def _check_rest(segments: Sequence[Segment]) -> None:
    """Nothing else on the claim is meant for the first payer alone."""
    on_lines = False
    for segment in segments:
        on_lines = on_lines or segment[0] == "LX"
        reference = segment[0] == "REF" and (
            at(segment, 1) in _REFERENCES_FOR_ONE_PAYER or (on_lines and at(segment, 1) in _ON_LINES)
        )
        if reference:
            raise _MissingError(f"for_first_payer_only:REF*{at(segment, 1)}")
        if segment[0] in _FOR_ONE_PAYER:
            raise _MissingError(f"for_first_payer_only:{segment[0]}")
        if segment[0] == "SVD":
            raise _MissingError("next_payer_has_not_decided")


def _check_loop(loop: Sequence[Segment], head: Segment) -> None:
    """The next payer has said nothing yet, and what the claim says for it is what it says for the first."""
    if any(s[0] in _DECIDED for s in loop) or any(s[:2] in (["REF", "F8"], ["REF", "T4"]) for s in loop):
        raise _MissingError("next_payer_has_not_decided")
    if any(s[0] == "NM1" and at(s, 1) not in ("IL", "PR") for s in loop):
        raise _MissingError("next_payer_providers")
    release = next((s for s in loop if s[0] == "OI"), [])
    if (at(release, 3), at(release, 6)) != (at(head, 8), at(head, 9)):
        raise _MissingError("next_assignment")


def _subscriber(loop: Sequence[Segment], own: Sequence[Segment]) -> list[Segment]:
    """SBR and loop 2010BA: the insured of loop 2330A. Birth date and sex stand in no loop 2330A; they are those of
    the claim, as the patient is the insured of both."""
    head = loop[0]
    indicator = at(head, 9)
    if not indicator:
        raise _MissingError("next_filing_indicator")
    if indicator in _MEDICARE and not at(head, 5):
        raise _MissingError("next_insurance_type")
    name = _behind(loop, "IL")
    if not name or not at(name[0], 3):
        raise _MissingError("next_subscriber_name")
    if not (at(name[0], 8) and at(name[0], 9)):
        raise _MissingError("next_subscriber_id")
    first = _behind(own, "IL")
    birth = [s for s in first if s[0] == "DMG"]
    if not birth:
        raise _MissingError("next_subscriber_birth_date")
    address = _address(name) or _address(first)
    if not address:
        raise _MissingError("next_subscriber_address")
    sbr = ["SBR", _NEXT, _SELF, at(head, 3), at(head, 4), at(head, 5), "", "", "", indicator]
    return [sbr, name[0], *address, *birth, *(s for s in name if s[0] == "REF")]


def _payer(loop: Sequence[Segment]) -> list[Segment]:
    """Loop 2010BB: the payer of loop 2330B."""
    found = _behind(loop, "PR")
    if not found or not at(found[0], 3):
        raise _MissingError("next_payer_name")
    if not (at(found[0], 8) and at(found[0], 9)):
        raise _MissingError("next_payer_id")
    own = [s for s in found if s[0] == "REF" and at(s, 1) in _OF_NEXT_PAYER]
    return [found[0], *_address(found), *own]


def _address(loop: Sequence[Segment]) -> list[Segment]:
    """N3 and N4, both or none."""
    found = [s for s in loop if s[0] in ("N3", "N4")]
    return found if len(found) == 2 else []


def _behind(loop: Sequence[Segment], role: str) -> list[Segment]:
    """NM1 with this role and all that stands behind it, up to the next name."""
    start = next((n for n, s in enumerate(loop) if s[:2] == ["NM1", role]), None)
    if start is None:
        return []
    stop = next((n for n in range(start + 1, len(loop)) if loop[n][0] == "NM1"), len(loop))
    return list(loop[start:stop])


def _split(claim: ClaimSubmitted, segments: Iterable[str]) -> list[Segment]:
    return [s.split(claim.delimiters.element) for s in segments]


def _text(segment: Segment, component: str) -> str:
    return ELEMENT.join(segment).rstrip(ELEMENT).replace(component, COMPONENT)

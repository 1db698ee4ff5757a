"""Every claim of the corpus as a replacement: proven by the difference check, and taken by the gate where the
original was."""

from __future__ import annotations

from datetime import date
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from x12sdk.generate import generate_837p

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit
from schemas.resubmission import OutgoingClaim
from services.core.x12.difference import unexplained
from services.core.x12.editor import edit
from services.core.x12.interchange import assemble, identify
from services.resubmitter.gate import findings
from tests.submitted import corpus_files, needs_corpus, submitted_claims
from tests.synthetic_837 import INSTITUTIONAL, PROFESSIONAL, file_bytes

DAY = date(2026, 2, 3)
NUMBER = "000000001"
MOST = 40
"""Claims of one file that are gated: one takes 3 ms, and the largest file holds hundreds of like ones."""


def replacement_edits(claim: ClaimSubmitted) -> tuple[Edit, ...]:
    """The control fields of a replacement, and a prior authorization."""
    wanted = (
        ("frequency_code", claim.frequency_code, "7"),
        ("original_reference", claim.original_reference, "PAYERCONTROL1"),
        ("prior_authorization", claim.prior_authorization, "AUTH20260203"),
    )
    return tuple(Edit(line=None, field=f, before=b, after=a) for f, b, a in wanted)


def alone(claim: OutgoingClaim) -> bytes:
    return assemble(identify(claim, None), claim.transaction, NUMBER, DAY, [claim]).data


def as_written(data: bytes) -> bytes:
    """The file under the addenda that we write: A1 of 837P, A2 of 837I."""
    for guide, addendum in ((b"005010X222", b"A1"), (b"005010X223", b"A2")):
        for other in (b"A1", b"A2", b"A3"):
            data = data.replace(guide + other, guide)
        data = data.replace(guide, guide + addendum)
    return data


FILES = corpus_files("837p", "837i")


@pytest.fixture(scope="module")
def clean() -> dict[str, bytes]:
    """Files that the gate takes as they are. No institutional file of the corpus does: each sets CLM06."""
    corpus = {path.name: path.read_bytes() for path in FILES}
    generated = {f"generated {seed}": generate_837p(seed=seed, claims=10).encode() for seed in range(5)}
    own = {"professional": file_bytes(PROFESSIONAL), "institutional": file_bytes(INSTITUTIONAL)}
    taken = {name: data for name, data in corpus.items() if findings(as_written(data)) == ()}
    assert not corpus or len(taken) >= 18
    return {**taken, **generated, **own}


@needs_corpus
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_a_replacement_differs_in_nothing_but_its_edits(path: Path) -> None:
    for claim in submitted_claims(path.read_bytes()):
        edits = replacement_edits(claim)
        outgoing = edit(claim, edits)
        assert unexplained(claim, outgoing, edits) == ()
        kept = [s for s in outgoing.claim if s in claim.segments]
        assert len(claim.segments) - len(kept) <= 3
        assert [s for s in claim.segments if s in kept] == kept


def test_the_gate_takes_the_replacement_of_every_clean_claim(clean: dict[str, bytes]) -> None:
    for name, data in clean.items():
        for claim in islice(submitted_claims(data), MOST):
            assert findings(alone(edit(claim, replacement_edits(claim)))) == (), name


def test_a_replacement_is_read_back_with_its_edits_and_all_else_as_it_was(clean: dict[str, bytes]) -> None:
    apart = {"position", "loops", "delimiters", "segments", "submitted", "guide", "encoding"}
    for claim in (c for data in clean.values() for c in islice(submitted_claims(data), MOST)):
        (after,) = submitted_claims(alone(edit(claim, replacement_edits(claim))))
        expected = claim.model_dump(exclude=apart) | {
            "frequency_code": "7",
            "original_reference": "PAYERCONTROL1",
            "prior_authorization": "AUTH20260203",
        }
        assert after.model_dump(exclude=apart) == expected


def test_claims_of_many_files_fit_into_one_interchange(clean: dict[str, bytes]) -> None:
    claims = [
        edit(claim, replacement_edits(claim))
        for data in clean.values()
        for claim in list(submitted_claims(data))[:20]
        if claim.transaction == "837P"
    ]
    assembled = assemble(identify(claims[0], None), "837P", NUMBER, DAY, claims)
    assert findings(assembled.data) == ()
    read = [claim.claim_number for claim in submitted_claims(assembled.data)]
    numbers = [c.claim[0].split(c.element)[1] for c in claims]
    assert read == [numbers[index] for index in assembled.order]


SYNTHETIC = [c for text in (PROFESSIONAL, INSTITUTIONAL) for c in submitted_claims(file_bytes(text))]
CODES = st.text(alphabet="ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=1, max_size=12)
MODIFIERS = st.lists(
    st.text(alphabet="ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=2, max_size=2), max_size=4
).map(tuple)


@st.composite
def edited_claims(draw: st.DrawFn) -> tuple[ClaimSubmitted, tuple[Edit, ...]]:
    """A claim and edits of some of its fields, each with what the claim says as `before`."""
    claim = draw(st.sampled_from(SYNTHETIC))
    line = draw(st.sampled_from(claim.lines))
    place = f"lines[{line.line}]"
    possible = [
        Edit(
            line=None, field="frequency_code", before=claim.frequency_code, after=draw(st.sampled_from("78"))
        ),
        Edit(line=None, field="original_reference", before=claim.original_reference, after=draw(CODES)),
        Edit(line=None, field="prior_authorization", before=claim.prior_authorization, after=draw(CODES)),
        Edit(line=None, field="referral_number", before=claim.referral_number, after=draw(CODES)),
        Edit(line=None, field="billing_npi", before=claim.billing_npi, after=draw(CODES)),
        Edit(line=None, field="diagnoses[1].code", before=claim.diagnoses[0].code, after=draw(CODES)),
        Edit(line=line.line, field=f"{place}.procedure", before=line.procedure, after=draw(CODES)),
        Edit(line=line.line, field=f"{place}.modifiers", before=line.modifiers, after=draw(MODIFIERS)),
    ]
    chosen = draw(st.lists(st.sampled_from(range(len(possible))), unique=True))
    return claim, tuple(possible[i] for i in chosen)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edited_claims())
def test_any_edits_are_proven_and_none_of_them_may_be_missing(
    drawn: tuple[ClaimSubmitted, tuple[Edit, ...]],
) -> None:
    claim, edits = drawn
    outgoing = edit(claim, edits)
    assert unexplained(claim, outgoing, edits) == ()
    for missing in edits:
        if (missing.before or None) != (missing.after or None):
            assert unexplained(claim, outgoing, [e for e in edits if e is not missing]) != ()

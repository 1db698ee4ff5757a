"""The guard reads the finished 837: a change that nobody approved is vetoed, whatever the proposal says."""

from __future__ import annotations

import pytest

from schemas.recoding import GuardFacts
from schemas.resubmission import OutgoingClaim
from services.core.recoding.change import Change
from services.core.resubmission.finished import guard_finished
from services.core.x12.editor import edit
from tests.decisions import AUTHORIZATION, CLAIM, PROFILES

APPROVED = Change(CLAIM, (AUTHORIZATION,), GuardFacts(causes=("auth",)), PROFILES.of("EHP01"))
FINISHED = edit(CLAIM, (AUTHORIZATION,))


def vetoed(outgoing: OutgoingClaim, approved: Change = APPROVED) -> set[str]:
    return {f"{r.id}:{r.reason}" for r in guard_finished(approved, CLAIM, outgoing) if r.result == "veto"}


def with_text(old: str, new: str) -> OutgoingClaim:
    segments = tuple(segment.replace(old, new) for segment in FINISHED.claim)
    assert segments != FINISHED.claim
    return FINISHED.model_copy(update={"claim": segments})


def test_the_approved_edit_alone_passes_every_guard() -> None:
    results = guard_finished(APPROVED, CLAIM, FINISHED)
    assert [r.id for r in results] == [f"G{n}" for n in range(1, 11)]
    assert {r.result for r in results} <= {"pass", "not_applicable"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("G0463:25", "G0463:59", "G1:documents_needed"),
        ("G0463:25", "G0463:59", "G9:edit_without_evidence"),
        ("ABK:J0390", "ABK:M545", "G4:diagnosis_not_documented"),
        ("G0463:25*150", "G0463:25*170", "G10:charges_do_not_add_up"),
    ],
)
def test_what_was_not_approved_is_vetoed(old: str, new: str, said: str) -> None:
    assert said in vetoed(with_text(old, new))


def test_a_lost_line_is_vetoed() -> None:
    cut = FINISHED.claim.index("LX*2")
    assert "G10:charges_do_not_add_up" in vetoed(FINISHED.model_copy(update={"claim": FINISHED.claim[:cut]}))


def test_an_approved_edit_that_is_not_in_the_text_is_vetoed() -> None:
    assert vetoed(edit(CLAIM, ())) == {"G10:an_approved_edit_is_missing"}

"""What came in as files, who is on hold, which letters are open."""

from __future__ import annotations

from services.monitor.stages import Stage
from tests.monitoring import START, Story


def test_a_file_counts_with_what_was_last_said_of_it() -> None:
    story = Story().file(0, "publishing", held={"claims": 3, "segments": 30})
    story.file(
        *(1, "published"),
        held={"claims": 3, "segments": 30},
        kept={"segments": 28},
        claims_published=2,
        claims_quarantined=1,
    )
    intake = story.fold().accounts.intake()
    assert intake.files == {"publishing": 0, "published": 1, "unreadable": 0, "superseded": 0}
    assert (intake.claims, intake.published, intake.set_aside) == (3, 2, 1)
    assert (intake.segments, intake.kept) == (30, 28)


def test_a_file_that_is_half_published_is_underway_and_not_yet_accounted_for() -> None:
    intake = Story().file(2, "publishing", held={"claims": 9}, claims_published=4).fold().accounts.intake()
    assert (intake.files["publishing"], intake.claims, intake.published) == (1, 0, 0)
    assert intake.still_since == START + 2 * 60_000


def test_a_hold_stands_until_it_is_released() -> None:
    assert Story().held(3).fold().accounts.holds == {"P1": START + 3 * 60_000}
    assert not Story().held(3).released(4).fold().accounts.holds


def test_a_letter_is_open_until_it_is_replayed_or_discarded() -> None:
    story = Story().buried(1, "x1").buried(2, "x2", "intake").buried(3, "x3").answered_letter(4, "x1")
    story.answered_letter(5, "x3", replayed=False)
    assert {name: letter.service for name, letter in story.fold().accounts.letters.items()} == {
        "x2": "intake"
    }


def test_what_cannot_be_read_changes_nothing() -> None:
    fold = Story().file(0, "eaten").say("dead-letters", 1, type_="dead-letter").fold()
    assert not fold.accounts.files
    assert not fold.accounts.letters


def test_a_claim_in_a_file_of_which_nobody_knows_says_so() -> None:
    story = Story().classified(0).proposed(1).decided(2, "approved").sent(3)
    story.refused(4, "delivery_uncertain", waits=True, send="r")
    waits = list(story.fold().waits())
    assert [(wait.stage, wait.reason) for wait in waits] == [(Stage.DELIVERED, "delivery_uncertain")]

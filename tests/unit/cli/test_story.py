"""The story of a claim: what was billed, what came back, why, what would settle it, what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from schemas.case import CaseChanged
from schemas.claim import ClaimSubmitted
from schemas.codes import Automation
from schemas.envelope import Event, content_id
from schemas.recoding import GuardResult
from schemas.shape import Shape
from services.account.claim import Account, give_account
from services.cli.story import print_story
from services.core.codes.denial_lists import parse_carc
from services.core.codes.tables import NO_TABLES, Edition, Tables
from tests import remitted
from tests.judged import Judged, claim, judge, remittances
from tests.unit.account.test_claim import proposal

DAY = date(2026, 6, 10)
LIST = parse_carc(b"Code,Description\n197,licensed words\n")
LISTED = NO_TABLES.with_edition(Edition("carc", "june", "0" * 64, date(1900, 1, 1), LIST))


def event(data: Shape, type_: str, day: date = DAY) -> Event[Shape]:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Event(content_id(type_, str(day)), f"{type_}.v1", "/reclaim/test", at, "main|claim", data)


def told_by(found: Judged) -> list[Event[Shape]]:
    events: list[Event[Shape]] = [event(found.remitted, "claim-denied")]
    if found.classified is not None:
        events.append(event(found.classified, "denial-classified"))
    return events


def answer(*adjustments: str, remarks: Sequence[str] = (), moa: str | None = None, paid: str = "0") -> Judged:
    body = claim("A1", *adjustments, remarks=remarks, moa=moa, paid=Decimal(paid))
    return judge(remittances({DAY: body}))["A1"]


def account(events: Sequence[Event[Shape]], tables: Tables = NO_TABLES) -> Account:
    found = give_account("A1", "main|claim", events, tables)
    assert found is not None
    return found


def story(events: Sequence[Event[Shape]], tables: Tables = NO_TABLES) -> str:
    """The printed story with its line breaks and columns made single blanks."""
    out = StringIO()
    print_story(Console(file=out, width=110, highlight=False), account(events, tables))
    return " ".join(out.getvalue().split())


def billed() -> Event[Shape]:
    submission: ClaimSubmitted = remitted.submission()
    return event(submission, "claim-submitted", date(2026, 1, 2))


def test_what_was_billed_is_told_line_by_line() -> None:
    told = story([billed()])
    assert "What was billed" in told
    assert "line 1 G0463-25 x 1 $150.00" in told
    assert "no answer has come yet" in told


def test_what_came_back_is_told_with_dollars_and_each_code_in_words() -> None:
    told = story(told_by(answer("CO*45*20", "CO*197*80")))
    assert "denied in full, $0.00 paid of $100.00, $80.00 denied" in told
    assert "CO-45 $20.00 charge above the fee schedule or contract" in told


@pytest.mark.parametrize(
    ("found", "place"),
    [
        (answer("CO*16*100", remarks=["N290"]), "on line 1: N290 rendering provider's identifier missing"),
        (answer("CO*16*100", moa="N290"), "on the whole claim: N290 rendering provider's identifier missing"),
    ],
    ids=["line", "claim"],
)
def test_a_cause_says_where_its_codes_stood(found: Judged, place: str) -> None:
    assert place in story(told_by(found))


def test_a_cause_says_the_first_move_and_the_wrong_one() -> None:
    (cause,) = account(told_by(answer("CO*197*100"))).lineages[0].causes
    assert (cause.first or "").startswith("Found an exact authorization")
    assert (cause.never or "").startswith("Make one up")


def test_a_masked_denial_is_not_told_to_be_posted() -> None:
    told = story(told_by(answer("CO*45*100")))
    assert "First: Ask the payer what it means." in told
    assert "Post it" not in told


def test_a_remark_that_sharpened_the_cause_brings_the_play_of_the_cause() -> None:
    told = story(told_by(answer("CO*16*100", remarks=["N290"])))
    assert "First: Take number, name or taxonomy from the provider master" in told


def test_where_nothing_is_missing_the_first_move_settles_it() -> None:
    found = answer("CO*22*100")
    assert found.classified is not None
    proposed = proposal(lineage=found.classified.lineage, automation=Automation.A1)
    (lineage,) = account([*told_by(found), event(proposed, "recoding-proposed")]).lineages
    assert lineage.settles[0].startswith("Who comes first?")
    assert "reclaim override A1 --edits FILE" in lineage.settles[1]


def test_what_new_facts_open_again_waits_for_the_answer_to_what_was_sent() -> None:
    found = answer("CO*197*100")
    assert found.classified is not None
    veto = GuardResult(id="G5", result="veto", reason="generation_unanswered")
    proposed = proposal(lineage=found.classified.lineage, guards=(veto,))
    told = story([*told_by(found), event(proposed, "recoding-proposed")])
    assert "what is approved now waits for that answer" in told
    assert "waits for a person's approval" not in told


def test_what_is_not_known_is_named() -> None:
    (lineage,) = account(told_by(answer("CO*16*100"))).lineages
    assert any("837" in doubt for doubt in lineage.not_known)
    assert any("remark that it must have" in doubt for doubt in lineage.not_known)


def test_what_is_clear_is_not_called_unknown() -> None:
    (lineage,) = account(told_by(answer("OA*197*100", remarks=["M62"]))).lineages
    assert lineage.not_known == (
        "what was billed in detail: the submitted claim (837) has not been seen; put it into the inbox",
    )


def test_the_words_of_a_licensed_list_are_shown_beside_ours() -> None:
    events = told_by(answer("CO*197*100"))
    assert 'absent (your list: "licensed words")' in story(events, LISTED)
    assert "your list" not in story(events)


def test_a_denial_that_was_paid_since_has_nothing_open() -> None:
    found = answer("CO*197*100")
    assert found.classified is not None
    change = CaseChanged(
        claim_number="A1",
        lineage=found.classified.lineage,
        revision=found.classified.revision + 1,
        answers=None,
        change="paid",
        open_denial=False,
    )
    events = [*told_by(found), event(change, "case-changed")]
    (lineage,) = account(events).lineages
    assert (lineage.open, lineage.change, lineage.settles, lineage.not_known) == (False, "paid", (), ())
    assert "paid since. Nothing is open." in story(events)


def test_a_paid_claim_has_no_denial() -> None:
    assert "Paid by EXAMPLE PLAN (P1): $80.00 of $100.00. No denial is open." in story(
        [event(answer("CO*45*20", paid="80").remitted, "claim-adjudicated")]
    )


def test_an_answer_taken_back_is_told_as_such() -> None:
    body = ["CLP*A1*22*-100*-80**12*ICN1*11*1", "SVC*HC:G0463*-100*-80**1", "CAS*CO*45*-20"]
    found = judge(remittances({DAY: body}))["A1"]
    told = story([event(found.remitted, "claim-adjudicated")])
    assert "took its answer back" in told
    assert "takes an earlier answer back ($100.00 billed, $80.00 paid)" in told


def test_a_claim_that_was_not_taken_in_was_never_decided() -> None:
    rejected = remitted.acknowledged(accepted=False, received=date(2026, 1, 5))
    told = story([billed(), event(rejected, "claim-acknowledged")])
    assert "send it as a first claim" in told
    assert "nothing was decided" in told


def test_of_a_long_answer_the_lines_that_were_simply_paid_are_counted() -> None:
    lines = [segment for n in range(20) for segment in (f"SVC*HC:G0463*10*{0 if n == 3 else 10}**1",)]
    lines.insert(4, "CAS*CO*197*10")
    body = ["CLP*A1*1*200*190**12*ICN1*11*1", *lines]
    told = story(told_by(judge(remittances({DAY: body}))["A1"]))
    assert "line 4 G0463 denied: $0.00 of $10.00" in told
    assert "and 19 lines paid" in told

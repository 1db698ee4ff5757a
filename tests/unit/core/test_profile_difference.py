"""What two sets of profiles say differently, and the open denials that it touches."""

from __future__ import annotations

from datetime import date

from schemas.codes import Automation
from schemas.records.work_item import SENT, WorkItem
from services.core.profile_difference import Changed, difference, touched
from services.core.resubmission.profiles import Profiles
from services.runtime.configuration import shipped_profiles
from tests.recoding import TODAY, Desk, context_of, profiles_with

SHORTER = "corrected_claim_days: {value: 20, source: new contract, date: 2026-04-20, example: true}"


def items(**changes: object) -> dict[str, bytes]:
    desk = Desk(context_of())
    desk.deny()
    return {"t|1": WorkItem(lineages=(desk.item().model_copy(update=changes),)).encode()}


def shorter() -> Profiles:
    return profiles_with(more=SHORTER)


def test_a_value_that_changed_stands_beside_the_old_one() -> None:
    assert difference(profiles_with(), shorter()) == (
        Changed("99999", "corrected_claim_days", "180", "20", "new contract", True),
    )


def test_the_same_set_differs_in_nothing() -> None:
    assert difference(shorter(), shorter()) == ()


def test_a_new_payer_differs_from_the_family_that_spoke_for_it() -> None:
    changes = difference(shipped_profiles(), shorter())
    assert {(c.document, c.key) for c in changes} == {("99999", "corrected_claim_days")}


def test_a_payer_that_is_gone_differs_too() -> None:
    assert [(c.key, c.before, c.after) for c in difference(shorter(), shipped_profiles())] == [
        ("corrected_claim_days", "20", "180")
    ]


def test_an_open_denial_of_the_payer_is_touched() -> None:
    (found,) = touched(items(), profiles_with(), shorter(), TODAY)
    assert (found.claim_number, found.payer, found.keys) == ("CASE-1", "99999", ("corrected_claim_days",))
    assert (found.path_before, found.path_after) == ("replacement", "none (clock_passed:corrected_claim)")
    assert found.due == (("corrected_claim", date(2026, 9, 28), date(2026, 4, 21)),)


def test_what_has_left_is_not_touched() -> None:
    assert touched(items(status=SENT), profiles_with(), shorter(), TODAY) == ()


def test_a_change_of_another_payer_touches_nothing() -> None:
    text = "corrected_claim_days: {value: 20, source: x, date: 2026-04-20}"
    other = profiles_with(inherits="blues", more=text)
    assert touched(items(), shorter(), shorter(), TODAY) == ()
    assert {c.document for c in difference(profiles_with(), other)} == {"99999"}


def test_a_denial_with_nothing_to_do_is_not_touched() -> None:
    desk = Desk(context_of())
    desk.deny()
    item = desk.item()
    assert item.proposal is not None
    idle = item.proposal.model_copy(update={"automation": Automation.A0})
    assert touched(items(proposal=idle), profiles_with(), shorter(), TODAY) == ()

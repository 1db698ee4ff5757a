"""`reclaim codes`: what ships, what the user's lists add, and the page of the wall."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.cli.denials_page import page
from services.core.denials.knowledge import SHIPPED, shipped_text
from services.core.denials.playbook import PLAYBOOK, load
from tests.unit.cli.conftest import Ended, Reclaim

PAGE = Path(__file__).resolve().parents[3] / "docs" / "denials.md"
LIST = "Code,Description,Start Date,Last Modified,Stop Date,Notes\n"
WORDS = "their own words, with a comma"


def facts(ended: Ended) -> dict[str, str]:
    assert ended.status == 0, ended.err
    found = json.loads(ended.out)["facts"]
    assert isinstance(found, dict)
    return found


@pytest.fixture
def licensed(tmp_path: Path) -> Path:
    file = tmp_path / "carc.csv"
    file.write_text(
        f'{LIST}97,"{WORDS}",01/01/1995,09/20/2009,05/31/2026,\n399,new one,2026-03-01,,,a note\n'
    )
    return file


@pytest.mark.parametrize("arguments", [("CARC", "97"), ("carc", "097"), ("Carc", " 97 ")])
def test_a_reason_is_told_in_our_own_words(reclaim: Reclaim, arguments: tuple[str, str]) -> None:
    ended = reclaim("codes", *arguments)
    assert ended.status == 0
    assert ended.out.startswith("CARC 97: included in another service that was paid\n")
    assert "part of another service" in ended.out


def test_a_remark_is_told_with_its_place_in_the_837(reclaim: Reclaim) -> None:
    told = facts(reclaim("codes", "RARC", "n290", "--json"))
    assert told["place in the 837"] == "2310B/2420A"
    assert told["automation"].startswith("A3 at most")


def test_a_directive_and_an_alert_are_named(reclaim: Reclaim) -> None:
    assert facts(reclaim("codes", "rarc", "MA130", "--json"))["directs"] == "new_claim"
    assert "alert" in facts(reclaim("codes", "rarc", "N185", "--json"))


def test_a_deactivated_reason_names_its_day_and_its_successors(reclaim: Reclaim) -> None:
    told = facts(reclaim("codes", "carc", "125", "--json"))
    assert (told["deactivated"], told["instead"]) == ("after 2013-11-01", "16")


def test_groups_and_the_remark_that_it_needs_are_told(reclaim: Reclaim) -> None:
    assert facts(reclaim("codes", "carc", "249", "--json"))["group"] == "CO only"
    assert "remark" in facts(reclaim("codes", "carc", "252", "--json"))


def test_an_unknown_code_is_one_line_and_status_1(reclaim: Reclaim) -> None:
    ended = reclaim("codes", "carc", "9Z9", "--on", "2026-03-01")
    assert (ended.status, ended.err) == (1, "reclaim: carc has no code 9Z9 on 2026-03-01\n")


@pytest.mark.parametrize("arguments", [("icd9", "4"), ("carc",), ()])
def test_wrong_use_names_what_would_be_right(reclaim: Reclaim, arguments: tuple[str, ...]) -> None:
    ended = reclaim("codes", *arguments)
    assert ended.status == 2
    assert ended.err.count("\n") == 1


def test_a_licensed_list_is_shown_beside_ours(reclaim: Reclaim, licensed: Path) -> None:
    assert reclaim("load", "carc", licensed, "--edition", "june").status == 0
    told = facts(reclaim("codes", "carc", "97", "--on", "2026-03-01", "--json"))
    assert told["your list says"] == WORDS
    assert told["cause"].startswith("bundling")
    assert "your list: on that day" not in told
    late = facts(reclaim("codes", "carc", "97", "--on", "2026-06-01", "--json"))
    assert late["your list: on that day"] == "not valid on 2026-06-01"


def test_a_code_that_only_the_list_has_is_a_persons(reclaim: Reclaim, licensed: Path) -> None:
    reclaim("load", "carc", licensed)
    ended = reclaim("codes", "carc", "399")
    assert ended.status == 0
    assert "a person decides" in ended.out
    assert "new one" in ended.out


def test_a_list_is_in_force_from_its_effective_day(reclaim: Reclaim, licensed: Path) -> None:
    reclaim("load", "carc", licensed, "--effective", "2026-05-01")
    assert "your list says" not in facts(reclaim("codes", "carc", "97", "--on", "2026-04-30", "--json"))
    assert "your list says" in facts(reclaim("codes", "carc", "97", "--on", "2026-05-01", "--json"))


def test_a_wrong_row_of_a_list_names_its_place(reclaim: Reclaim, tmp_path: Path) -> None:
    file = tmp_path / "rarc.csv"
    file.write_text(f"{LIST}N290,words,13/45/2003,,,\n")
    ended = reclaim("load", "rarc", file)
    assert ended.status == 1
    assert "rarc: row 2, column start date: is not a date" in ended.err


def test_a_diagnosis_is_told_by_the_edition_of_the_day(reclaim: Reclaim) -> None:
    ended = reclaim("codes", "icd10cm", "E11.65", "--on", "2026-03-01", "--json")
    told = json.loads(ended.out)
    assert (told["title"], told["facts"]["billable"]) == (
        "Type 2 diabetes mellitus with hyperglycemia",
        "yes",
    )
    assert "2025-10-01" in told["edition"]


def test_a_day_without_an_edition_is_said_and_not_answered_from_another(reclaim: Reclaim) -> None:
    ended = reclaim("codes", "icd10cm", "E11.65", "--on", "2023-03-01")
    assert ended.status == 1
    assert ended.err.startswith("reclaim: no edition of icd10cm for 2023-03-01; there are ")
    assert "2025-10-01 to 2026-03-31" in ended.err


def test_where_none_is_loaded_the_command_that_loads_one_is_named(reclaim: Reclaim) -> None:
    ended = reclaim("codes", "ptp_dme", "G0463,J1100", "--on", "2026-03-01")
    assert ended.err == (
        "reclaim: no edition of ptp_dme for 2026-03-01; there is none: reclaim load ptp FILE\n"
    )


def test_the_page_on_the_wall_is_current() -> None:
    """Else: reclaim codes --page > docs/denials.md"""
    assert PAGE.read_text("utf-8") == page(SHIPPED, PLAYBOOK)


def test_the_page_names_every_code(reclaim: Reclaim) -> None:
    printed = reclaim("codes", "--page").out
    words = set(printed.replace("*", " ").replace("\\", " ").replace("†", " ").replace(",", " ").split())
    assert set(SHIPPED.reasons) | set(SHIPPED.remarks) <= words


def test_a_cause_without_a_play_stops_the_load() -> None:
    text = json.loads(shipped_text("playbook.json"))
    text["causes"] = [play for play in text["causes"] if play["cause"] != "auth"]
    with pytest.raises(ValueError, match="causes without a play: auth"):
        load(json.dumps(text), SHIPPED)

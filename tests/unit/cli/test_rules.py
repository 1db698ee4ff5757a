"""`reclaim rules`: what ships is listed, shown and keeps its cases; a folder of one's own is read the same way."""

from __future__ import annotations

from pathlib import Path

from services.runtime.configuration import shipped_documents, shipped_rules
from tests.unit.cli.conftest import Reclaim


def test_every_shipped_rule_is_listed_in_the_order_in_which_it_is_tried(reclaim: Reclaim) -> None:
    ended = reclaim("rules", "list")
    assert ended.status == 0
    assert [line.split()[2] for line in ended.out.splitlines()] == [r.id for r in shipped_rules().rules]


def test_a_rule_is_shown_with_its_checks_first_move_never_and_cases(reclaim: Reclaim) -> None:
    ended = reclaim("rules", "show", "pair-never-separable")
    assert ended.status == 0
    rows = [line.split(maxsplit=1) for line in ended.out.splitlines()]
    assert ["never", "modifier change, patient bill, resend unchanged"] in rows
    assert "first move        stop pair never paid" in ended.out
    assert "must hold         code pair (state never)" in ended.out
    assert {"positive", "negative", "boundary"} <= {row[0] for row in rows}


def test_an_unknown_rule_is_said_with_what_to_do(reclaim: Reclaim) -> None:
    ended = reclaim("rules", "show", "nobody")
    assert ended.status == 1
    assert "reclaim rules list" in ended.err


def test_a_folder_of_ones_own_is_listed_and_tested(reclaim: Reclaim, tmp_path: Path) -> None:
    text = shipped_documents("services.core.recoding")["wrong-payer.yaml"]
    (tmp_path / "mine.yaml").write_text(text.replace("id: wrong-payer", "id: mine"))
    assert reclaim("rules", "list", str(tmp_path)).out.split()[2] == "mine"
    tested = reclaim("rules", "test", str(tmp_path)).out
    assert tested.startswith("1 rules, ")
    assert tested.endswith(" cases, 0 failed\n")


def test_a_case_that_does_not_come_true_fails_the_command(reclaim: Reclaim, tmp_path: Path) -> None:
    text = shipped_documents("services.core.recoding")["wrong-payer.yaml"]
    (tmp_path / "mine.yaml").write_text(text.replace("ceiling: A1}\n  negative", "ceiling: A0}\n  negative"))
    ended = reclaim("rules", "test", str(tmp_path))
    assert ended.status == 1
    assert "ceiling: expected A0, came to A1" in ended.out

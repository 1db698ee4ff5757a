"""What docs/operate.md and the runbooks tell an operator to type is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from deploy.cluster.__main__ import ACTIONS
from tests.deploy.files import PROJECT, check_command
from topics.map import load_map

PAGE = (PROJECT / "docs" / "operate.md").read_text("utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
RUNBOOKS = [page.read_text("utf-8") for page in sorted((PROJECT / "docs" / "runbooks").glob("*.md"))]
TYPED = {
    *(line for block in BLOCKS for line in block.splitlines()),
    *re.findall(r"`((?:reclaim|make) [^`]*)`", PAGE),
    # A sentence of a runbook may name a command alone; what stands in a block, or has an option, is typed.
    *(line for page in RUNBOOKS for line in re.findall(r"^(reclaim [^#\n]*)", page, re.MULTILINE)),
    *(line for page in RUNBOOKS for line in re.findall(r"`(reclaim [^`]* --[^`]*)`", page)),
}


@pytest.mark.parametrize("line", sorted(line for line in TYPED if line.startswith("reclaim ")))
def test_a_command_of_reclaim_is_there_and_takes_these_arguments(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    stand_in = tmp_path / "file"
    stand_in.touch()
    places = {
        "DIR": tmp_path,
        "OTHER": tmp_path,
        "DIR/passwords": tmp_path,
        "FOLDER": tmp_path,
        "FOLDER/*.yaml": stand_in,
        "FILE": stand_in,
    }
    places["anchor.json"] = stand_in
    check_command([str(places.get(part, part)) for part in shlex.split(line)[1:]], None)


def test_the_targets_of_make_are_there() -> None:
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    named = set(re.findall(r"make ([a-z-]+)", PAGE))
    assert "cluster-up" in named
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in named)


def test_the_actions_of_the_cluster_are_there() -> None:
    named = set(re.findall(r"deploy\.cluster ([a-z]+)", PAGE))
    assert {"up", "env"} <= named <= set(ACTIONS)


def test_the_files_that_it_names_are_there() -> None:
    named = re.findall(r"`((?:deploy|docs|examples|topics|services)/[\w./-]+)`", PAGE)
    assert len(named) >= 5
    assert [name for name in named if not (PROJECT / name).exists()] == []


def test_the_retention_that_it_states_is_the_map_s() -> None:
    year = 365.2425 * 24 * 3600 * 1000
    map_ = load_map()
    assert f"{round(int(map_['claim-denied'].settings['retention.ms']) / year)} years" in PAGE
    assert f"{round(int(map_['audit-trail'].settings['retention.ms']) / year)} years" in PAGE
    assert map_["control"].settings["retention.ms"] == "-1"
    assert "`delete.retention.ms` (a week)" in PAGE
    assert int(map_["claim-cases"].settings["delete.retention.ms"]) == 7 * 24 * 3600 * 1000
    assert f"partitions ({map_.partitions})" in PAGE

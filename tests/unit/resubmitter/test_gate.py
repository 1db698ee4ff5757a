"""The gate says what is wrong with an interchange by code and place, and writes nothing anywhere."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from typing import Any

import pytest
import pyx12.map_if
from pyx12.map_walker import walk_tree

from services.resubmitter import gate, walking
from tests.synthetic_837 import INSTITUTIONAL, PROFESSIONAL, file_bytes

CANARY = "ZZCANARY"


@pytest.mark.parametrize("text", [PROFESSIONAL, INSTITUTIONAL])
def test_a_valid_file_may_leave(text: str) -> None:
    assert gate.findings(file_bytes(text)) == ()


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("NM1*85*2*EXAMPLE CLINIC*****XX*1234567893~\n", "", "HL:3"),
        ("DTP*472*D8*20251220", "DTP*472*D8*20259999", "DTP03:8"),
        ("SE*48*", "SE*47*", "SE:4"),
        ("HL*2*1*22*0", "HL*2*7*22*0", "HL:HL2"),
        ("LX*2~", "LX*5~", "LX:LX"),
        ("005010X222A1~\nST", "005010X999~\nST", "GS08:guide_unknown"),
    ],
)
def test_a_fault_is_found_by_place_and_code(old: str, new: str, finding: str) -> None:
    assert old in PROFESSIONAL
    assert finding in gate.findings(file_bytes(PROFESSIONAL.replace(old, new, 1)))


@pytest.mark.parametrize("data", [b"", b"ISA", b"not x12", b"\xff" * 200, file_bytes(PROFESSIONAL)[:150]])
def test_what_is_no_interchange_may_not_leave(data: bytes) -> None:
    assert gate.findings(data) != ()


def test_every_segment_that_is_cut_short_is_answered_without_an_exception() -> None:
    for index, line in enumerate(PROFESSIONAL.splitlines()):
        lines = PROFESSIONAL.splitlines()
        lines[index] = line.split("*")[0] + "~"
        assert isinstance(gate.findings(file_bytes("\n".join(lines))), tuple)


def test_no_value_reaches_a_finding_or_a_log(capfd: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        for spoiled in ("HC:G0463", "MEMBER0001", "J0390", "PATACC1", "20251220", "1*22*0", "ABK"):
            found = gate.findings(file_bytes(PROFESSIONAL.replace(spoiled, CANARY)))
            assert CANARY not in "".join(found)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    out, err = capfd.readouterr()
    assert CANARY not in stream.getvalue() + out + err


def test_maps_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gate.findings(file_bytes(PROFESSIONAL))

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a map is loaded again")

    monkeypatch.setattr(pyx12.map_if, "load_map_file", fail)
    assert gate.findings(file_bytes(PROFESSIONAL)) == ()


def mutations(text: str) -> list[bytes]:
    """The file without each of its segments, with each of them twice, and with an element of each spoiled."""
    lines = text.splitlines(keepends=True)
    found = [text]
    for index, line in enumerate(lines):
        found.append("".join([*lines[:index], *lines[index + 1 :]]))
        found.append("".join([*lines[: index + 1], *lines[index:]]))
        elements = line.split("*")
        at = 1 + index % (len(elements) - 1)
        spoiled = "*".join([*elements[:at], "?" * 40, *elements[at + 1 :]])
        found.append("".join([*lines[:index], spoiled, *lines[index + 1 :]]))
    return [file_bytes(one) for one in found]


class PlainWalks:
    """pyx12's walker as it is, one an interchange."""

    def start(self, node: Any) -> Any:
        self.walker = walk_tree()
        return node

    def enter(self, _: object, node: Any, loop: str) -> Any:
        self.walker.forceWalkCounterToLoopStart(loop, node.get_path())
        return node

    def step(self, stand: Any, segment: object, place: tuple[Any, ...]) -> tuple[Any, Any, tuple[str, ...]]:
        node, _, _, wrong = self.walker.walk_errors(stand, segment, *place)
        return stand if node is None else node, node, tuple(error.err_cde for error in wrong)


def check(_: object, node: Any, segment: object, *__: object) -> tuple[walking.Fault, ...]:
    return tuple((error.refdes, error.err_cde) for error in node.is_valid_errors(segment)[1])


@pytest.mark.parametrize("text", [PROFESSIONAL, INSTITUTIONAL])
def test_what_is_remembered_changes_no_finding(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyx12's own segments and walks, and no memory, find the same in the same order of files."""
    files = mutations(text)
    remembered = [gate.findings(data) for data in files]
    with monkeypatch.context() as plain:
        maps = replace(gate._maps(), walks=PlainWalks())  # type: ignore[arg-type]
        plain.setattr(gate, "_maps", lambda: maps)
        plain.setattr(gate, "Segment", lambda segment: segment)
        plain.setattr(walking.Checks, "of", check)
        asked = [gate.findings(data) for data in files]
    assert remembered == asked


def test_a_bad_claim_among_good_ones_is_found_alone() -> None:
    good = [file_bytes(PROFESSIONAL.replace("MEMBER0001", f"MEMBER{n:04d}")) for n in range(20)]
    bad = file_bytes(PROFESSIONAL.replace("MEMBER0001", "MEMBER0007").replace("D8*20251220", "D8*20259999"))
    found = [gate.findings(data) for data in (*good[:10], bad, *good[10:], bad)]
    assert [index for index, one in enumerate(found) if one] == [10, 21]


@pytest.mark.parametrize(("times", "found"), [(1, False), (2, False), (3, True)])
def test_a_segment_may_stand_as_often_as_the_guide_allows(times: int, found: bool) -> None:
    """Two PER in loop 1000A. Once, twice and three times lead through the same loops."""
    lines = PROFESSIONAL.splitlines(keepends=True)
    index = next(i for i, line in enumerate(lines) if line.startswith("PER"))
    text = "".join([*lines[:index], *[lines[index]] * times, *lines[index + 1 :]])
    assert ("PER:5" in gate.findings(file_bytes(text))) == found

"""The gate says what is wrong with an interchange by code and place, and writes nothing anywhere."""

from __future__ import annotations

import io
import logging

import pytest
import pyx12.map_if

from services.resubmitter import gate
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

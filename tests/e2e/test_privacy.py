"""No patient's name, number or date of birth in a key, a header, a log line, an error or a file name."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.e2e.denied_claims import DAY, load_master_data, remittance, submitted
from tests.e2e.installation import Installation
from tests.forked import Ended

CANARIES = {
    "TESTER": "QUINZELBRAC",
    "ANNA": "ZEPHYRINDRA",
    "MEMBER0001": "MBR77CANARY1",
    "19800101": "19630704",
    "2 EXAMPLE STREET": "17 CANARY LANE",
    "PATACC1": "PTCANARY991",
}


def seeded(data: bytes) -> bytes:
    for word, canary in CANARIES.items():
        data = data.replace(word.encode(), canary.encode())
    return data


def found_in(text: str) -> list[str]:
    return [canary for canary in CANARIES.values() if canary.upper() in text.upper()]


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, list[Ended]]:
    """An installation that has read the canaries, good, broken and unreadable, and all that it said aloud."""
    made = Installation(tmp_path_factory.mktemp("privacy"))
    load_master_data(made)
    authorizations = made.home / "authorizations.csv"
    authorizations.write_bytes(seeded(authorizations.read_bytes()))
    made.ok("load", "authorizations", authorizations)
    made.put("ZEPHYRINDRA QUINZELBRAC.837", seeded(submitted()))
    made.put("b.835", seeded(remittance()))
    made.put(
        "broken.835",
        seeded(remittance(trace="EFT950", claim="PATACC9").replace(b"*250*0*", b"*QUINZELBRAC*0*")),
    )
    made.put("PTCANARY991.txt", seeded(b"TESTER ANNA MEMBER0001"))
    wrong = made.home / "wrong.csv"
    wrong.write_bytes(authorizations.read_bytes().replace(b"2025-12-31", b"MBR77CANARY1"))
    said = [
        made.run(DAY),
        made("load", "authorizations", wrong),
        made("decide", CANARIES["PATACC1"], "approve", "--by", "dana", "--reason", "documented"),
        made("explain", "MBR77CANARY1"),
        made("status"),
        made("status", "--json"),
        made("dead-letters", "list"),
    ]
    return made, said


def test_the_seed_went_all_the_way(spoken: tuple[Installation, list[Ended]]) -> None:
    (file,) = spoken[0].outgoing()
    assert {"QUINZELBRAC", "ZEPHYRINDRA", "MBR77CANARY1", "PTCANARY991"} <= set(found_in(file.read_text()))
    assert spoken[0].status()["intake"]["claims_quarantined"] == 1


def test_no_error_or_log_line_holds_one(spoken: tuple[Installation, list[Ended]]) -> None:
    for ended in spoken[1]:
        assert found_in(ended.err) == []


def test_neither_summary_nor_status_holds_one(spoken: tuple[Installation, list[Ended]]) -> None:
    for ended in spoken[1]:
        assert found_in(ended.out) == []


def test_no_key_or_header_holds_one(spoken: tuple[Installation, list[Ended]]) -> None:
    log = sqlite3.connect(next(spoken[0].data.glob("log.sqlite3")))
    rows = log.execute("SELECT key, headers FROM records").fetchall()
    assert rows
    for key, headers in rows:
        text = headers.decode("utf-8", "replace") if isinstance(headers, bytes) else str(headers)
        assert found_in(f"{key} {text}") == []


def test_no_file_name_of_ours_holds_one(spoken: tuple[Installation, list[Ended]]) -> None:
    installed = spoken[0]
    ours = [path for folder in (installed.data, installed.outbox) for path in folder.rglob("*")]
    assert ours
    assert [str(path) for path in ours if found_in(path.name)] == []


def test_what_lies_on_disk_is_for_its_owner_only(spoken: tuple[Installation, list[Ended]]) -> None:
    installed = spoken[0]
    held: list[Path] = [*installed.data.glob("log.sqlite3*"), *installed.outgoing()]
    assert held
    assert [path.name for path in held if path.stat().st_mode & 0o077] == []

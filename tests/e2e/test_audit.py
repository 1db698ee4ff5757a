"""The trail shows what somebody did to it behind the command's back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from services.runtime.embedded import EmbeddedLog
from services.runtime.log import Record
from services.runtime.settings import load_settings
from tests.e2e.denied_claims import DAY, load_master_data, remittance, submitted
from tests.e2e.installation import Installation
from topics.map import load_map


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("audited"))
    load_master_data(made)
    made.put("claims.837", submitted())
    made.put("remittance.835", remittance())
    assert made.run(DAY).status == 0
    made.ok("audit", "anchor", made.home / "anchor.json")
    return made


@pytest.fixture
def audited(finished: Installation, tmp_path: Path) -> Installation:
    return finished.copy(tmp_path)


def trail_of_the_claim(installed: Installation) -> list[Record]:
    """The longest chain: that of the partition in which the claim's events are."""
    log = EmbeddedLog(load_settings(installed.variables()).log_path, load_map())
    chains = [list(log.read("audit-trail", p)) for p in range(log.partition_count)]
    log.close()
    return max(chains, key=len)


def tamper(installed: Installation, statement: str, *values: bytes | None) -> None:
    file = sqlite3.connect(installed.data / "log.sqlite3")
    assert file.execute(statement, values).rowcount == 1
    file.commit()
    file.close()


def test_an_untouched_trail_holds_with_its_anchor(finished: Installation) -> None:
    assert len(trail_of_the_claim(finished)) > 2
    assert "every link holds" in finished.ok("audit", "verify", "--anchor", finished.home / "anchor.json")


def test_a_changed_record_is_found(audited: Installation) -> None:
    record = trail_of_the_claim(audited)[1]
    assert record.value is not None
    tamper(
        audited,
        "UPDATE records SET value = ? WHERE value = ?",
        record.value.replace(b'"action":"', b'"action":"not_'),
        record.value,
    )
    ended = audited("audit", "verify")
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert "was changed" in ended.err


def test_a_record_that_is_gone_is_found(audited: Installation) -> None:
    tamper(audited, "DELETE FROM records WHERE value = ?", trail_of_the_claim(audited)[1].value)
    ended = audited("audit", "verify")
    assert ended.status == 1
    assert "is missing" in ended.err


def test_two_records_that_changed_places_are_found(audited: Installation) -> None:
    first, second = trail_of_the_claim(audited)[1:3]
    for old, new in ((first.value, b"{}"), (second.value, first.value), (b"{}", second.value)):
        tamper(audited, "UPDATE records SET value = ? WHERE value = ?", new, old)
    ended = audited("audit", "verify")
    assert ended.status == 1
    assert "record 2 is missing" in ended.err


def test_a_cut_tail_is_found(audited: Installation) -> None:
    tamper(audited, "DELETE FROM records WHERE value = ?", trail_of_the_claim(audited)[-1].value)
    for anchor in ((), ("--anchor", audited.home / "anchor.json")):
        ended = audited("audit", "verify", *anchor)
        assert ended.status == 1
        assert "are gone" in ended.err


def test_an_anchor_that_is_none_is_wrong_use(audited: Installation) -> None:
    (audited.home / "anchor.json").write_text("{}x")
    assert audited("audit", "verify", "--anchor", audited.home / "anchor.json").status == 2

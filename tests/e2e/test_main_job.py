"""The main job over public files, through the command: everything is accounted for, and only once."""

from __future__ import annotations

import importlib.util
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.denied_claims import DAY, load_master_data, remittance, submitted
from tests.e2e.installation import CHECKS, CORPUS, Installation
from tests.forked import SECONDS, Ended

needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of public files is not beside the project"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def first(installed: Installation) -> Ended:
    """The first run over the corpus."""
    return _run(installed)


def _run(installed: Installation, *options: str) -> Ended:
    return installed(
        *("run", "--inbox", CORPUS, "--outbox", installed.outbox),
        *("--once", "--as-of", "2026-01-01", *options),
    )


@pytest.fixture(scope="module")
def status(installed: Installation, first: Ended) -> dict[str, Any]:
    assert first.status == 0, first.err
    return installed.status()


@pytest.fixture(scope="module")
def counted() -> dict[str, Any]:
    """The counts of the check that knows nothing of this project."""
    path = CHECKS / "count_edi.py"
    if not path.is_file():
        pytest.skip("the independent count is not beside the project")
    spec = importlib.util.spec_from_file_location("count_edi", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    counts = module.main(str(CORPUS))
    assert isinstance(counts, dict)
    return counts


@needs_corpus
def test_every_claim_and_segment_is_accounted_for(status: dict[str, Any], counted: dict[str, Any]) -> None:
    intake = status["intake"]
    assert intake["claims_in"] == counted["clm"] + counted["clp"]
    assert intake["claims_in"] == intake["claims_published"] + intake["claims_quarantined"]
    assert intake["segments_in"] == intake["segments_kept"] == counted["segments"]


@needs_corpus
def test_the_numbers_of_status_agree_with_each_other(status: dict[str, Any]) -> None:
    assert sum(status["claims"].values()) == status["intake"]["claims_published"]
    assert len(status["quarantine"]) == status["intake"]["claims_quarantined"]
    assert sum(cause["count"] for cause in status["denials"].values()) == sum(status["proposals"].values())


@needs_corpus
def test_nothing_goes_wrong_aloud(first: Ended) -> None:
    assert first.status == 0
    assert "Traceback" not in first.err + first.out


@needs_corpus
def test_what_is_set_aside_is_named_without_values(first: Ended, status: dict[str, Any]) -> None:
    for entry in status["quarantine"]:
        assert entry["reason"] in first.out
    for entry in status["unreadable"]:
        assert entry["file"] in first.out


@needs_corpus
def test_a_second_run_changes_nothing_and_says_so(installed: Installation, status: dict[str, Any]) -> None:
    again = _run(installed)
    assert (again.status, "Nothing new" in again.out) == (0, True)
    assert installed.status() == status


@needs_corpus
def test_strict_ends_with_3_where_something_was_quarantined(
    installed: Installation, status: dict[str, Any]
) -> None:
    assert status["intake"]["claims_quarantined"] > 0
    assert _run(installed, "--strict").status == 3


def test_it_goes_on_until_it_is_told_to_stop_and_leaves_cleanly(reclaim: Installation) -> None:
    load_master_data(reclaim)
    reclaim.put("claims.837", submitted())
    with reclaim.running(DAY):
        _wait_for(reclaim, "claim-submitted")
        reclaim.put("remittance.835", remittance())
        _wait_for(reclaim, "claim-resubmitted")
        busy = reclaim("run", "--inbox", reclaim.inbox, "--outbox", reclaim.outbox, "--once", "--as-of", DAY)
    assert (busy.status, busy.err.count("\n")) == (1, 1)


def _wait_for(reclaim: Installation, topic: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not reclaim.events(topic):
        assert time.monotonic() < deadline, f"nothing on {topic}"
        time.sleep(0.5)


def test_an_unreadable_file_is_named_and_the_others_go_on(reclaim: Installation) -> None:
    reclaim.put("noise.bin", b"\x00\x01\x02 this is no X12")
    reclaim.put("claims.837", submitted())
    assert reclaim.run(DAY).status == 0
    status = reclaim.status()
    assert (status["intake"]["unreadable_files"], status["claims"]["submitted"]) == (1, 2)


def test_the_same_bytes_under_two_names_are_one_file(reclaim: Installation) -> None:
    reclaim.put("a.837", submitted())
    reclaim.put("b.837", submitted())
    assert reclaim.run(DAY).status == 0
    intake = reclaim.status()["intake"]
    assert (intake["files"], intake["duplicate_files"], intake["claims_in"]) == (2, 1, 2)


def test_ingest_prints_what_each_file_held(reclaim: Installation) -> None:
    reclaim.put("a.837", submitted())
    told = reclaim.ok("ingest", reclaim.inbox)
    assert "claims: 2 in = 2 published + 0 quarantined" in told


def test_the_files_of_the_inbox_stay_as_they_are(reclaim: Installation) -> None:
    reclaim.put("a.837", submitted())
    before = {p: p.read_bytes() for p in sorted(Path(reclaim.inbox).iterdir())}
    assert reclaim.run(DAY).status == 0
    assert {p: p.read_bytes() for p in sorted(Path(reclaim.inbox).iterdir())} == before


def test_json_of_status_is_one_document(reclaim: Installation) -> None:
    assert json.loads(reclaim.ok("status", "--json"))["intake"]["files"] == 0

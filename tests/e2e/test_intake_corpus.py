"""Every public file of the corpus through intake on the embedded log: nothing lost, nothing said twice."""

from __future__ import annotations

import importlib.util
import shutil
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from schemas.claim import ClaimSubmitted
from schemas.faults import DeadLetter
from schemas.remittance import ClaimAdjudicated, ClaimDenied
from services.intake.pickup import Intake, expand
from tests.intakes import CHECKS, CLAIM_TOPICS, CORPUS, EVENT_TOPICS, Bench, bench, content, drain

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of public files is not beside the project"
)


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("corpus")) as made:
        made.ingest(*expand([CORPUS]))
        yield made


@pytest.fixture(scope="module")
def counted() -> dict[str, int | str]:
    """The counts of the check that knows nothing of this project."""
    path = CHECKS / "count_edi.py"
    if not path.is_file():
        pytest.skip("the independent count is not beside the project")
    found = importlib.util.spec_from_file_location("count_edi", path)
    assert found is not None
    assert found.loader is not None
    module: ModuleType = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    counts: dict[str, int | str] = module.main(CORPUS)
    return counts


def held(made: Bench, name: str) -> int:
    return sum(getattr(record.held, name) for record in made.files().values())


def test_every_claim_is_counted_once(ingested: Bench, counted: dict[str, int]) -> None:
    assert held(ingested, "claims") == counted["clm"] + counted["clp"]


def test_every_segment_is_counted_once(ingested: Bench, counted: dict[str, int]) -> None:
    assert held(ingested, "segments") == counted["segments"]


def test_every_adjustment_is_counted_once(ingested: Bench, counted: dict[str, int]) -> None:
    assert held(ingested, "adjustments") == counted["cas_triplets"]


def test_every_dollar_paid_is_counted_once(ingested: Bench, counted: dict[str, str]) -> None:
    assert sum(record.held.paid for record in ingested.files().values()) == Decimal(counted["paid"])


def test_what_a_file_holds_is_kept(ingested: Bench) -> None:
    assert [r.file for r in ingested.files().values() if r.status == "published" and r.held != r.kept] == []


def test_claims_in_are_published_or_quarantined(ingested: Bench) -> None:
    records = ingested.files().values()
    assert [r.file for r in records if r.held.claims != r.claims_published + r.claims_quarantined] == []


def test_the_events_are_as_many_as_the_records_say(ingested: Bench) -> None:
    said = sum(record.claims_published for record in ingested.files().values())
    assert len(ingested.records(*CLAIM_TOPICS)) == said


def test_the_letters_are_as_many_as_the_records_say(ingested: Bench) -> None:
    said = sum(r.claims_quarantined + r.records_quarantined for r in ingested.files().values())
    assert len(ingested.records("dead-letters")) == said > 0


def test_the_states_in_the_records_are_those_of_the_events(ingested: Bench) -> None:
    said: Counter[str] = Counter()
    for record in ingested.files().values():
        said.update(record.by_state)
    events: Counter[str] = Counter({"submitted": len(ingested.records("claim-submitted"))})
    for model, topic in ((ClaimDenied, "claim-denied"), (ClaimAdjudicated, "claim-adjudicated")):
        events.update(claim.claim_state.value for claim in ingested.payloads(topic, model))
    assert said == events


def test_no_event_stands_twice(ingested: Bench) -> None:
    ids = Counter(record.headers["ce_id"] for record in ingested.records(*EVENT_TOPICS))
    assert [id_ for id_, count in ids.items() if count > 1] == []


def test_every_claim_has_a_place_of_its_own(ingested: Bench) -> None:
    models: list[ClaimSubmitted | ClaimDenied | ClaimAdjudicated] = [
        *ingested.payloads("claim-submitted", ClaimSubmitted),
        *ingested.payloads("claim-denied", ClaimDenied),
        *ingested.payloads("claim-adjudicated", ClaimAdjudicated),
    ]
    places = [(claim.position.file, claim.position.index) for claim in models]
    places += [
        (letter.headers["file"], int(letter.headers["index"]))
        for letter in ingested.payloads("dead-letters", DeadLetter)
    ]
    expected = [
        (record.file, index)
        for record in ingested.files().values()
        for index in range(1, record.held.claims + 1)
    ]
    assert sorted(places) == sorted(expected)


def test_a_quarantined_claim_keeps_its_segments(ingested: Bench) -> None:
    letters = ingested.payloads("dead-letters", DeadLetter)
    assert all(letter.original.startswith((b"CLM", b"CLP")) for letter in letters)


def test_no_file_name_enters_the_log(ingested: Bench) -> None:
    values = b"\n".join(record.value or b"" for record in ingested.records("intake-files", *EVENT_TOPICS))
    assert [path.name for path in expand([CORPUS]) if path.name.encode() in values] == []


def test_the_same_files_give_the_same_bytes_in_another_folder(ingested: Bench, tmp_path: Path) -> None:
    """Through an inbox, where the files take turns, as through an upload, where they are named in order."""
    inbox = tmp_path / "inbox"
    shutil.copytree(CORPUS, inbox)
    with bench(tmp_path / "data") as second:
        intake = Intake(second.log, second.settings, inbox)
        drain(intake)
        intake.close()
        first = sorted(content(ingested.records(*EVENT_TOPICS)), key=repr)
        assert sorted(content(second.records(*EVENT_TOPICS)), key=repr) == first


def test_the_same_files_again_change_nothing(ingested: Bench) -> None:
    before = ingested.log.ends([*EVENT_TOPICS, "intake-files"])
    accounts = ingested.ingest(*expand([CORPUS]))
    assert {account.outcome for account in accounts} == {"known"}
    assert ingested.log.ends([*EVENT_TOPICS, "intake-files"]) == before

"""The classifier behind intake, on the embedded log, over every file of the corpus."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.case import CaseChanged, ClassifiedDenial
from schemas.records.claim_case import ClaimCase
from schemas.remittance import ClaimDenied
from services.classifier.processor import PROCESSOR
from services.core.lineage_view import views
from services.runtime.worker import Worker
from tests.intakes import Bench, bench
from tests.submitted import corpus_files, needs_corpus

pytestmark = needs_corpus


@pytest.fixture(scope="module")
def classified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("classifier")) as made:
        made.ingest(*corpus_files("835", "837p", "837i", "277ca", "999"))
        worker = Worker(PROCESSOR, made.log, member="0", settings=made.settings)
        try:
            while worker.step(500) or not worker.at_end():
                pass
        finally:
            worker.close()
        yield made


def cases(made: Bench) -> dict[str, ClaimCase]:
    latest = {r.key: r.value for r in made.log.read("claim-cases")}
    return {
        key: ClaimCase.parse(value) for key, value in latest.items() if key is not None and value is not None
    }


def test_no_event_of_the_corpus_becomes_a_dead_letter(classified: Bench) -> None:
    letters = [r.headers.get("ce_source", "") for r in classified.log.read("dead-letters")]
    assert [source for source in letters if "classifier" in source] == []


def test_every_denied_claim_is_in_its_case(classified: Bench) -> None:
    denied = {d.claim_number for d in classified.payloads("claim-denied", ClaimDenied)}
    held = {
        f.adjudication.claim_number
        for case in cases(classified).values()
        for f in case.adjudications
        if f.adjudication.claim_state.denied
    }
    assert denied == held


def test_what_was_said_last_of_each_lineage_is_what_its_case_shows(classified: Bench) -> None:
    said = [
        (c.lineage, c.revision, c.open_denial) for c in classified.payloads("case-changed", CaseChanged)
    ] + [(d.lineage, d.revision, True) for d in classified.payloads("denial-classified", ClassifiedDenial)]
    last = {lineage: open_denial for lineage, _, open_denial in sorted(said)}
    shown = {
        v.id: v.denial is not None
        for key, case in cases(classified).items()
        for v in views(key, case)
        if v.digest
    }
    assert {lineage: last[lineage] for lineage in shown} == shown


def test_every_open_denial_has_a_primary_cause_and_its_amount(classified: Bench) -> None:
    denials = classified.payloads("denial-classified", ClassifiedDenial)
    assert denials
    for denial in denials:
        assert denial.causes[0].cause == denial.primary_cause
        assert sum(c.amount for c in denial.causes) == denial.denied_amount

"""In what order the classifier reads: claims first, so that a denial which came with its claim is said once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from services.classifier.processor import PROCESSOR
from services.runtime.embedded import EmbeddedLog
from services.runtime.records import encode_event
from services.runtime.settings import DEVELOPMENT_SECRET, Settings
from services.runtime.worker import Worker
from tests.remitted import adjudication, submission, told
from topics.map import load_map


def test_a_denial_and_its_claim_from_one_inbox_are_one_revision(tmp_path: Path) -> None:
    settings = Settings(tenant="main", key_secret=DEVELOPMENT_SECRET, data=tmp_path, blobs=tmp_path / "blobs")
    claim = submission()
    facts = (adjudication("CO-197 250", number=claim.claim_number), claim)
    with closing(EmbeddedLog(settings.log_path, load_map())) as log:
        log.appender("test").commit([encode_event(told(fact), "2026-01-20T00:00:00Z") for fact in facts])
        with closing(Worker(PROCESSOR, log, member="1", settings=settings)) as worker:
            while worker.step():
                pass
        assert len(list(log.read("denial-classified"))) == 1
        assert not list(log.read("case-changed"))

"""A claim that two payers answer, from three files to what is said of it: intake and classifier on the log."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from schemas.case import ClassifiedDenial
from services.classifier.processor import PROCESSOR
from services.runtime.worker import Worker
from tests.e2e.denied_claims import remittance, submitted
from tests.intakes import bench

FILES = {
    "claim.837": submitted(),
    "first.835": remittance(),
    "second.835": remittance(
        "CAS*CO*29*{charge}~", trace="EFT901", control_number="S1", status="2", day="20260210"
    )
    .replace(b"EXAMPLE HEALTH PLAN*XV*EHP01", b"SECOND PLAN*XV*SEC02")
    .replace(b"*1999999999~DTM", b"*1888888888~DTM"),
}


@pytest.mark.parametrize("order", list(permutations(FILES))[::2])
def test_both_payers_deny_the_one_claim(tmp_path: Path, order: tuple[str, ...]) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    with bench(tmp_path / "data") as made:
        for name in order:
            made.ingest(tmp_path / name)
        worker = Worker(PROCESSOR, made.log, member="0", settings=made.settings)
        try:
            while worker.step(500) or not worker.at_end():
                pass
        finally:
            worker.close()
        denials = {d.lineage: d for d in made.payloads("denial-classified", ClassifiedDenial)}.values()
    said = {
        d.payer.id: (d.primary_cause, d.matched_claim, d.waits, [m.submitted_line for m in d.matches])
        for d in denials
    }
    assert said == {
        "EHP01": ("auth", True, (), [1, 2]),
        "SEC02": ("timely", True, ("claim_of_another_payer",), [1, 2]),
    }
    (before,) = next(d for d in denials if d.payer.id == "SEC02").other_payers
    assert (before.payer.id, before.responsibility) == ("EHP01", "primary")

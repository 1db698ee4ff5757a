"""Every remittance of the corpus is judged, and a handful by name with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from schemas.codes import ClaimState
from services.core.denials.state import Decided, decide
from services.core.x12.items import RemittedClaim
from services.core.x12.reader import read
from tests.submitted import CORPUS, corpus_files, needs_corpus


def judged(name: str) -> Iterator[tuple[RemittedClaim, Decided]]:
    for item in read([(CORPUS / "835" / name).read_bytes()]):
        if isinstance(item, RemittedClaim):
            yield item, decide(item.claim)


@needs_corpus
def test_every_remittance_of_the_corpus_is_judged_to_the_cent() -> None:
    seen = 0
    for path in corpus_files("835"):
        for item, result in judged(path.name):
            total = sum(a.amount for a in item.claim.adjustments)
            assert result.denied_amount + result.pended_amount + result.benign_amount == total
            assert len(result.line_states) == len(item.claim.lines)
            seen += 1
    assert seen > 40


@needs_corpus
@pytest.mark.parametrize(
    ("name", "index", "state", "denied"),
    [
        # CLP02 = 4 with CO-96 over the whole charge.
        ("AlexJReid-scribe__sample_835_multi_claim.edi", 2, ClaimState.DENIED_FULL, "95.00"),
        # CLP02 = 22: takes back, denies nothing.
        ("IPerception-EDI-Workbench__sample_835.edi", 2, ClaimState.REVERSED, "0"),
        # A secondary payer's OA-23 and a negative OA-94: the prior payer's share.
        ("LinuxForHealth-x12__cob-contractural-adjustment.835", 1, ClaimState.PAID, "0"),
        # A stopped contractual reduction beside a deductible.
        ("LinuxForHealth-x12__managed-care.835", 1, ClaimState.PAID, "0"),
        # PR-27: the patient bears it, and it is a denial; a cent does not balance.
        ("moov-io-x12__sample1.txt", 1, ClaimState.DENIED_FULL, "385.20"),
        # CO-97 on a claim that was paid in part.
        ("owgreen-dev-x12sdk__generated-bundling-denials.835", 1, ClaimState.DENIED_PARTIAL, "300.00"),
    ],
)
def test_a_claim_of_the_corpus(name: str, index: int, state: ClaimState, denied: str) -> None:
    found = {item.index: result for item, result in judged(name)}[index]
    assert (found.claim_state, found.denied_amount) == (state, Decimal(denied))

"""Claims for tests, as intake would publish them, out of 837 text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.claim import ClaimSubmitted, Position
from services.core.x12.items import SubmittedClaim
from services.core.x12.reader import read

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"


def corpus_files(*kinds: str) -> list[Path]:
    """Files of the corpus by kind (`837p`, ...); the test that asks is skipped where there is no corpus."""
    return [path for kind in kinds for path in sorted((CORPUS / kind).glob("*")) if path.is_file()]


needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the project")


def submitted_claims(data: bytes) -> Iterator[ClaimSubmitted]:
    """Every claim of an 837 file."""
    digest = hashlib.sha256(data).hexdigest()
    for item in read([data]):
        if isinstance(item, SubmittedClaim):
            position = Position(
                file=digest,
                interchange=item.interchange,
                group=item.group,
                transaction=item.transaction,
                index=item.index,
            )
            yield ClaimSubmitted.model_validate(
                {**item.claim._asdict(), "position": position}, from_attributes=True
            )

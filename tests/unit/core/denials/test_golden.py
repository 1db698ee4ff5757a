"""Fifty claims that were read by eye against the reference, each with the reason why it is so.

A change of what is said of one of them is a diff of `tests/goldens/denials.yaml` (`python -m tests.golden --write`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from schemas.codes import ClaimState
from tests.golden import CORPUS, claims_of, entries, path_of

GOLDEN = entries()

claims = lru_cache(claims_of)


@pytest.mark.parametrize("entry", GOLDEN, ids=lambda e: f"{e['file']}#{e['claim']}")
def test_what_is_said_of_a_claim_is_what_was_read(entry: dict[str, Any]) -> None:
    if entry["file"].startswith("corpus/") and not CORPUS.is_dir():
        pytest.skip("the corpus is not beside the project")
    assert claims(path_of(entry["file"]))[entry["claim"]] == entry["said"]


def test_every_state_of_a_claim_is_among_them() -> None:
    # No 835 says that a claim was turned away.
    assert {entry["said"]["state"] for entry in GOLDEN} == set(ClaimState) - {ClaimState.REJECTED}


def test_each_has_its_reason_in_a_sentence() -> None:
    assert [entry["file"] for entry in GOLDEN if len(entry["because"].split()) < 8] == []

"""The page of payers and clocks is made from the data."""

from __future__ import annotations

from pathlib import Path

from services.account.payer import KEY_WORDS
from services.cli.payers_page import page
from services.core.resubmission.profile_documents import KEYS
from services.runtime.configuration import shipped_profiles

PAGE = Path(__file__).parents[3] / "docs" / "payers.md"


def test_the_page_is_current() -> None:
    """Else: reclaim payers page > docs/payers.md"""
    assert PAGE.read_text("utf-8") == page(shipped_profiles())


def test_every_key_has_words() -> None:
    assert KEY_WORDS.keys() == KEYS.keys()

"""How many claims of a file share a number."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from services.intake import siblings
from services.intake.siblings import SiblingCount


def test_a_number_that_stands_once_has_no_siblings() -> None:
    count = SiblingCount()
    count.add("A", quarantined=False)
    count.add("B", quarantined=False)
    assert count.total().of("A") == (1, 0)


def test_numbers_meet_as_the_claim_key_takes_them() -> None:
    count = SiblingCount()
    count.add("abc", quarantined=False)
    count.add(" ABC ", quarantined=False)
    assert count.total().of("Abc") == (2, 0)


def test_quarantined_ones_are_counted_in_both_numbers() -> None:
    count = SiblingCount()
    count.add("A", quarantined=False)
    count.add("A", quarantined=True)
    assert count.total().of("A") == (2, 1)


def test_the_counts_are_the_same_when_they_went_to_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(siblings, "RUN", 64)
    monkeypatch.setattr(siblings, "READ", 5)
    chance = random.Random(7)
    entries = [(f"C{chance.randrange(400)}", chance.random() < 0.1) for _ in range(1_000)]
    count = SiblingCount()
    for number, quarantined in entries:
        count.add(number, quarantined=quarantined)
    total = count.total()
    numbers = Counter(number for number, _ in entries)
    kept_back = Counter(number for number, quarantined in entries if quarantined)
    assert {n: total.of(n) for n in numbers} == {n: (numbers[n], kept_back[n]) for n in numbers}

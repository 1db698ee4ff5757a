"""A claim's payload is made without checks; the constructor that checks makes the same of the same facts, to the byte."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, cast

import pytest

from schemas.shape import Shape
from services.core.denials.remitted import Facts
from services.core.denials.state import decide
from services.core.x12.items import RemittedClaim, SubmittedClaim
from services.core.x12.reader import read
from services.intake.manifest import Manifest
from services.intake.processor import FileFacts, Reading
from services.intake.siblings import SiblingCount
from tests.e2e.test_intake_mutations import mutated, originals

MUTATIONS = 300
DIGEST = "d" * 64


def checked(model: type[Shape], item: SubmittedClaim | RemittedClaim, siblings: tuple[int, int]) -> Shape:
    """What the constructor makes of the item's facts."""
    values: dict[str, Any] = item.claim._asdict()
    places = ("interchange", "group", "transaction", "index")
    values["position"] = {"file": DIGEST, **{place: getattr(item, place) for place in places}}
    if isinstance(item, RemittedClaim):
        decided = decide(cast(Facts, item.claim))
        judged = ("claim_state", "denied_amount", "pended_amount", "remit_quality")
        values |= {name: getattr(decided, name) for name in judged}
        values["lines"] = tuple(
            {**line._asdict(), "state": state}
            for line, state in zip(item.claim.lines, decided.line_states, strict=True)
        )
        values["siblings"], values["siblings_quarantined"] = siblings
    return model.model_validate(values, from_attributes=True)


def differing(data: bytes) -> Iterator[int]:
    """The claims whose payload is another than the checked one."""
    items = list(read([data]))
    manifest, count = Manifest(), SiblingCount()
    for item in items:
        manifest.take(item, count)
    siblings = count.total()
    reading = Reading(FileFacts("main", b"k" * 32, DIGEST, siblings, manifest.references()))
    for item in items:
        taken = reading.take(item)
        if isinstance(item, SubmittedClaim | RemittedClaim):
            [outcome] = taken.outcomes
            expected = checked(type(outcome.data), item, siblings.of(item.claim.claim_number))
            if (outcome.data, outcome.payload) != (expected, expected.encode()):
                yield item.index


def test_payloads_are_those_of_the_checking_constructor() -> None:
    assert [list(differing(data)) for data in originals()] == [[] for _ in originals()]


@pytest.mark.parametrize("seed", range(2))
def test_payloads_of_damaged_files_are_those_of_the_checking_constructor(seed: int) -> None:
    chance = random.Random(seed)
    sources = originals()
    for number in range(MUTATIONS // 2):
        assert list(differing(mutated(chance.choice(sources), chance))) == [], number

"""Broken files: bytes flipped, segments dropped, doubled, swapped, cut. Nothing raises, nothing is unaccounted for.

2,000 mutations in the test run; RECLAIM_MUTATIONS=100000 for more, RECLAIM_MUTATION_SEED for others.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from services.core.x12.tokenizer import Run, split
from tests.accounting import account
from tests.submitted import corpus_files, needs_corpus

MUTATIONS = int(os.environ.get("RECLAIM_MUTATIONS", "2000"))
SEED = int(os.environ.get("RECLAIM_MUTATION_SEED", "20261122"))
BATCHES = 20
LARGEST = 10_000
"""bytes: larger files of the corpus say nothing new and take the time of hundreds of small ones"""


def _segments(data: bytes) -> list[bytes]:
    runs = [part for part in split([data]) if isinstance(part, Run)]
    return [run.segment(n).raw for run in runs for n in range(len(run.texts))]


def flip_byte(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]


def replace_byte(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([chance.choice(b"*:~^\n\r \x00\xffA9-.")]) + data[at + 1 :]


def cut_tail(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def cut_middle(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.randrange(200) :]


def drop_segment(data: bytes, chance: random.Random) -> bytes:
    segments = _segments(data)
    segments.pop(chance.randrange(len(segments)))
    return b"".join(segments)


def double_segment(data: bytes, chance: random.Random) -> bytes:
    segments = _segments(data)
    at = chance.randrange(len(segments))
    return b"".join([*segments[: at + 1], *segments[at:]])


def move_segment(data: bytes, chance: random.Random) -> bytes:
    segments = _segments(data)
    segments.insert(chance.randrange(len(segments)), segments.pop(chance.randrange(len(segments))))
    return b"".join(segments)


def double_file(data: bytes, chance: random.Random) -> bytes:
    return cut_tail(data, chance) + data


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip_byte,
    replace_byte,
    cut_tail,
    cut_middle,
    drop_segment,
    double_segment,
    move_segment,
    double_file,
)


def mutants(batch: int) -> list[tuple[Path, int, bytes]]:
    """Reproducible: the n-th mutant follows from the seed and n alone."""
    files = [
        path
        for path in corpus_files("835", "837p", "837i", "277ca", "999", "malformed")
        if path.stat().st_size < LARGEST and b"ISA" in path.read_bytes()
    ]
    found = []
    for n in range(batch, MUTATIONS, BATCHES):
        chance = random.Random(SEED * 1_000_003 + n)
        path = files[n % len(files)]
        data = path.read_bytes()
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            change = chance.choice(CHANGES)
            if change in (drop_segment, double_segment, move_segment) and not _segments(data):
                continue
            data = change(data, chance) or b" "
        found.append((path, n, data))
    return found


@needs_corpus
@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_segment_and_claim_of_a_broken_file_is_accounted_for(batch: int) -> None:
    for path, n, data in mutants(batch):
        try:
            account(data)
        except Exception as error:
            error.add_note(f"mutant {n} of {path.name}, seed {SEED}")
            raise


@needs_corpus
def test_the_mutations_reach_every_kind_of_outcome() -> None:
    """Else the test above could pass because it never breaks anything."""
    seen = {type(item).__name__ for _, _, data in mutants(0) for item in account(data)}
    assert seen >= {"QuarantinedClaim", "StrayData", "Unreadable", "RemittedClaim", "SubmittedClaim"}

"""Damaged files from end to end: bytes flipped, segments dropped, doubled, cut. Each is fully accounted for."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.files import claim_file, remittance_file
from schemas.faults import DeadLetter
from services.core.x12.reader import read
from services.intake.pickup import expand
from tests.intakes import CLAIM_TOPICS, CORPUS, Bench, bench

MUTATIONS = 300


def originals() -> list[bytes]:
    files = [b"".join(remittance_file(6)), b"".join(claim_file(6))]
    if CORPUS.is_dir():
        files += [path.read_bytes() for path in expand([CORPUS]) if path.stat().st_size < 20_000]
    return files


def mutated(data: bytes, chance: random.Random) -> bytes:
    kind = chance.randrange(5)
    if kind == 0:
        flipped = bytearray(data)
        for _ in range(chance.randrange(1, 8)):
            flipped[chance.randrange(len(flipped))] = chance.randrange(256)
        return bytes(flipped)
    if kind == 1:
        return data[: chance.randrange(len(data))]
    segments = data.split(b"~")
    place = chance.randrange(len(segments))
    if kind == 2:
        del segments[place]
    elif kind == 3:
        segments.insert(place, segments[place])
    else:
        other = chance.randrange(len(segments))
        segments[place], segments[other] = segments[other], segments[place]
    return b"~".join(segments)


@pytest.mark.parametrize("seed", range(3))
def test_every_damaged_file_is_accounted_for(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    sources = originals()
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(MUTATIONS // 3):
        (folder / f"{number:04d}").write_bytes(mutated(chance.choice(sources), chance))
    with bench(tmp_path / "data") as desk:
        accounts = desk.ingest(*expand([folder]))
        assert {account.outcome for account in accounts} <= {"published", "duplicate", "unreadable"}
        assert unaccounted(desk) == {}


def unaccounted(desk: Bench) -> dict[str, tuple[int, int]]:
    """What the records of the files say beside what lies in the topics, where the two differ."""
    records = [record for record in desk.files().values() if record.status == "published"]
    letters = desk.payloads("dead-letters", DeadLetter)
    events = desk.records(*CLAIM_TOPICS)
    pairs = {
        "claims": (
            sum(r.held.claims for r in records),
            len(events)
            + len({(x.headers["file"], x.headers["index"]) for x in letters if x.headers["index"] != "0"}),
        ),
        "segments": (sum(r.held.segments for r in records), sum(r.kept.segments for r in records)),
        "quarantined": (sum(r.claims_quarantined + r.records_quarantined for r in records), len(letters)),
        "provider adjustments": (
            sum(r.held.provider_adjustments for r in records),
            len(desk.records("remittance-adjusted")) + sum(x.headers["kind"] == "PLB" for x in letters),
        ),
        "twice": (0, sum(n - 1 for n in Counter(e.headers["ce_id"] for e in events).values())),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def test_the_items_of_a_damaged_file_begin_in_its_order() -> None:
    """A restart goes on at a byte: what begins before it is published."""
    chance = random.Random(MUTATIONS)
    sources = originals()
    for _ in range(MUTATIONS):
        offsets = [item.offset for item in read([mutated(chance.choice(sources), chance)])]
        assert offsets == sorted(offsets)

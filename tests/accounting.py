"""Checks that a file's items account for all of it, by counting the file in another way than the reader does."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from services.core.x12.items import (
    Item,
    QuarantinedClaim,
    RemittedClaim,
    SubmittedClaim,
    Unreadable,
)
from services.core.x12.reader import read
from services.core.x12.tokenizer import DEFAULT_LIMITS, Limits, Run, Stop, join, split

_KINDS = {"222": "CLM", "223": "CLM", "098": "CLM", "096": "CLM"}


def published(items: Iterable[Item]) -> list[SubmittedClaim | RemittedClaim]:
    return [item for item in items if isinstance(item, SubmittedClaim | RemittedClaim)]


def quarantined(items: Iterable[Item]) -> list[QuarantinedClaim]:
    return [item for item in items if isinstance(item, QuarantinedClaim)]


def expected_claims(segments: Iterable[list[str]]) -> int:
    """Every CLP under an ST*835 and every CLM under an 837P or 837I, by plain counting."""
    start, version, count = "", "", 0
    for e in segments:
        if e[0] == "GS":
            version = e[8] if len(e) > 8 else ""
        elif e[0] == "ST":
            guide = (e[3] if len(e) > 3 and e[3].strip() else version).strip()
            family = guide.partition("X")[2][:3]
            start = "CLP" if e[1:2] == ["835"] else _KINDS.get(family, "") if e[1:2] == ["837"] else ""
        elif start and e[0] == start:
            count += 1
    return count


def account(data: bytes, limits: Limits = DEFAULT_LIMITS) -> list[Item]:
    """Read a file and assert that each of its segments and claims is in exactly one item."""
    parts = list(split([data], limits))
    items = list(read([data], limits))
    if isinstance(parts[-1], Stop):
        assert data.startswith(join(parts))
        if len(parts) == 1:
            assert [type(item) for item in items] == [Unreadable]
            return items
    else:
        assert join(parts) == data
    runs = [part for part in parts if isinstance(part, Run)]
    offsets = [offset for run in runs for offset in run.offsets]
    assert all(a < b for a, b in pairwise(offsets))
    at = 0
    for item in items:
        if item.segments:
            assert item.offset == offsets[at], "an item begins where the one before it ended"
            at += item.segments
    assert at == len(offsets), "every segment is in an item"
    claims = len(published(items)) + len(quarantined(items))
    assert claims == expected_claims(e for run in runs for e in run.elements)
    indices = [i.index for i in items if isinstance(i, SubmittedClaim | RemittedClaim | QuarantinedClaim)]
    assert indices == list(range(1, claims + 1))
    return items

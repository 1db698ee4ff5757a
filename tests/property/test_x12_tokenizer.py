"""join(split(x)) == x for any bytes at all, and for any file of segments, however it is cut into chunks."""

from __future__ import annotations

import string
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.x12.tokenizer import Limits, Run, Stop, join, split
from tests.accounting import account
from tests.x12_text import ISA

ELEMENT = st.text(st.characters(blacklist_characters="*~:^\r\n\t \x00\x1a'|", codec="utf-8"), max_size=12)
BETWEEN = string.whitespace.encode() + b"\x00\x1a~'|"
SEGMENT_ID = st.sampled_from(
    ("GS", "ST", "CLP", "CLM", "HL", "SVC", "CAS", "NM1", "LX", "SV1", "SE", "GE", "IEA", "PLB")
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """An ISA and any segments behind it, in any order, with any terminator and decoration."""
    end = draw(st.sampled_from(("~", "~\n", "~\r\n", "\n", "\r\n", "'", "|\n")))
    kinds = st.sampled_from(
        ("837*1*005010X222A1", "837*2*005010X223A2", "835*3", "277*4*005010X214", "999*5", "834*6")
    )
    lines = [ISA]
    for sid in draw(st.lists(SEGMENT_ID, max_size=30)):
        if sid == "ST":
            lines.append("ST*" + draw(kinds))
        else:
            lines.append("*".join([sid, *draw(st.lists(ELEMENT, max_size=6))]))
    data = "".join(line + end for line in lines).encode()
    return data if draw(st.booleans()) else data[: draw(st.integers(106, len(data)))]


@st.composite
def chunked(draw: st.DrawFn, data: st.SearchStrategy[bytes]) -> tuple[bytes, list[bytes]]:
    whole = draw(data)
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    edges = [0, *cuts, len(whole)]
    return whole, [whole[a:b] for a, b in pairwise(edges)]


@given(chunked(st.binary(max_size=2000)))
def test_any_bytes_are_kept(given_: tuple[bytes, list[bytes]]) -> None:
    whole, chunks = given_
    parts = list(split(chunks))
    joined = join(parts)
    assert joined == whole or (isinstance(parts[-1], Stop) and whole.startswith(joined))


@given(chunked(files()))
def test_any_segments_are_kept_and_the_chunks_do_not_matter(given_: tuple[bytes, list[bytes]]) -> None:
    whole, chunks = given_
    parts = list(split(chunks))
    assert join(parts) == whole
    assert parts == list(split([whole]))


@given(files())
def test_every_segment_has_its_own_bytes_without_a_gap(data: bytes) -> None:
    at = len(data) - sum(len(p.data) for p in split([data]))
    for part in split([data]):
        if isinstance(part, Run):
            for n in range(len(part.texts)):
                segment = part.segment(n)
                assert segment.offset == at
                own = segment.text.encode("latin-1" if segment.latin else "utf-8")
                assert segment.raw.startswith(own)
                assert not segment.raw.removeprefix(own).strip(BETWEEN)
                at = segment.end
        else:
            at += len(part.data)
    assert at == len(data)


@settings(max_examples=200)
@given(files(), st.integers(20, 400))
def test_segments_over_the_limit_lose_no_byte(data: bytes, limit: int) -> None:
    assert join(split([data], Limits(segment_bytes=limit))) == data


@settings(max_examples=300)
@given(files())
def test_any_segments_in_any_order_are_accounted_for(data: bytes) -> None:
    account(data)

"""Bytes to segments, losslessly: every byte of a file is in exactly one part, and `join(split(x)) == x`.

Works on bytes; the separators come from each ISA. CR, LF and blanks after a terminator are decoration and stay
with the segment before them. Segments come in runs of parallel lists, not as objects, because a claim has twenty
of them and Python makes lists four times as fast.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Final, NamedTuple

from services.core.x12.header import (
    DECORATION,
    HEADER_REACH,
    ISA,
    LATIN_1,
    Delimiters,
    Header,
    first_header,
    read_header,
)

UTF_8: Final = "utf-8"

BLOCK: Final = 64 * 1024
"""Bytes that are cut into segments at a time: large enough that the loop around it costs nothing, small enough
that memory stays flat whatever the chunks are."""

RUN: Final = 256
"""Segments whose elements exist at a time: so few that they are gone before Python looks for garbage among them,
which costs an eighth of the time otherwise."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader takes in before it stops believing the data. All by configuration."""

    file_bytes: int = 8 * 1024**3
    segment_bytes: int = 1024**2
    elements: int = 200
    """elements a segment; the longest of the guides has 24"""
    claims: int = 1_000_000
    """claims a transaction set; the guides recommend 5,000 (837) and 10,000 (835)"""
    claim_segments: int = 20_000
    """segments a claim, or the header of a transaction; the guides allow 999 lines of some 20 segments"""


DEFAULT_LIMITS: Final = Limits()


class Segment(NamedTuple):
    """One segment of a run. `raw` holds its terminator and the decoration behind it, `text` neither."""

    offset: int
    """of its first byte in the file"""
    raw: bytes
    text: str
    elements: list[str]
    """`elements[0]` is the segment id; not split into components"""
    latin: bool
    """`text` was decoded as Latin-1, because it is no UTF-8"""
    terminated: bool
    """false for the last data of a file or interchange that ends before its terminator"""

    @property
    def end(self) -> int:
        """The offset behind its last byte."""
        return self.offset + len(self.raw)


class Run(NamedTuple):
    """Segments of one interchange that follow one another, as parallel lists: the n-th text has the n-th elements
    and begins at the n-th offset. `data` is their bytes, without a gap."""

    delimiters: Delimiters
    data: bytes
    texts: list[str]
    elements: list[list[str]]
    offsets: list[int]
    latin: frozenset[int]
    """which texts were decoded as Latin-1, because they are no UTF-8"""
    terminated: bool
    """false where the last segment has no terminator"""
    opens: bool
    """the first segment is the ISA that declared the delimiters"""
    findings: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """The offset behind the last byte."""
        return self.offsets[0] + len(self.data)

    def segment(self, n: int) -> Segment:
        last = n + 1 == len(self.texts)
        base, begin = self.offsets[0], self.offsets[n]
        end = len(self.data) if last else self.offsets[n + 1] - base
        return Segment(
            begin,
            self.data[begin - base : end],
            self.texts[n],
            self.elements[n],
            n in self.latin,
            self.terminated or not last,
        )


class Stray(NamedTuple):
    """Bytes that are no segment: a byte order mark, text before the first ISA, a segment over the limit."""

    offset: int
    data: bytes
    reason: str
    segments: int = 0
    """1 where a segment over the limit begins here"""


class Stop(NamedTuple):
    """Nothing more can be read from here on; `data` is the rest that had been looked at."""

    offset: int
    data: bytes
    reason: str


def join(parts: Iterable[Run | Stray | Stop]) -> bytes:
    """The bytes that `split` was given (up to a `Stop`, behind which nothing is read)."""
    return b"".join([part.data for part in parts])


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of about BLOCK, whatever the size of the chunks."""
    pending: list[bytes] = []
    held = 0
    for chunk in chunks:
        if held + len(chunk) < BLOCK:
            pending.append(chunk)
            held += len(chunk)
            continue
        whole = b"".join((*pending, chunk))
        for start in range(0, len(whole), BLOCK):
            yield whole[start : start + BLOCK]
        pending, held = [], 0
    if held:
        yield b"".join(pending)


class _Cutter:
    """Cuts bytes that hold whole segments of one interchange."""

    def __init__(self, header: Header, limit: int) -> None:
        end = re.escape(header.terminator)
        self.header = header
        self.limit = limit
        self._between = DECORATION + header.terminator
        self._pairs = re.compile(rb"([^%b]+)(%b[%b\r\n\t \x00\x1a]*)" % (end, end, end))
        self._next_isa = re.compile(rb"(?<=[%b\r\n])ISA(?=[^0-9A-Za-z \r\n])" % end)

    def end_of_segment(self, buffer: bytes) -> int | None:
        """Where the segment ends that `buffer` begins in; null where it goes on behind it."""
        end = buffer.find(self.header.terminator)
        return None if end < 0 else len(buffer) - len(buffer[end + 1 :].lstrip(self._between))

    def whole(self, buffer: bytes) -> int:
        """Where the last segment of `buffer` begins that may not be whole: all before it can be cut."""
        end = buffer.rstrip(self._between).rfind(self.header.terminator)
        return 0 if end < 0 else len(buffer) - len(buffer[end + 1 :].lstrip(DECORATION))

    def interchange_ahead(self, buffer: bytes, opening: bool, at_end: bool) -> tuple[int, Header | None]:
        """Where the next interchange begins, and its header; the header is null while it may not be whole.

        `opening`: the buffer begins with the ISA of this one. Without a next one: its end, and null.
        """
        if buffer.find(b"ISA", opening) >= 0:
            first = [0] if not opening and ISA.match(buffer) else []
            for start in chain(first, (match.start() for match in self._next_isa.finditer(buffer, 1))):
                if len(buffer) - start < HEADER_REACH and not at_end:
                    return start, None
                header = read_header(buffer, start)
                if header is not None:
                    return start, header
        return len(buffer), None

    def cut(self, data: bytes, offset: int, opens: bool) -> Iterator[Run | Stray]:
        """The runs of `data`, which begins with a segment. A rest without a terminator is a segment too."""
        if not data:
            return
        separator = self._uniform_separator(data)
        if separator is not None:
            body = data.rstrip(self._between)
            texts = body.decode().split(separator)
            width = len(separator)
            offsets = list(accumulate([len(text) + width for text in texts], initial=offset))
            offsets.pop()
            terminated = self.header.terminator in data[len(body) :]
            for begin in range(0, len(texts), RUN):
                end = begin + RUN
                last = end >= len(texts)
                yield self._run(
                    data[offsets[begin] - offset : len(data) if last else offsets[end] - offset],
                    texts[begin:end],
                    offsets[begin:end],
                    frozenset(),
                    terminated or not last,
                    opens and not begin,
                )
        else:
            yield from self._cut_one_by_one(data, offset, opens)

    def _uniform_separator(self, data: bytes) -> str | None:
        """What stands between all segments of `data`, if that is the same everywhere and all of it is ASCII."""
        terminator = self.header.terminator
        body = data.rstrip(self._between)
        first = body.find(terminator)
        if len(data) > self.limit or not data.isascii() or first < 0:
            return None
        separator = body[first : len(body) - len(body[first + 1 :].lstrip(DECORATION))]
        if terminator == b"\n" and body[first - 1 : first] == b"\r":
            separator = b"\r" + separator
        elif terminator == b"\n" and b"\r" in body:
            return None
        if body.count(separator) != body.count(terminator):
            return None
        # behind a separator comes a segment: no further terminator, no further decoration
        ragged = re.search(re.escape(separator) + b"[" + re.escape(self._between) + b"]", body)
        return None if ragged else separator.decode()

    def _cut_one_by_one(self, data: bytes, offset: int, opens: bool) -> Iterator[Run | Stray]:
        begin, carriage_return = offset, self.header.terminator == b"\n"
        texts: list[str] = []
        offsets: list[int] = []
        latin: set[int] = set()
        pairs: list[tuple[bytes, bytes]] = self._pairs.findall(data)
        rest = data[sum(len(content) + len(tail) for content, tail in pairs) :]
        if rest:
            content = rest.rstrip(DECORATION)
            pairs.append((content, rest[len(content) :]))
        for content, tail in pairs:
            length = len(content) + len(tail)
            if len(content) > self.limit:
                if texts:
                    yield self._run(data[: offset - begin], texts, offsets, frozenset(latin), True, opens)
                    opens = False
                yield Stray(offset, data[offset - begin : offset - begin + length], "segment_too_long", 1)
                data = data[offset - begin + length :]
                offset += length
                begin, texts, offsets, latin = offset, [], [], set()
                continue
            if carriage_return:
                content = content.removesuffix(b"\r")
            try:
                text = content.decode()
            except UnicodeDecodeError:
                text = content.decode(LATIN_1)
                latin.add(len(texts))
            texts.append(text)
            offsets.append(offset)
            offset += length
        if texts:
            yield self._run(data, texts, offsets, frozenset(latin), not rest, opens)

    def _run(
        self,
        data: bytes,
        texts: list[str],
        offsets: list[int],
        latin: frozenset[int],
        terminated: bool,
        opens: bool,
    ) -> Run:
        element = self.header.delimiters.element
        return Run(
            self.header.delimiters,
            data,
            texts,
            [text.split(element) for text in texts],
            offsets,
            latin,
            terminated,
            opens,
            self.header.findings if opens else (),
        )


def split(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> Iterator[Run | Stray | Stop]:
    """The parts of a file in their order. Never raises on bytes; memory is flat.

    A `Stop` is yielded at most once, last: no interchange in the first block (`empty`, `no_interchange`), an
    ISA without a readable end (`no_terminator`), or more bytes than allowed (`file_too_large`).
    """
    cutter: _Cutter | None = None
    buffer, offset, seen = b"", 0, 0
    opening, skipping = False, False
    for block, at_end in _with_end(_blocks(chunks)):
        seen += len(block)
        buffer += block
        if cutter is None:
            if len(buffer) < HEADER_REACH and not at_end:
                continue
            found = first_header(buffer)
            if found is None:
                yield Stop(offset, buffer, _why_unreadable(buffer))
                return
            start, header = found
            if start:
                yield Stray(offset, buffer[:start], _what_leads(buffer[:start]))
            offset, buffer = offset + start, buffer[start:]
            cutter, opening = _Cutter(header, limits.segment_bytes), True
        while buffer:
            if skipping:
                stop = cutter.end_of_segment(buffer)
                yield Stray(offset, buffer[: stop or len(buffer)], "segment_too_long")
                skipping = stop is None
                stop = stop or len(buffer)
                offset, buffer = offset + stop, buffer[stop:]
                continue
            start, following = cutter.interchange_ahead(buffer, opening, at_end)
            if following is not None:
                stop = start
            elif at_end:
                stop = len(buffer)
            else:
                stop = cutter.whole(buffer[:start])
            for piece in cutter.cut(buffer[:stop], offset, opening):
                yield piece
                opening = False
            offset, buffer = offset + stop, buffer[stop:]
            if following is None:
                break
            cutter, opening = _Cutter(following, limits.segment_bytes), True
        if seen > limits.file_bytes:
            yield Stop(offset, buffer, "file_too_large")
            return
        if len(buffer) > limits.segment_bytes:
            yield Stray(offset, buffer, "segment_too_long", 1)
            offset, buffer, skipping = offset + len(buffer), b"", True


def _with_end(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each block, and whether it is the last one. At least one, which may be empty."""
    block = next(blocks, b"")
    for following in blocks:
        yield block, False
        block = following
    yield block, True


def _what_leads(lead: bytes) -> str:
    blank = not lead.removeprefix(_BYTE_ORDER_MARK).strip(DECORATION)
    return "leading_blank" if blank else "data_before_interchange"


def _why_unreadable(buffer: bytes) -> str:
    if not buffer.removeprefix(_BYTE_ORDER_MARK).strip(DECORATION):
        return "empty"
    return "no_terminator" if ISA.search(buffer) else "no_interchange"

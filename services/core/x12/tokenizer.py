"""Bytes to segments, losslessly: every byte of a file is in exactly one part, and `join(split(x)) == x`.

Works on bytes. The separators are read from each ISA, by counting its elements and not by offset, because
one real file in ten has an ISA that is not 106 bytes long. CR, LF and blanks after a terminator are decoration
and stay with the segment before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

UTF_8: Final = "utf-8"
LATIN_1: Final = "latin-1"

BLOCK: Final = 128 * 1024
"""Bytes that are cut into segments at a time: large enough that the loop around it costs nothing, small
enough that memory stays flat whatever the chunks are."""

_HEADER_REACH: Final = 4096
"""How far behind `ISA` its sixteenth element may stand. A whole ISA has 106 bytes."""

_DECORATION: Final = b"\r\n\t \x00\x1a"
"""What may stand between segments without being one; 0x1A is the end-of-file mark of old mainframe exports."""

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


class Delimiters(NamedTuple):
    """The four separators of an interchange. `repetition` is null before version 00501 (ISA11 is no separator)."""

    element: str
    component: str
    repetition: str | None
    terminator: str


class Segment(NamedTuple):
    """One segment. `raw` holds its terminator and the decoration behind it, `text` neither."""

    offset: int
    """of its first byte in the file"""
    raw: bytes
    text: str
    elements: list[str]
    """`elements[0]` is the segment id; not split into components"""
    encoding: str = UTF_8
    """how `text` was decoded: utf-8, else latin-1, which takes any byte"""
    terminated: bool = True
    """false for the last data of a file that ends before its terminator"""


class Run(NamedTuple):
    """Segments of one interchange that follow one another. `opens`: the first of them is its ISA."""

    delimiters: Delimiters
    segments: list[Segment]
    opens: bool
    findings: tuple[str, ...] = ()


class Stray(NamedTuple):
    """Bytes that are no segment: a byte order mark, text before the first ISA, a segment over the limit."""

    offset: int
    raw: bytes
    reason: str
    segments: int = 0
    """1 where a segment over the limit begins here"""


class Stop(NamedTuple):
    """Nothing more can be read from here on; `raw` is the rest that had been looked at."""

    offset: int
    raw: bytes
    reason: str


Part = Run | Stray | Stop


def join(parts: Iterable[Part]) -> bytes:
    """The bytes that `split` was given (up to a `Stop`, behind which nothing is read)."""
    pieces: list[bytes] = []
    for part in parts:
        if isinstance(part, Run):
            pieces.extend(segment.raw for segment in part.segments)
        else:
            pieces.append(part.raw)
    return b"".join(pieces)


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


class _Header(NamedTuple):
    delimiters: Delimiters
    element: bytes
    terminator: bytes
    length: int
    """bytes from `ISA` to the one before the terminator"""
    findings: tuple[str, ...]


def _plausible(separator: bytes) -> bool:
    return len(separator) == 1 and not separator.isalnum() and separator != b" "


def _header(buffer: bytes, at: int) -> _Header | None:
    """The separators that the ISA at `at` declares; null where no ISA can be read there."""
    element = buffer[at + 3 : at + 4]
    if not _plausible(element) or element in b"\r\n":
        return None
    position = at + 3
    for _ in range(15):
        position = buffer.find(element, position + 1, at + _HEADER_REACH)
        if position < 0:
            return None
    findings: list[str] = []
    after = position + 1
    component, terminator = buffer[after : after + 1], buffer[after + 1 : after + 2]
    length = after + 1 - at
    follower = re.compile(rb"(?:GS|TA1|IEA|ISA)" + re.escape(element)).search(buffer, after, after + 64)
    gap = buffer[after : follower.start()] if follower else b""
    core = gap.rstrip(_DECORATION)
    if (
        follower
        and (len(core) < 2 or not _plausible(terminator))
        and not (len(core) == 1 and gap[1:2] in b"\r\n")
    ):
        # ISA16 is absent or of more than one byte: the terminator is what stands right before the next segment.
        if not core:
            return None
        findings.append("isa_component_missing" if len(core) == 1 else "isa_component_length")
        terminator = core[-1:]
        component = core[:1] if len(core) > 1 else b":"
        length = after + len(core) - 1 - at
    if terminator == b"\r" and buffer[at + length + 1 : at + length + 2] == b"\n":
        terminator = b"\n"
    if not _plausible(terminator) or terminator == element or not component:
        return None
    if length != 105:
        findings.append("isa_length")
    elements = buffer[at : at + length].split(element)
    repetition = elements[11].decode(LATIN_1)
    return _Header(
        Delimiters(
            element.decode(LATIN_1),
            component.decode(LATIN_1),
            repetition if len(repetition) == 1 and not repetition.isalnum() and repetition != " " else None,
            terminator.decode(LATIN_1),
        ),
        element,
        terminator,
        length,
        tuple(findings),
    )


_ISA: Final = re.compile(rb"ISA(?=[^0-9A-Za-z \r\n])")


def _first_header(buffer: bytes) -> tuple[int, _Header] | None:
    for match in _ISA.finditer(buffer):
        header = _header(buffer, match.start())
        if header is not None:
            return match.start(), header
    return None


def _segment(content: bytes, raw: bytes, offset: int, element: str, terminated: bool = True) -> Segment:
    try:
        text, encoding = content.decode(), UTF_8
    except UnicodeDecodeError:
        text, encoding = content.decode(LATIN_1), LATIN_1
    return Segment(offset, raw, text, text.split(element), encoding, terminated)


class _Cutter:
    """Cuts bytes that hold whole segments of one interchange."""

    def __init__(self, header: _Header, limit: int) -> None:
        end = re.escape(header.terminator)
        self.header = header
        self.limit = limit
        self._element = header.delimiters.element
        self._pairs = re.compile(rb"([^%b]+)(%b[%b\r\n\t \x00\x1a]*)" % (end, end, end))
        self._between = _DECORATION + header.terminator
        self._next_isa = re.compile(rb"(?<=[%b\r\n])ISA(?=[^0-9A-Za-z \r\n])" % end)

    def end_of_segment(self, buffer: bytes) -> int | None:
        """Where the segment ends that `buffer` begins in; null where it goes on behind it."""
        end = buffer.find(self.header.terminator)
        return None if end < 0 else len(buffer) - len(buffer[end + 1 :].lstrip(self._between))

    def whole(self, buffer: bytes) -> int:
        """Where the last segment of `buffer` begins that may not be whole: all before it can be cut."""
        body = buffer.rstrip(self._between)
        end = body.rfind(self.header.terminator)
        return 0 if end < 0 else len(buffer) - len(buffer[end + 1 :].lstrip(_DECORATION))

    def cut(self, data: bytes, offset: int) -> Iterator[list[Segment] | Stray]:
        """`data` begins with a segment. A rest without a terminator is a segment too, marked as such."""
        end = offset + len(data)
        segments: list[Segment] = []
        add, element, limit, new = segments.append, self._element, self.limit, tuple.__new__
        carriage_return = self.header.terminator == b"\n"
        plain = data.isascii()
        for content, tail in self._pairs.findall(data):
            raw = content + tail
            if len(content) > limit:
                if segments:
                    yield segments[:]
                    segments.clear()
                yield Stray(offset, raw, "segment_too_long", 1)
                offset += len(raw)
                continue
            if carriage_return and content[-1] == 13:
                content = content[:-1]
            if plain:
                text = content.decode()
                add(new(Segment, (offset, raw, text, text.split(element), UTF_8, True)))
            else:
                add(_segment(content, raw, offset, element))
            offset += len(raw)
        if offset < end:
            rest = data[offset - end :]
            if len(rest) <= limit:
                add(_segment(rest.rstrip(_DECORATION), rest, offset, element, terminated=False))
        if segments:
            yield segments
        if offset < end and len(rest) > limit:
            yield Stray(offset, rest, "segment_too_long", 1)

    def interchange_ahead(self, buffer: bytes, at_end: bool) -> tuple[int, _Header | None] | None:
        """Where the next interchange begins, and its header; the header is null while it may not be whole."""
        for match in self._next_isa.finditer(buffer, 1):
            start = match.start()
            if len(buffer) - start < _HEADER_REACH and not at_end:
                return start, None
            header = _header(buffer, start)
            if header is not None:
                return start, header
        return None


def split(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> Iterator[Part]:
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
            if len(buffer) < _HEADER_REACH and not at_end:
                continue
            found = _first_header(buffer)
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
            ahead = cutter.interchange_ahead(buffer, at_end)
            whole = len(buffer) if at_end else cutter.whole(buffer)
            stop = whole if ahead is None else ahead[0]
            for piece in cutter.cut(buffer[:stop], offset):
                if isinstance(piece, Stray):
                    yield piece
                else:
                    findings = cutter.header.findings if opening else ()
                    yield Run(cutter.header.delimiters, piece, opening, findings)
                    opening = False
            offset, buffer = offset + stop, buffer[stop:]
            if ahead is None or ahead[1] is None:
                break
            cutter, opening = _Cutter(ahead[1], limits.segment_bytes), True
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
    blank = not lead.removeprefix(_BYTE_ORDER_MARK).strip(_DECORATION)
    return "leading_blank" if blank else "data_before_interchange"


def _why_unreadable(buffer: bytes) -> str:
    if not buffer.removeprefix(_BYTE_ORDER_MARK).strip(_DECORATION):
        return "empty"
    return "no_terminator" if _ISA.search(buffer) else "no_interchange"

"""The ISA: where the separators of an interchange come from.

They are found by counting the ISA's elements, not by offset, because one real file in ten has an ISA that is not
106 bytes long.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

LATIN_1: Final = "latin-1"

HEADER_REACH: Final = 4096
"""How far behind `ISA` its end may stand. A whole ISA has 106 bytes."""

DECORATION: Final = b"\r\n\t \x00\x1a"
"""What may stand between segments without being one; 0x1A is the end-of-file mark of old mainframe exports."""


class Delimiters(NamedTuple):
    """The four separators of an interchange. `repetition` is null before version 00501 (ISA11 is no separator)."""

    element: str
    component: str
    repetition: str | None
    terminator: str


class Header(NamedTuple):
    delimiters: Delimiters
    element: bytes
    terminator: bytes
    length: int
    """bytes from `ISA` to the one before the terminator"""
    findings: tuple[str, ...]


def _separates(separator: bytes) -> bool:
    return len(separator) == 1 and not separator.isalnum() and separator != b" "


def read_header(buffer: bytes, at: int) -> Header | None:
    """The separators that the ISA at `at` declares; null where no ISA can be read there."""
    element = buffer[at + 3 : at + 4]
    if not _separates(element) or element in b"\r\n":
        return None
    position = at + 3
    for _ in range(15):
        position = buffer.find(element, position + 1, at + HEADER_REACH)
        if position < 0:
            return None
    findings: list[str] = []
    after = position + 1
    component, terminator = buffer[after : after + 1], buffer[after + 1 : after + 2]
    length = after + 1 - at
    follower = re.compile(rb"[^0-9A-Za-z]{0,32}(GS|TA1|IEA|ISA)" + re.escape(element)).match(buffer, after)
    if follower is not None:
        gap = buffer[after : follower.start(1)]
        core = gap.rstrip(DECORATION)
        line = buffer[follower.start(1) : buffer.find(b"\n", follower.start(1))].rstrip(b"\r")
        by_line = len(core) == 1 and gap[1:2] in (b"\r", b"\n") and not line.endswith(core)
        if len(core) != 2 and not by_line:
            # ISA16 is absent or longer than it may be: the terminator is what stands before the next segment
            findings.append("isa_component_missing" if len(core) < 2 else "isa_component_length")
            component = core[:1] if len(core) > 1 else b":"
            terminator = core[-1:] or gap[:1]
            length = after + max(len(core) - 1, 0) - at
    if terminator == b"\r" and buffer[at + length + 1 : at + length + 2] == b"\n":
        terminator = b"\n"
    if not _separates(terminator) or terminator == element or not component:
        return None
    if length != 105:
        findings.append("isa_length")
    elements = buffer[at : at + length].split(element)
    repetition = elements[11].decode(LATIN_1)
    return Header(
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


ISA: Final = re.compile(rb"ISA(?=[^0-9A-Za-z \r\n])")


def first_header(buffer: bytes) -> tuple[int, Header] | None:
    for match in ISA.finditer(buffer):
        header = read_header(buffer, match.start())
        if header is not None:
            return match.start(), header
    return None

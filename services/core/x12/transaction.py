"""What the readers of all kinds of transaction sets share: the place, the counts, grouping, quarantine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from services.core.x12.facts import FindingFacts
from services.core.x12.guides import CLAIM_START, LENGTHS, Kind
from services.core.x12.header import LATIN_1, Delimiters
from services.core.x12.items import Item, LoopRead, QuarantinedClaim, TransactionOpened
from services.core.x12.tokenizer import UTF_8, Limits, Run, Segment
from services.core.x12.values import ZERO, NotNumericError, filled, number

_NONE: Final[frozenset[int]] = frozenset()


class BrokenError(Exception):
    """This claim or record cannot be published. `reason` and `place` are codes, no values."""

    def __init__(self, reason: str, segment: str | None = None, element: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = FindingFacts(reason, segment, element)


@dataclass(slots=True)
class Tally:
    """The running numbers of a file."""

    claims: int = 0
    provider_adjustments: int = 0
    acknowledgments: int = 0


class Part:
    """A stretch of segments that becomes one item: the header, a loop, or a claim. Parallel lists, as in a Run."""

    __slots__ = ("broken", "dropped", "elements", "findings", "latin", "name", "offset", "texts")

    def __init__(self, name: str, offset: int) -> None:
        self.name = name
        self.offset = offset
        self.texts: list[str] = []
        self.elements: list[list[str]] = []
        self.latin: frozenset[int] = _NONE
        """which texts are no UTF-8 and were decoded as Latin-1"""
        self.dropped = 0
        """segments over the limit: counted, not kept"""
        self.broken: FindingFacts | None = None
        """why this claim cannot be published, or what this loop lacks, if it is known already"""
        self.findings: tuple[FindingFacts, ...] = ()

    @classmethod
    def alone(cls, name: str, segment: Segment) -> Part:
        """A part of one segment."""
        part = cls(name, segment.offset)
        part.texts, part.elements = [segment.text], [segment.elements]
        part.latin = frozenset({0}) if segment.latin else _NONE
        return part

    @property
    def count(self) -> int:
        return len(self.texts) + self.dropped

    @property
    def encoding(self) -> str:
        return LATIN_1 if self.latin else UTF_8

    def extend(self, run: Run, begin: int, end: int) -> None:
        """Add the segments `begin` to `end` of a run."""
        if run.latin:
            shift = len(self.texts) - begin
            self.latin = self.latin.union(n + shift for n in run.latin if begin <= n < end)
        self.texts += run.texts[begin:end]
        self.elements += run.elements[begin:end]

    def encoded(self, encoding: str) -> tuple[str, ...]:
        """The texts, decoded so that they give the file's bytes again when they are encoded with `encoding`."""
        if encoding == UTF_8:
            return tuple(self.texts)
        return tuple([t if n in self.latin else t.encode().decode(LATIN_1) for n, t in enumerate(self.texts)])


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known when an ST was read."""

    interchange: int
    group: int
    transaction: int
    kind: Kind
    guide: str
    control_number: str
    delimiters: Delimiters
    isa: Part
    gs: Part | None
    st: Part
    usage: str | None
    receiver: str
    """GS03: whom the transaction is sent to; for a 999 the sender of the acknowledged group"""
    sent: date | None
    """GS04"""


@dataclass(slots=True)
class Counts:
    claims: int = 0
    quarantined: int = 0
    adjustments: int = 0
    provider_adjustments: int = 0
    paid: Decimal = ZERO


HEADER: Final = "header"
CLAIM: Final = "claim"


class TransactionReader(ABC):
    """Groups the segments of one transaction set into parts and yields their items into `out`.

    A claim is held back until the next one or the SE is seen: what a cut file ends with is never committed.
    """

    def __init__(self, opening: Opening, tally: Tally, limits: Limits, out: list[Item]) -> None:
        self.opening = opening
        self.place = (opening.interchange, opening.group, opening.transaction)
        self.tally = tally
        self.limits = limits
        self.counts = Counts()
        self.findings: list[FindingFacts] = []
        self.guide_findings = (FindingFacts("guide_4010", "ST", 3),) if opening.kind.legacy else ()
        self.known = LENGTHS[opening.kind.name]
        self._out = out
        self._part = opening.st
        self._held: Part | None = None
        """the last claim, until it is known to be whole"""
        self._behind: list[Item] = []
        """items behind the held claim"""

    # what the envelope calls

    @abstractmethod
    def take(self, run: Run, begin: int, end: int) -> None:
        """More segments of the body."""

    def lose(self, start: str, offset: int) -> None:
        """A segment over the limit was taken out here; `start` is how it began."""
        if start.startswith(CLAIM_START.get(self.opening.kind.name, "\0")):
            self._open(CLAIM, offset)
        self._part.broken = FindingFacts("segment_too_long")
        self.findings.append(FindingFacts("segment_too_long"))

    def trim(self) -> None:
        """Keep memory bounded: called after each block of the file."""
        part, limit = self._part, self.limits.claim_segments
        excess = len(part.texts) - limit
        if excess > 0:
            del part.texts[limit:], part.elements[limit:]
            part.dropped += excess
            part.broken = part.broken or FindingFacts("claim_too_large")
        if len(self._behind) > limit:
            self._settle()

    def end(self, complete: bool) -> None:
        """The SE was read, or is missing (`complete` false): then the last claim is quarantined."""
        self._close()
        self._settle(None if complete else "truncated")

    # what the readers of the kinds say

    @abstractmethod
    def _opened(self, part: Part) -> TransactionOpened:
        """The item of the header."""

    @abstractmethod
    def _claim(self, part: Part, index: int) -> Item:
        """The item of a claim. Raises BrokenError where it cannot be published."""

    # grouping

    def _open(self, name: str, offset: int) -> None:
        """The part before ends here; a new one begins."""
        self._close()
        if name is CLAIM:
            self._settle()
        self._part = Part(name, offset)

    def _close(self) -> None:
        part = self._part
        if part.name is CLAIM:
            self._held = part
        elif part.name is HEADER:
            self._emit(self._opened(part))
        elif part.texts:
            self._emit(LoopRead(part.offset, part.count, *self.place, part.name))

    def _emit(self, item: Item) -> None:
        (self._out if self._held is None else self._behind).append(item)

    def _settle(self, reason: str | None = None) -> None:
        """Yield the held claim, or quarantine it for `reason`, and then what stood behind it."""
        part = self._held
        if part is None:
            return
        self._held = None
        self.counts.claims += 1
        index = self._number()
        place = FindingFacts(reason) if reason else self._unfit(part)
        if place is None:
            try:
                self._out.append(self._claim(part, index))
            except BrokenError as error:
                place = error.place
        if place is not None:
            self.counts.quarantined += 1
            self._out.append(self._set_aside(part, index, place))
        self._out.extend(self._behind)
        self._behind.clear()

    def _unfit(self, part: Part) -> FindingFacts | None:
        if part.broken is not None:
            return part.broken
        if part.count > self.limits.claim_segments:
            return FindingFacts("claim_too_large")
        if self.counts.claims > self.limits.claims:
            return FindingFacts("too_many_claims")
        return None

    def _note_strange(
        self, elements: list[list[str]], starts: list[int], findings: list[FindingFacts]
    ) -> None:
        """Findings for segments that the guide does not know; `starts` says where the lines begin.

        Raises BrokenError over the limit of elements.
        """
        known = self.known
        strange = [n for n, e in enumerate(elements) if len(e) > known.get(e[0], 0)]
        for n in strange:
            if len(elements[n]) > self.limits.elements:
                raise BrokenError("too_many_elements", segment_id(elements[n][0]))
            note_strange(known, elements[n], findings, bisect_right(starts, n) or None)

    def _number(self) -> int:
        self.tally.claims += 1
        return self.tally.claims

    def _set_aside(self, part: Part, index: int, place: FindingFacts) -> Item:
        first = part.elements[0] if part.elements else []
        return QuarantinedClaim(
            part.offset,
            part.count,
            *self.place,
            index,
            self.opening.kind.name,
            place.code,
            place,
            filled(first, 1) if first and first[0] in ("CLM", "CLP") else None,
            tuple(part.texts[: self.limits.claim_segments]),
        )


def note_strange(
    known: dict[str, int], elements: list[str], findings: list[FindingFacts], line: int | None = None
) -> None:
    """Note a segment that the guide does not know, or that has more elements than it allows."""
    longest = known.get(elements[0])
    if longest is None:
        findings.append(FindingFacts("unknown_segment", segment_id(elements[0]), None, line))
    elif len(elements) > longest:
        findings.append(FindingFacts("extra_elements", elements[0], longest, line))


def segment_id(text: str) -> str | None:
    """A segment id as it may stand in a finding: two or three letters and digits, else it may be a value."""
    return text if 2 <= len(text) <= 3 and text.isascii() and text.isalnum() else None


def amount(elements: list[str], place: int) -> Decimal | None:
    """Money at its place, null where it is blank. Raises BrokenError where it is no number."""
    if len(elements) <= place:
        return None
    try:
        return number(elements[place])
    except NotNumericError:
        raise BrokenError("amount_not_numeric", elements[0], place) from None


def money(elements: list[str], place: int) -> Decimal:
    """Money that must be there. Raises BrokenError where it is not, or is no number."""
    try:
        value = number(elements[place]) if len(elements) > place else None
    except NotNumericError:
        raise BrokenError("amount_not_numeric", elements[0], place) from None
    if value is None:
        raise BrokenError("amount_missing", elements[0], place)
    return value


def quantity(elements: list[str], place: int) -> Decimal | None:
    """A count of units at its place, null where it is blank. Raises BrokenError where it is no number."""
    if len(elements) <= place:
        return None
    try:
        return number(elements[place])
    except NotNumericError:
        raise BrokenError("quantity_not_numeric", elements[0], place) from None

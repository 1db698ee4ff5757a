"""The difference check: proof that a claim goes back as it came, but for the approved edits.

It reads the two texts side by side, segment by segment, and names each difference as a field of the submitted
claim. It shares no place-finding with the editor, so that a fault in one shows in the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue
from schemas.resubmission import OutgoingClaim
from services.core.x12 import structure_difference
from services.core.x12.changed_fields import REFERENCES, Change, Standing, read_changes
from services.core.x12.line_alignment import align, closest


def unexplained(original: ClaimSubmitted, outgoing: OutgoingClaim, edits: Sequence[Edit]) -> tuple[str, ...]:
    """Places where the outgoing claim differs from the original and from what the edits say; empty = proven.

    Both ways: a difference without an edit, and an edit that made no difference or another one.
    """
    expected: dict[str, tuple[EditValue, EditValue]] = {}
    for each in edits:
        first = expected.get(each.field, (each.before or None, None))[0]
        expected[each.field] = (first, each.after or None)
    expected = {field: change for field, change in expected.items() if change[0] != change[1]}
    places: list[str] = []
    for change in changes(original, outgoing):
        if change.field is None or expected.pop(change.field, None) != (change.before, change.after):
            places.append(change.place)
    return tuple(places + [f"edit {field}" for field in expected])


def changes(original: ClaimSubmitted, outgoing: OutgoingClaim) -> Iterator[Change]:
    """Every difference between a claim and what goes back for it, in the order of the text."""
    before = (
        (original.transaction, original.guide, original.encoding),
        (original.delimiters.element, original.delimiters.component),
        (original.delimiters.repetition, original.delimiters.terminator),
        (original.loops.interchange, original.loops.group, _submitter_loops(original)),
        original.loops.patient,
    )
    after = (
        (outgoing.transaction, outgoing.guide, outgoing.encoding),
        (outgoing.element, outgoing.component),
        (outgoing.repetition, outgoing.terminator),
        (outgoing.interchange, outgoing.group, outgoing.submitter),
        outgoing.patient,
    )
    if before != after:
        yield Change("envelope or loops", None, None, None)
    reading = _Reading(original)
    yield from reading.loop("billing", original.loops.billing, outgoing.billing)
    marks = original.delimiters
    order, subscriber = structure_difference.responsibility(
        original.loops.subscriber, outgoing.subscriber, marks.element, marks.component
    )
    whole, old, new = structure_difference.differences(
        original.segments,
        outgoing.claim,
        tuple(line.line for line in original.lines),
        marks.element,
        marks.component,
    )
    for named in (*order, *whole):
        yield Change(*named)
    yield from reading.loop("subscriber", original.loops.subscriber, subscriber)
    yield from reading.claim(old, new)


class _Reading:
    """Both texts of one claim, read side by side."""

    def __init__(self, original: ClaimSubmitted) -> None:
        self._original = original
        self._element = original.delimiters.element
        self._component = original.delimiters.component

    def loop(self, name: str, before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
        """A loop around the claim."""
        if before != after:
            standing = Standing(name, self._component)
            yield from self._compare(standing, self._split(before), self._split(after))

    def claim(self, before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
        """Loops 2300 and below. Where lines were left out, each that stays stands beside the one that it was; a line
        that is new beside the one that it is most like."""
        old, new = self._split(before), self._split(after)
        standing = Standing("2300", self._component, tuple(line.line for line in self._original.lines))
        heads, blocks = _by_line(old), _by_line(new)
        if len(blocks) > len(heads) > 1:
            yield from self._added(standing, heads, blocks)
            return
        if len(blocks) == len(heads) or len(blocks) == 1 or len(heads) == 1:
            yield from self._compare(standing, old, new)
            return
        kept = align(heads[1:], blocks[1:])
        yield from self._compare(standing, heads[0], blocks[0])
        numbers = standing.lines
        if len(numbers) != len(heads) - 1:
            yield Change("2400 LX", None, None, None)
            return
        every = tuple(str(number) for number in numbers)
        yield Change("2400", "lines", every, tuple(str(numbers[place]) for place in kept))
        for count, place in enumerate(kept, start=1):
            if blocks[count][0] != ["LX", str(count)]:
                yield Change("2400 LX01", None, None, None)
            standing.place = place - 1
            yield from self._compare(standing, heads[place + 1], [heads[place + 1][0], *blocks[count][1:]])

    def _added(
        self, standing: Standing, heads: list[list[list[str]]], blocks: list[list[list[str]]]
    ) -> Iterator[Change]:
        """The lines of the original in their places, and behind them parts of some of them: with the next LX, and
        without the line item control number, which a line has for itself."""
        numbers = standing.lines
        if numbers != tuple(range(1, len(heads))):
            yield Change("2400 LX", None, None, None)
            return
        known, new = heads[1:], blocks[len(heads) :]
        parts = [[s for s in line if s[:2] != ["REF", "6R"]] for line in known]
        sources = [closest(parts, line) for line in new]
        every = tuple(str(number) for number in numbers)
        yield Change("2400", "lines", every, (*every, *(str(numbers[place]) for place in sources)))
        standing.lines = tuple(range(1, len(blocks)))
        for old, now in zip(heads, blocks[: len(heads)], strict=True):
            yield from self._compare(standing, old, now)
        for number, (source, now) in enumerate(zip(sources, new, strict=True), start=len(heads)):
            if now[0] != ["LX", str(number)]:
                yield Change("2400 LX01", None, None, None)
            yield from self._compare(standing, [now[0], *parts[source][1:]], now)

    def _compare(self, standing: Standing, old: list[list[str]], new: list[list[str]]) -> Iterator[Change]:
        old, new = list(old), list(new)
        removed = _diagnoses_left_out(standing, old, new)
        if removed is not None:
            yield removed
        while old or new:
            if old and new and _kind(old[0]) == _kind(new[0]):
                standing.enter(old[0])
                yield from read_changes(standing, old.pop(0), new.pop(0))
            elif _gone(standing, old, new):
                yield _without_reference(old.pop(0))
            elif new and (added := standing.added(new[0])):
                new.pop(0)
                yield from added
            elif old and standing.is_claim_reference(old[0]):
                yield _without_reference(old.pop(0))
            else:
                # The texts no longer stand side by side: nothing after this can be named.
                yield Change(f"{standing.loop} {(old or new)[0][0]}", None, None, None)
                return

    def _split(self, segments: Sequence[str]) -> list[list[str]]:
        return [s.split(self._element) for s in segments]


def _by_line(segments: list[list[str]]) -> list[list[list[str]]]:
    """The claim before its first LX, and each line from its LX on."""
    starts = [n for n, s in enumerate(segments) if s[0] == "LX"]
    return [segments[a:b] for a, b in zip([0, *starts], [*starts, len(segments)], strict=True)]


def _diagnoses_left_out(standing: Standing, old: list[list[str]], new: list[list[str]]) -> Change | None:
    """The change that takes diagnoses out of the HI segments, where what stays is as it was and in its order. The
    old text is then without them."""
    if standing.loop != "2300":
        return None
    places = [(s, n) for s in old if s[0] == "HI" for n in range(1, len(s)) if standing.is_diagnosis(s[n])]
    stays = [c for s in new if s[0] == "HI" for c in s[1:] if standing.is_diagnosis(c)]
    if len(stays) >= len(places):
        return None
    codes = [standing.code(s[n]) for s, n in places]
    wanted = list(stays)
    gone: dict[int, set[int]] = {}
    for segment, number in places:
        if wanted and wanted[0] == segment[number]:
            wanted.pop(0)
        else:
            gone.setdefault(id(segment), set()).add(number)
    if wanted:
        return None
    old[:] = [[e for n, e in enumerate(s) if n not in gone.get(id(s), ())] for s in old]
    after = tuple(standing.code(composite) for composite in stays)
    return Change("2300 HI", "diagnoses", tuple(codes), after)


def _submitter_loops(original: ClaimSubmitted) -> tuple[str, ...]:
    """1000A and 1000B: what follows the header (ST, BHT, and the REF*87 of older guides)."""
    transaction = original.loops.transaction
    ids = [s.split(original.delimiters.element)[0] for s in transaction]
    return transaction[ids.index("NM1") :] if "NM1" in ids else ()


def _gone(standing: Standing, old: list[list[str]], new: list[list[str]]) -> bool:
    """Whether a reference of the claim stands nowhere in what is left of the new text: one that stands there further
    on has something new before it."""
    return bool(old) and standing.is_claim_reference(old[0]) and _kind(old[0]) not in map(_kind, new)


def _without_reference(gone: list[str]) -> Change:
    return Change(f"2300 REF*{gone[1]}", REFERENCES[gone[1]], gone[2], None)


def _kind(segment: list[str]) -> tuple[str, ...]:
    return tuple(segment[:2]) if segment[0] == "REF" else (segment[0],)

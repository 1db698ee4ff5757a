"""The parts of pyx12's validator that are asked thousands of times a claim, with the same answers for less.

pyx12 parses a reference designator ("01-2") and formats a path of its map anew at each question, which is more
than half of its time. Nothing here decides anything: what is valid, pyx12 says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

import pyx12.errors
import pyx12.nodeCounter
import pyx12.path
import pyx12.segment
from pyx12.map_walker import walk_tree

_CHECKED_SEGMENTS: Final = 4096
"""Segments whose check is remembered: envelopes, submitters, providers and payers are the same in claim after
claim. A few hundred bytes each."""


_STANDS: Final = 4096
"""Places of a walk that are remembered, each with some dozen counts: a few hundred claims of different loops."""

_TELLING: Final = ("01", "01-1", "02", "03")

Mark = tuple[str | bool | None, ...]
"""All of a segment that decides where it belongs."""


@lru_cache(maxsize=1024)
def _place(designator: str) -> tuple[str | None, int | None, int | None]:
    """Segment, element and component (from 0) of a reference designator; there are a few dozen of them."""
    path = pyx12.path.X12Path(designator)
    element = path.ele_idx - 1 if path.ele_idx is not None else None
    component = path.subele_idx - 1 if path.subele_idx is not None else None
    return path.seg_id, element, component


class Segment(pyx12.segment.Segment):  # type: ignore[misc]
    """A segment that was read, which knows its reference designators."""

    def __init__(self, read: pyx12.segment.Segment) -> None:
        self.__dict__.update(read.__dict__)

    def _parse_refdes(self, ref_des: str) -> tuple[int | None, int | None]:
        named, element, component = _place(ref_des)
        if named is not None and named != self.seg_id:
            raise pyx12.errors.EngineError("reference designator of another segment")
        return element, component


class Counter(pyx12.nodeCounter.NodeCounter):  # type: ignore[misc]
    """How often each node of a map was met, by the text of its path."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = dict(counts)

    def reset_to_node(self, xpath: Any) -> None:
        below = _text(xpath) + "/"
        for path in [path for path in self.counts if path.startswith(below)]:
            del self.counts[path]

    def increment(self, xpath: Any) -> None:
        path = _text(xpath)
        self.counts[path] = self.counts.get(path, 0) + 1

    def get_count(self, xpath: Any) -> int:
        return self.counts.get(_text(xpath), 0)


def _text(path: Any) -> str:
    """A path's text, formatted once: a map keeps one path object a node."""
    if isinstance(path, str):
        path = pyx12.path.X12Path(path)
    text: str | None = path.__dict__.get("text")
    if text is None:
        text = path.text = str(path.format())
    return text


class Lines:
    """The segments of an interchange as pyx12 splits them; `last` is the text of the one that was read last."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._source:
            self.last = line
            yield line


Fault = tuple[str | None, str]
"""A reference designator, null where the fault is the segment's, and a code."""


class Checks:
    """pyx12's checks of single segments, remembered: they depend on the map's node, the delimiters and the
    segment's text, and on nothing else. Nodes are told apart by identity (pyx12's own equality takes two REF of
    one loop for the same), so a map must live as long as this."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str, object], tuple[Fault, ...]] = {}

    def of(self, node: Any, segment: Segment, text: str, delimiters: object) -> tuple[Fault, ...]:
        """What pyx12 finds wrong with a segment at a node. `text`: the segment's."""
        key = (id(node), text, delimiters)
        found = self._known.get(key)
        if found is None:
            _, wrong = node.is_valid_errors(segment)
            found = tuple((error.refdes, error.err_cde) for error in wrong)
            if len(self._known) >= _CHECKED_SEGMENTS:
                self._known.clear()
            self._known[key] = found
        return found


@dataclass(eq=False, slots=True)
class Stand:
    """Where a walk stands: pyx12's node, what it has counted, and where each next segment led from here."""

    node: Any
    counts: Mapping[str, int]
    steps: dict[Mark, Step] = field(default_factory=dict)


class Step(NamedTuple):
    """What a segment did: the stand after it, the node it matches (null where none), and the codes of what was
    wrong with its place."""

    stand: Stand
    node: Any
    wrong: tuple[str, ...]


class Walks:
    """pyx12's walks through its maps, remembered: the loops of one claim are those of the next. Where a segment
    leads depends on the stand and on the segment's mark, and on nothing else."""

    def __init__(self) -> None:
        self._codes: dict[str, set[str | None]] = {}
        self._stands: dict[tuple[int, frozenset[tuple[str, int]]], Stand] = {}

    def learn(self, guide: Any) -> None:
        """Note the codes by which a map tells segments of one name apart."""
        for node in guide.loop_segment_iterator():
            if node.is_segment():
                codes = self._codes.setdefault(node.id, set())
                for element in node.children[:3]:
                    for first in element.children[:1] if element.is_composite() else (element,):
                        codes.update(first.valid_codes)

    def start(self, node: Any) -> Stand:
        """The stand before anything was read."""
        return self._stand(node, {})

    def enter(self, before: Stand, node: Any, loop: str) -> Stand:
        """The stand at the first segment of a loop that is entered by force: an interchange, a group."""
        walker = self._walker(before)
        walker.forceWalkCounterToLoopStart(loop, node.get_path())
        return self._stand(node, walker.counter.counts)

    def step(self, stand: Stand, segment: Segment, place: tuple[int, int, str | None]) -> Step:
        """Take one segment. `place`: what pyx12 puts into its messages, which are not kept."""
        mark = self._mark(segment)
        if (known := stand.steps.get(mark)) is not None:
            return known
        walker = self._walker(stand)
        node, _, _, wrong = walker.walk_errors(stand.node, segment, *place)
        after = self._stand(stand.node if node is None else node, walker.counter.counts)
        stand.steps[mark] = step = Step(after, node, tuple(error.err_cde for error in wrong))
        return step

    def _mark(self, segment: Segment) -> Mark:
        """All of a segment that pyx12 looks at to place it: its name and, where a map has a code there, the first
        element or its first component, the second (ENT) and the third (HL)."""
        name = segment.get_seg_id()
        codes = self._codes.get(name or "")
        if not codes:
            return (name,)
        values = (segment.get_value(at) for at in _TELLING)
        return name, *(value if value in codes else False for value in values)

    def _walker(self, stand: Stand) -> walk_tree:
        walker = walk_tree()
        walker.counter = Counter(stand.counts)
        return walker

    def _stand(self, node: Any, counts: Mapping[str, int]) -> Stand:
        if len(self._stands) >= _STANDS:
            self._stands.clear()
        return self._stands.setdefault((id(node), frozenset(counts.items())), Stand(node, counts))

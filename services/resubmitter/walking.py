"""The parts of pyx12's validator that are asked thousands of times a claim, with the same answers for less.

pyx12 parses a reference designator ("01-2") and formats a path of its map anew at each question, which is more
than half of its time. Nothing here decides anything: what is valid, pyx12 says.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import pyx12.errors
import pyx12.nodeCounter
import pyx12.path
import pyx12.segment

_CHECKED_SEGMENTS: Final = 4096
"""Segments whose check is remembered: envelopes, submitters, providers and payers are the same in claim after
claim. A few hundred bytes each."""


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

    def __init__(self) -> None:
        self._dict: OrderedDict[Any, int] = OrderedDict()

    def reset_to_node(self, xpath: Any) -> None:
        below = _text(xpath) + "/"
        for path in [path for path in self._dict if path.startswith(below)]:
            del self._dict[path]

    def increment(self, xpath: Any) -> None:
        path = _text(xpath)
        self._dict[path] = self._dict.get(path, 0) + 1

    def get_count(self, xpath: Any) -> int:
        return self._dict.get(_text(xpath), 0)


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

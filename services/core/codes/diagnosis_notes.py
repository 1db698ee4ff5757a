"""Instructional notes of ICD-10-CM: what they say, and which codes they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

NOTE_KINDS: Final = ("excludes1", "excludes2", "code_first", "use_additional", "code_also")

# In parentheses at the end of what they stand for: `(E08.-)`, `(P35-P39)`, `(A15.0, B90.-)`,
# `(T36-T50 with fifth or sixth character 6)`.
_PARENTHESES: Final = re.compile(r"\(([^()]*)\)")
_CODE: Final = r"[A-Z](?:[0-9][0-9A-Z]|[A-Z][0-9])(?:\.[0-9A-Z]{1,4})?(?:\.?-(?![A-Z]))?"
_RANGE: Final = re.compile(rf"({_CODE})(?:\s*-\s*({_CODE}))?")
_REST: Final = re.compile(r"[A-Za-z]{2,}")
_JOINING: Final = frozenset({"and", "or", "to"})


@dataclass(frozen=True, slots=True)
class CodeRange:
    """Codes from `first` to `last` with all below them; both without dot."""

    first: str
    last: str

    def holds(self, code: str) -> bool:
        return self.first <= code[: len(self.first)] and code[: len(self.last)] <= self.last


@dataclass(frozen=True, slots=True)
class Note:
    """`at` is the code, section or chapter that it stands at.

    `qualified`: words beside the codes limit them (`with fifth character 6`), so that the codes named are more
    than the note means; a person reads it.
    """

    kind: str
    text: str
    codes: tuple[CodeRange, ...]
    qualified: bool
    at: str

    def names(self, code: str) -> bool:
        """Whether a code, without dot, is among those the note names."""
        return any(codes.holds(code) for codes in self.codes)


@lru_cache(maxsize=4096)
def written_note(kind: str, text: str, at: str) -> Note:
    """The note of a text."""
    codes: list[CodeRange] = []
    qualified = False
    for inside in _PARENTHESES.findall(text):
        found = _RANGE.findall(inside)
        codes += (CodeRange(_bare(first), _bare(last or first)) for first, last in found)
        words = set(_REST.findall(_RANGE.sub(" ", inside)))
        qualified = qualified or (bool(found) and bool(words - _JOINING))
    return Note(kind, text, tuple(codes), qualified, at)


def _bare(code: str) -> str:
    return code.replace(".", "").rstrip("-")

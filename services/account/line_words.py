"""A change of a claim's lines in words: which become several, which are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from schemas.recoding import Edit
from services.core.x12.line_copies import LINES, copied


def lines_in_words(edit: Edit) -> str | None:
    """`line 1 becomes lines 1 and 2`, `line 2 is left out`; null where the edit is of another field."""
    before, after = edit.before, edit.after
    if edit.field != LINES or not isinstance(before, tuple) or not isinstance(after, tuple):
        return None
    parts: dict[str, list[str]] = {}
    for number, source in enumerate(copied(edit), start=len(before) + 1):
        parts.setdefault(source, [source]).append(str(number))
    said = [f"line {source} becomes {_lines(numbers)}" for source, numbers in parts.items()]
    gone = list((Counter(before) - Counter(after)).elements())
    if gone:
        said.append(f"{_lines(gone)} {'is' if len(gone) == 1 else 'are'} left out")
    return "; ".join(said) or None


def _lines(numbers: Sequence[str]) -> str:
    """`line 1`, `lines 1 and 2`, `lines 1, 2 and 3`."""
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    return f"lines {', '.join(numbers[:-1])} and {numbers[-1]}"

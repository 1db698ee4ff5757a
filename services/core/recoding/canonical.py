"""Canonical JSON: the same value gives the same bytes, for ever. ASCII, no blanks, the keys of an object in order.

What the standard library writes with sorted keys is the definition; it is written by pydantic's writer, which takes
a third of the time. A test compares the two.
"""

from __future__ import annotations

from pydantic_core import to_json


def canonical(value: object) -> bytes:
    """The bytes of texts, numbers, lists and dictionaries whose keys are in order already."""
    data = to_json(value)
    if not data.isascii():
        data = to_json(value, ensure_ascii=True)
    # The one character that the two write differently. It can only stand inside of a text.
    return data.replace(b"\x7f", b"\\u007f") if b"\x7f" in data else data

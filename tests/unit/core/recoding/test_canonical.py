"""Canonical bytes: what the standard library writes with sorted keys, whoever writes them."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from services.core.recoding.canonical import canonical

# No lone surrogates: neither a file nor an event can bring one.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner).map(lambda d: dict(sorted(d.items()))),
    max_leaves=12,
)


@given(VALUES)
def test_it_writes_what_the_standard_library_writes_in_order(value: object) -> None:
    assert canonical(value) == json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def test_control_characters_marks_and_other_scripts_are_escaped() -> None:
    assert canonical(["\x7f", "\x00", '"\\', "é", "\U0001f600"]) == (
        b'["\\u007f","\\u0000","\\"\\\\","\\u00e9","\\ud83d\\ude00"]'
    )


def test_a_tuple_is_a_list() -> None:
    assert canonical((("a", None),)) == b'[["a",null]]'

"""A packed table answers like a dict of its rows, and a damaged one is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.codes.buffer import CELL, MAGIC, Buffer, line, pack
from services.core.codes.rows import TableError

KEY = st.text("ABC01 -", min_size=1, max_size=6).map(str.strip).filter(bool)
CELL_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
ROWS = st.lists(st.tuples(KEY, st.tuples(CELL_TEXT, CELL_TEXT)), max_size=400)


def packed(rows: list[tuple[str, tuple[str, str]]], *, share: bool = False) -> bytes:
    return b"".join(pack("t", 6, sorted(line(key, cells, 6) for key, cells in rows), share_last=share))


def clean(cell: str) -> str:
    return "".join(" " if ord(c) < 32 and c != "\x1e" else c for c in cell)


@given(ROWS, st.booleans(), st.lists(KEY, max_size=5))
def test_every_look_up_equals_that_in_a_dict_of_the_rows(
    rows: list[tuple[str, tuple[str, str]]], share: bool, others: list[str]
) -> None:
    expected: dict[str, set[tuple[str, str]]] = {}
    for key, (first, second) in rows:
        expected.setdefault(key, set()).add((clean(first), clean(second)))
    buffer = Buffer("t", packed(rows, share=share))
    assert buffer.rows == sum(len(found) for found in expected.values())
    assert list(buffer.keys()) == sorted(expected, key=lambda key: key.encode().ljust(6))
    for key in {*expected, *others}:
        assert set(buffer.find(key)) == expected.get(key, set())


@given(ROWS)
def test_the_order_of_rows_does_not_change_the_bytes(rows: list[tuple[str, tuple[str, str]]]) -> None:
    assert packed(rows) == packed([*reversed(rows), *rows])


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_keys_are_found_in_and_between_blocks(step: int) -> None:
    present = range(0, 1000, step)
    buffer = Buffer("t", packed([(f"{n:03d}", (str(n), "")) for n in present]))
    for wanted in range(1000):
        assert buffer.find(f"{wanted:03d}") == (((str(wanted), ""),) if wanted in present else ())


def test_a_key_is_not_found_across_the_border_of_two_keys() -> None:
    buffer = Buffer("t", packed([("ABCABC", ("1", "")), ("CABCAB", ("2", ""))]))
    assert buffer.find("BCABCC") == ()
    assert buffer.find("CABCAB") == (("2", ""),)


def test_keys_below_a_prefix_come_in_order() -> None:
    rows = [(key, ("", "")) for key in ("A0", "A01", "A010", "B", "A")]
    assert [key for key, _ in Buffer("t", packed(rows)).under("A0")] == ["A0", "A01", "A010"]


@pytest.mark.parametrize("key", ["", "A" * 7, "A" * 60, "É", "A\n"])
def test_a_key_that_cannot_be_there_is_not_found(key: str) -> None:
    assert Buffer("t", packed([("A", ("", ""))])).find(key) == ()


def test_a_separator_in_a_cell_does_not_make_two() -> None:
    assert Buffer("t", packed([("A", (f"x{CELL}y\nz", ""))])).find("A") == (("x y z", ""),)


@pytest.mark.parametrize("cut", [0, 4, len(MAGIC), -1, -5])
def test_a_table_that_was_cut_is_refused(cut: int) -> None:
    data = packed([("A", ("one", "two"))])
    with pytest.raises(TableError, match="damaged"):
        Buffer("t", data[:cut])


def test_a_table_of_another_kind_is_refused() -> None:
    with pytest.raises(TableError, match="another kind"):
        Buffer("u", packed([("A", ("", ""))]))

"""Lines come out in order, whether they fit into one run or not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.sorting import sorted_lines

LINES = st.lists(st.binary(min_size=1, max_size=6).filter(lambda line: b"\n" not in line), max_size=50)


@given(LINES, st.integers(1, 60))
def test_lines_are_sorted_in_runs_of_any_size(lines: list[bytes], run: int) -> None:
    assert list(sorted_lines(iter(lines), run)) == sorted(lines)

"""Which lines of a claim stay, where some were left out, and of which some are parts: each beside the one that it is
most like."""

from __future__ import annotations

from collections.abc import Sequence

Line = list[list[str]]
"""The segments of one loop 2400, its LX first, split."""


def align(old: Sequence[Line], new: Sequence[Line]) -> tuple[int, ...]:
    """For each new line the place of the old one that it was: in order, with the fewest segments that differ.

    There are fewer new lines than old ones. A wrong guess shows as a difference that no edit explains.
    """
    most = len(old) - len(new)
    keys = [[(s[0], tuple(s)) for s in line[1:]] for line in old]
    others = [{(s[0], tuple(s)) for s in line[1:]} for line in new]
    # cost[skipped] = (segments that differ, places taken) after the lines so far
    costs: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    for place, line in enumerate(keys):
        found: dict[int, tuple[int, tuple[int, ...]]] = {}
        for skipped, (cost, taken) in costs.items():
            if skipped < most:
                _take(found, skipped + 1, (cost, taken))
            count = place - skipped
            if count < len(others):
                differs = sum(segment not in others[count] for segment in line)
                _take(found, skipped, (cost + differs, (*taken, place)))
        costs = found
    return costs[most][1]


def closest(old: Sequence[Line], line: Line) -> int:
    """The place of the old line with the fewest segments that a new line does not have; the first of several."""
    own = {tuple(segment) for segment in line[1:]}
    differing = [sum(tuple(segment) not in own for segment in each[1:]) for each in old]
    return differing.index(min(differing))


def _take(
    found: dict[int, tuple[int, tuple[int, ...]]], skipped: int, reached: tuple[int, tuple[int, ...]]
) -> None:
    if skipped not in found or reached < found[skipped]:
        found[skipped] = reached

"""The fold beside its table: killed between any two writes and told again what was not acknowledged, it is the same."""

from __future__ import annotations

import random
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from services.monitor.fold import LATENESS
from services.monitor.view import View, restored
from services.monitor.windows import LONGEST_WINDOW
from tests.monitoring import MINUTE, START, Story, Told
from tests.property.test_monitor_fold import LIFE, numbers, stories


class KilledError(Exception):
    """The process is gone."""


@dataclass
class Table(MutableMapping[bytes, bytes]):
    """Writes until it is killed."""

    kept: dict[bytes, bytes] = field(default_factory=dict)
    left: int = 10**9
    """writes"""

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._write()
        self.kept[key] = value

    def __delitem__(self, key: bytes) -> None:
        self._write()
        del self.kept[key]

    def __getitem__(self, key: bytes) -> bytes:
        return self.kept[key]

    def __iter__(self) -> Iterator[bytes]:
        return iter(list(self.kept))

    def __len__(self) -> int:
        return len(self.kept)

    def _write(self) -> None:
        if self.left == 0:
            raise KilledError
        self.left -= 1


def take(view: View, told: Told) -> None:
    view.take(*told.record())


@settings(max_examples=60, deadline=None)
@given(stories(), st.integers(0, 2**20))
def test_a_kill_between_any_two_writes_changes_no_number(story: Story, seed: int) -> None:
    chooser, table = random.Random(seed), Table()
    acknowledged, story_end = 0, list(story.told)
    for _ in range(4):
        view = View(table)
        view.rebuild()
        table.left = chooser.randint(0, 12)
        try:
            for index in range(acknowledged, len(story_end)):
                view.read_through({0: story_end[acknowledged].at}, {0: 10_000})
                take(view, story_end[index])
                if chooser.random() < 0.5:
                    acknowledged = index + 1 if index + 1 < len(story_end) else acknowledged
        except KilledError:
            continue
    table.left = 10**9
    view = View(table)
    view.rebuild()
    for one in story_end[acknowledged:]:
        take(view, one)
    view.read_through({}, {0: 10_000})
    fold = restored(table.items())
    fold.handled(0, 10_000)
    assert numbers(fold) == numbers(view.fold) == numbers(story.fold())


def test_what_is_done_leaves_the_table_and_its_minute_stays_for_the_longest_window() -> None:
    story = Story().denied(0).classified(1).proposed(2).decided(3, "rejected")
    table = Table()
    view = View(table)
    view.read_through({}, {0: 10_000})
    for one in story.told:
        take(view, one)
    assert any(name.startswith(b"claim/") for name in table)
    story.say("control", 9)
    view.read_through({0: START + (4 + LATENESS) * MINUTE}, {})
    take(view, story.told[-1])
    assert not any(name.startswith(b"claim/") for name in table)
    assert sum(name.startswith(b"minute/") for name in table) == 4
    view.read_through({0: START + (LONGEST_WINDOW + 2 * LIFE) * MINUTE}, {})
    take(view, story.say("control", 10).told[-1])
    assert not any(name.startswith(b"minute/") for name in table)

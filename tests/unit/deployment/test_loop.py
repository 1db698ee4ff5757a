"""When the main loop is drained, and what it does with a crash."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from services.deployment import loop
from services.deployment.loop import Part, drain, watch
from services.runtime.worker import CrashedError


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "IDLE_SECONDS", 0.0)


@dataclass
class Scripted:
    """A part that does what its script says, a step at a time, and nothing after that."""

    script: list[int | Exception] = field(default_factory=list)
    name: str = "scripted"
    ended: int = 0
    """how often it was asked whether it is at its end"""
    behind: int = 0
    """how often it says that it is not"""

    def step(self) -> int:
        done = self.script.pop(0) if self.script else 0
        if isinstance(done, Exception):
            raise done
        return done

    def at_end(self) -> bool:
        self.ended += 1
        return self.ended > self.behind

    def close(self) -> None: ...


@dataclass
class Sealing:
    """Delivery with open batches: each sealing closes one and then writes it; one on hold stays open."""

    open: int = 0
    on_hold: bool = False
    written: int = 0
    now: bool = False
    name: str = "delivery"
    _sealed: int = 0

    def seal(self, now: bool) -> None:
        self.now = now

    def step(self) -> int:
        if self._sealed:
            self.written += self._sealed
            self._sealed = 0
            return 1
        if self.now and self.on_hold:
            return 1
        if self.now and self.open:
            self.open -= 1
            self._sealed += 1
            return 1
        return 0

    def at_end(self) -> bool:
        return True

    def close(self) -> None: ...


def never() -> bool:
    return False


def quiet(_: int) -> None: ...


def drained(*parts: Part, delivery: Sealing | None = None) -> bool:
    sealing = delivery or Sealing()
    return drain([*parts, sealing], sealing.seal, never, quiet)


def test_every_part_works_until_nothing_is_left() -> None:
    part = Scripted([5, 0, 3])
    part.behind = 2
    assert drained(part)
    assert part.script == []


def test_a_part_that_is_behind_is_waited_for_although_a_round_did_nothing() -> None:
    part = Scripted([0, 0, 7])
    part.behind = 2
    assert drained(part)
    assert part.script == []


def test_every_open_batch_is_written() -> None:
    delivery = Sealing(open=3)
    assert drained(delivery=delivery)
    assert (delivery.open, delivery.written) == (0, 3)


def test_a_batch_on_hold_does_not_keep_the_run_from_ending() -> None:
    delivery = Sealing(open=1, on_hold=True)
    assert drained(delivery=delivery)
    assert (delivery.open, delivery.written) == (1, 0)


def test_what_a_sealing_causes_is_worked_off() -> None:
    delivery = Sealing(open=1)
    folded: list[int] = []

    class Classifier(Scripted):
        def step(self) -> int:
            if delivery.written > len(folded):
                folded.append(1)
                return 1
            return 0

    assert drained(Classifier(), delivery=delivery)
    assert folded == [1]


def test_batches_are_not_sealed_for_good() -> None:
    delivery = Sealing(open=1)
    drained(delivery=delivery)
    assert delivery.now is False


def test_a_stop_leaves_before_it_is_drained() -> None:
    part = Scripted([1] * 100)
    rounds: list[int] = []
    assert drain([part], lambda _: None, lambda: len(rounds) == 2, rounds.append) is False
    assert len(part.script) == 98


def test_a_crash_is_tried_again_until_its_record_is_a_dead_letter() -> None:
    part = Scripted([CrashedError("place"), CrashedError("place"), 1])
    assert drained(part)
    assert part.script == []


def test_a_part_that_goes_on_crashing_stops_the_run() -> None:
    part = Scripted([CrashedError("place")] * 10)
    with pytest.raises(CrashedError):
        drained(part)


def test_watching_opens_the_day_before_each_round() -> None:
    told: list[str] = []
    part = Scripted([1, 1])

    class Noted(Scripted):
        def step(self) -> int:
            told.append("work")
            return part.step()

    watch([Noted()], lambda: len(told) >= 6, quiet, lambda: told.append("day"))
    assert told[:4] == ["day", "work", "day", "work"]

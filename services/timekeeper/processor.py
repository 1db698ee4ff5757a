"""Time as events: which `day-opened` each partition of `control` still lacks. Pure; the publisher writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from schemas.control import DayOpened
from schemas.envelope import business_time
from services.core.processing import Outcome

EVENT_TYPE = "day-opened.v1"


class EarlierDayError(Exception):
    """The day asked for lies before one that the stream has already opened: time does not run backwards."""

    def __init__(self, latest: date) -> None:
        super().__init__(latest.isoformat())
        self.latest = latest


@dataclass(frozen=True, slots=True)
class Opening:
    """A `day-opened` and the partition of `control` that it goes to."""

    partition: int
    outcome: Outcome


def open_day(tenant: str, day: date, latest: Mapping[int, date | None]) -> tuple[Opening, ...]:
    """The events that open `day` on every partition; none where a partition has it already.

    `latest` holds for each partition the last day that it was told, null before the first. Opening the same
    day twice therefore adds nothing. Raises EarlierDayError where a partition knows a later day.
    """
    known = [told for told in latest.values() if told is not None]
    if known and max(known) > day:
        raise EarlierDayError(max(known))
    return tuple(
        Opening(
            partition,
            Outcome(
                type=EVENT_TYPE,
                key=f"{tenant}|control",
                natural_key=f"{day.isoformat()}|{partition}",
                time=business_time(day),
                data=DayOpened(day=day),
            ),
        )
        for partition, told in sorted(latest.items())
        if told != day
    )

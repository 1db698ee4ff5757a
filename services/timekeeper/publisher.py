"""Writes `day-opened` to every partition of `control`, in one transaction."""

from __future__ import annotations

from datetime import UTC, date, datetime

from schemas.control import DayOpened
from services.runtime.log import Log
from services.runtime.records import decode_event, encode_event, time_text, to_event
from services.timekeeper.processor import open_day

SERVICE = "timekeeper"


def latest_days(log: Log) -> dict[int, date | None]:
    """The last day that each partition of `control` was told, null before the first."""
    latest: dict[int, date | None] = dict.fromkeys(range(log.partition_count))
    for record in log.read("control"):
        data = decode_event(record).data
        if isinstance(data, DayOpened):
            latest[record.partition] = data.day
    return latest


def publish_day(log: Log, tenant: str, day: date) -> int:
    """Open `day` wherever it is not open yet; returns to how many partitions it was written.

    The same day again writes nothing. Raises EarlierDayError where the log knows a later one, LogError.
    """
    openings = open_day(tenant, day, latest_days(log))
    if openings:
        seen = time_text(datetime.now(UTC))
        appender = log.appender(SERVICE)
        try:
            appender.commit(
                [encode_event(to_event(o.outcome, tenant, SERVICE), seen, o.partition) for o in openings]
            )
        finally:
            appender.close()
    return len(openings)

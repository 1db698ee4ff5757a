"""The console's own reader of the log: committed records in, rows out, and the position in the same transaction."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.console.read_model.projection import TOPICS, project
from services.console.read_model.store import Store
from services.runtime.log import Log, LogError, Record, TopicPartition
from services.runtime.logging import Events, bind_logger
from topics.map import load_map

PAGE: Final = 2_000
"""Records of one transaction: a page that is shown meanwhile waits for none of it (WAL)."""

_STATES: Final = frozenset(topic.name for topic in load_map() if topic.kind == "state")

LOOK_SECONDS: Final = 0.2
"""Between two looks at a log that has nothing new."""


AGAIN_SECONDS: Final = 5.0
"""Between two tries at what stands in the way."""


@dataclass(frozen=True, slots=True)
class Standstill:
    """Why the read model is not brought up to date, and since when."""

    why: str
    """log: it cannot be read | file: the read model's file cannot be written | record: one cannot be shown"""
    since: datetime


class Follower:
    """Brings a read model up to the end of a log. The one writer of the file."""

    def __init__(self, log: Log, store: Store, page: int = PAGE) -> None:
        self._log = log
        self._store = store
        self._page = page
        self._reached_end = False
        self._standstill: Standstill | None = None

    def standstill(self) -> Standstill | None:
        """Why what pages show is not what the log says; null where all is well."""
        return self._standstill

    def reached_end(self) -> bool:
        """Whether the end of the log was reached once since the start: before, pages show a part of what there is."""
        return self._reached_end

    def step(self) -> int:
        """Take in at most about a page; returns how many records it were. Raises LogError, sqlite3.Error."""
        ends = self._log.ends(TOPICS)
        places = self._places()
        if any(places.get(place, 0) > end for place, end in ends.items()):
            # The log was set back (a backup was restored): what is known of its lost end holds no more.
            self._begin_anew()
            places = {}
        behind = [tp for tp in sorted(ends) if places.get(tp, 0) < ends[tp]]
        done = 0
        if not behind:
            self._reached_end = True
            return 0
        with self._store.writing() as sql:
            for place in behind:
                topic, partition = place
                start = places.get(place, 0)
                until = min(ends[place], start + self._page - done)
                read = list(self._log.read(topic, partition, start, until))
                for record in _latest(read) if topic in _STATES else read:
                    project(sql, record)
                done += len(read)
                sql.execute("insert or replace into place values (?, ?, ?)", (topic, partition, until))
                if done >= self._page:
                    break
        return done

    def catch_up(self) -> None:
        """Read to the end that stands now."""
        while self._behind():
            self.step()
        self._reached_end = True

    def follow(self, stop: threading.Event) -> None:
        """Go on until `stop`. What stands in the way is tried again, and pages say so meanwhile."""
        log = bind_logger(service="console")
        while not stop.is_set():
            try:
                worked = self.try_step()
            except Exception as error:
                # Whatever it is, pages must not pass off an old state as the present one.
                worked = 0
                if self._stand_still(_why(error)):
                    log.warning(Events.STOPPED, reason=type(error).__name__)
            if not worked:
                stop.wait(LOOK_SECONDS if self._standstill is None else AGAIN_SECONDS)

    def try_step(self) -> int:
        """A step; a file that is damaged is made anew."""
        try:
            done = self.step()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self._begin_anew()
            done = self.step()
        self._standstill = None
        return done

    def _begin_anew(self) -> None:
        self._reached_end = False
        self._store.remake()

    def _stand_still(self, why: str) -> bool:
        """Keep why and since when; whether that is new."""
        before = self._standstill
        if before is not None and before.why == why:
            return False
        self._standstill = Standstill(why, datetime.now(UTC))
        return True

    def _behind(self) -> bool:
        places = self._places()
        return any(places.get(place, 0) != end for place, end in self._log.ends(TOPICS).items())

    def _places(self) -> dict[TopicPartition, int]:
        with self._store.reading() as sql:
            found = sql.execute("select topic, partition, offset from place")
            return {TopicPartition(topic, partition): offset for topic, partition, offset in found}


def _why(error: Exception) -> str:
    if isinstance(error, LogError):
        return "log"
    return "file" if isinstance(error, sqlite3.Error | OSError) else "record"


def _latest(read: Iterable[Record]) -> list[Record]:
    """Of a topic that holds states, each key's last record: those before it are past already."""
    return list({record.key: record for record in read}.values())

"""Which files of a folder are whole: looked at again and again, never moved, never deleted, never written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from services.intake.content import Stamp

SETTLED_AFTER: Final = timedelta(seconds=2)
"""A file is whole when its size and time have not changed for this long (design, "Exactly once")."""

SURELY_SETTLED: Final = timedelta(seconds=60)
"""A file whose times are older than this is taken at the first look. For younger ones its times alone do not
count: the clock of a file server may differ from ours by seconds, so we watch it ourselves."""


@dataclass(slots=True)
class Sighting:
    """What is known of one path since it had this stamp."""

    path: Path
    stamp: Stamp
    since: datetime
    """when this stamp was first seen"""
    modified: datetime
    touched: datetime
    """the later of modification and change of the entry itself (a copy may set the first, not the second)"""
    answered: bool = False
    """taken with this stamp: nothing to do until it changes"""
    in_pieces: bool = False
    """read once with this stamp, and found to end early"""
    growing: bool = False
    """it had another stamp at an earlier look"""
    digest: str | None = None
    """of its decompressed bytes, once they were read"""

    def whole(self, now: datetime, settled_after: timedelta) -> bool:
        return now - self.since >= settled_after or now - self.touched >= max(settled_after, SURELY_SETTLED)

    def abandoned(self, now: datetime, patience: timedelta) -> bool:
        """Nobody has written to it for so long that the rest will not come."""
        return now - self.since >= patience or now - self.modified >= patience


@dataclass(slots=True)
class Inbox:
    """The folder and what was seen of it. Names that begin with a dot are not looked at."""

    root: Path
    patience: timedelta
    """how long a file that ends early must lie unchanged before it is taken as it is"""
    settled_after: timedelta = SETTLED_AFTER
    sightings: dict[Path, Sighting] = field(default_factory=dict)

    def look(self, now: datetime) -> None:
        """See every entry once, folders aside. What is no file is seen too: it is answered with a reason."""
        seen: set[Path] = set()
        for path, status in self._walk(self.root):
            seen.add(path)
            stamp = Stamp.of(status)
            known = self.sightings.get(path)
            if known is None or known.stamp != stamp:
                self.sightings[path] = Sighting(
                    path=path,
                    stamp=stamp,
                    since=now,
                    modified=_moment(status.st_mtime),
                    touched=_moment(max(status.st_mtime, status.st_ctime)),
                    growing=known is not None,
                )
        for gone in self.sightings.keys() - seen:
            del self.sightings[gone]

    def forget(self, sighting: Sighting) -> None:
        """It changed while it was read: the next look sees it anew."""
        if self.sightings.get(sighting.path) is sighting:
            del self.sightings[sighting.path]

    def ready(self, now: datetime) -> list[Sighting]:
        """The whole files that nobody has answered, by path."""
        return [s for _, s in sorted(self.sightings.items()) if self._due(s, now)]

    def settling(self, now: datetime) -> bool:
        """Whether a file will be whole in a moment. One that changed between two looks is still being written
        and may be so for hours: a drain does not wait for it."""
        return any(
            not s.answered and not s.growing and not s.whole(now, self.settled_after)
            for s in self.sightings.values()
        )

    def in_pieces(self) -> list[Path]:
        """The files that end early and may still get their rest."""
        return sorted(path for path, s in self.sightings.items() if s.in_pieces and not s.answered)

    def _due(self, sighting: Sighting, now: datetime) -> bool:
        if sighting.answered or not sighting.whole(now, self.settled_after):
            return False
        return not sighting.in_pieces or sighting.abandoned(now, self.patience)

    def _walk(self, folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
        try:
            with os.scandir(folder) as entries:
                names = sorted(entries, key=lambda entry: entry.name)
        except FileNotFoundError:
            return
        except OSError:
            yield folder, folder.lstat()
            return
        for entry in names:
            if entry.name.startswith("."):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue  # gone since the folder was listed
            if stat.S_ISDIR(status.st_mode):
                yield from self._walk(Path(entry.path))
            else:
                yield Path(entry.path), status


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

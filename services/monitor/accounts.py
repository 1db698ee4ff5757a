"""What the monitor keeps of files, holds and dead letters: the accounting of intake, and what waits for an operator.

Each is known by its key, and a later record of a key takes the place of an earlier one, so that a topic may be read
again. A letter that is told again after its answer is open until its answer is told again too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pydantic import ValidationError

from schemas.records.intake_file import IntakeStatus
from schemas.shape import Shape

FILES: Final = "intake-files"
HOLDS: Final = "holds"
LETTERS: Final = "dead-letters"

ACCOUNT_TOPICS: Final = (FILES, HOLDS, LETTERS)

_PAYER: Final = "payer:"


class File(NamedTuple):
    """One file of intake."""

    status: str
    at: int
    """when this was said of it, ms since the epoch"""
    claims: int
    """that it holds"""
    published: int
    set_aside: int
    segments: int
    """that it holds"""
    kept: int
    """segments that were published or set aside"""


class Letter(NamedTuple):
    """A dead letter without an answer."""

    service: str
    at: int
    """when it was written, ms since the epoch"""


class _Counts(Shape):
    claims: int = 0
    segments: int = 0


class _File(Shape):
    status: IntakeStatus
    held: _Counts = _Counts()
    kept: _Counts = _Counts()
    claims_published: int = 0
    claims_quarantined: int = 0


class _Letter(Shape):
    letter: str
    service: str


@dataclass(slots=True)
class Accounts:
    """Give it the records of ACCOUNT_TOPICS with `take`."""

    files: dict[str, File] = field(default_factory=dict)
    """by digest"""
    holds: dict[str, int] = field(default_factory=dict)
    """by payer: since when, ms"""
    letters: dict[str, Letter] = field(default_factory=dict)
    """by letter id, the open ones"""

    def take(self, topic: str, key: str, value: bytes | None, type_: str, at: int) -> str | None:
        """Fold one record; gives the name under which something changed, null where nothing did. What cannot be read
        changes nothing. `type_`: of its headers; `at`: when it was appended, ms."""
        try:
            if topic == FILES:
                return self._take_file(key, value, at)
            if topic == HOLDS:
                return self._take_hold(key, value, at)
            return self._take_letter(value, type_, at)
        except ValidationError:
            return None

    def _take_file(self, key: str, value: bytes | None, at: int) -> str | None:
        if value is None:
            return None
        said = _File.parse(value)
        self.files[key] = File(
            said.status,
            at,
            said.held.claims,
            said.claims_published,
            said.claims_quarantined,
            said.held.segments,
            said.kept.segments,
        )
        return key

    def _take_hold(self, key: str, value: bytes | None, at: int) -> str | None:
        payer = key.removeprefix(_PAYER)
        if value is None:
            return payer if self.holds.pop(payer, None) is not None else None
        self.holds[payer] = at
        return payer

    def _take_letter(self, value: bytes | None, type_: str, at: int) -> str | None:
        if value is None:
            return None
        said = _Letter.parse(value)
        if type_.startswith("dead-letter."):
            self.letters[said.letter] = Letter(said.service, at)
        elif self.letters.pop(said.letter, None) is None:
            return None
        return said.letter

    def intake(self) -> Intake:
        """The accounting of all files together."""
        done = [file for file in self.files.values() if file.status == IntakeStatus.PUBLISHED]
        underway = [file.at for file in self.files.values() if file.status == IntakeStatus.PUBLISHING]
        counted = Counter(file.status for file in self.files.values())
        return Intake(
            files={status.value: counted[status.value] for status in IntakeStatus},
            claims=sum(file.claims for file in done),
            published=sum(file.published for file in done),
            set_aside=sum(file.set_aside for file in done),
            segments=sum(file.segments for file in done),
            kept=sum(file.kept for file in done),
            still_since=min(underway, default=None),
        )


@dataclass(frozen=True, slots=True)
class Intake:
    """Files by status; of the published ones what they held and what became of it."""

    files: Mapping[str, int]
    claims: int
    published: int
    set_aside: int
    segments: int
    kept: int
    """segments of what was published or set aside"""
    still_since: int | None
    """of the files that are being published: when the one was last written to that has rested longest, ms"""

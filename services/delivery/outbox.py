"""The outbox: the shell of delivery. It says when a batch is due and brings the files of sealed ones to their place.

A file is put beside its place under a temporary name that carries a mark of this process. Then the processor is
asked (`file-ready`): it looks at the holds once more and keeps the mark. Only what was answered in the round before
is moved, and then reported. So until the mark is kept the file was never at its place and may be made anew, under the
same control number. After that the move may have happened: the file lies there with its digest, or its temporary file
still does, or neither. Where neither does the partner may have taken it, and it is written again only where the
profile says that the partner never empties the folder; else a person finds out.

A process that has lost its partitions and does not know it yet delivers nothing twice: the log refuses what it
commits, so it gets no new mark kept; and the temporary file of a mark that was kept before is the one that its
successor moves too. It can be moved once. For the other it is gone, and that is an error.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from schemas.calls import BatchDue, FileReady, FileUncertain, FileWritten
from schemas.envelope import Event, content_id
from schemas.records.interchange import Interchanges, SealedInterchange
from schemas.shape import Shape
from services.core.x12.interchange import assemble
from services.delivery.batches import LARGEST_FILE, MOST_CLAIMS
from services.delivery.place import Folder, Place, PlaceError
from services.delivery.processor import open_tag
from services.delivery.records import CONSIGNMENTS
from services.delivery.strays import Strays
from services.delivery.view import View
from services.runtime.logging import Events, bind_logger

_MOST_UNFINISHED: Final = 8
"""Sealed files of one payer that are not yet at their place, above which no more is sealed: what still waits can be
withdrawn, and what becomes due first still leaves first."""

_ASK_AGAIN_SECONDS: Final = 5.0
"""A batch that stays open though it is due is on hold: asking at each step would keep the loop from resting."""

FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 300.0
"""Seconds before a place that failed is tried again: doubled each time up to the longest."""

ATTEMPTS: Final = 12
"""Failures of one file, together about half an hour, after which a person looks at it."""

FILES_A_ROUND: Final = 4
"""Files that are brought a step further before what was done is committed: a crash leaves no more of them open."""

UNKNOWN_TARGET: Final = "unknown_target"
"""The profile names a server that the configuration does not have."""

Call = tuple[str, Event[Shape]]


@dataclass(slots=True)
class _Failing:
    """A place that could not be worked with."""

    code: str
    again_at: float
    pause: float


class Outbox:
    """The folder `directory` and the partners' servers `targets`, by their names in the configuration. One object
    belongs to one worker and lives as long as its process."""

    def __init__(
        self,
        directory: Path,
        clock: Callable[[], float] = time.monotonic,
        targets: Mapping[str, Place] | None = None,
    ) -> None:
        self.drain = False
        """set: every open batch is due now, whatever its age"""
        self._places: dict[str | None, Place] = {None: Folder(directory)}
        self._places.update((targets or {}).items())
        self._clock = clock
        self._logger = bind_logger(service="delivery")
        self._shell = uuid4().hex
        self._opened: dict[str, tuple[str, float]] = {}
        self._asked: dict[str, tuple[tuple[str, int], float]] = {}
        self._strays = Strays(clock)
        self._written: set[str] = set()
        self._cleared: frozenset[str] = frozenset()
        self._failing: dict[str | None, _Failing] = {}
        self._failures: dict[str, int] = {}

    @property
    def failing(self) -> dict[str, str]:
        """The places that could not be worked with at the last attempt, by name: why. Another thread may ask."""
        return {target or "outbox": failing.code for target, failing in list(self._failing.items())}

    @property
    def places(self) -> tuple[str, ...]:
        """All places by name."""
        return tuple(target or "outbox" for target in self._places)

    def tend(self, view: View) -> Iterator[Call]:
        """What is to be told to the processor: files that are ready or written, batches that are due."""
        yield from self._bring(view)
        open_keys = view.keys("open")
        for key in open_keys:
            state: Interchanges | None = view.state("interchanges", key)
            if state is None:
                continue
            if state.open or state.writing:
                yield _call(key, f"{self._shell}|{self._clock()}", BatchDue(reason="earlier_record"))
            elif (reason := self._due(key, state)) is not None and (self.drain or self._may_ask(key, state)):
                self._asked[key] = ((state.first, state.waiting), self._clock())
                if claims := tuple(_next_claims(view, key, state)):
                    yield _call(key, f"{self._shell}|{self._clock()}", BatchDue(reason=reason, claims=claims))
        self._opened = {key: opened for key, opened in self._opened.items() if key in open_keys}
        self._asked = {key: asked for key, asked in self._asked.items() if key in open_keys}

    def _may_ask(self, key: str, state: Interchanges) -> bool:
        asked, at = self._asked.get(key, (("", 0), 0.0))
        return asked != (state.first, state.waiting) or self._clock() - at >= _ASK_AGAIN_SECONDS

    def _due(self, key: str, state: Interchanges) -> str | None:
        """Why an open batch is due, null where it is not. Its age counts from when this shell saw its first claim;
        one that is due stays so until all of it is sealed."""
        opened = self._opened.get(key)
        if opened is None or opened[0] != state.first:
            opened = self._opened[key] = (state.first, self._clock())
        if state.unfinished >= _MOST_UNFINISHED:
            return None
        if self.drain:
            return "drain"
        if state.waiting >= min(state.max_claims, MOST_CLAIMS) or state.size >= LARGEST_FILE:
            return "count"
        return "age" if self._clock() - opened[1] >= state.max_age_minutes * 60 else None

    # Files on their way

    def _bring(self, view: View) -> Iterator[Call]:
        """Bring some sealed interchanges one step further, always the same ones until they are at their place."""
        cleared, self._cleared = self._cleared, frozenset()
        steps = 0
        try:
            for interchange in view.states("writing"):
                state: Interchanges | None = view.state("interchanges", interchange.batch)
                if state is None or state.held:
                    continue
                said = self._advance(view, interchange, interchange.control_number in cleared)
                if said is not None:
                    yield _call(interchange.batch, f"{interchange.control_number}|{self._clock()}", said)
                    steps += 1
                if steps == FILES_A_ROUND:
                    break
        finally:
            for place in self._places.values():
                place.rest()

    def _advance(self, view: View, interchange: SealedInterchange, cleared: bool) -> Shape | None:
        """One step of one file; null where its place is not to be tried again yet."""
        number, target = interchange.control_number, interchange.target
        failing = self._failing.get(target)
        if failing is not None and self._clock() < failing.again_at:
            return None
        try:
            place = self._places.get(target)
            if place is None:
                raise PlaceError(UNKNOWN_TARGET)
            self._strays.look(target, place, view, self._mark(view))
            said = self._step(place, interchange, view, cleared)
            if isinstance(said, FileWritten):
                self._strays.clear(target, place, number)
        except PlaceError as error:
            return self._fail(interchange, error.code)
        self._failing.pop(target, None)
        self._failures.pop(number, None)
        if isinstance(said, FileReady):
            self._cleared |= {number}
        elif isinstance(said, FileWritten):
            self._written.add(number)
        return said

    def _mark(self, view: View) -> str:
        return f"{view.home}-{self._shell}"

    def _step(self, place: Place, interchange: SealedInterchange, view: View, cleared: bool) -> Shape:
        number, file, mark = interchange.control_number, interchange.file, interchange.shell
        if number in self._written:
            return FileWritten(control_number=number, digest=interchange.digest)
        if mark and not cleared:
            return FileReady(control_number=number, shell=mark)  # holds are looked at before each move
        found = place.find(file)
        if found == interchange.digest:
            return FileWritten(control_number=number, digest=interchange.digest)
        if found is not None:
            return FileUncertain(control_number=number, doubt="other_bytes")
        if not mark:
            return _stage(place, interchange, view, self._mark(view))
        if not place.staged(file, mark):
            if interchange.partner_empties_folder:
                return FileUncertain(control_number=number, doubt="gone")
            staged = _stage(place, interchange, view, mark)
            if not isinstance(staged, FileReady):
                return staged
        place.move(file, mark)
        return FileWritten(control_number=number, digest=interchange.digest)

    def _fail(self, interchange: SealedInterchange, code: str) -> Shape | None:
        """Let the place rest, longer each time; a file that failed too often is a person's."""
        target, number = interchange.target, interchange.control_number
        before = self._failing.get(target)
        pause = FIRST_PAUSE if before is None else min(2 * before.pause, LONGEST_PAUSE)
        self._failing[target] = _Failing(code, self._clock() + pause, pause)
        attempt = self._failures[number] = self._failures.get(number, 0) + 1
        self._logger.warning(
            Events.NOT_DELIVERED, target=target or "outbox", reason=code, attempt=attempt, pause=pause
        )
        if attempt < ATTEMPTS:
            return None
        del self._failures[number]
        return FileUncertain(control_number=number, doubt=code)


def _next_claims(view: View, key: str, state: Interchanges) -> Iterator[str]:
    """What is due first, as much as one transaction seals. More than one file of it, because claims of several senders
    do not share one."""
    most = min(FILES_A_ROUND * max(1, state.max_claims), MOST_CLAIMS)
    size = 0
    for claim in view.first(key, open_tag(key), most):
        size += claim.size
        if size > LARGEST_FILE and size != claim.size:
            return
        yield claim.resubmission_id


def _stage(place: Place, interchange: SealedInterchange, view: View, mark: str) -> Shape:
    """Bytes follow from the records alone; where they do not, a person looks."""
    number, transaction = interchange.control_number, interchange.transaction
    found = [view.below(CONSIGNMENTS, interchange.batch, id_) for id_ in interchange.claims]
    claims = [claim.x12 for claim in found if claim is not None]
    data = assemble(interchange.identity, transaction, number, interchange.day, claims).data
    if hashlib.sha256(data).hexdigest() != interchange.digest:
        return FileUncertain(control_number=number, doubt="digest")
    place.stage(interchange.file, mark, data)
    return FileReady(control_number=number, shell=mark)


_TYPES: Final[dict[type[Shape], str]] = {
    BatchDue: "batch-due",
    FileReady: "file-ready",
    FileWritten: "file-written",
    FileUncertain: "file-uncertain",
}


def _call(key: str, what: str, data: Shape) -> Call:
    type_ = _TYPES[type(data)]
    event: Event[Shape] = Event(
        id=content_id(type_, key, what),
        type=type_,
        source="/reclaim/delivery",
        time=datetime.now(UTC),
        key=key,
        data=data,
    )
    return key, event

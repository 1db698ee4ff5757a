"""The outbox: the shell of delivery. It says when a batch is due and writes the files of sealed ones.

A file is written under a temporary name outside the partner's folder, flushed, renamed, and then reported. What
an earlier process left in `writing` is looked at first: a file that lies there with the right digest was written;
an unfinished temporary file shows that it was not. Where neither lies there, the partner may have taken it, and it
is written again only where the profile says that the partner never empties the folder.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import uuid4

from schemas.calls import BatchDue, FileUncertain, FileWritten
from schemas.envelope import Event, content_id
from schemas.records.interchange import Interchange, Interchanges
from schemas.shape import Shape
from services.core.x12.interchange import assemble
from services.delivery.batches import size_of

_UNFINISHED: Final = ".unfinished"
"""Below the outbox, so that a rename stays within one file system, and in no partner's folder."""

_FULL_BYTES: Final = 200_000
"""An open batch of this size is sealed: its record stays far below 1 MiB."""

_ASK_AGAIN_SECONDS: Final = 5.0
"""A batch that stays open though it is due is on hold: asking at each step would keep the loop from resting."""

_DIRECTORY_MODE: Final = 0o700
_FILE_MODE: Final = 0o600

Call = tuple[str, Event[Shape]]


class View(Protocol):
    """What the worker shows of the states that it holds."""

    def keys(self, tag: str) -> tuple[str, ...]: ...

    def state(self, topic: str, key: str) -> Any: ...


class Outbox:
    """The folder `directory`. One object belongs to one worker and lives as long as its process."""

    def __init__(self, directory: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.drain = False
        """set: every open batch is due now, whatever its age"""
        self._directory = directory
        self._clock = clock
        self._shell = uuid4().hex
        self._opened: dict[str, tuple[str, float]] = {}
        self._asked: dict[str, tuple[str, float]] = {}
        self._sizes: dict[str, dict[str, int]] = {}
        self._written: set[str] = set()

    def tend(self, view: View) -> Iterator[Call]:
        """What is to be told to the processor: files that were written, batches that are due."""
        for key in view.keys("writing"):
            state: Interchanges | None = view.state("interchanges", key)
            if state is None:
                continue
            for interchange in state.writing:
                if not interchange.uncertain:
                    said = self._write(interchange, state.transaction)
                    yield _call(key, interchange.control_number, said)
        open_keys = view.keys("open")
        for key in open_keys:
            state = view.state("interchanges", key)
            if state is None:
                continue
            reason = self._due(key, state)
            if reason is not None and (self.drain or self._may_ask(key, state)):
                self._asked[key] = (state.open[0].resubmission_id, self._clock())
                yield _call(key, f"{self._shell}|{self._clock()}", BatchDue(reason=reason, shell=self._shell))
        self._opened = {key: opened for key, opened in self._opened.items() if key in open_keys}
        self._sizes = {key: sizes for key, sizes in self._sizes.items() if key in open_keys}
        self._asked = {key: asked for key, asked in self._asked.items() if key in open_keys}

    def _may_ask(self, key: str, state: Interchanges) -> bool:
        first, at = self._asked.get(key, ("", 0.0))
        return first != state.open[0].resubmission_id or self._clock() - at >= _ASK_AGAIN_SECONDS

    def _due(self, key: str, state: Interchanges) -> str | None:
        """Why an open batch is due, null where it is not. Its age counts from when this shell saw it first."""
        if not state.open:
            return None
        first = state.open[0].resubmission_id
        seen = self._opened.get(key)
        if seen is None or seen[0] != first:
            seen = self._opened[key] = (first, self._clock())
        if self.drain:
            return "drain"
        # Looked at after each step: a claim is measured once.
        known = self._sizes.get(key, {})
        sizes = {c.resubmission_id: known.get(c.resubmission_id) or size_of(c) for c in state.open}
        self._sizes[key] = sizes
        if len(state.open) >= state.max_claims or sum(sizes.values()) >= _FULL_BYTES:
            return "count"
        return "age" if self._clock() - seen[1] >= state.max_age_minutes * 60 else None

    def _write(self, interchange: Interchange, transaction: str) -> Shape:
        """Bring the file of a sealed interchange to where it belongs, at most once."""
        number, digest = interchange.control_number, interchange.digest
        target = self._directory / interchange.file
        unfinished = self._directory / _UNFINISHED / f"{number}.837"
        if number in self._written:
            return FileWritten(control_number=number, digest=digest)
        if target.exists():
            if hashlib.sha256(target.read_bytes()).hexdigest() != digest:
                return FileUncertain(control_number=number)
        elif (
            interchange.shell == self._shell or unfinished.exists() or not interchange.partner_empties_folder
        ):
            data = _bytes_of(interchange, transaction)
            if hashlib.sha256(data).hexdigest() != digest:
                return FileUncertain(control_number=number)
            _put(data, unfinished, target)
        else:
            return FileUncertain(control_number=number)
        self._written.add(number)
        return FileWritten(control_number=number, digest=digest)


def _bytes_of(interchange: Interchange, transaction: str) -> bytes:
    claims = [claim.x12 for claim in interchange.claims]
    return assemble(
        interchange.identity, transaction, interchange.control_number, interchange.day, claims
    ).data


def _put(data: bytes, unfinished: Path, target: Path) -> None:
    """Write, flush, rename, and flush the folders: after this the file outlives a power cut."""
    for folder in (unfinished.parent, target.parent):
        folder.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(target)
    for folder in (target.parent, target.parent.parent, unfinished.parent):
        _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_TYPES: Final[dict[type[Shape], str]] = {
    BatchDue: "batch-due",
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

"""`intake-files` as intake knows it: what became of each file, who is at it, and the record that says so."""

from __future__ import annotations

import hmac
from datetime import datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from schemas.envelope import Event, content_id, file_key
from schemas.records.intake_file import IntakeFile
from schemas.shape import Shape
from services.intake.processor import SERVICE
from services.runtime.log import Draft, Log, Record, TopicPartition
from services.runtime.partitioning import partition_of
from services.runtime.records import decode_state, encode_state, source_of, time_text
from services.runtime.settings import Settings

TOPIC: Final = "intake-files"


class Ledger:
    """The latest record of every file of one tenant, kept up with the log.

    Holds the encoded records (about a kilobyte a file), since most are asked for once in a run. Another
    intake (an upload, another inbox) may write too, so `hold` reads on from where we were.
    """

    def __init__(self, log: Log, settings: Settings) -> None:
        self._log = log
        self._tenant = settings.tenant
        self._secret = settings.key_secret
        self._locks = settings.data / "intake"
        self._locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._records: dict[str, Record] = {}
        self._next: dict[TopicPartition, int] = {}
        self._held: set[str] = set()
        self._buckets: dict[str, FileLock] = {}

    def place(self, path: Path) -> str:
        """What a path is called in the log: a keyed hash, since a file name may hold a patient's name."""
        text = str(path.parent.resolve() / path.name)
        return hmac.digest(self._secret, b"place\x1f" + text.encode(errors="surrogateescape"), "sha256")[
            :16
        ].hex()

    def hold(self, digest: str) -> bool:
        """Be the only one of this machine at the bytes with this digest, and know what was done with them.

        False: somebody else is at it, or at one whose digest begins alike; ask again later. Two machines at
        the same bytes would write the same event ids twice, which changes nothing.
        """
        bucket = digest[:2]
        if digest in self._held:
            return False
        if bucket not in self._buckets:
            lock = FileLock(self._locks / f"digest-{bucket}.lock", blocking=False)
            try:
                lock.acquire()
            except Timeout:
                return False
            self._buckets[bucket] = lock
        self._held.add(digest)
        self.refresh()
        return True

    def release(self, digest: str) -> None:
        self._held.discard(digest)
        if not any(held.startswith(digest[:2]) for held in self._held):
            lock = self._buckets.pop(digest[:2], None)
            if lock is not None:
                lock.release()

    def refresh(self) -> None:
        """Read what was committed since the last time."""
        ends = self._log.ends([TOPIC])
        grown = {place: end for place, end in ends.items() if end > self._next.get(place, 0)}
        if not grown:
            return
        spans = {place: (self._next.get(place, 0), end) for place, end in grown.items()}
        for record in self._log.read_together(spans):
            if record.key is not None:
                self._records[record.key] = record
        self._next |= grown

    def find(self, digest: str) -> IntakeFile | None:
        """The record of a digest or a place. Raises NewerVersionError, UndecodableError: stop then."""
        record = self._records.get(file_key(self._tenant, digest))
        return None if record is None else decode_state(record, IntakeFile)

    def draft(self, file: str, state: IntakeFile | None, now: datetime) -> Draft:
        """The state record of a file; null takes it back."""
        key = file_key(self._tenant, file)
        cause = Event(
            id=content_id(SERVICE, file),
            type="file",
            source=source_of(SERVICE),
            time=now,
            key=key,
            data=Shape(),
        )
        return encode_state(
            TOPIC,
            key,
            None if state is None else state.encode(),
            cause,
            model=IntakeFile,
            service=SERVICE,
            ingested=time_text(now),
            partition=partition_of(key, self._log.partition_count),
        )

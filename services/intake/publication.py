"""One file on its way into the log: digest, manifest, events. Each step is a bounded piece of work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from schemas.records.intake_file import IntakeFile, IntakeStatus
from services.core.processing import Outcome
from services.core.x12.items import Item
from services.core.x12.reader import read
from services.core.x12.tokenizer import DEFAULT_LIMITS, Limits
from services.intake.content import Content, ContentError
from services.intake.ledger import Ledger
from services.intake.manifest import Manifest, Tally
from services.intake.processor import SERVICE, FileFacts, Reading, Taken
from services.intake.siblings import SiblingCount
from services.runtime.log import Draft
from services.runtime.records import MAX_EVENT_BYTES, encode_outcome, time_text
from services.runtime.settings import Settings

CLAIMS_A_TRANSACTION: Final = 1_000
"""The most claims that one transaction publishes (design, "Exactly once")."""

BYTES_A_TRANSACTION: Final = 8 << 20
"""Events of one transaction lie in memory until it commits; a claim of a thousand lines has a megabyte."""

ITEMS_A_STEP: Final = 1_000
"""Items read in one step of the first pass, or on the way back to where a crash left the file."""

BYTES_A_STEP: Final = 32 << 20
"""Bytes digested in one step: takes about as long as that."""

ENTRIES_KEPT: Final = 1_000
"""Quarantined claims that the file's record lists; the record is written with every transaction."""

PLACES_KEPT: Final = 1_000
"""Paths of one file's bytes that are told apart; further copies are not counted."""


@dataclass(frozen=True, slots=True)
class FileAccount:
    """What became of one path. `record` is null where nothing of it stands in the log.

    `outcome`: `published`; `duplicate` (these bytes stand at another path too); `known` (answered before);
    `unreadable`; `in_pieces` (ends early and may still grow); `superseded` (changed while it was published,
    what was published stands); `changed` (changed before that: it will be read again); `postponed` (the same
    bytes are being published from another path).
    """

    path: Path
    outcome: str
    reason: str | None = None
    record: IntakeFile | None = None


@dataclass(slots=True)
class Batch:
    """The result of one step. Where it holds drafts, the next step may only be asked for when these are
    committed. `work`: what the step cost, in items read."""

    drafts: list[Draft] = field(default_factory=list)
    claims: int = 0
    work: int = 0


class Publication:
    """The steps of one file. `share`: how many claims the next step may publish.

    `take_truncated`: one that ends early is taken as it is; `take_without_trailer`: one that lacks its IEA
    alone is.
    """

    def __init__(
        self,
        path: Path,
        ledger: Ledger,
        settings: Settings,
        *,
        take_truncated: bool,
        take_without_trailer: bool = False,
        digest: str | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.path = path
        self.share = CLAIMS_A_TRANSACTION
        self.digest = digest
        """of the decompressed bytes, once known"""
        self._ledger = ledger
        self._tenant = settings.tenant
        self._secret = settings.key_secret
        self._place = ledger.place(path)
        self._take_truncated = take_truncated
        self._take_without_trailer = take_without_trailer
        self._limits = limits

    def steps(self, now: datetime) -> Generator[Batch, None, FileAccount]:
        """From the bytes to the last commit. A fault of the file is its account; a fault of the log is raised."""
        try:
            digest = self.digest or (yield from self._read_digest())
            self.digest = digest
            if not self._ledger.hold(digest):
                return self._account("postponed")
            try:
                return (yield from self._take(digest, now))
            finally:
                self._ledger.release(digest)
        except ContentError as fault:
            return (yield from self._refuse(fault.code, now))

    def _read_digest(self) -> Generator[Batch, None, str]:
        digest, since = sha256(), 0
        with Content(self.path) as content:
            for chunk in content.chunks():
                digest.update(chunk)
                since += len(chunk)
                if since >= BYTES_A_STEP:
                    since = 0
                    yield Batch(work=ITEMS_A_STEP)
        yield Batch(work=1 + since * ITEMS_A_STEP // BYTES_A_STEP)
        return digest.hexdigest()

    def _take(self, digest: str, now: datetime) -> Generator[Batch, None, FileAccount]:
        record = self._ledger.find(digest)
        if record is not None and record.status is not IntakeStatus.PUBLISHING:
            return (yield from self._recognize(record, now))
        counted = SiblingCount()
        manifest = Manifest()
        try:
            with Content(self.path) as content:
                hashed = _Hashed(content)
                for number, item in enumerate(read(hashed.chunks(), self._limits), 1):
                    manifest.take(item, counted)
                    if number % ITEMS_A_STEP == 0:
                        yield Batch(work=ITEMS_A_STEP)
                hashed.finish()
            siblings = counted.total()
        finally:
            counted.close()
        if hashed.digest() != digest:
            return self._account("changed")
        truncated = manifest.truncated or content.ended_early or hashed.first_bytes_only(manifest.unreadable)
        trailer_only = manifest.truncated and manifest.groups_closed and not content.ended_early
        if truncated and not (self._take_truncated or (self._take_without_trailer and trailer_only)):
            return self._account("in_pieces")
        record = record or IntakeFile(
            file=digest,
            size=hashed.size,
            status=IntakeStatus.PUBLISHING,
            reason=manifest.unreadable,
            truncated=truncated,
            held=manifest.counts(),
            findings=manifest.findings(),
            places=(self._place,),
        )
        if record.reason is not None:
            final = record.model_copy(update={"status": IntakeStatus.UNREADABLE})
            yield Batch([self._ledger.draft(digest, final, now), *self._retract(now)])
            return self._account("unreadable", final)
        facts = FileFacts(self._tenant, self._secret, digest, siblings, manifest.references())
        return (yield from self._publish(record, facts, now))

    def _publish(
        self, record: IntakeFile, facts: FileFacts, now: datetime
    ) -> Generator[Batch, None, FileAccount]:
        """The second pass, from the byte where the record stands. What begins at one byte is published together."""
        ingested = time_text(now)
        reading = Reading(facts)
        progress = _Progress(record)
        batch, size, last = Batch(), 0, -1
        with Content(self.path) as content:
            hashed = _Hashed(content)
            for number, item in enumerate(read(hashed.chunks(), self._limits), 1):
                if item.offset < record.next_offset:
                    reading.skip(item)
                    progress.skip(item)
                    if number % ITEMS_A_STEP == 0:
                        yield Batch(work=ITEMS_A_STEP)
                    continue
                full = batch.claims >= self.share or batch.work >= ITEMS_A_STEP or size >= BYTES_A_TRANSACTION
                if full and item.offset > last:
                    if not content.unchanged():
                        return (yield from self._supersede(progress.committed, now))
                    progress.committed = progress.record(item.offset, IntakeStatus.PUBLISHING)
                    batch.drafts.append(self._ledger.draft(record.file, progress.committed, now))
                    yield batch
                    batch, size = Batch(), 0
                last = item.offset
                taken = reading.take(item)
                drafts = self._encode(taken.outcomes, ingested)
                if any(len(draft.value or b"") > MAX_EVENT_BYTES for draft in drafts):
                    taken = reading.keep_back(item, "event_too_large")
                    drafts = self._encode(taken.outcomes, ingested)
                drafts += self._encode(reading.recorded(), ingested)
                size += sum(len(draft.value or b"") for draft in drafts)
                batch.drafts += drafts
                progress.add(item, taken)
                batch.claims += taken.claims
                batch.work += 1
            hashed.finish()
            if hashed.digest() != record.file:
                return (yield from self._supersede(progress.committed, now))
        batch.drafts += self._encode(reading.close(), ingested)
        final = progress.record(hashed.size, IntakeStatus.PUBLISHED)
        batch.drafts += [self._ledger.draft(record.file, final, now), *self._retract(now)]
        yield batch
        return self._account("published", final)

    def _recognize(self, record: IntakeFile, now: datetime) -> Generator[Batch, None, FileAccount]:
        """These bytes were answered before: from this path, or from another, which is written down once."""
        if self._place in record.places:
            return self._account("known", record)
        if len(record.places) < PLACES_KEPT:
            places = (*record.places, self._place)
            record = record.model_copy(update={"places": places, "duplicates": len(places) - 1})
            yield Batch([self._ledger.draft(record.file, record, now), *self._retract(now)])
        return self._account("duplicate", record)

    def _supersede(self, record: IntakeFile, now: datetime) -> Generator[Batch, None, FileAccount]:
        """The bytes changed under our hands: what is published of them stands, and says so."""
        if not record.next_offset:
            return self._account("changed")
        final = record.model_copy(update={"status": IntakeStatus.SUPERSEDED})
        yield Batch([self._ledger.draft(record.file, final, now)])
        return self._account("superseded", final)

    def _refuse(self, reason: str, now: datetime) -> Generator[Batch, None, FileAccount]:
        """The bytes cannot be had: the record is kept under the place, until the path can be read."""
        if reason == "vanished":
            return self._account("changed")
        self._ledger.refresh()
        record = self._ledger.find(self._place)
        if record is None or record.reason != reason:
            record = IntakeFile(
                file=self._place,
                size=0,
                status=IntakeStatus.UNREADABLE,
                reason=reason,
                places=(self._place,),
            )
            yield Batch([self._ledger.draft(self._place, record, now)])
        return self._account("unreadable", record)

    def _retract(self, now: datetime) -> list[Draft]:
        """Take back what was said of this path when its bytes could not be had."""
        found = self._ledger.find(self._place)
        return [] if found is None else [self._ledger.draft(self._place, None, now)]

    def _encode(self, outcomes: Sequence[Outcome], ingested: str) -> list[Draft]:
        return [encode_outcome(outcome, self._tenant, SERVICE, ingested) for outcome in outcomes]

    def _account(self, outcome: str, record: IntakeFile | None = None) -> FileAccount:
        return FileAccount(self.path, outcome, record.reason if record else None, record)


class _Hashed:
    """A content that is digested while it is read, so that both passes know which bytes they saw."""

    def __init__(self, content: Content) -> None:
        self._chunks = content.chunks()
        self._digest = sha256()
        self._head = b""
        self.size = 0

    def chunks(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._digest.update(chunk)
            self._head = self._head or chunk[:64]
            self.size += len(chunk)
            yield chunk

    def finish(self) -> None:
        """Digest what the reader had no use for."""
        for _ in self.chunks():
            pass

    def first_bytes_only(self, unreadable: str | None) -> bool:
        """Whether what cannot be read may be the beginning of an interchange: nothing yet, or an ISA."""
        begins = self._head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"ISA")
        return unreadable == "empty" or (unreadable == "no_terminator" and begins)

    def digest(self) -> str:
        return self._digest.hexdigest()


class _Progress:
    """The record of a file as its publication goes on. `committed` is the one that stands in the log."""

    def __init__(self, record: IntakeFile) -> None:
        self.committed = record
        self._kept = Tally(record.kept)
        self._by_state = Counter(record.by_state)
        self._quarantined = list(record.quarantined)
        self._count = record.claims_quarantined
        self._records = record.records_quarantined

    def skip(self, item: Item) -> None:
        """An item that an earlier run has published."""
        self._kept.observe(item)

    def add(self, item: Item, taken: Taken) -> None:
        self._kept.take(item)
        if taken.state is not None:
            self._by_state[taken.state] += 1
        self._records += taken.record_quarantined
        if taken.quarantined is not None:
            self._count += 1
            if len(self._quarantined) < ENTRIES_KEPT:
                self._quarantined.append(taken.quarantined)

    def record(self, next_offset: int, status: IntakeStatus) -> IntakeFile:
        return self.committed.model_copy(
            update={
                "status": status,
                "kept": self._kept.counts(),
                "by_state": dict(sorted(self._by_state.items())),
                "claims_published": self._by_state.total(),
                "claims_quarantined": self._count,
                "records_quarantined": self._records,
                "quarantined": tuple(self._quarantined),
                "next_offset": next_offset,
            }
        )

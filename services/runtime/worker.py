"""The loop of every service: poll, decide, append, commit.

A batch is one transaction: the outcomes in the order in which they were decided, the last state of each key,
and the positions. Before its commit nothing of it is visible; after it nothing of it happens again. The cache
of states is written after the commit, and is built again from the log whenever a commit is in doubt.

What may go wrong, and what the worker does:

- a record that cannot be decoded, an answer that is too large: a dead letter with the original bytes, go on;
- an exception out of a processor: stop before commit (`CrashedError`); the third time in a row that the same
  record crashes at the same place it becomes a dead letter;
- `TransientLogError`: forget the batch, pause, try again, a bounded number of times;
- `FencedError`, `NewerVersionError`, a missing definition, too many dead letters: stop before commit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from schemas.envelope import Event, content_id
from schemas.faults import LetterReplayed
from schemas.shape import Shape
from services.core.processing import Outcome, Place, Processor, WithPartition
from services.runtime.batch import Batch, Changed, Counts
from services.runtime.blobs import Blobs
from services.runtime.breaker import Breaker
from services.runtime.calls import calls_of
from services.runtime.configuration import CONTROL, Contexts, Definitions
from services.runtime.layout import Layout, Stored
from services.runtime.letters import DEAD_LETTERS, find_original, write_letter
from services.runtime.log import Draft, Log, Record, TopicPartition, TransientLogError
from services.runtime.logging import Events, bind_logger
from services.runtime.partitioning import key_below, partition_of
from services.runtime.records import (
    MAX_EVENT_BYTES,
    MAX_STATE_BYTES,
    UndecodableError,
    decode_event,
    encode_event,
    encode_state,
    ingested_of,
    time_text,
    to_event,
)
from services.runtime.settings import Settings
from services.runtime.store import Store
from services.runtime.view import Tend, View

LETTER_REPLAYED: Final = "letter-replayed.v1"

# Crashes of one record at one place after which it is the record, not the moment.
CRASHES: Final = 3

# Pauses of 0.1, 0.2, ... 5 s, together about half a minute: longer than a broker's restart.
TRANSIENT_ATTEMPTS: Final = 11
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0

# How long `run` waits in one poll; a stop is noticed after it at the latest.
POLL_SECONDS: Final = 0.25

# How far behind the log's end a restart may have to read a state topic again, in seconds of work.
MARK_SECONDS: Final = 5.0


class WorkerStoppedError(Exception):
    """The worker stopped before a commit; nothing of the batch happened. Codes and places only."""


class CrashedError(WorkerStoppedError):
    """An exception left a processor. The session is rewound: `step` may be called again."""


class BreakerOpenError(WorkerStoppedError):
    """Too many dead letters: look at the deployment, then start again."""


class _StateTooLargeError(Exception):
    """Found when a batch is about to commit: it is decided again, looking at each state on its own."""


class _ProcessorError(Exception):
    """An exception left a processor: its type and the place in the code, never its text."""

    def __init__(self, cause: Exception) -> None:
        trace = cause.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        self.place = f"{type(cause).__name__}@{where}"
        super().__init__(self.place)


class Worker:
    """One member of a service. Not shared between threads.

    Beside the processor's inputs it reads `control`, which becomes the context and the calls `claim-due` and
    `context-changed`, and `dead-letters`, where it answers the replay of its own letters.
    """

    def __init__(
        self,
        processor: Processor[Any],
        log: Log,
        *,
        member: str,
        settings: Settings,
        tend: Tend | None = None,
        definitions: Definitions | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        """Joins the service's group. `definitions` may be shared by the workers of a process."""
        self._processor = processor
        self._log = log
        self._tenant = settings.tenant
        self._tend = tend
        self._breaker = breaker or Breaker()
        self._logger = bind_logger(service=processor.name, member=member)
        self._contexts = Contexts(
            log, settings.tenant, definitions or Definitions(log, Blobs(settings.blobs))
        )
        self._layout = Layout(processor, settings.tenant)
        self._store = Store(settings.caches, f"{processor.name}-{member}", log.identity, self._layout)
        self._held: frozenset[int] = frozenset()
        self._unready: frozenset[int] = frozenset()
        self._batch = Batch()
        self.counts = Counts()
        self._careful = 0
        self._failures = 0
        self._marked = 0.0
        priority = tuple(dict.fromkeys((CONTROL, *processor.priority)))
        self._session = log.session(
            processor.name,
            member,
            tuple(dict.fromkeys((*processor.inputs, DEAD_LETTERS, *priority))),
            priority,
            processor.leading,
            on_assigned=self._assign,
            on_revoked=self._revoke,
        )

    @property
    def name(self) -> str:
        return self._processor.name

    @property
    def partitions(self) -> int:
        """How many this member holds. Another thread may ask."""
        return len(self._held)

    def run(self, stop: threading.Event, limit: int = 1_000) -> None:
        """Step until `stop` is set (by a signal); the batch that runs is committed first."""
        while not stop.is_set():
            self.step(limit, POLL_SECONDS)

    def step(self, limit: int = 500, wait: float = 0.0) -> int:
        """Handle one batch of at most `limit` records and what the shell tends to; returns how much that was.

        The processor's own `records_per_step` may bound it closer. Raises WorkerStoppedError and errors of the
        log; nothing of the batch has then happened.
        """
        try:
            self._make_ready()
            records = self._session.poll(min(limit, self._processor.records_per_step or limit), wait)
            self._make_ready()
            handled = self._handle_batch(records) + self._tend_shell()
        except TransientLogError as error:
            self._rewind()
            self._pause(error)
            return 0
        except _StateTooLargeError:
            self._rewind()
            self._careful = limit
            return self.step(limit, wait)
        except BaseException as error:
            self._rewind()
            self._logger.error(Events.STOPPED, type=type(error).__name__)
            raise
        self._failures = 0
        self._careful = max(0, self._careful - handled)
        return handled

    def call(self, key: str, event: Event[Any]) -> None:
        """Handle one event that no topic carries, in a transaction of its own. Nothing happens where this
        member does not hold the key's partition."""
        try:
            self._make_ready()
            self._contexts.refresh_holds()
            self._call(key, event)
            self._commit()
        except BaseException:
            self._rewind()
            raise

    def at_end(self) -> bool:
        """Every input is handled to its end."""
        return self._session.at_end()

    def close(self) -> None:
        """Leave the group. What is not committed is handled by the next member."""
        self._session.close()
        self._store.close()

    # -- one batch ---------------------------------------------------------------------------------------------

    def _handle_batch(self, records: Sequence[Record]) -> int:
        if not records:
            return 0
        self._contexts.refresh_holds()
        for record in records:
            self._take(record)
            self._batch.records += 1
            self._batch.through[TopicPartition(record.topic, record.partition)] = record.offset + 1
            if self._batch.full:
                self._commit()
        self._commit()
        return len(records)

    def _take(self, record: Record) -> None:
        """Handle one record; its position moves in the commit that follows."""
        self._read(record, replay="")
        if record.headers.get("ce_type") == LETTER_REPLAYED:
            self._read_again(record)

    def _read(self, record: Record, replay: str) -> None:
        """`replay`: the id of the `letter-replayed` because of which this record is read again, else empty."""
        wanted = record.topic in self._processor.inputs
        if not wanted and record.topic != CONTROL:
            return
        try:
            event = decode_event(record, self._processor.reads)
        except UndecodableError as error:
            # A letter about a letter would be read here again, and so on for ever.
            if record.topic != DEAD_LETTERS:
                self._bury(record, record.key, None, error.reason, replay)
            return
        ingested = ingested_of(record)
        if record.topic == CONTROL:
            if not replay:
                self._contexts.apply(record.partition, event.data)
            self._wake(record, event, ingested, replay)
        if wanted:
            topic = self._processor.state_topic_for(record.topic)
            self._decide(record, topic, event, ingested, replay)

    def _decide(
        self, record: Record, topic: str | None, event: Event[Any], ingested: str, replay: str
    ) -> None:
        """Let the processor answer an event: that of the record, or a call that the record makes. `topic`: where
        the state of its key is. A failure that is the record's own makes a letter."""
        try:
            reason = self._answer(record.partition, topic, event, ingested, careful=self._careful > 0)
        except _ProcessorError as error:
            reason = self._count_crash(record, event.key, error.place)
        if reason is None:
            self._breaker.note(dead=False)
        else:
            self._bury(record, event.key, event, reason, replay)

    def _count_crash(self, record: Record, key: str, place: str) -> str:
        """The reason of a dead letter, where this was the third crash. Raises CrashedError before that."""
        self.counts.crashes += 1
        crashes = self._store.count_crash(record.topic, record.partition, record.offset, key, place)
        self._logger.error(
            Events.CRASHED,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            place=place,
            attempt=crashes,
        )
        if crashes < CRASHES:
            raise CrashedError(place)
        return f"crash:{place}"

    def _answer(
        self, partition: int, topic: str | None, event: Event[Any], ingested: str, *, careful: bool
    ) -> str | None:
        """Put the processor's answer into the batch; a code where it may not go there, and then nothing did.
        `careful`: look at the size of each state, not only at that of the last one."""
        context, key = self._contexts.of(partition), event.key
        below = _Below(lambda place: self._state(place[0], partition, key_below(key, place[1])))
        own = self._state(topic, partition, key)
        part_topic, part_key = self._processor.partition_topic, self._layout.partition_key(partition)
        part = self._state(part_topic, partition, part_key)
        try:
            after, outcomes = self._processor.handle(
                own if part_topic is None else WithPartition(own, part, below), event, context
            )
            own_after, part_after, below_after = _parted(after)
            drafts = [self._draft(outcome, ingested) for outcome in outcomes]
        except Exception as error:
            raise _ProcessorError(error) from None
        changed = [
            (place, after)
            for place, before, after in (
                ((topic, key), own, own_after),
                ((part_topic, part_key), part, part_after),
                *(
                    ((place[0], key_below(key, place[1])), below.get(place), record)
                    for place, record in below_after.items()
                ),
            )
            if after is not before and after != before
        ]
        if any(len(draft.value or b"") > MAX_EVENT_BYTES for draft in drafts):
            return "outcome_too_large"
        if careful and any(
            after is not None and len(after.encode()) > MAX_STATE_BYTES for _, after in changed
        ):
            return "state_too_large"
        self._batch.drafts += drafts
        for (state_topic, state_key), after in changed:
            if state_topic is not None:
                self._batch.changed[state_topic, partition, state_key] = Changed(after, event, ingested)
        return None

    def _draft(self, outcome: Outcome, ingested: str) -> Draft:
        return encode_event(to_event(outcome, self._tenant, self._processor.name), ingested)

    def _bury(
        self, record: Record, key: str | None, event: Event[Any] | None, reason: str, replay: str
    ) -> None:
        """Make a dead letter next to its original: the same key (an empty one where it had none), the same
        partition."""
        letter = write_letter(
            record, key, event, reason, service=self._processor.name, tenant=self._tenant, replay=replay
        )
        self._batch.drafts.append(encode_event(letter, ingested_of(record), record.partition))
        self._batch.letters += 1
        if not replay:
            self._breaker.note(dead=True)
        self._logger.warning(
            Events.DEAD_LETTER,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            reason=reason,
        )

    def _read_again(self, record: Record) -> None:
        """`letter-replayed`: if the letter is ours and was not answered before, read its original."""
        try:
            event = decode_event(record)
        except UndecodableError:
            return
        if isinstance(event.data, LetterReplayed) and event.data.service == self._processor.name:
            original = find_original(self._log, record, event.data.letter)
            if original is not None:
                self._read(original, replay=event.id)

    def _commit(self) -> None:
        """Append, move the positions, then keep the states."""
        batch = self._batch
        if batch.empty:
            return
        if self._breaker.open:
            raise BreakerOpenError("too many dead letters")
        started = time.monotonic()
        stored = [self._stored(place, changed.state) for place, changed in batch.changed.items()]
        states = [
            encode_state(
                one.topic,
                one.key,
                one.value,
                changed.event,
                model=self._layout.model(one.topic, one.partition, one.key),
                service=self._processor.name,
                ingested=changed.ingested,
                partition=one.partition,
            )
            for one, changed in zip(stored, batch.changed.values(), strict=True)
        ]
        # Ends that were read before a commit which succeeds hold nothing of another owner: see Store.mark.
        ends = self._state_ends() if started - self._marked > MARK_SECONDS else None
        self._session.commit([*batch.drafts, *states], batch.through)
        self._store.save(stored)
        if ends is not None:
            self._store.mark(ends)
            self._marked = started
        self.counts.records += batch.records
        self.counts.outcomes += len(batch.drafts)
        self.counts.letters += batch.letters
        self.counts.commits += 1
        self.counts.seconds += time.monotonic() - started
        self._logger.info(
            Events.BATCH,
            records=batch.records,
            calls=batch.calls,
            outcomes=len(batch.drafts),
            states=len(states),
            letters=batch.letters,
            milliseconds=round((time.monotonic() - started) * 1000),
        )
        self._batch = Batch()

    def _stored(self, place: tuple[str, int, str], state: Shape | None) -> Stored:
        topic, partition, key = place
        value = None if state is None else state.encode()
        if value is not None and len(value) > MAX_STATE_BYTES:
            raise _StateTooLargeError
        return self._layout.stored(topic, partition, key, state, value)

    def _rewind(self) -> None:
        """Forget the batch. Whether its commit happened may be in doubt, so everything is read again."""
        self._batch = Batch()
        self._breaker.reset()
        self._unready = self._held
        self._session.rewind()

    def _pause(self, error: TransientLogError) -> None:
        self._failures += 1
        self.counts.faults += 1
        if self._failures > TRANSIENT_ATTEMPTS:
            raise error
        pause = min(FIRST_PAUSE * 2 ** (self._failures - 1), LONGEST_PAUSE)
        self._logger.warning(Events.TRANSIENT, type=type(error).__name__, attempt=self._failures, pause=pause)
        time.sleep(pause)

    # -- partitions come and go ----------------------------------------------------------------------------------

    def _assign(self, partitions: frozenset[int]) -> None:
        self._held |= partitions
        self._unready |= partitions

    def _revoke(self, partitions: frozenset[int]) -> None:
        self._held -= partitions
        self._unready -= partitions
        for partition in partitions:
            self._contexts.drop(partition)

    def _make_ready(self) -> None:
        """Bring states and configuration of new partitions to where the group has committed."""
        if not self._unready:
            return
        committed = self._session.committed()
        restored = self._store.restore(self._log, self._unready)
        self._contexts.load({p: committed.get(TopicPartition(CONTROL, p), 0) for p in self._unready})
        self._logger.info(Events.ASSIGNED, partitions=len(self._unready), restored=restored)
        self._unready = frozenset()

    def _state(self, topic: str | None, partition: int, key: str) -> Shape | None:
        if topic is None:
            return None
        if (changed := self._batch.changed.get((topic, partition, key))) is not None:
            return changed.state
        return self._store.state(topic, partition, key)

    def _state_ends(self) -> Mapping[TopicPartition, int]:
        ends = self._log.ends(self._layout.topics)
        return {tp: end for tp, end in ends.items() if tp.partition in self._held}

    # -- time, configuration and the shell -----------------------------------------------------------------------

    def _wake(self, record: Record, event: Event[Any], ingested: str, replay: str) -> None:
        """The calls that a control event makes, in chunks. The position of the control record moves with the
        last one; after a crash before it, those that were called already are called again, and know it.
        `replay`: only the key of the letter is called."""
        if self._batch.changed:
            self._commit()  # whom to call is asked of what is committed
        calls = calls_of(
            event,
            record.partition,
            self._store,
            self._tenant,
            self._processor.name,
            self._processor.urgency,
        )
        for topic, call in calls:
            if replay and call.key != record.key:
                continue
            self._batch.calls += 1
            self._decide(record, topic, call, ingested, replay)
            if self._batch.full:
                self._commit()

    def _call(self, key: str, event: Event[Any]) -> bool:
        """Whether the call was answered. An answer that is too large is left out and said: it is one key's matter,
        and stopping would be everybody's. Raises CrashedError."""
        partition = partition_of(key, self._log.partition_count)
        if partition not in self._held:
            return False
        topic, ingested = self._processor.state_topic_for(""), time_text(datetime.now(UTC))
        try:
            reason = self._answer(partition, topic, event, ingested, careful=True)
        except _ProcessorError as error:
            raise CrashedError(error.place) from None
        if reason is not None:
            self._logger.error(Events.NOT_ANSWERED, type=event.type, partition=partition, reason=reason)
            return False
        self._batch.calls += 1
        return True

    def _tend_shell(self) -> int:
        # While the group is being rebalanced nothing can be committed: what a shell did would be in vain, and each
        # refused commit a pause in which this process, and so the group, does not come to rest.
        if self._tend is None or not self._session.partitions:
            return 0
        home = content_id(self._log.identity, self._tenant)[:8]
        calls = list(self._tend(View(self._store, self._held, self._log.partition_count, home)))
        if calls:
            self._contexts.refresh_holds()
        answered = sum([self._call(key, event) for key, event in calls])
        self._commit()
        return answered


@dataclass(frozen=True, slots=True)
class _Below:
    """The records below the key of one event."""

    _read: Callable[[Place], Shape | None]

    def get(self, place: Place, /) -> Shape | None:
        return self._read(place)


def _parted(after: object) -> tuple[Shape | None, Shape | None, Mapping[Place, Shape | None]]:
    """What a processor returned: the state of the key, the record of the partition, records below the key."""
    if isinstance(after, WithPartition):
        return after.own, after.partition, after.changed
    assert after is None or isinstance(after, Shape)
    return after, None, {}

"""What operations and compliance look at: files, dead letters, holds, what people did, and the audit trail.

Of a dead letter the original bytes stay on the log: they may hold PHI.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from schemas.control import Hold, OperatorAction
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from schemas.records.intake_file import IntakeFile, IntakeStatus
from schemas.trail import AuditRecord
from services.console.read_model.board import cents
from services.console.read_model.change import Change
from services.runtime.log import Record
from services.runtime.records import decode_event, decode_state

TABLES: Final = """
create table intake_file (
  file text primary key, status text not null, reason text not null, kinds text not null, size integer not null,
  claims integer not null, published integer not null, quarantined integer not null,
  segments integer not null, segments_kept integer not null, duplicates integer not null,
  paid integer not null, truncated integer not null, seen integer not null, value blob not null) without rowid;
create index intake_file_seen on intake_file (seen desc);
create table letter (
  letter text primary key, service text not null, reason text not null, event_type text not null,
  topic text not null, partition integer not null, offset integer not null, bytes integer not null,
  seen integer not null, answer text, answered_by text, answer_reason text, answered integer) without rowid;
create table hold (subject text primary key, by text not null, since text not null) without rowid;
create table operator_action (
  id text primary key, seen integer not null, action text not null, subject text not null, by text not null,
  os_user text not null, reason text not null) without rowid;
create index operator_action_seen on operator_action (seen desc);
create table audit_record (
  partition integer not null, seq integer not null, at text not null, actor text not null, action text not null,
  subject text not null, rule text not null, approver text not null, reason text not null,
  event_type text not null, event_id text not null, edits text not null, evidence text not null,
  interchange text not null, hash text not null,
  primary key (partition, seq)) without rowid;
create index audit_record_at on audit_record (at desc);
create index audit_record_subject on audit_record (subject);
"""

TOPICS: Final = ("intake-files", "dead-letters", "holds", "operator-actions", "audit-trail")


def changes(record: Record) -> Iterator[Change]:
    """What a record changes in the tables."""
    if record.topic == "intake-files":
        yield from _file(record)
    elif record.topic == "holds":
        yield from _hold(record)
    elif record.value is not None:
        data = decode_event(record).data
        match data:
            case DeadLetter():
                yield _letter(record, data)
            case LetterReplayed() | LetterDiscarded():
                answer = "replayed" if isinstance(data, LetterReplayed) else "discarded"
                yield Change(
                    "update letter set answer = ?, answered_by = ?, answer_reason = ?, answered = ?"
                    " where letter = ? and answer is null",
                    (answer, data.by, data.reason, record.timestamp, data.letter),
                )
            case OperatorAction():
                yield Change(
                    "insert or ignore into operator_action values (?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(record.headers.get("ce_id", ""), record.timestamp, data.action, data.subject),
                        *(data.by, data.os_user, data.reason or ""),
                    ),
                )
            case AuditRecord():
                yield _audit(record, data)
            case _:
                pass


def _file(record: Record) -> Iterator[Change]:
    file = decode_state(record, IntakeFile)
    if file is None:
        return
    # A file that is half published counts with the part that is, as `reclaim status` counts it.
    counted = file.kept if file.status is IntakeStatus.PUBLISHING else file.held
    # The time of the latest record: earlier ones of a state may be compacted away, and a read model made anew is the same.
    yield Change(
        f"insert or replace into intake_file values ({', '.join('?' * 15)})",
        (
            *(file.file, file.status.value, file.reason or "", " ".join(sorted(file.held.transactions))),
            *(file.size, counted.claims, file.claims_published, file.claims_quarantined),
            *(counted.segments, file.kept.segments, file.duplicates),
            *(cents(file.held.paid), int(file.truncated), record.timestamp, file.encode()),
        ),
    )


def _hold(record: Record) -> Iterator[Change]:
    hold = decode_state(record, Hold)
    yield Change("delete from hold where subject = ?", (record.key,))
    if hold is not None:
        yield Change("insert into hold values (?, ?, ?)", (hold.subject, hold.by, hold.since.isoformat()))


def _letter(record: Record, letter: DeadLetter) -> Change:
    origin = letter.origin
    return Change(
        "insert or ignore into letter values (?, ?, ?, ?, ?, ?, ?, ?, ?, null, null, null, null)",
        (
            *(letter.letter, letter.service, letter.reason, letter.event_type or ""),
            *(origin.topic, origin.partition, origin.offset, len(letter.original), record.timestamp),
        ),
    )


def _audit(record: Record, entry: AuditRecord) -> Change:
    edits = [{"field": e.field, "before": e.before, "after": e.after} for e in entry.edits]
    return Change(
        f"insert or ignore into audit_record values ({', '.join('?' * 15)})",
        (
            *(record.partition, entry.seq, entry.at.isoformat(), entry.actor, entry.action, entry.subject),
            *(entry.rule or "", entry.approver or "", entry.reason or "", entry.event_type, entry.event_id),
            *(
                json.dumps(edits),
                json.dumps(entry.evidence),
                entry.interchange_control_number or "",
                entry.hash,
            ),
        ),
    )

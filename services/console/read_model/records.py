"""How often a payer paid what a rule proposed: one row for what was sent, one for its rule, one for its outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.claim import Payer
from schemas.shape import Shape
from services.console.read_model.change import Change
from services.runtime.log import Record

TABLES: Final = """
create table sent (
  resubmission text primary key, proposal text not null, payer text not null, path text not null) without rowid;
create index sent_payer on sent (payer);
create table proposed_by (proposal text primary key, rule text not null, version text not null) without rowid;
create index proposed_by_rule on proposed_by (rule, version);
create table came_of (
  resubmission text primary key, revision integer not null, outcome text) without rowid;
"""

TOPICS: Final = ("claim-resubmitted", "recoding-proposed", "denial-classified", "case-changed")


class _Rule(Shape):
    id: str
    version: str


class _Proposed(Shape):
    proposal_id: str
    rule: _Rule


class _Sent(Shape):
    resubmission_id: str
    proposal_id: str
    payer: Payer
    path: str


class _Attempt(Shape):
    resubmission_id: str
    outcome: str | None = None


class _Told(Shape):
    revision: int
    attempts: tuple[_Attempt, ...] = ()


def changes(record: Record) -> Iterator[Change]:
    """Each fact once; of an outcome what the latest revision says."""
    if record.value is None:
        return
    if record.topic == "claim-resubmitted":
        sent = _Sent.parse(record.value)
        yield Change(
            "insert or ignore into sent values (?, ?, ?, ?)",
            (sent.resubmission_id, sent.proposal_id, sent.payer.id or "", sent.path),
        )
    elif record.topic == "recoding-proposed":
        proposed = _Proposed.parse(record.value)
        yield Change(
            "insert or ignore into proposed_by values (?, ?, ?)",
            (proposed.proposal_id, proposed.rule.id, proposed.rule.version),
        )
    else:
        told = _Told.parse(record.value)
        for attempt in told.attempts:
            yield Change(
                "insert into came_of values (?, ?, ?) on conflict do update set revision = excluded.revision,"
                " outcome = excluded.outcome where excluded.revision >= revision",
                (attempt.resubmission_id, told.revision, attempt.outcome),
            )

"""The rows that the numbers of the dashboards are counted from. Pure: a record gives rows, and nothing is counted here.

Dollars are kept in cents, so that a sum in SQL is exact; days as ISO text.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.codes import Decision, Path
from schemas.records.claim_case import ClaimCase
from schemas.shape import Money, Shape
from services.console.read_model.change import Cell, Change
from services.core.board.episodes import Episode, episodes
from services.core.worklist import ItemStanding, item_standings
from services.runtime.log import Record
from services.runtime.records import decode_state

TABLES: Final = """
create table board_episode (
  key text not null, lineage text not null, claim_number text not null,
  payer text not null, payer_name text not null, place text not null,
  first_day text, first_state text not null, denied_first integer not null,
  charge integer not null, first_paid integer not null, first_denied integer not null,
  lines integer not null, denied_lines integer not null,
  state text not null, day text, paid integer not null, denied integer not null, recovered integer not null,
  sent text, delivered text,
  primary key (key, lineage)) without rowid;
create index board_episode_first on board_episode (first_day, payer);
create table board_step (
  key text not null, lineage text not null, number integer not null, day text, paid integer not null,
  primary key (key, lineage, number)) without rowid;
create table board_cause (
  key text not null, lineage text not null, revision integer not null,
  cause text not null, denied integer not null, primary key (key, lineage)) without rowid;
create table board_item (
  key text not null, lineage text not null, status text not null, proposal text not null,
  action text not null, path text not null, automation text not null, amount integer not null,
  due text, clock text, owner text, primary key (key, lineage)) without rowid;
create table board_decision (
  id text primary key, key text not null, lineage text not null, proposal text not null,
  decision text not null, path text, day text, place integer not null) without rowid;
create index board_decision_claim on board_decision (key, lineage);
create view board as
select e.*,
  case when e.denied_first then e.first_day else e.day end as denied_day,
  c.cause, coalesce(c.denied, 0) as cause_denied,
  i.status, i.automation, i.action, i.path, i.due, i.clock, i.owner, coalesce(i.amount, 0) as at_stake,
  (select min(d.day) from board_decision d where d.key = e.key and d.lineage = e.lineage
    and d.decision in ('approved', 'overridden')
    and d.path in ('redetermination', 'reconsideration', 'provider_dispute')
    and not exists (select 1 from board_decision r where r.key = d.key and r.lineage = d.lineage
      and r.proposal = d.proposal and r.decision = 'reopened' and r.place > d.place)) as appealed,
  case
    when e.state in ('denied_full', 'denied_partial') then
      case
        when i.status = 'taken' and i.path = 'write_off' then 'written_off'
        when i.status = 'taken' and i.path = 'patient_bill' then 'billed_patient'
        when i.status = 'rejected' then 'given_up'
      end
    when e.state = 'pended' then null
    when e.state = 'reversed' then 'taken_back'
    when e.paid > e.first_paid then 'overturned'
    else 'no_denial'
  end as resolution,
  case
    when e.state in ('denied_full', 'denied_partial') then
      (select max(d.day) from board_decision d where d.key = e.key and d.lineage = e.lineage
        and d.proposal = i.proposal and d.decision in ('approved', 'overridden', 'rejected'))
    else e.day
  end as resolved
from board_episode e
left join board_cause c on c.key = e.key and c.lineage = e.lineage
left join board_item i on i.key = e.key and i.lineage = e.lineage;
"""


CLAIM_CASES: Final = "claim-cases"
WORK_ITEMS: Final = "work-items"
CLASSIFIED: Final = "denial-classified"
DECIDED: Final = "recoding-decided"

TOPICS: Final = (CLAIM_CASES, WORK_ITEMS, CLASSIFIED, DECIDED)


def cents(amount: Decimal) -> int:
    """Dollars as a whole number of cents."""
    return int((amount * 100).to_integral_value())


def changes(record: Record) -> Iterator[Change]:
    """What a record changes in the tables."""
    key, value = record.key, record.value
    if key is None:
        return
    match record.topic:
        case "claim-cases":
            yield Change("delete from board_step where key = ?", (key,))
            yield Change("delete from board_episode where key = ?", (key,))
            case = decode_state(record, ClaimCase)
            for episode in episodes(key, case) if case is not None else ():
                yield from _episode(key, episode)
        case "work-items":
            yield Change("delete from board_item where key = ?", (key,))
            for item in item_standings(value) if value is not None else ():
                yield _item(key, item)
        case "denial-classified" if value is not None:
            denial = _Classified.parse(value)
            yield Change(
                "insert into board_cause values (?, ?, ?, ?, ?) on conflict do update set revision = excluded.revision,"
                " cause = excluded.cause, denied = excluded.denied where excluded.revision >= revision",
                (key, denial.lineage, denial.revision, denial.primary_cause, cents(denial.denied_amount)),
            )
        case "recoding-decided" if value is not None:
            yield _decision(record.headers.get("ce_id", ""), key, _Decided.parse(value), record.offset)
        case _:
            pass


# What the rows need of each event and no more: `parse` passes over the rest.


class _Classified(Shape):
    lineage: str
    revision: int
    primary_cause: str
    denied_amount: Money


class _Proposal(Shape):
    path: Path


class _Decided(Shape):
    lineage: str
    proposal_id: str
    decision: Decision
    at: date | None
    proposal: _Proposal | None = None


def _episode(key: str, e: Episode) -> Iterator[Change]:
    values: tuple[Cell, ...] = (
        key,
        e.lineage,
        e.claim_number,
        e.payer or "",
        e.payer_name or "",
        e.place or "",
        _day(e.first_day),
        e.first_state.value,
        int(e.denied_first),
        cents(e.charge),
        cents(e.first_paid),
        cents(e.first_denied),
        e.lines,
        e.denied_lines,
        e.state.value,
        _day(e.day),
        cents(e.paid),
        cents(e.denied),
        cents(e.recovered) if e.denied_first else 0,
        _day(e.sent),
        _day(e.delivered),
    )
    yield Change(f"insert into board_episode values ({', '.join('?' * len(values))})", values)
    if e.denied_first:
        for number, step in enumerate(e.steps):
            yield Change(
                "insert into board_step values (?, ?, ?, ?, ?)",
                (key, e.lineage, number, _day(step.day), cents(step.paid)),
            )


def _item(key: str, item: ItemStanding) -> Change:
    return Change(
        f"insert into board_item values ({', '.join('?' * 11)})",
        (
            key,
            item.lineage,
            item.status,
            item.proposal_id,
            item.action.value,
            item.path.value,
            item.automation.value,
            cents(item.amount),
            _day(item.due),
            item.clock,
            item.owner,
        ),
    )


def _decision(id_: str, key: str, decided: _Decided, place: int) -> Change:
    """`place`: on the partition, which is that of all decisions of the key."""
    path = decided.proposal.path.value if decided.proposal is not None else None
    return Change(
        "insert or ignore into board_decision values (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            id_,
            key,
            decided.lineage,
            decided.proposal_id,
            decided.decision.value,
            path,
            _day(decided.at),
            place,
        ),
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None

"""The worklist's rows: one for each proposal and for each thing that waits without one, from `work-items`.

What depends on the day (days left, priority) is kept beside the day that it was counted for, and counted anew when
one is opened. The patient stands in no row. Dollars are cents; a day that is not known is FAR, so that it sorts last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.codes import Action, Automation, ClaimState, LineState, Path, Recoverability
from schemas.recoding import RecodingProposed
from schemas.records.work_item import HELD, OPEN, REJECTED, Attention, LineageItem, WorkItem
from services.console.read_model.change import Cell, Change
from services.console.references import reference
from services.core.worklist import CHANCES, ItemStanding, item_standings, priority, work_rows
from services.runtime.log import Record
from services.runtime.records import decode_state

FAR: Final = "9999-12-31"

PROPOSAL: Final = "proposal"
"""What kind of thing waits; else the word of what waits without a proposal."""

_DENIED: Final = (ClaimState.DENIED_FULL.value, ClaimState.DENIED_PARTIAL.value)
_DENIED_LINES: Final = (LineState.DENIED_FULL, LineState.DENIED_PARTIAL)

COLUMNS: Final = {
    "id": "text primary key",
    "ref": "text not null",
    "key": "text not null",
    "lineage": "text not null",
    "proposal": "text not null",
    "revision": "integer not null",
    "kind": "text not null",
    "status": "text not null",
    "waits": "integer not null",
    "claim_number": "text not null",
    "payer": "text not null",
    "payer_name": "text not null",
    "cause": "text not null",
    "codes": "text not null",
    "served": "text not null",
    "provider": "text not null",
    "transaction_set": "text not null",
    "lines_denied": "integer not null",
    "lines": "integer not null",
    "amount": "integer not null",
    "chance": "integer not null",
    "action": "text not null",
    "path": "text not null",
    "automation": "text not null",
    "proof": "text not null",
    "proof_state": "text not null",
    "needs": "text not null",
    "vetoes": "text not null",
    "rule": "text not null",
    "rule_version": "text not null",
    "rule_family": "text not null",
    "clock": "text not null",
    "due": "text not null",
    "other_clock": "text not null",
    "other_due": "text not null",
    "owner": "text not null",
    "held_until": "text",
    "held_reason": "text not null",
    "returned": "text not null",
    "first_approval": "text not null",
    "attempts": "integer not null",
    "first_day": "text not null",
    "file": "text not null",
    "counted": "text",
    "days_left": "integer",
    "priority": "integer not null",
}
"""`counted` is the day for which days_left and priority hold."""

STORED: Final = tuple(name for name in COLUMNS if name not in ("counted", "days_left", "priority"))

TABLES: Final = f"""
create table work ({", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())}) without rowid;
create index work_priority on work (waits, priority desc, id);
create index work_amount on work (waits, amount desc, id);
create index work_due on work (waits, due, id);
create index work_payer on work (waits, payer, id);
create index work_claim on work (waits, claim_number, id);
create index work_cause on work (waits, cause, id);
create index work_owner on work (waits, owner, id);
create index work_age on work (waits, first_day, id);
create index work_place on work (key, lineage);
create table work_code (
  kind text not null, code text not null, id text not null, waits integer not null,
  primary key (kind, code, id)) without rowid;
create index work_code_id on work_code (id);
"""

TOPICS: Final = ("work-items", "control")

_TODAY: Final = "(select max(day) from opened_day)"
_DAYS_LEFT: Final = (
    f"case when due = '{FAR}' then null else cast(julianday(due) - julianday({_TODAY}) as integer) end"
)

INSERT: Final = f"insert into work ({', '.join(STORED)}, priority) values ({', '.join('?' * len(STORED))}, 0)"

COUNT: Final = (
    f"update work set counted = {_TODAY}, days_left = {_DAYS_LEFT},"
    f" priority = work_priority(amount, chance, {_DAYS_LEFT}) where "
)


def rank(amount: int, chance: int, days_left: int | None) -> int:
    """The priority in cents a day, as the worklist of the command line has it. For SQLite: `work_priority`."""
    return cents(priority(Decimal(amount) / 100, Decimal(chance) / 100, days_left))


def cents(amount: Decimal) -> int:
    """Dollars as a whole number of cents."""
    return int((amount * 100).to_integral_value())


def changes(record: Record) -> Iterator[Change]:
    """The rows of a claim key, all anew; or, where a day was opened, what depends on it."""
    if record.topic == "control":
        if record.headers.get("ce_type", "").startswith("day-opened"):
            yield Change(f"{COUNT}counted is not {_TODAY}", ())
        return
    key = record.key
    if key is None:
        return
    yield Change("delete from work_code where id in (select id from work where key = ?)", (key,))
    yield Change("delete from work where key = ?", (key,))
    item = decode_state(record, WorkItem)
    if item is None or record.value is None:
        return
    waiting = {(row.lineage, row.proposal_id) for row in work_rows({key: record.value}, None)}
    standings = {standing.lineage: standing for standing in item_standings(record.value)}
    for lineage in item.lineages:
        if lineage.proposal is not None:
            at = (lineage.lineage, lineage.proposal.proposal_id)
            yield from _proposed(
                key, lineage, lineage.proposal, standings[lineage.lineage], waits=at in waiting
            )
        for one in lineage.attention:
            yield from _attended(key, lineage, one, waits=(lineage.lineage, one.id) in waiting)
    yield Change(f"{COUNT}key = ?", (key,))


def _row(
    key: str, lineage: str, item: str, values: dict[str, Cell], codes: set[tuple[str, str]]
) -> Iterator[Change]:
    ref = reference(key, lineage)
    id_ = f"{ref}.{item}"
    known: dict[str, Cell] = {
        "id": id_,
        "ref": ref,
        "key": key,
        "lineage": lineage,
        "proposal": item,
        **values,
    }
    yield Change(INSERT, tuple(known[name] for name in STORED))
    for kind, code in sorted(codes):
        yield Change("insert into work_code values (?, ?, ?, ?)", (kind, code, id_, values["waits"]))


def _proposed(
    key: str, item: LineageItem, proposal: RecodingProposed, standing: ItemStanding, *, waits: bool
) -> Iterator[Change]:
    denial = item.denial
    claim = denial.claim if denial is not None else None
    adjudication = denial.adjudication if denial is not None else None
    causes = denial.causes if denial is not None else ()
    adjustments = [a for cause in causes for a in cause.adjustments]
    remarks = [r for cause in causes for r in cause.remarks]
    lines = adjudication.lines if adjudication is not None else ()
    denied = [line for line in lines if line.state in _DENIED_LINES]
    provider = (
        claim.billing_npi
        if claim is not None
        else adjudication.payee.npi
        if adjudication is not None
        else None
    )
    needs = sorted({need for c in proposal.candidates for need in c.needs} | set(proposal.missing))
    vetoes = [f"{g.id}:{g.reason}" for g in proposal.guards if g.result == "veto"]
    served = (claim.service_from if claim is not None else None) or (
        adjudication.service_from if adjudication else None
    )
    others = (d for d in proposal.deadlines if d.clock != standing.clock)
    other = min(others, key=lambda d: (d.due, d.clock), default=None)
    leading = (c.recoverability for c in causes if c.cause == proposal.primary_cause)
    recoverable = next(leading, Recoverability.HARD)
    values: dict[str, Cell] = {
        "revision": proposal.revision,
        "kind": PROPOSAL,
        "status": item.status,
        "waits": int(waits),
        "claim_number": proposal.claim_number,
        "payer": proposal.payer.id or "",
        "payer_name": proposal.payer.name or "",
        "cause": proposal.primary_cause,
        "codes": json.dumps(
            list(
                dict.fromkeys(
                    [
                        *(a.reason for a in adjustments),
                        *(r.code for r in remarks),
                        *(status for cause in causes for status in cause.statuses),
                    ]
                )
            )
        ),
        "served": _day(served),
        "provider": provider or "",
        "transaction_set": claim.transaction if claim is not None else "",
        "lines_denied": len(denied),
        "lines": len(lines) or (len(claim.lines) if claim is not None else 0),
        "amount": cents(proposal.amount_at_stake),
        "chance": int(CHANCES[recoverable] * 100),
        "action": proposal.action.value,
        "path": proposal.path.value,
        "automation": proposal.automation.value,
        "proof": proposal.proof,
        "proof_state": "vetoed" if vetoes else "needs" if needs else "complete",
        "needs": json.dumps(needs),
        "vetoes": json.dumps(vetoes),
        "rule": proposal.rule.id,
        "rule_version": proposal.rule.version,
        "rule_family": proposal.rule_family,
        "clock": standing.clock or "",
        "due": _day(standing.due),
        "other_clock": other.clock if other is not None else "",
        "other_due": _day(other.due if other is not None else None),
        "owner": item.owner or "",
        "held_until": item.held_until.isoformat() if item.held_until is not None else None,
        "held_reason": item.held_reason or "",
        "returned": item.returned or "",
        "first_approval": item.first_approval.by if item.first_approval is not None else "",
        "attempts": len(denial.attempts) if denial is not None else 0,
        "first_day": _day(_first_day(item)),
        "file": adjudication.position.file if adjudication is not None else "",
    }
    codes = {("carc", a.reason) for a in adjustments} | {("group", a.group) for a in adjustments}
    codes |= {("rarc", r.code) for r in remarks}
    codes |= {("procedure", line.procedure[:1]) for line in denied or lines if line.procedure}
    yield from _row(key, item.lineage, proposal.proposal_id, values, codes)


def _attended(key: str, item: LineageItem, one: Attention, *, waits: bool) -> Iterator[Change]:
    codes = one.reason.split(",")
    values: dict[str, Cell] = dict.fromkeys(STORED, "")
    values |= {
        "revision": item.revision,
        "kind": one.kind,
        "status": REJECTED if one.ended else HELD if one.held_until is not None else OPEN,
        "waits": int(waits),
        "claim_number": one.claim_number,
        "payer": (one.payer.id if one.payer is not None else None) or "",
        "payer_name": (one.payer.name if one.payer is not None else None) or "",
        "cause": one.kind,
        "codes": json.dumps(codes),
        "served": FAR,
        "lines_denied": 0,
        "lines": 0,
        "amount": cents(one.amount) if one.amount is not None else 0,
        "chance": int(CHANCES[Recoverability.HARD] * 100),
        "action": Action.NONE.value,
        "path": Path.NONE.value,
        "automation": Automation.A1.value,
        "proof_state": "complete",
        "needs": "[]",
        "vetoes": "[]",
        "due": FAR,
        "other_due": FAR,
        "owner": item.owner or "",
        "held_until": one.held_until.isoformat() if one.held_until is not None else None,
        "held_reason": one.held_reason or "",
        "attempts": 0,
        "first_day": _day(one.since),
    }
    for name in ("id", "ref", "key", "lineage", "proposal"):
        del values[name]
    yield from _row(key, item.lineage, one.id, values, {("carc", code) for code in codes})


def _first_day(item: LineageItem) -> date | None:
    """When the payer first denied it: by its history, else by the remittance at hand."""
    if item.denial is None:
        return None
    denied = [
        entry.date for entry in item.denial.history if entry.summary in _DENIED and entry.date is not None
    ]
    remittance = item.denial.adjudication.remittance
    return min(denied, default=remittance.payment_date or remittance.production_date)


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else FAR

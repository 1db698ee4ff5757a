"""What Reclaim says, against what the payer's books say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.payer.simulation import Simulation


@dataclass
class Witness:
    summary: dict[str, Any] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


def compare(simulation: Simulation) -> Witness:
    """Every claim's final state and money, every send, every acknowledgment and remittance."""
    witness = Witness()
    desk, books = simulation.desk, simulation.payer.books
    witness.differences += books.faults
    final: dict[str, dict[str, dict[str, Any]]] = {}
    for event in (*desk.events("case-changed"), *desk.events("denial-classified")):
        known = final.setdefault(event["claim_number"], {}).get(event["lineage"])
        rank = (event["revision"], "denied_amount" in event)
        if known is None or rank >= (known["revision"], "denied_amount" in known):
            final[event["claim_number"]][event["lineage"]] = event
    states: Counter[str] = Counter()
    for number in simulation.claims:
        account = books.account(number)
        states[account.state] += 1
        alive = [e for e in final.get(number, {}).values() if e["facts"]]
        if len(alive) > 1:
            witness.differences.append(f"{number}: {len(alive)} lineages")
            continue
        said = alive[0] if alive else None
        state = said["claim_state"] if said else None
        expected = None if account.state in ("unanswered", "rejected") else account.state
        if state != expected:
            witness.differences.append(f"{number}: {state} here, {account.state} in the books")
        paid = _paid(said)
        if paid != account.paid:
            witness.differences.append(f"{number}: {paid} paid here, {account.paid} in the books")
    for number in final.keys() - simulation.claims.keys():
        if any(e["facts"] for e in final[number].values()):
            witness.differences.append(f"{number}: no claim of the clinic")
    status = desk.status()
    witness.summary = {
        "claims": simulation.count,
        "days": (simulation.day - simulation.claims[min(simulation.claims)].served).days,
        "runs": desk.runs,
        "killed": desk.killed,
        "decisions": simulation.decisions,
        "files": dict(simulation.payer.sent),
        "strays": simulation.payer.strays,
        "states": dict(sorted(states.items())),
        "outcomes": dict(Counter(o for a in books.accounts.values() for o in a.outcomes)),
        "resubmissions": status["resubmissions"],
        "intake": status["intake"],
        "waiting": status["waiting"],
        "dead_letters": status["dead_letters"],
    }
    return witness


def _paid(said: dict[str, Any] | None) -> Decimal:
    if said is None:
        return Decimal(0)
    if "adjudication" in said:
        return Decimal(said["adjudication"]["paid"])
    return Decimal(said.get("paid") or 0)

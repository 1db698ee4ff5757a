"""What Reclaim says, against what the payer's books say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from tests.payer.simulation import Simulation

OUTCOMES: Final = {
    "pay": "paid",
    "pend_then_pay": "paid",
    "pay_part": "paid_in_part",
    "pay_no_more": "denied_again",
    "deny_same": "denied_again",
    "deny_other": "denied_again",
    "duplicate": "denied_again",
    "rejected": "rejected",
    "silence": None,
}
"""What the payer did with a claim that came back -> what Reclaim must say came of it."""


@dataclass
class Witness:
    summary: dict[str, Any] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


def compare(simulation: Simulation) -> Witness:
    """Every claim's final state and money, every send, every acknowledgment and remittance."""
    desk, books = simulation.desk, simulation.payer.books
    status = desk.document("status", "--json")
    final = _final(simulation)
    accepted = _accepted(simulation)
    found = [*books.faults]
    for number in simulation.claims:
        found += _of_claim(simulation, number, final.get(number, {}))
    found += [f"{n}: no claim of the clinic" for n in final.keys() - simulation.claims.keys() if final[n]]
    found += _sent_once(simulation)
    found += _accounted(simulation, status)
    found += _tied(simulation, status, accepted)
    found += _outcomes(simulation)
    accounts = books.accounts.values()
    summary = {
        "claims": simulation.count,
        "days": (simulation.day - simulation.first_day).days,
        "runs": desk.runs,
        "killed": desk.killed,
        "files from the payer": dict(simulation.payer.sent),
        "strays": simulation.payer.strays,
        "decisions of people": simulation.decisions,
        "given up": dict(simulation.given_up),
        "final states": dict(sorted(Counter(a.state for a in accounts).items())),
        "answers to what came back": dict(Counter(o for a in accounts for o in a.outcomes)),
        "paid": str(sum((a.paid for a in accounts), Decimal(0))),
        "taken outside": str(sum((a.taken for a in accounts), Decimal(0))),
        "resubmissions": status["resubmissions"],
        "untied": status["untied"],
        "waiting": status["waiting"],
    }
    return Witness(summary, found)


Lineages = dict[str, dict[str, Any]]
"""Lineage -> the last that was said of it."""


def _final(simulation: Simulation) -> dict[str, Lineages]:
    found: dict[str, Lineages] = {}
    for topic in ("case-changed", "denial-classified"):
        for event in simulation.desk.events(topic):
            lineages = found.setdefault(event["claim_number"], {})
            known = lineages.get(event["lineage"])
            # A denial is said after the change of the same revision.
            if known is None or event["revision"] >= known["revision"]:
                lineages[event["lineage"]] = event
    return {n: {k: e for k, e in said.items() if e["facts"]} for n, said in found.items()}


def _of_claim(simulation: Simulation, number: str, lineages: Lineages) -> Iterator[str]:
    account = simulation.payer.books.account(number)
    if len(lineages) > 1:
        yield f"{number}: {len(lineages)} lineages"
    said = next(iter(lineages.values()), None)
    expected = None if account.state in ("unanswered", "rejected") else account.state
    state = said["claim_state"] if said is not None else None
    if state != expected:
        yield f"{number}: {state} here, {account.state} in the books"
    paid = _paid(said)
    if paid != account.paid:
        yield f"{number}: {paid} paid here, {account.paid} in the books"
    taken = sum((Decimal(r["amount"]) for r in said["recoupments"]), Decimal(0)) if said else Decimal(0)
    if taken != account.taken:
        yield f"{number}: {taken} taken here, {account.taken} in the books"
    attempts = said["attempts"] if said is not None else []
    came = [OUTCOMES[outcome] for outcome in account.outcomes]
    if account.reversed and came and state == "reversed" and came[-1] != "rejected":
        came[-1] = "reversed"
    # What was sent since is said with the next that comes.
    here = [a["outcome"] for a in attempts if a["outcome"] is not None]
    if here != [outcome for outcome in came if outcome is not None]:
        yield f"{number}: {here} here, {came} in the books"


def _paid(said: dict[str, Any] | None) -> Decimal:
    if said is None:
        return Decimal(0)
    return Decimal(said["adjudication"]["paid"] if "adjudication" in said else said["paid"] or 0)


def _sent_once(simulation: Simulation) -> Iterator[str]:
    """Each resubmission reached the payer exactly once."""
    # What a correction overtook before it was in a file was taken back: it never left.
    taken_back = {
        event["resubmission_id"]
        for event in simulation.desk.events("resubmission-refused")
        if event["reason"] == "withdrawn"
    }
    sent = Counter(
        event["claim_number"]
        for event in simulation.desk.events("claim-resubmitted")
        if event["resubmission_id"] not in taken_back
    )
    came = {a.number: len(a.outcomes) for a in simulation.payer.books.accounts.values()}
    for number in sent.keys() | came.keys():
        if sent[number] != came.get(number, 0):
            yield f"{number}: sent {sent[number]} times, received {came.get(number, 0)} times"


def _accounted(simulation: Simulation, status: dict[str, Any]) -> Iterator[str]:
    """Nothing of a file is lost, nothing is set aside, nothing is left half done."""
    intake = status["intake"]
    wrong = (
        intake["claims_in"] != intake["claims_published"] or intake["segments_in"] != intake["segments_kept"]
    )
    if wrong or intake["unreadable_files"] or intake["files_in_progress"]:
        yield f"intake: {intake}"
    if status["dead_letters"] or status["waiting"]["undelivered"] or status["waiting"]["machine"]:
        yield f"left over: {status['dead_letters']} letters, {status['waiting']}"


def _accepted(simulation: Simulation) -> set[tuple[str, str]]:
    """Kind and claim number of every acknowledgment that was tied to a claim."""
    return {(e["kind"], e["claim_number"]) for e in simulation.desk.events("claim-acknowledged")}


def _tied(simulation: Simulation, status: dict[str, Any], accepted: set[tuple[str, str]]) -> Iterator[str]:
    """Every acknowledgment has its claim; those of nobody are told, and no other."""
    payer = simulation.payer
    for kind, number in sorted(payer.acknowledged):
        if (kind, number) not in accepted:
            yield f"{number}: its {kind} is not tied"
    untied = Counter({(one["kind"]): one["count"] for one in status["untied"]})
    expected = Counter({"999": payer.strays, "277ca": payer.strays})
    if untied != +expected:
        yield f"untied: {dict(untied)} here, {dict(expected)} were strays"
    said = status["resubmissions"]["acknowledged"]
    count = sum(a.accepted_again for a in payer.books.accounts.values())
    if said != count:
        yield f"{said} resubmissions acknowledged here, {count} by the payer"


def _outcomes(simulation: Simulation) -> Iterator[str]:
    """`reclaim outcomes` counts what the payer did."""
    rows = simulation.desk.document("outcomes", "--json")["rows"]
    books = Counter(
        OUTCOMES[o] or "pending" for a in simulation.payer.books.accounts.values() for o in a.outcomes
    )
    tried = sum(row["tried"] for row in rows)
    if tried != books.total():
        yield f"outcomes: {tried} tried here, {books.total()} received"
    here = Counter({w: sum(row[w] for row in rows) for w in ("rejected", "pending", "paid_in_part")})
    for word in here:
        reversed_ = sum(row["reversed"] for row in rows)
        if here[word] != books[word] and not (
            word == "paid_in_part" and here[word] + reversed_ >= books[word]
        ):
            yield f"outcomes: {here[word]} {word} here, {books[word]} in the books"

"""What the dashboards must say, counted in plain Python over the topics: a witness of its own.

It reads the records of the log as JSON and knows neither the read model nor the core. A claim with one payer is told by
the claim key, the payer's id and the charge, which is enough for the claims of these tests.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from services.runtime.log import Log

ZERO: Final = Decimal("0.00")
DENIED: Final = ("denied_full", "denied_partial")
APPEALS: Final = ("redetermination", "reconsideration", "provider_dispute")


def read(log: Log, topic: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Key, event id and JSON of every record with a value."""
    for record in log.read(topic):
        if record.key is not None and record.value is not None:
            yield record.key, record.headers.get("ce_id", ""), json.loads(record.value)


def latest(log: Log, topic: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for record in log.read(topic):
        if record.key is not None:
            found.pop(record.key, None)
            if record.value is not None:
                found[record.key] = json.loads(record.value)
    return found


@dataclass
class Claim:
    """One claim with one payer."""

    payer: str
    said: list[dict[str, Any]] = field(default_factory=list)
    lineage: str = ""
    cause: str | None = None
    cause_amount: Decimal = ZERO
    item: dict[str, Any] | None = None
    decisions: list[dict[str, Any]] = field(default_factory=list)
    delivered: str | None = None
    first: dict[str, Any] = field(default_factory=dict)
    current: dict[str, Any] | None = None
    last_day: str | None = None
    state: str = ""
    steps: list[tuple[str | None, Decimal]] = field(default_factory=list)

    @property
    def denied_first(self) -> bool:
        return bool(self.first["claim_state"] in DENIED)

    @property
    def first_denied(self) -> Decimal:
        return Decimal(self.first["denied_amount"]) if self.denied_first else ZERO

    @property
    def paid(self) -> Decimal:
        return Decimal(self.current["paid"]) if self.current else ZERO

    @property
    def recovered(self) -> Decimal:
        return max(ZERO, self.paid - Decimal(self.first["paid"])) if self.denied_first else ZERO

    @property
    def denied_now(self) -> Decimal:
        return Decimal(self.current["denied_amount"]) if self.current and self.state in DENIED else ZERO

    @property
    def resolution(self) -> str | None:
        if self.state in DENIED:
            status = self.item["status"] if self.item else ""
            path = self.item["proposal"]["path"] if self.item else ""
            by_hand = {"write_off": "written_off", "patient_bill": "billed_patient"}
            return "given_up" if status == "rejected" else by_hand.get(path) if status == "taken" else None
        if self.state == "pended":
            return None
        if self.state == "reversed":
            return "taken_back"
        return "overturned" if self.paid > Decimal(self.first["paid"]) else "no_denial"

    @property
    def resolved(self) -> str | None:
        if self.state not in DENIED:
            return self.last_day
        assert self.item is not None
        own = [d for d in self.decisions if d["proposal_id"] == self.item["proposal"]["proposal_id"]]
        ended = [d["at"] for d in own if d["decision"] in ("approved", "overridden", "rejected")]
        return max(ended, default=None)

    @property
    def appealed(self) -> str | None:
        standing: dict[str, list[str]] = defaultdict(list)
        for decided in self.decisions:
            if decided["decision"] == "reopened":
                standing.pop(decided["proposal_id"], None)
            elif (decided.get("proposal") or {}).get("path") in APPEALS and decided["at"]:
                standing[decided["proposal_id"]].append(decided["at"])
        return min((day for days in standing.values() for day in days), default=None)

    @property
    def undecided(self) -> bool:
        return (
            self.item is not None
            and self.item["status"] in ("open", "held", "waiting")
            and self.item["proposal"]["automation"] != "A0"
        )

    @property
    def clock(self) -> tuple[str, str] | None:
        """The day and name of the first of the clocks that run against the proposal."""
        assert self.item is not None
        running = [d for d in self.item["proposal"]["deadlines"] if d["binds"]]
        return min(((d["due"], d["clock"]) for d in running), default=None)


def day_of(said: dict[str, Any]) -> str | None:
    remittance = said["remittance"]
    day: str | None = remittance["payment_date"] or remittance["production_date"]
    return day


def counted(log: Log) -> list[Claim]:
    """Every claim that a payer has decided."""
    claims: dict[tuple[str, str, Decimal], Claim] = {}
    seen: set[tuple[Any, ...]] = set()
    for topic in ("claim-denied", "claim-adjudicated"):
        for key, _, said in read(log, topic):
            codes = sorted(
                (a["line"] or 0, a["group"], a["reason"], a["amount"]) for a in said["adjustments"]
            )
            once = (
                *(key, said["remittance"]["trace_number"], said["payer_control_number"], said["status_code"]),
                *(said["charge"], said["paid"], str(codes)),
            )
            if once not in seen:
                seen.add(once)
                payer = said["payer"]["id"] or ""
                place = (key, payer, abs(Decimal(said["charge"])))
                claims.setdefault(place, Claim(payer)).said.append(said)
    lineages: dict[tuple[str, str], dict[str, Any]] = {}
    causes: dict[tuple[str, str], dict[str, Any]] = {}
    for topic in ("case-changed", "denial-classified"):
        for key, _, told in read(log, topic):
            known = lineages.get((key, told["lineage"]))
            if known is None or told["revision"] >= known["revision"]:
                lineages[key, told["lineage"]] = told
            if topic == "denial-classified":
                causes[key, told["lineage"]] = told
    decisions: dict[tuple[str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    for key, id_, decided in read(log, "recoding-decided"):
        decisions[key, decided["lineage"]][id_] = decided
    items = {
        (key, item["lineage"]): item
        for key, work in latest(log, "work-items").items()
        for item in work["lineages"]
        if item["proposal"]
    }
    deliveries: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, _, delivered in read(log, "claim-delivered"):
        deliveries[key, delivered["lineage"]].append(delivered["at"])
    for (key, payer, _), claim in claims.items():
        own = [name for (k, name), told in lineages.items() if k == key and _payer(told) == payer]
        assert len(own) == 1 or len([c for c in claims if c[0] == key and c[1] == payer]) == len(own)
        claim.lineage = own[0] if len(own) == 1 else _by_charge(own, key, causes, claim)
        place = (key, claim.lineage)
        claim.item = items.get(place)
        claim.decisions = list(decisions[place].values())
        claim.delivered = min(deliveries[place], default=None)
        if place in causes:
            claim.cause = causes[place]["primary_cause"]
            claim.cause_amount = Decimal(causes[place]["denied_amount"])
        _follow(claim)
    return [claim for claim in claims.values() if claim.first]


def _payer(told: dict[str, Any]) -> str | None:
    return (told["payer"] or {}).get("id") or ""


def _by_charge(own: list[str], key: str, causes: dict[tuple[str, str], dict[str, Any]], claim: Claim) -> str:
    charges = {Decimal(said["charge"]) for said in claim.said}
    return next(
        (
            n
            for n in own
            if (key, n) in causes and Decimal(causes[key, n]["adjudication"]["charge"]) in charges
        ),
        "unknown",
    )


def _follow(claim: Claim) -> None:
    """What was in force, day after day: within a day what is taken back, its reversal, the correction."""

    def rank(said: dict[str, Any]) -> int:
        if said["claim_state"] == "reversed":
            return 1
        same_day = [s for s in claim.said if day_of(s) == day_of(said) and s["claim_state"] == "reversed"]
        back = any(
            Decimal(s["paid"]) == -Decimal(said["paid"]) and s["remittance"] != said["remittance"]
            for s in same_day
        )
        return 0 if back else 2

    for said in sorted(claim.said, key=lambda s: (day_of(s) or "", rank(s))):
        state = said["claim_state"]
        if state == "predetermination":
            continue
        if state == "reversed":
            claim.current, claim.state = None, state
        elif not (claim.current and _repeated(said)):
            claim.current, claim.state = said, state
            if not claim.first and state != "pended":
                claim.first = said
        claim.last_day = day_of(claim.current or said)
        if claim.first:
            claim.steps.append((day_of(said), claim.paid))


def _repeated(said: dict[str, Any]) -> bool:
    """Denied only because the payer has the claim already."""
    again = sum((Decimal(a["amount"]) for a in said["adjustments"] if a["reason"] in ("18", "B13")), ZERO)
    return bool(said["claim_state"] == "denied_full" and again == Decimal(said["denied_amount"]))


def days(begin: str | None, end: str | None) -> int | None:
    if begin is None or end is None:
        return None
    return (date.fromisoformat(end) - date.fromisoformat(begin)).days

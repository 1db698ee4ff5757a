"""Clinic, payer and Reclaim, day after day, until nobody has anything more to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.payer import clinic
from tests.payer.desk import Desk
from tests.payer.payer import Arrival, Payer
from tests.payer.rules import Rules

FIRST_DAY: Final = date(2026, 3, 2)
PERSON: Final = "biller"


@dataclass
class Simulation:
    """`step`: days from one look of Reclaim to the next. `kills`: how many of its runs are killed."""

    home: Path
    count: int
    rules: Rules = field(default_factory=Rules)
    environment: Mapping[str, str] = field(default_factory=dict)
    step: int = 4
    kills: int = 0
    batch: int = 100
    """claims in one file of the clinic"""
    patience: int = 500
    """how many decisions people make; what is left waits for them"""

    def __post_init__(self) -> None:
        self.claims = {c.number: c for c in clinic.claims(self.rules.seed, self.count, FIRST_DAY)}
        self.payer = Payer(self.rules, self.claims)
        self.desk = Desk(self.home, self.environment, Random(self.rules.seed), self.kills)
        self.day = self.first_day = FIRST_DAY
        self.decisions = 0
        self.given_up: Counter[str] = Counter()
        self._fetched: set[Path] = set()
        self._cut: list[Arrival] = []
        self._sent = 0
        self._decided: set[str] = set()

    def run(self) -> None:
        """To the end: every file has come, every answer is read, every person's decision is carried out."""
        try:
            self._days()
        finally:
            self.desk.leave()

    def _days(self) -> None:
        self._prepare()
        self._submit(list(self.claims.values()))
        quiet = 0
        while quiet < 2:
            moved = self._deliver_mail()
            self.desk.run(self.day)
            moved += self._decide()
            moved += self._fetch()
            self.payer.close_day(self.day)
            moved += self._send_again()
            quiet = quiet + 1 if self.payer.idle and not moved and not self._cut else 0
            self.day += timedelta(days=self.step)

    def _prepare(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        files = {
            "authorizations": ("authorizations.csv", clinic.authorizations(self.claims.values())),
            "trading_partners": ("partners.csv", clinic.partners()),
        }
        for name, text in files.values():
            (self.home / name).write_text(text)
        profiles = []
        for plan in clinic.PLANS:
            path = self.home / f"{plan.id}.yaml"
            path.write_text(clinic.profile(plan))
            profiles.append(str(path))
        for kind, (name, _) in files.items():
            self.desk.reclaim("load", kind, self.home / name)
        self.desk.reclaim("load", "payer_profiles", *profiles)

    def _submit(self, claims: list[clinic.Claim]) -> None:
        """The clinic's own files: to the payer, and a copy into the inbox."""
        for plan in clinic.PLANS:
            own = [c for c in claims if c.plan is plan]
            for start in range(0, len(own), self.batch):
                self._sent += 1
                data = clinic.submission(own[start : start + self.batch], self.day, 700_000 + self._sent)
                self.desk.put(f"clinic-{self._sent:04}.837", data)
                self.payer.take(data, self.day, ours=False)

    def _deliver_mail(self) -> int:
        """What has come from the payer. A file that was cut off before is whole now."""
        for whole in self._cut:
            self.desk.put(whole.name, whole.data)
        moved = len(self._cut)
        self._cut = []
        for arrival in self.payer.arrivals(self.day):
            if arrival.cut is None:
                self.desk.put(arrival.name, arrival.data)
            else:
                self.desk.put(arrival.name, arrival.data[: arrival.cut], whole=False)
                self._cut.append(arrival)
            moved += 1
        return moved

    def _fetch(self) -> int:
        """The payer takes what lies in the outbox. It leaves the files there."""
        new = [path for path in self.desk.outgoing() if path not in self._fetched]
        for path in new:
            self._fetched.add(path)
            self.payer.take(path.read_bytes(), self.day, ours=True)
        return len(new)

    def _decide(self) -> int:
        """A person approves each authorization that was found, and gives up what was denied once more."""
        rows = [
            row
            for row in self.desk.document("status", "--json", "--waiting")["worklist"]
            if row["proposal_id"] not in self._decided
        ][: self.patience - self.decisions]
        if not rows:
            return 0
        with self.desk.watching(self.day):
            for row in rows:
                self._decided.add(row["proposal_id"])
                wish, reason = (
                    ("approve", "documented") if self._worth_it(row) else ("reject", "not_worth_it")
                )
                claim, proposal = row["claim_number"], row["proposal_id"]
                self.desk.reclaim(
                    *("decide", claim, wish, "--reason", reason, "--by", PERSON, "--proposal", proposal)
                )
                if wish == "reject":
                    self.given_up[row["cause"]] += 1
        self.decisions += len(rows)
        return len(rows)

    def _worth_it(self, row: Mapping[str, Any]) -> bool:
        """A claim that the payer has turned away, or never paid for want of the number, goes once more."""
        outcomes = self.payer.books.account(row["claim_number"]).outcomes
        tried = [outcome for outcome in outcomes if outcome != "rejected"]
        return bool(row["cause"] == "auth" and row["action"] == "corrected_claim" and not tried)

    def _send_again(self) -> int:
        """The clinic sees to first claims that were turned away: most go again, as originals."""
        turned_away, self.payer.turned_away = self.payer.turned_away, []
        again = [
            claim
            for claim, day in turned_away
            if self.rules.happens(self.rules.resend_rejected, "resend", claim.number, day)
        ]
        self._submit(again)
        return len(again)

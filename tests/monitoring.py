"""Events of a claim as the monitor reads them: narrow payloads under real headers, in a log in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.monitor.fold import Fold

START = int(datetime(2026, 5, 4, 9, tzinfo=UTC).timestamp() * 1000)
"""A Monday."""

MINUTE = 60_000

PAYER = {"id": "P1", "name": None}


@dataclass
class Told:
    """One record of one topic."""

    topic: str
    offset: int
    key: str
    value: dict[str, Any] | None
    """null: a tombstone"""
    at: int
    partition: int = 0
    seen: int | None = None
    day: str = "2026-05-01"
    same_as: int | None = None
    """the offset of which this is the event once more"""
    type: str | None = None
    """of the event; null: the topic's one"""

    def record(self) -> tuple[str, int, int, str, bytes | None, dict[str, str], int]:
        """What a fold is given of it."""
        seen = datetime.fromtimestamp((self.seen if self.seen is not None else self.at) / 1000, UTC)
        headers = {
            "ce_id": f"{self.topic}:{self.partition}:{self.offset if self.same_as is None else self.same_as}",
            "ce_type": f"{self.type or self.topic}.v1",
            "ce_time": f"{self.day}T00:00:00Z",
            "ce_ingestedtime": seen.isoformat(),
        }
        value = json.dumps(self.value).encode() if self.value is not None else None
        return self.topic, self.partition, self.offset, self.key, value, headers, self.at

    def into(self, fold: Fold) -> bool:
        return fold.take(*self.record())


@dataclass
class Story:
    """A log that grows by one record at a time, `at` minutes after START."""

    told: list[Told] = field(default_factory=list)

    def say(
        self,
        topic: str,
        at: float,
        key: str = "main|c",
        *,
        partition: int = 0,
        seen: float | None = None,
        day: str = "2026-05-01",
        type_: str | None = None,
        gone: bool = False,
        **value: Any,
    ) -> Story:
        if "on" in value:
            value["at"] = value.pop("on")
        offset = sum(t.topic == topic and t.partition == partition for t in self.told)
        self.told.append(
            Told(
                topic,
                offset,
                key,
                None if gone else value,
                START + round(at * MINUTE),
                partition,
                None if seen is None else START + round(seen * MINUTE),
                day,
                type=type_,
            )
        )
        return self

    def denied(self, at: float, amount: str = "100.00", payer: dict[str, Any] = PAYER, **more: Any) -> Story:
        return self.say("claim-denied", at, payer=payer, denied_amount=amount, **more)

    def classified(self, at: float, revision: int = 1, answers: str | None = None, **more: Any) -> Story:
        values: dict[str, Any] = {"denied_amount": "100.00", "primary_cause": "auth", "payer": PAYER, **more}
        return self.say("denial-classified", at, lineage="l", revision=revision, answers=answers, **values)

    def changed(self, at: float, revision: int, change: str = "paid", **more: Any) -> Story:
        values: dict[str, Any] = {"answers": None, "open_denial": False, **more}
        return self.say("case-changed", at, lineage="l", revision=revision, change=change, **values)

    def proposed(self, at: float, proposal: str = "p", revision: int = 1, **more: Any) -> Story:
        values: dict[str, Any] = {
            "payer": PAYER,
            "automation": "A2",
            "amount_at_stake": "90.00",
            "answers_withdrawn": None,
            **more,
        }
        return self.say(
            "recoding-proposed", at, lineage="l", revision=revision, proposal_id=proposal, **values
        )

    def decided(
        self,
        at: float,
        decision: str,
        proposal: str = "p",
        path: str = "replacement",
        frequency: str | None = None,
        **more: Any,
    ) -> Story:
        approved = {"payer": PAYER, "path": path, "frequency_code": frequency, "amount_at_stake": "90.00"}
        values: dict[str, Any] = {
            "revision": 1,
            "proposal": approved if decision in ("approved", "overridden") else None,
            **more,
        }
        return self.say(
            "recoding-decided", at, lineage="l", proposal_id=proposal, decision=decision, **values
        )

    def refused(self, at: float, reason: str, *, waits: bool, send: str | None = None, **more: Any) -> Story:
        return self.say(
            "resubmission-refused",
            at,
            lineage="l",
            revision=1,
            proposal_id="p",
            resubmission_id=send,
            reason=reason,
            waits=waits,
            **more,
        )

    def sent(self, at: float, send: str = "r", proposal: str = "p", **more: Any) -> Story:
        return self.say(
            "claim-resubmitted",
            at,
            lineage="l",
            revision=1,
            resubmission_id=send,
            proposal_id=proposal,
            payer=PAYER,
            amount="250.00",
            **more,
        )

    def delivered(self, at: float, send: str = "r", on: str = "2026-05-04", **more: Any) -> Story:
        return self.say(
            "claim-delivered", at, lineage="l", proposal_id="p", resubmission_id=send, on=on, **more
        )

    def accepted(
        self, at: float, received: str = "2026-05-05", *, accepted: bool = True, **more: Any
    ) -> Story:
        return self.say("claim-acknowledged", at, accepted=accepted, received=received, **more)

    def file(self, at: float, status: str, key: str = "file1", **counts: Any) -> Story:
        return self.say("intake-files", at, key, status=status, **counts)

    def held(self, at: float, payer: str = "P1") -> Story:
        return self.say("holds", at, f"payer:{payer}", subject=f"payer:{payer}", by="j", since="2026-05-04")

    def released(self, at: float, payer: str = "P1") -> Story:
        return self.say("holds", at, f"payer:{payer}", gone=True)

    def buried(self, at: float, letter: str = "x1", service: str = "recoder") -> Story:
        return self.say("dead-letters", at, type_="dead-letter", letter=letter, service=service)

    def answered_letter(self, at: float, letter: str = "x1", *, replayed: bool = True) -> Story:
        type_ = "letter-replayed" if replayed else "letter-discarded"
        return self.say("dead-letters", at, type_=type_, letter=letter, service="recoder")

    def fold(self, order: Iterable[Told] | None = None, handled: int = 10_000) -> Fold:
        """All of it, folded; `handled`: how far the classifier has read."""
        fold = Fold()
        fold.handled(0, handled)
        for told in self.told if order is None else order:
            told.into(fold)
        return fold

"""Denials, contexts and a desk for tests of the recoder: the standard situation of the rules' own cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from schemas.calls import ClaimDue, ContextChanged
from schemas.case import CaseChanged, ClassifiedDenial
from schemas.codes import Wish
from schemas.envelope import Event, business_time
from schemas.recoding import CaseFlagged, DecisionRequested, RecodingDecided, RecodingProposed
from schemas.records.work_item import LineageItem, WorkItem
from schemas.shape import Shape
from services.core.codes.tables import Tables
from services.core.processing import Context, Outcome
from services.core.recoding.cases import situation_of
from services.core.recoding.rules import Rule, RuleCase
from services.core.resubmission import profiles
from services.core.resubmission.profiles import Profiles
from services.recoder.processor import handle
from services.runtime.configuration import shipped_documents, shipped_rules

KEY = "t|0123"
TODAY = date(2026, 5, 1)

_PAYER = """
kind: profile
level: payer
name: "99999"
aliases: [EXAMPLE-ALIAS]
inherits: {family}
values:
  automation: {{value: [{families}], source: test, date: 2026-01-01}}
  {more}
"""


@cache
def profiles_with(*families: str, inherits: str = "commercial", more: str = "") -> Profiles:
    """The shipped profiles and one payer, 99999, for which these rule families are switched on. `more` is one
    more value, as YAML."""
    documents = shipped_documents("services.core.resubmission")
    documents["zz.yaml"] = _PAYER.format(families=", ".join(families), family=inherits, more=more)
    return profiles.load_bundle(profiles.bundle(documents), "test")


def rule(rule_id: str) -> Rule:
    """A shipped rule."""
    return next(r for r in shipped_rules().rules if r.id == rule_id)


def case(rule_id: str, name: str) -> RuleCase:
    """A case of a shipped rule by its name."""
    return next(c for c in rule(rule_id).cases if c.name == name)


AUTHORIZED = case("authorization-on-file", "one row fits")
MODIFIER = case("modifier-in-question", "two modifiers that exclude each other")
MEDICAL_NECESSITY = case("to-a-person", "a medical necessity denial")
FORWARDED = case("nothing-to-do", "the payer has forwarded the claim")


def denial_of(of: RuleCase = AUTHORIZED, **changes: Any) -> ClassifiedDenial:
    """The denial of a case."""
    return situation_of(of).denial.model_copy(update=changes)


def tables_of(of: RuleCase = AUTHORIZED) -> Tables:
    return situation_of(of).tables


def context_of(
    *families: str, tables: Tables | None = None, inherits: str = "commercial", today: date | None = TODAY
) -> Context:
    """A context with the shipped rules; `families` are switched on."""
    return Context(
        tenant="t",
        today=today,
        partition=0,
        partitions=8,
        rules=shipped_rules(),
        profiles=profiles_with(*families, inherits=inherits),
        tables=tables if tables is not None else tables_of(),
    )


@dataclass
class Desk:
    """The recoder with its state, event after event."""

    context: Context = field(default_factory=context_of)
    state: WorkItem | None = None
    source: str = "/reclaim/cli"
    said: list[Outcome] = field(default_factory=list)

    def tell(self, data: Shape, event_id: str | None = None, key: str = KEY) -> Sequence[Outcome]:
        """Hand over one event; what it made the recoder say."""
        number = event_id if event_id is not None else f"event-{len(self.said)}-{type(data).__name__}"
        event = Event(number, "test", self.source, business_time(TODAY), key, data)
        self.state, said = handle(self.state, event, self.context)
        self.said += said
        return said

    def deny(
        self, event_id: str = "denial-1", of: RuleCase = AUTHORIZED, **changes: Any
    ) -> Sequence[Outcome]:
        return self.tell(denial_of(of, **changes), event_id)

    def change(self, **changes: Any) -> Sequence[Outcome]:
        """A `case-changed` of the standard lineage."""
        whole = {
            "claim_number": "CASE-1",
            "lineage": "case",
            "revision": 2,
            "answers": None,
            "change": "paid",
            "open_denial": False,
            **changes,
        }
        return self.tell(CaseChanged(**whole))

    def decide(
        self, wish: Wish, reason: str, requested: str = "r1", **changes: Any
    ) -> RecodingDecided | None:
        """A person's request about the current proposal; the recoder's answer, null where it said nothing."""
        proposal = self.item().proposal
        whole = {
            "claim_number": "CASE-1",
            "lineage": "case",
            "proposal_id": proposal.proposal_id if proposal is not None else "none",
            "revision": proposal.revision if proposal is not None else 0,
            "wish": wish,
            "by": "coder-1",
            "os_user": "os-1",
            "reason": reason,
            "requested": requested,
            **changes,
        }
        decided = decisions(self.tell(DecisionRequested(**whole)))
        return decided[0] if decided else None

    def open_day(self, day: date) -> Sequence[Outcome]:
        """The day that the worker calls on."""
        self.context = replace(self.context, today=day)
        return self.tell(ClaimDue(day=day))

    def switch(self, kind: str, name: str, **context: Any) -> Sequence[Outcome]:
        """A change of context, and the worker's call."""
        self.context = replace(self.context, **context)
        return self.tell(ContextChanged(kind=kind, name=name))

    def item(self, lineage: str = "case") -> LineageItem:
        assert self.state is not None
        return next(item for item in self.state.lineages if item.lineage == lineage)


def proposals(said: Sequence[Outcome]) -> list[RecodingProposed]:
    return [o.data for o in said if isinstance(o.data, RecodingProposed)]


def decisions(said: Sequence[Outcome]) -> list[RecodingDecided]:
    return [o.data for o in said if isinstance(o.data, RecodingDecided)]


def flags(said: Sequence[Outcome]) -> list[CaseFlagged]:
    return [o.data for o in said if isinstance(o.data, CaseFlagged)]

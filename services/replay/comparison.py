"""What candidate rules change of one denial, and what the changes of many come to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from schemas.codes import Automation
from schemas.recoding import Edit, RecodingProposed
from services.core.recoding.guards import vetoes
from services.core.recoding.proposal import same_answer

NOTHING: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Replayed:
    """A denial looked at again: what was proposed, and what candidate rules propose of the same facts."""

    before: RecodingProposed
    after: RecodingProposed
    paid: bool = False
    """the claim that was sent on `before` was paid, in whole or in part"""

    @property
    def amount(self) -> Decimal:
        """Dollars at stake: what the denial denied."""
        return self.before.amount_at_stake

    @property
    def differs(self) -> tuple[str, ...]:
        """The parts in which the answers differ; none where they say the same, whatever versions they name."""
        if same_answer(self.before, self.after):
            return ()
        return tuple(name for name, part in _PARTS.items() if part(self.before) != part(self.after))

    @property
    def newly_fixable(self) -> bool:
        return fixable(self.after) and not fixable(self.before)

    @property
    def newly_blocked(self) -> bool:
        return fixable(self.before) and not fixable(self.after)


def fixable(proposal: RecodingProposed) -> bool:
    """Whether there is a correction that can leave, by itself or with a person's approval: A3 or A2, no veto."""
    return proposal.automation >= Automation.A2 and not vetoes(proposal.guards)


def _said(edits: tuple[Edit, ...]) -> list[tuple[object, ...]]:
    return [(edit.field, edit.before, edit.after) for edit in edits]


_PARTS: Final[dict[str, Callable[[RecodingProposed], object]]] = {
    "rung": lambda p: p.automation,
    "action": lambda p: p.action,
    "path": lambda p: (p.path, p.frequency_code, p.original_reference),
    "edits": lambda p: (_said(p.edits), _said(p.path_edits)),
    "candidates": lambda p: [(*_said((c.edit,)), c.needs) for c in p.candidates],
    "guard": lambda p: p.guards,
    "missing": lambda p: p.missing,
    "clocks": lambda p: [(d.clock, d.due) for d in p.deadlines],
    "rule": lambda p: p.rule.id,
    "wording": lambda p: (p.query, p.explanation, p.step, p.never),
}
"""What a proposal says, part by part: together all that `same_answer` compares."""


@dataclass(slots=True)
class Sum:
    """Denials and the dollars at stake in them."""

    count: int = 0
    amount: Decimal = NOTHING

    def add(self, amount: Decimal) -> None:
        self.count += 1
        self.amount += amount


@dataclass(slots=True)
class Row:
    """The changed denials of one rule and payer."""

    changed: Sum = field(default_factory=Sum)
    rung: int = 0
    way: int = 0
    """another action or path"""
    edits: int = 0
    """other edits or candidates"""
    newly_fixable: Sum = field(default_factory=Sum)
    newly_blocked: Sum = field(default_factory=Sum)


Place = tuple[str, str, str]
"""The rule that led before, the one that leads now, the payer's id ('' where it has none)"""


@dataclass(slots=True)
class Tally:
    """What was looked at comes to. It holds a row for each rule and payer that changed, no denial."""

    looked_at: Sum = field(default_factory=Sum)
    changed: Sum = field(default_factory=Sum)
    newly_fixable: Sum = field(default_factory=Sum)
    newly_blocked: Sum = field(default_factory=Sum)
    moves: dict[tuple[Automation, Automation], Sum] = field(default_factory=dict)
    """from rung, to rung"""
    rows: dict[Place, Row] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    """why a denial could not be looked at again -> how many"""

    @property
    def unchanged(self) -> int:
        return self.looked_at.count - self.changed.count

    def add(self, one: Replayed) -> None:
        """Count a denial that was looked at again."""
        self.looked_at.add(one.amount)
        differs = frozenset(one.differs)
        if not differs:
            return
        before, after = one.before, one.after
        row = self.rows.setdefault((before.rule.id, after.rule.id, before.payer.id or ""), Row())
        self.changed.add(one.amount)
        row.changed.add(one.amount)
        if "rung" in differs:
            row.rung += 1
            self.moves.setdefault((before.automation, after.automation), Sum()).add(one.amount)
        row.way += bool(differs & {"action", "path"})
        row.edits += bool(differs & {"edits", "candidates"})
        if one.newly_fixable:
            self.newly_fixable.add(one.amount)
            row.newly_fixable.add(one.amount)
        if one.newly_blocked:
            self.newly_blocked.add(one.amount)
            row.newly_blocked.add(one.amount)

    def leave_out(self, reason: str, count: int = 1) -> None:
        """Count denials that could not be looked at again."""
        self.left_out[reason] = self.left_out.get(reason, 0) + count

    def ordered(self) -> Iterator[tuple[Place, Row]]:
        """The rows, most dollars first."""
        return iter(sorted(self.rows.items(), key=lambda item: (-item[1].changed.amount, item[0])))

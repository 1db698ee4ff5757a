"""Dollars at risk by clock: what runs out in the next days, by payer and path, and what has run out already.

Expected value = dollars x the chance of recovering them: the share that this payer has paid on this path, where enough
answers are known to say it; else the stated default of the worklist (`CHANCES`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from schemas.codes import Automation
from schemas.shape import CENT, Money, Shape
from services.core.worklist import OpenClaim, open_claims


class RiskRow(Shape):
    """Open denials of one payer on one path, against one clock."""

    payer: str | None
    path: str
    clock: str | None
    count: int
    amount: Money
    expected: Money
    first_due: date | None
    """the first of their clocks"""
    example: bool
    """at least one of these clocks is a day count that a contract must confirm"""
    basis: str
    """where the chance comes from: `outcomes` of this installation, or `default`"""


class Risk(Shape):
    """All open denials, each in one of four places."""

    today: date
    days: int
    running_out: tuple[RiskRow, ...]
    """the binding clock ends today or within `days`, soonest first"""
    later: tuple[RiskRow, ...]
    """it ends after that"""
    passed: tuple[RiskRow, ...]
    """it has ended: what is left is an exception to ask for, so nothing is expected"""
    no_clock: tuple[RiskRow, ...]
    """none is known to run against what is proposed"""

    @property
    def places(self) -> tuple[tuple[str, tuple[RiskRow, ...]], ...]:
        return (
            ("running_out", self.running_out),
            ("later", self.later),
            ("passed", self.passed),
            ("no_clock", self.no_clock),
        )


Shares = Mapping[tuple[str, str], Decimal]
"""(payer, path) -> what share of what was sent back was paid; only where there are enough answers to say it."""


def at_risk(items: Mapping[str, bytes], today: date, days: int, shares: Shares | None = None) -> Risk:
    """The risk of the undecided denials of `work-items` (latest record by claim key) on a day."""
    known = shares or {}
    places: dict[str, list[OpenClaim]] = {"running_out": [], "later": [], "passed": [], "no_clock": []}
    for claim in open_claims(items):
        if claim.automation is not Automation.A0:
            places[_place(claim, today, days)].append(claim)
    return Risk(
        today=today,
        days=days,
        running_out=_rows(places["running_out"], known),
        later=_rows(places["later"], known),
        passed=_rows(places["passed"], known, recoverable=False),
        no_clock=_rows(places["no_clock"], known),
    )


def _place(claim: OpenClaim, today: date, days: int) -> str:
    if claim.binding is None:
        return "no_clock"
    left = (claim.binding.due - today).days
    if left < 0:
        return "passed"
    return "running_out" if left <= days else "later"


def _rows(claims: Iterable[OpenClaim], shares: Shares, recoverable: bool = True) -> tuple[RiskRow, ...]:
    groups: dict[tuple[str, str, str], list[OpenClaim]] = {}
    for claim in claims:
        clock = claim.binding.clock if claim.binding is not None else ""
        groups.setdefault((claim.payer or "", claim.path.value, clock), []).append(claim)
    rows = [_row(key, group, shares, recoverable) for key, group in groups.items()]
    return tuple(
        sorted(rows, key=lambda r: (r.first_due or date.max, -r.amount, r.payer or "", r.path, r.clock or ""))
    )


def _row(key: tuple[str, str, str], group: list[OpenClaim], shares: Shares, recoverable: bool) -> RiskRow:
    payer, path, clock = key
    share = shares.get((payer, path))
    chances = (c.amount * (c.chance if share is None else share) for c in group)
    expected = sum(chances, Decimal(0)) if recoverable else Decimal(0)
    bindings = [c.binding for c in group if c.binding is not None]
    return RiskRow(
        payer=payer or None,
        path=path,
        clock=clock or None,
        count=len(group),
        amount=sum((c.amount for c in group), Decimal("0.00")),
        expected=expected.quantize(CENT),
        first_due=min((b.due for b in bindings), default=None),
        example=any(b.example for b in bindings),
        basis="default" if share is None else "outcomes",
    )

"""The payer's own books: what it has decided of each claim, what it has paid, and what it took back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One line as it was adjudicated. `adjustments`: group, reason, amount; they and `paid` make the charge."""

    number: int
    procedure: str
    charge: Decimal
    paid: Decimal
    adjustments: tuple[tuple[str, str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """One adjudication. `takes_back`: the control number of the one that it reverses."""

    control_number: str
    status: str
    """CLP02"""
    frequency: str
    """of the claim that it answers"""
    day: date
    lines: tuple[PaidLine, ...]
    original: str | None = None
    """REF*F8: the decision before it"""

    @property
    def charge(self) -> Decimal:
        return sum((line.charge for line in self.lines), ZERO)

    @property
    def paid(self) -> Decimal:
        return sum((line.paid for line in self.lines), ZERO)

    @property
    def patient(self) -> Decimal:
        return sum((a for line in self.lines for group, _, a in line.adjustments if group == "PR"), ZERO)

    @property
    def state(self) -> str:
        """In the words of the field: what this leaves of the claim."""
        if any(reason == "133" for line in self.lines for _, reason, _ in line.adjustments):
            return "pended"
        denied = [
            line for line in self.lines if any(reason not in ("45", "3") for _, reason, _ in line.adjustments)
        ]
        if not denied:
            return "paid"
        return "denied_full" if self.paid == 0 and len(denied) == len(self.lines) else "denied_partial"


@dataclass
class Account:
    """One claim number. What stands is the last decision that was not taken back."""

    number: str
    decisions: list[Decision] = field(default_factory=list)
    standing: Decision | None = None
    reversed: bool = False
    taken: Decimal = ZERO
    """by PLB, outside the claim"""
    rejected_first: bool = False
    """the first claim was turned away and never came again"""
    received: int = 0
    """claims that came in under this number"""
    pending: str | None = None
    """what came in and is not answered yet: its frequency"""
    accepted_again: int = 0
    """how many of those that came back a 999 or a 277CA took in, and none turned away"""
    outcomes: list[str] = field(default_factory=list)
    """of each claim that came back, in the order in which they came"""
    answer: str | None = None
    """the control number of what was decided of the claim that came back last"""
    before: Decimal = ZERO
    """what was paid when that one came"""
    reference: str | None = None
    """the control number of the decision that may be replaced"""

    @property
    def state(self) -> str:
        if self.standing is not None:
            return self.standing.state
        if self.reversed:
            return "reversed"
        return "rejected" if self.rejected_first else "unanswered"

    @property
    def paid(self) -> Decimal:
        return self.standing.paid if self.standing is not None else ZERO


@dataclass
class Books:
    """All accounts, and what the payer found wrong with what it was sent."""

    accounts: dict[str, Account] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """what must never happen: claims sent twice, wrong references, control numbers used again"""
    payments: dict[str, Decimal] = field(default_factory=dict)
    """trace number -> amount of the payment"""

    def account(self, number: str) -> Account:
        return self.accounts.setdefault(number, Account(number))

"""What must be known of a claim payment (CLP) to tell what was denied. Dollars as Decimal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol


class Adjustment(Protocol):
    """A CAS triplet. `line` null: claim level."""

    @property
    def line(self) -> int | None: ...
    @property
    def group(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...


class Remark(Protocol):
    """A remark code and its place (MIA, MOA, LQ; `LQ*RX` is an NCPDP reject code)."""

    @property
    def line(self) -> int | None: ...
    @property
    def code(self) -> str: ...
    @property
    def place(self) -> str: ...


class Finding(Protocol):
    """Something wrong that the reader found. `balance_*`: amounts that do not add up (domain reference 1.1)."""

    @property
    def code(self) -> str: ...


class Line(Protocol):
    """What `decide` needs of a service line (SVC). Dollars as Decimal."""

    @property
    def line(self) -> int: ...
    @property
    def procedure(self) -> str | None: ...
    @property
    def submitted_procedure(self) -> str | None: ...
    @property
    def modifiers(self) -> Sequence[str]: ...
    @property
    def submitted_modifiers(self) -> Sequence[str]: ...
    @property
    def units_paid(self) -> Decimal | None: ...
    @property
    def units_submitted(self) -> Decimal | None: ...
    @property
    def charge(self) -> Decimal: ...
    @property
    def paid(self) -> Decimal: ...


class Payment(Protocol):
    """What `decide` needs of the remittance: its dates."""

    @property
    def payment_date(self) -> date | None: ...
    @property
    def production_date(self) -> date | None: ...


class Facts(Protocol):
    """What `decide` needs of a claim payment (CLP)."""

    @property
    def status_code(self) -> str: ...
    @property
    def filing_indicator(self) -> str | None: ...
    @property
    def charge(self) -> Decimal: ...
    @property
    def paid(self) -> Decimal: ...
    @property
    def adjustments(self) -> Sequence[Adjustment]: ...
    @property
    def remarks(self) -> Sequence[Remark]: ...
    @property
    def lines(self) -> Sequence[Line]: ...
    @property
    def findings(self) -> Sequence[Finding]: ...
    @property
    def remittance(self) -> Payment: ...

"""Segments and envelopes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

SENDER = "CEDARGROVE"
"""How the practice and its hospital sign"""


def segment(*elements: object) -> str:
    """Elements joined; empty ones at the end are left out."""
    return "*".join("" if e is None else str(e) for e in elements).rstrip("*")


def ymd(day: date) -> str:
    return day.strftime("%Y%m%d")


def amount(value: Decimal) -> str:
    """As short as X12 wants it: no zeros behind the point that say nothing."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def interchange(
    transactions: list[list[str]],
    *,
    functional: str,
    version: str,
    sender: str,
    receiver: str,
    day: date,
    number: int,
    transaction_set: str,
) -> bytes:
    """Transaction sets (from the segment after ST to the one before SE) in one group in one interchange."""
    own_version = transaction_set in ("837", "277", "999")
    lines = [
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender:15}*ZZ*{receiver:15}*{day:%y%m%d}*0900*^*00501*{number:09}*0*T*:",
        segment("GS", functional, sender, receiver, ymd(day), "0900", number, "X", version),
    ]
    for n, body in enumerate(transactions, 1):
        lines.append(segment("ST", transaction_set, f"{n:04}", version if own_version else None))
        lines.extend(body)
        lines.append(segment("SE", len(body) + 2, f"{n:04}"))
    lines += [segment("GE", len(transactions), number), segment("IEA", 1, f"{number:09}")]
    return "".join(f"{line}~\n" for line in lines).encode("ascii")

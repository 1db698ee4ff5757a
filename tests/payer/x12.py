"""X12 as the payer and the clinic write and read it: plain lists of elements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

Segment = list[str]


def ymd(day: date) -> str:
    return f"{day:%Y%m%d}"


def money(value: Decimal) -> str:
    """As payers write it: no zeros behind the point."""
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def segment(*elements: object) -> str:
    return "*".join("" if e is None else str(e) for e in elements).rstrip("*")


def interchange(
    functional: str,
    version: str,
    bodies: Sequence[Iterable[str]],
    *,
    sender: str,
    receiver: str,
    day: date,
    number: int,
) -> bytes:
    """One group with one ST for each body. `number` is ISA13 and GS06."""
    sets = {"HP": "835", "FA": "999", "HN": "277", "HC": "837"}
    lines = [
        f"ISA*00*          *00*          *ZZ*{sender:<15}*ZZ*{receiver:<15}*{day:%y%m%d}*0900*^*00501*{number:09}*0*P*:",
        segment("GS", functional, sender, receiver, ymd(day), "0900", number, "X", version),
    ]
    for place, body in enumerate(bodies, 1):
        inside = list(body)
        guide = None if functional == "HP" else version
        lines.append(segment("ST", sets[functional], f"{place:04}", guide))
        lines += inside
        lines.append(segment("SE", len(inside) + 2, f"{place:04}"))
    lines += [segment("GE", len(bodies), number), segment("IEA", 1, f"{number:09}")]
    return "".join(line + "~\n" for line in lines).encode("ascii")


def segments(data: bytes) -> list[Segment]:
    """Every segment of one interchange, split by its own delimiters. Components stay joined by `:`."""
    text = data.decode("ascii")
    element, component, terminator = text[3], text[104], text[105]
    found = [s.strip("\r\n").split(element) for s in text.split(terminator)]
    return [[e.replace(component, ":") for e in s] for s in found if s != [""]]

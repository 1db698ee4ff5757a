"""`scenarios.yaml` as values: who pays, what was billed, what the payer answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Payer:
    """One payer and how files are exchanged with it."""

    key: str
    id: str
    other_id: str
    """REF*2U of its remittances: an alias"""
    name: str
    filing: str
    """SBR09"""
    claim_filing: str
    """CLP06"""
    receiver: str
    """ISA08 and GS03"""
    city: str
    state: str
    zip: str
    pricing: str
    """contract | medicare | medicaid"""


@dataclass(frozen=True, slots=True)
class Line:
    """A billed service and the answer to it."""

    procedure: str
    charge: Decimal
    units: int = 1
    modifiers: tuple[str, ...] = ()
    revenue: str | None = None
    ndc: str | None = None
    """LIN03"""
    answer: dict[str, Any] = field(default_factory=lambda: {"paid": True})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a remittance says of a claim."""

    lines: tuple[dict[str, Any], ...]
    status: str = "1"
    claim_level: tuple[dict[str, Any], ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """`count` claims of the same kind."""

    name: str
    payer: str
    count: int
    diagnoses: tuple[str, ...]
    lines: tuple[Line, ...]
    answer: Answer | None
    """null: no remittance has come"""
    corrected: Answer | None = None
    """in the second remittance, after a reversal"""
    reversed: bool = False
    rejected: str | None = None
    """status code of the 277CA"""
    institutional: bool = False
    bill_type: str = "13"
    place: str = "11"
    dependent: bool = False
    referring: bool = False
    rendering: str = "named"
    """named | without_npi | malformed | excluded"""
    billing: str = "named"
    """named | malformed"""
    authorization: str | None = None
    """on_file | other_dates | used_up | twice"""
    clia: str | None = None
    """REF*X4"""
    documented: dict[str, Any] = field(default_factory=dict)
    """what the practice knows of the encounter: a statement of documentation.json, without claim and day"""


def load(path: Path) -> tuple[dict[str, Payer], tuple[Scenario, ...]]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    payers = {key: Payer(key=key, **values) for key, values in document["payers"].items()}
    return payers, tuple(_scenario(values) for values in document["scenarios"])


def _scenario(values: dict[str, Any]) -> Scenario:
    lines = tuple(_line(line) for line in values["lines"])
    answered = not (values.get("unanswered") or values.get("rejected"))
    answer = Answer(
        tuple(line.answer for line in lines),
        values.get("status", "1"),
        tuple(values.get("claim_level", ())),
        tuple(values.get("remarks", ())),
    )
    corrected = values.get("corrected")
    return Scenario(
        name=values["name"],
        payer=values["payer"],
        count=values["count"],
        diagnoses=tuple(values["diagnoses"]),
        lines=lines,
        answer=answer if answered else None,
        corrected=Answer(tuple(corrected)) if corrected else None,
        reversed=bool(values.get("reversed") or corrected),
        rejected=values.get("rejected"),
        **{
            name: values[name]
            for name in (
                "institutional",
                "bill_type",
                "place",
                "dependent",
                "referring",
                "rendering",
                "billing",
                "authorization",
                "clia",
                "documented",
            )
            if name in values
        },
    )


def _line(values: dict[str, Any]) -> Line:
    answer = values.get("answer", {"paid": True})
    return Line(
        procedure=values["procedure"],
        charge=Decimal(str(values["charge"])),
        units=values.get("units", 1),
        modifiers=tuple(values.get("modifiers", ())),
        revenue=values.get("revenue"),
        ndc=values.get("ndc"),
        answer=answer,
    )

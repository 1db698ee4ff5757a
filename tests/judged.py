"""From the text of an 835 to what is said of each of its claims: real reader, real intake, real classifier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from schemas.case import ClassifiedDenial
from schemas.envelope import Event
from schemas.remittance import Adjudication
from services.classifier.processor import PROCESSOR
from services.core.codes.tables import NO_TABLES, Tables
from services.core.denials.row_cases import RowCase
from services.core.processing import Context
from services.core.recoding.rule_set import RuleSet
from services.core.resubmission.profiles import Profiles
from services.core.x12.reader import read
from services.intake.manifest import Manifest
from services.intake.processor import FileFacts, Reading
from services.intake.siblings import SiblingCount

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260105*0900*^*00501*000000001*0*P*:"
CHARGE = Decimal("100.00")


@dataclass(frozen=True)
class Judged:
    """What intake published of a claim, and what the classifier said of it (null: nothing was denied)."""

    remitted: Adjudication
    classified: ClassifiedDenial | None


def remittances(claims: dict[date, Sequence[str]]) -> bytes:
    """One interchange: an ST of version 5010 for each date of payment, with segments of claims."""
    segments = [ISA, "GS*HP*S*R*20260106*0900*1*X*005010X221A1"]
    for number, (day, body) in enumerate(claims.items(), start=1):
        transaction = [
            f"ST*835*{number:04}",
            f"BPR*I*0*C*NON************{day:%Y%m%d}",
            f"TRN*1*T{number}*1512345678",
            "N1*PR*EXAMPLE PLAN*XV*P1",
            "N1*PE*EXAMPLE CLINIC*XX*1234567893",
            "LX*1",
            *body,
        ]
        segments += [*transaction, f"SE*{len(transaction) + 1}*{number:04}"]
    segments += [f"GE*{len(claims)}*1", "IEA*1*000000001"]
    return ("~\n".join(segments) + "~\n").encode()


def claim(
    number: str,
    *adjustments: str,
    remarks: Sequence[str] = (),
    status: str = "1",
    paid: Decimal = Decimal(0),
    charge: Decimal = CHARGE,
    filing: str = "12",
    moa: str | None = None,
) -> list[str]:
    """A claim of one line. `adjustments` as they follow CAS: `CO*45*20`."""
    return [
        f"CLP*{number}*{status}*{charge}*{paid}**{filing}*ICN{number}*11*1",
        *([f"MOA***{moa}"] if moa else []),
        f"SVC*HC:G0463*{charge}*{paid}**1",
        "DTM*472*20251220",
        *(f"CAS*{adjustment}" for adjustment in adjustments),
        *(f"LQ*HE*{remark}" for remark in remarks),
    ]


def claim_of(number: str, case: RowCase) -> list[str]:
    """The claim of a row's case."""
    return claim(
        number,
        f"{case.group}*{case.reason}*{case.amount}",
        remarks=case.remarks,
        paid=CHARGE - case.amount,
        filing=case.filing,
    )


def judge(data: bytes, tables: Tables = NO_TABLES) -> dict[str, Judged]:
    """What is said of each claim of the file, by CLP01."""
    return {judged.remitted.claim_number: judged for judged in judged_alone(data, tables)}


def judged_alone(data: bytes, tables: Tables = NO_TABLES) -> Iterator[Judged]:
    """What is said of each claim of the file as if there were no other, in the order of the file."""
    items = list(read([data]))
    manifest, count = Manifest(), SiblingCount()
    for item in items:
        manifest.take(item, count)
    reading = Reading(FileFacts("main", b"k" * 32, "d" * 64, count.total(), manifest.references()))
    context = Context("main", None, 0, 1, RuleSet("none", "0", ()), Profiles("none", "0"), tables)
    for outcome in (outcome for item in items for outcome in reading.take(item).outcomes):
        if isinstance(outcome.data, Adjudication):
            event = Event(
                id=outcome.natural_key,
                type=outcome.type,
                source="test",
                time=outcome.time,
                key=outcome.key,
                data=outcome.data,
                topic=outcome.type.removesuffix(".v1"),
            )
            _, said = PROCESSOR.handle(None, event, context)
            yield Judged(outcome.data, _denial(said))


def _denial(said: Iterable[object]) -> ClassifiedDenial | None:
    return next((d for o in said if isinstance(d := getattr(o, "data", None), ClassifiedDenial)), None)

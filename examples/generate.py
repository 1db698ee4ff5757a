"""Write the examples anew: `python examples/generate.py [--into DIR]`. The same every time, byte for byte.

Reads scenarios.yaml; writes inbox/, the tables beside it and day. What lies in codes/ is written by hand.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from examples.generator import acknowledgments, remittance, submission, tables  # noqa: E402
from examples.generator.claims import ANSWERED, ANSWERED_AGAIN, SUBMITTED, Claim, build  # noqa: E402
from examples.generator.scenarios import Answer, Payer, load  # noqa: E402

DAY = date(2026, 5, 29)
"""The business date the examples are looked at."""

FIRST_NUMBER = 4001
"""Of the control numbers; each file takes the next one."""

RECOUPED = "northwind"
"""This payer takes money back beside its claims, in its second remittance."""


def examples() -> dict[str, bytes]:
    """Every generated file by its path below examples/."""
    payers, scenarios = load(HERE / "scenarios.yaml")
    claims = build(payers, scenarios)
    files: dict[str, bytes] = {}
    number = FIRST_NUMBER
    for payer in payers.values():
        for institutional in (False, True):
            own = tuple(c for c in claims if c.payer is payer and c.scenario.institutional is institutional)
            if not own:
                continue
            kind = "837I" if institutional else "837P"
            sent, number = number, number + 1
            files[f"inbox/{SUBMITTED}-{payer.key}-{kind}.edi"] = submission.file(payer, own, sent)
            if payer.key == RECOUPED and not institutional:
                day = SUBMITTED + timedelta(days=1)
                files[f"inbox/{SUBMITTED}-{payer.key}-999.edi"] = acknowledgments.group(
                    payer, submission.PROFESSIONAL, sent, SUBMITTED, number
                )
                files[f"inbox/{day}-{payer.key}-277CA.edi"] = acknowledgments.claims(
                    payer, own, sent, day, number + 1
                )
                number += 2
            for day, contents in _remittances(own):
                name = f"inbox/{day}-{payer.key}-{kind}-835.edi"
                files[name] = remittance.file(
                    payer, own[0].provider, contents, day, number, _taken(payer, own, day)
                )
                number += 1
    files["authorizations.csv"] = tables.authorizations(claims)
    files["providers.csv"] = tables.providers()
    files["nppes.csv"] = tables.registry()
    files["exclusions.csv"] = tables.exclusions()
    files["fees.csv"] = tables.fees(claims)
    files["documentation.json"] = tables.documentation(claims)
    files["trading_partners.csv"] = tables.partners(payers.values())
    files["day"] = f"{DAY}\n".encode()
    return files


def _remittances(claims: tuple[Claim, ...]) -> list[tuple[date, list[tuple[Claim, Answer, bool]]]]:
    """The answers, and three weeks later what is taken back and what is said instead."""
    first = [(c, c.scenario.answer, False) for c in claims if c.scenario.answer is not None]
    second: list[tuple[Claim, Answer, bool]] = []
    for claim in claims:
        scenario = claim.scenario
        if scenario.reversed and scenario.answer is not None:
            second.append((claim, scenario.answer, True))
            if scenario.corrected is not None:
                second.append((claim, scenario.corrected, False))
    found = [(ANSWERED, first)]
    if second:
        found.append((ANSWERED_AGAIN, second))
    return found


def _taken(payer: Payer, claims: tuple[Claim, ...], day: date) -> tuple[remittance.ProviderAdjustment, ...]:
    """An overpayment of a paid claim is recovered, and interest comes with it."""
    if payer.key != RECOUPED or day != ANSWERED_AGAIN:
        return ()
    paid = next(c for c in claims if c.scenario.answer is not None and not c.scenario.reversed)
    return (
        remittance.ProviderAdjustment("WO", paid.control_number, Decimal("35.00")),
        remittance.ProviderAdjustment("L6", paid.control_number, Decimal("-1.12")),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=HERE, help="where to write (default: beside this file)")
    into: Path = parser.parse_args().into
    for name, data in examples().items():
        path = into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main()

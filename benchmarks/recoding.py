"""Propose and guard beside the goal of 5,000 denials/s on one core: 500 rules, a million code pairs.

The denials are those of the shipped rules' own cases, each under the tables of all of them. The rules beyond those
that ship are copies for payer families of their own. Rates are of processor time; the best of several rounds counts.
`python -m benchmarks.recoding`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Final

from schemas.case import ClassifiedDenial
from services.core.codes.loading import FORMS, parse_table
from services.core.codes.rows import Row
from services.core.codes.tables import Edition, Tables
from services.core.recoding.cases import situation_of
from services.core.recoding.proposal import propose
from services.core.recoding.rules import RuleSet
from services.runtime.configuration import shipped_profiles, shipped_rules

TODAY: Final = date(2026, 5, 1)
PAIRS: Final = "ptp_practitioner"
_LETTERS: Final = "ABCDEGHJKLMPQSTV"


def denials(count: int) -> list[ClassifiedDenial]:
    """Denials of every kind that the shipped rules know, each with an identity of its own."""
    kinds = [situation_of(case).denial for rule in shipped_rules().rules for case in rule.cases]
    return [
        kinds[n % len(kinds)].model_copy(update={"lineage": f"case-{n}", "facts": (f"fact-{n}",)})
        for n in range(count)
    ]


def many_rules(count: int) -> RuleSet:
    """The shipped rules, and as many copies for other payer families as make up the count."""
    shipped = shipped_rules()
    rules = list(shipped.rules)
    for n in range(count - len(rules)):
        rule = shipped.rules[n % len(shipped.rules)]
        scopes = tuple(s.model_copy(update={"payer_family": (f"plan-{n}",)}) for s in rule.applies_to)
        rules.append(rule.model_copy(update={"id": f"{rule.id}-{n}", "applies_to": scopes}))
    return RuleSet("benchmark", "0", tuple(rules))


def pair_rows(count: int) -> Iterator[Row]:
    """Rows of made-up level II codes, no pair twice."""
    codes = [f"{letter}{number:04d}" for letter in _LETTERS for number in range(0, 9999, 150)]
    pairs = ((a, b) for a in codes for b in codes if a != b)
    for number, (a, b) in enumerate(islice(pairs, count), start=2):
        cells = {"column1": a, "column2": b, "effective": "2020-01-01", "deleted": ""}
        yield Row(PAIRS, number, {**cells, "indicator": "1", "rationale": "made up"})


def tables(count: int) -> Tables:
    """A table of `count` pairs, and those of the rules' cases (the largest of each kind)."""
    found: dict[str, Edition] = {}
    for rule in shipped_rules().rules:
        for case in rule.cases:
            for edition in situation_of(case).tables.editions:
                known = found.get(edition.kind)
                if known is None or len(edition.table) > len(known.table):  # type: ignore[arg-type]
                    found[edition.kind] = edition
    form = FORMS[PAIRS]
    packed = b"".join(form.packed(sorted(form.lines(pair_rows(count)))))
    found[PAIRS] = replace(found[PAIRS], table=parse_table(PAIRS, packed))
    return Tables(tuple(found.values()))


def measure(count: int, rules: RuleSet, loaded: Tables, rounds: int) -> float:
    """Proposals a second of processor time in the best round."""
    profiles, work = shipped_profiles(), denials(count)
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for denial in work:
            propose(denial, rules, profiles, loaded, TODAY)
        best = min(best, time.process_time() - started)
    return count / best


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--denials", type=int, default=5_000)
    words.add_argument("--rules", type=int, default=500)
    words.add_argument("--pairs", type=int, default=1_000_000)
    words.add_argument("--rounds", type=int, default=3)
    given = words.parse_args()
    rules, loaded = many_rules(given.rules), tables(given.pairs)
    pairs = len(loaded.on(PAIRS, TODAY).table)  # type: ignore[union-attr,arg-type]
    rate = measure(given.denials, rules, loaded, given.rounds)
    print("| rules | code pairs | denials | proposed and guarded, a second of one core |")
    print("|---:|---:|---:|---:|")
    print(f"| {len(rules.rules):,} | {pairs:,} | {given.denials:,} | {rate:,.0f} |")


if __name__ == "__main__":
    main()

"""Propose and guard beside the goal of 5,000 denials/s on one core: 500 rules, a million code pairs.

The denials are those of the shipped rules' own cases, under the tables of all of them: each with a number, ids and
segments of its own. Of the cases about code pairs every second denial has the codes of a pair of its own, anywhere in
the million. The rules beyond those that ship are copies for payer families of their own.

Measured is `propose` alone: the rules found and tried, the way back, the edits, the guards, the clocks, the proof's
bytes and its digest, the proposal as a value. As in a worker, some events are read from their bytes and then worked on;
the reading is not in the time, nor is the writing of the proposal (both are measured with the stage). Nothing that was
read is seen twice, in whatever round. Rates are of processor time; of each few denials the best round counts, which
leaves out what else the machine was busy with. `python -m benchmarks.recoding`.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Final

from schemas.case import ClassifiedDenial
from schemas.claim import ClaimSubmitted
from services.cli.__main__ import COLLECTED_AFTER
from services.core.codes.loading import FORMS, parse_table
from services.core.codes.ptp import PtpEdit, PtpEdits
from services.core.codes.rows import Row
from services.core.codes.tables import Edition, Tables
from services.core.recoding.cases import situation_of
from services.core.recoding.proposal import propose
from services.core.recoding.rule_set import RuleSet
from services.core.resubmission.profiles import Profiles
from services.runtime.configuration import shipped_profiles, shipped_rules

TODAY: Final = date(2026, 5, 1)
PAIRS: Final = "ptp_practitioner"
_LETTERS: Final = "ABCDEGHJKLMPQSTV"
_INDICATORS: Final = "0111111119"
"""One pair in ten of indicator 0, one of 9."""

_BATCH: Final = 32

_STRIDE: Final = 7_919
"""From one denial's pair to the next one's, so that they lie all over the table."""


def denials(count: int, codes: list[tuple[str, str]]) -> list[bytes]:
    """Denials of every kind that the shipped rules know, no two of them alike, as events have them."""
    kinds = [(case, situation_of(case).denial) for rule in shipped_rules().rules for case in rule.cases]
    made = []
    for n in range(count):
        case, denial = kinds[n % len(kinds)]
        claim = denial.claim
        if claim is not None and PAIRS in case.tables and n // len(kinds) % 2:
            claim = _recoded(claim, codes[n * _STRIDE % len(codes)])
        made.append(_of_its_own(denial, claim, n))
    return made


def _recoded(claim: ClaimSubmitted, pair: tuple[str, str]) -> ClaimSubmitted:
    lines = tuple(
        line.model_copy(update={"procedure": code}) for line, code in zip(claim.lines, pair, strict=False)
    )
    return claim.model_copy(update={"lines": (*lines, *claim.lines[2:])})


def _of_its_own(denial: ClassifiedDenial, claim: ClaimSubmitted | None, n: int) -> bytes:
    """The denial under a number of its own, with as many segments as one from a file."""
    number = f"CLAIM-{n}"
    said = tuple(f"CAS*CO*16*{n % 900 + 100}*1~REF*6R*{n}-{place}" for place in range(8))
    adjudication = denial.adjudication.model_copy(
        update={"claim_number": number, "payer_control_number": f"ICN{n}", "segments": said}
    )
    if claim is not None:
        loops = claim.loops.model_copy(
            update={name: _segments(n, name, 8) for name in ("billing", "subscriber")}
        )
        written = (*claim.segments, *_segments(n, "line", 20))
        claim = claim.model_copy(update={"claim_number": number, "loops": loops, "segments": written})
    made = denial.model_copy(
        update={
            "claim_number": number,
            "lineage": f"case-{n}",
            "facts": tuple(f"fact-{n}-{place}" for place in range(3)),
            "claim": claim,
            "adjudication": adjudication,
        }
    )
    return made.encode()


def _segments(n: int, name: str, count: int) -> tuple[str, ...]:
    return tuple(f"REF*{place:02}*{name.upper()} {n * 31 + place:012}" for place in range(count))


def many_rules(count: int) -> RuleSet:
    """The shipped rules, and as many copies for other payer families as make up the count."""
    shipped = shipped_rules()
    rules = list(shipped.rules)
    for n in range(count - len(rules)):
        rule = shipped.rules[n % len(shipped.rules)]
        scopes = tuple(s.model_copy(update={"payer_family": (f"plan-{n}",)}) for s in rule.applies_to)
        rules.append(rule.model_copy(update={"id": f"{rule.id}-{n}", "applies_to": scopes}))
    return RuleSet("benchmark", "0", tuple(rules))


def code_pairs(count: int) -> list[tuple[str, str]]:
    """Pairs of made-up level II codes, none twice."""
    codes = [f"{letter}{number:04d}" for letter in _LETTERS for number in range(0, 9999, 150)]
    return list(islice(((a, b) for a in codes for b in codes if a != b), count))


def tables(codes: Iterable[tuple[str, str]]) -> Tables:
    """A table of these pairs and of those of the rules' cases, and the other tables of the cases (the largest of each
    kind)."""
    found: dict[str, Edition] = {}
    own: set[tuple[str, str]] = set()
    for rule in shipped_rules().rules:
        for case in rule.cases:
            own |= {(row["column1"], row["column2"]) for row in case.tables.get(PAIRS, ())}
            for edition in situation_of(case).tables.editions:
                known = found.get(edition.kind)
                if known is None or len(edition.table) > len(known.table):  # type: ignore[arg-type]
                    found[edition.kind] = edition
    form = FORMS[PAIRS]
    packed = b"".join(form.packed(sorted(form.lines(_rows(codes, own)))))
    found[PAIRS] = replace(found[PAIRS], table=parse_table(PAIRS, packed))
    return Tables(tuple(found.values()))


def _rows(codes: Iterable[tuple[str, str]], own: Iterable[tuple[str, str]]) -> Iterator[Row]:
    made = ((pair, _INDICATORS[number % len(_INDICATORS)]) for number, pair in enumerate(codes))
    for number, ((column1, column2), indicator) in enumerate(
        (*((p, "1") for p in sorted(own)), *made), start=2
    ):
        cells = {"column1": column1, "column2": column2, "effective": "2020-01-01", "deleted": ""}
        yield Row(PAIRS, number, {**cells, "indicator": indicator, "rationale": "made up"})


class _Counted(PtpEdits):
    """The same pairs, counted as they are looked up."""

    __slots__ = ("seen",)

    def __init__(self, pairs: PtpEdits) -> None:
        self._buffer = pairs._buffer
        self.seen: Counter[bool] = Counter()

    def find(self, column1: str, column2: str) -> tuple[PtpEdit, ...]:
        rows = super().find(column1, column2)
        self.seen[bool(rows)] += 1
        return rows


def measure(work: Sequence[bytes], rules: RuleSet, profiles: Profiles, loaded: Tables, rounds: int) -> float:
    """Proposals a second of processor time."""
    best = [float("inf")] * len(range(0, len(work), _BATCH))
    for _ in range(rounds):
        for number, first in enumerate(range(0, len(work), _BATCH)):
            read = [ClassifiedDenial.parse(data) for data in work[first : first + _BATCH]]
            started = time.process_time()
            for denial in read:
                propose(denial, rules, profiles, loaded, TODAY)
            best[number] = min(best[number], time.process_time() - started)
    return len(work) / sum(best)


def looked_up(work: Iterable[bytes], rules: RuleSet, profiles: Profiles, loaded: Tables) -> tuple[int, int]:
    """How many pairs are looked up for these denials, and how many of them stand in the table."""
    edition = loaded.on(PAIRS, TODAY)
    if edition is None or not isinstance(edition.table, PtpEdits):
        raise ValueError("no code pairs")
    counted = _Counted(edition.table)
    watched = loaded.with_edition(replace(edition, table=counted))
    for data in work:
        propose(ClassifiedDenial.parse(data), rules, profiles, watched, TODAY)
    return counted.seen.total(), counted.seen[True]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--denials", type=int, default=5_000)
    words.add_argument("--rules", type=int, default=500)
    words.add_argument("--pairs", type=int, default=1_000_000)
    words.add_argument("--rounds", type=int, default=5)
    given = words.parse_args()
    codes = code_pairs(given.pairs)
    rules, profiles, loaded = many_rules(given.rules), shipped_profiles(), tables(codes)
    work = denials(given.denials, codes)
    gc.set_threshold(*COLLECTED_AFTER)
    rate = measure(work, rules, profiles, loaded, given.rounds)
    asked, there = looked_up(work, rules, profiles, loaded)
    print(
        "| rules | code pairs | denials | pairs looked up | of these in the table | proposed and guarded, a second of one core |"
    )
    print("|---:|---:|---:|---:|---:|---:|")
    print(f"| {len(rules.rules):,} | {len(codes):,} | {len(work):,} | {asked:,} | {there:,} | {rate:,.0f} |")


if __name__ == "__main__":
    main()

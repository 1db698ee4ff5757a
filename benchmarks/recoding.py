"""Propose and guard beside the goal of 5,000 denials/s on one core: 500 rules, a million code pairs.

The situations are those of the shipped rules' own cases, under the tables of all of them; the rules beyond those that
ship are copies for payer families of their own. Around each situation stands a claim as a stream has it: a number, ids
and segments of its own, one of 40 payers under the filing indicator of the situation's family, a service two to ten
weeks before a remittance of the last ten days, and up to two lines beside it that were paid. Of the cases about code
pairs every second denial has the codes of a pair of its own, anywhere in the million.

Measured is `propose` alone: the rules found and tried, the way back, the edits, the guards, the clocks, the proof's
bytes and its digest, the proposal as a value. As in a worker, some events are read from their bytes and then worked on;
the reading is not in the time, nor is the writing of the proposal (both are measured with the stage). Each denial is
worked on once; as many others are worked on before, as in a process that has run for a while, so that what a process
remembers it has from denials like these and not from these. Rates are of processor time, by the median of batches with
the same mix, which leaves out much of what else the machine was busy with.
`python -m benchmarks.recoding`.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from statistics import median
from typing import Final, TypeVar

from schemas.case import ClassifiedDenial, LineMatch
from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.codes import LineState
from schemas.remittance import RemittedLine
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

_BATCH: Final = 50

_STRIDE: Final = 7_919
"""From one denial's pair to the next one's, so that they lie all over the table."""

_MIX: Final = 7_907
"""From one denial's situation to the next one's, so that every batch has the same mix."""

_PAYERS: Final = 40
_REMITTANCE_DAYS: Final = 10
_SERVICE_DAYS: Final = 60

_INDICATOR_OF: Final = {
    **{"medicare_part_b": "MB", "medicare_part_a": "MA", "medicare_advantage": "16", "medicaid": "MC"},
    **{"blues": "BL", "tricare": "CH", "workers_compensation": "WC", "auto": "AM"},
}
"""The filing indicator by which a payer of the family is known."""

_ONE: Final = Decimal(1)

Dated = TypeVar("Dated", ClaimSubmitted, ClaimLine)


def denials(count: int, codes: list[tuple[str, str]], first: int = 0) -> list[bytes]:
    """Denials of every kind that the shipped rules know, no two of them alike, as events have them. `first`: the number
    of the first one; others have other numbers."""
    kinds = [(case, situation_of(case).denial) for rule in shipped_rules().rules for case in rule.cases]
    made = []
    for n in range(first, first + count):
        case, denial = kinds[n * _MIX % len(kinds)]
        claim = denial.claim
        if claim is not None and PAIRS in case.tables and n // len(kinds) % 2:
            claim = _recoded(claim, codes[n * _STRIDE % len(codes)])
        indicator = _INDICATOR_OF.get(case.payer_family, denial.filing_indicator)
        made.append(_in_a_stream(_of_its_own(denial, claim, n), indicator, n).encode())
    return made


def _recoded(claim: ClaimSubmitted, pair: tuple[str, str]) -> ClaimSubmitted:
    lines = tuple(
        line.model_copy(update={"procedure": code}) for line, code in zip(claim.lines, pair, strict=False)
    )
    return claim.model_copy(update={"lines": (*lines, *claim.lines[2:])})


def _of_its_own(denial: ClassifiedDenial, claim: ClaimSubmitted | None, n: int) -> ClassifiedDenial:
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
    return denial.model_copy(
        update={
            "claim_number": number,
            "lineage": f"case-{n}",
            "facts": tuple(f"fact-{n}-{place}" for place in range(3)),
            "claim": claim,
            "adjudication": adjudication,
        }
    )


def _in_a_stream(denial: ClassifiedDenial, indicator: str | None, n: int) -> ClassifiedDenial:
    """The denial with the payer, the days and the lines beside it that it has in a stream."""
    random = Random(n)
    remitted = TODAY - timedelta(days=random.randrange(_REMITTANCE_DAYS))
    serviced = remitted - timedelta(days=14 + random.randrange(_SERVICE_DAYS))
    payer = denial.payer.model_copy(update={"id": f"{10_000 + random.randrange(_PAYERS)}"})
    claim, matches, said = denial.claim, denial.matches, denial.adjudication
    answered = said.lines
    if claim is not None and claim.service_from is not None:
        by = serviced - claim.service_from
        paid = tuple(
            _beside(claim, len(claim.lines) + 1 + more) for more in range(random.randrange(3)) if claim.lines
        )
        claim = _moved(claim, by).model_copy(
            update={
                "lines": (*(_moved(line, by) for line in claim.lines), *(_moved(line, by) for line in paid)),
                "payer": payer,
                "filing_indicator": indicator,
                "total_charge": claim.total_charge + sum(line.charge for line in paid),
            }
        )
        answered = (*answered, *(_paid(line, len(answered) + n) for n, line in enumerate(paid, start=1)))
        matches += tuple(
            LineMatch(remitted_line=len(denial.adjudication.lines) + n, submitted_line=line.line, score=100)
            for n, line in enumerate(paid, start=1)
        )
    remittance = said.remittance.model_copy(update={"payment_date": remitted, "production_date": remitted})
    said = said.model_copy(
        update={"payer": payer, "filing_indicator": indicator, "remittance": remittance, "lines": answered}
    )
    told = {"payer": payer, "filing_indicator": indicator, "claim": claim, "matches": matches}
    return denial.model_copy(update={**told, "adjudication": said})


def _moved(dated: Dated, by: timedelta) -> Dated:
    """A claim or a line with its days of service moved."""
    days = {name: getattr(dated, name) for name in ("service_from", "service_to")}
    return dated.model_copy(update={name: day + by for name, day in days.items() if day is not None})


def _beside(claim: ClaimSubmitted, number: int) -> ClaimLine:
    first = claim.lines[0]
    charge = Decimal(80 + number)
    return first.model_copy(
        update={
            "line": number,
            "procedure": f"G9{number:03d}",
            "modifiers": (),
            "charge": charge,
            "units": _ONE,
        }
    )


def _paid(line: ClaimLine, number: int) -> RemittedLine:
    return RemittedLine(
        line=number,
        procedure=line.procedure,
        charge=line.charge,
        paid=line.charge,
        units_paid=_ONE,
        state=LineState.PAID,
    )


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


def measure(
    before: Sequence[bytes], work: Sequence[bytes], rules: RuleSet, profiles: Profiles, loaded: Tables
) -> float:
    """Proposals a second of processor time for `work`, after `before`."""
    for data in before:
        propose(ClassifiedDenial.parse(data), rules, profiles, loaded, TODAY)
    seconds: list[float] = []
    for first in range(0, len(work) - _BATCH + 1, _BATCH):
        read = [ClassifiedDenial.parse(data) for data in work[first : first + _BATCH]]
        started = time.process_time()
        for denial in read:
            propose(denial, rules, profiles, loaded, TODAY)
        seconds.append(time.process_time() - started)
    return _BATCH / median(seconds)


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
    given = words.parse_args()
    codes = code_pairs(given.pairs)
    rules, profiles, loaded = many_rules(given.rules), shipped_profiles(), tables(codes)
    before, work = denials(given.denials, codes), denials(given.denials, codes, given.denials)
    gc.set_threshold(*COLLECTED_AFTER)
    rate = measure(before, work, rules, profiles, loaded)
    asked, there = looked_up(work, rules, profiles, loaded)
    print(
        "| rules | code pairs | denials | pairs looked up | of these in the table | proposed and guarded, a second of one core |"
    )
    print("|---:|---:|---:|---:|---:|---:|")
    print(f"| {len(rules.rules):,} | {len(codes):,} | {len(work):,} | {asked:,} | {there:,} | {rate:,.0f} |")


if __name__ == "__main__":
    main()

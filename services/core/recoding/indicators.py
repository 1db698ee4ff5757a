"""What the indicators of the physician fee schedule say of a line's modifiers (domain reference 2.2).

A row of the fee schedule that forbids a modifier makes its removal a candidate; one that allows it makes it one where
the claim shows its circumstances. Whether it is true stands in the record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from schemas.claim import ClaimLine
from schemas.recoding import Edit
from services.core.codes.icd10cm import DiagnosisCode, DiagnosisCodes
from services.core.codes.mpfs import FeeIndicators, Indicators
from services.core.recoding.check import Check, Parameters
from services.core.recoding.lookups import Opened, opened
from services.core.recoding.offers import with_modifier, without_modifier
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, lacks, offers

SIDES: Final = frozenset(
    {
        *("LT", "RT", "50", "E1", "E2", "E3", "E4", "LC", "LD", "LM", "RC", "RI"),
        *("FA", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9"),
        *("TA", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9"),
    }
)
"""Modifiers that name a side or a place on the body already."""


class IndicatorParameters(Parameters):
    """A column of the fee schedule and the values that it may have."""

    column: Literal["pctc", "bilateral", "multiple", "assistant", "cosurgeons", "team", "global_days"]
    values: tuple[str, ...]


class AddedParameters(IndicatorParameters):
    """`modifier` where the indicator has one of the values, in these places of service, beside none of `excludes`."""

    modifier: str
    places: tuple[str, ...]
    excludes: tuple[str, ...] = ()


class RemovedParameters(IndicatorParameters):
    """Any of `modifiers` where the indicator has one of the values."""

    modifiers: tuple[str, ...]


def indicator_allows(situation: Situation, parameters: AddedParameters) -> Verdict:
    """The line lacks a modifier that its indicator knows, in a place of service where another bears the rest."""
    return _on_lines(situation, lambda line, row, table: _allowed(situation, line, row, table, parameters))


def _allowed(
    situation: Situation,
    line: ClaimLine,
    row: FeeIndicators,
    table: Opened[Indicators],
    parameters: AddedParameters,
) -> list[Edit | None]:
    claim = situation.claim
    where = line.place_of_service or (claim.place_of_service if claim is not None else None)
    if _value(row, parameters) not in parameters.values or where not in parameters.places:
        return []
    if set(line.modifiers) & set(parameters.excludes):
        return []
    proof = table.evidence(row.code, f"{parameters.column} {_value(row, parameters)}")
    return [with_modifier(situation, line, parameters.modifier, (proof,), first=True)]


def indicator_forbids(situation: Situation, parameters: RemovedParameters) -> Verdict:
    """The line carries a modifier that its indicator does not allow."""
    return _on_lines(situation, lambda line, row, table: _forbidden(situation, line, row, table, parameters))


def _forbidden(
    situation: Situation,
    line: ClaimLine,
    row: FeeIndicators,
    table: Opened[Indicators],
    parameters: RemovedParameters,
) -> list[Edit | None]:
    if _value(row, parameters) not in parameters.values:
        return []
    proof = table.evidence(row.code, f"{parameters.column} {_value(row, parameters)}")
    return [without_modifier(situation, line, m, (proof,)) for m in parameters.modifiers]


class SideParameters(IndicatorParameters):
    """`right` and `left`: the modifiers of the sides."""

    right: str
    left: str


def side_of_diagnosis(situation: Situation, parameters: SideParameters) -> Verdict:
    """The line names no side, its code is one of two sides by its indicator, and every diagnosis with a side that it
    points to names the same one (by the title in the edition of the date)."""
    return _on_lines(situation, lambda line, row, table: _sided(situation, line, row, table, parameters))


def _sided(
    situation: Situation,
    line: ClaimLine,
    row: FeeIndicators,
    table: Opened[Indicators],
    parameters: SideParameters,
) -> list[Edit | None] | str:
    claim = situation.claim
    if claim is None or _value(row, parameters) not in parameters.values or SIDES & set(line.modifiers):
        return []
    codes = opened(situation, "icd10cm", DiagnosisCodes, line.service_from)
    if codes is None:
        return "table:icd10cm"
    pointed = [claim.diagnoses[p - 1].code for p in line.pointers if 0 < p <= len(claim.diagnoses)]
    sides = {code: side_of(codes.table, code) for code in pointed}
    named = {side for side in sides.values() if side is not None}
    if len(named) != 1 or named & {"both", "unspecified"}:
        return []
    modifier = parameters.right if named == {"right"} else parameters.left
    proofs = [table.evidence(row.code, f"{parameters.column} {_value(row, parameters)}")]
    proofs += [codes.evidence(code, side) for code, side in sides.items() if side is not None]
    return [with_modifier(situation, line, modifier, proofs)]


def side_of(codes: DiagnosisCodes, code: str) -> str | None:
    """The side that a diagnosis names in its title: right, left, both, unspecified; null where it names none."""
    found = codes.find(code)
    words = found.title.lower().replace(",", " ").split() if found is not None else []
    if "bilateral" in words or ("right" in words and "left" in words):
        return "both"
    for side in ("right", "left"):
        if side in words:
            return side
    return "unspecified" if found is not None and sided_siblings(codes, found) else None


def sided_siblings(codes: DiagnosisCodes, found: DiagnosisCode) -> tuple[DiagnosisCode, ...]:
    """The codes beside one of an unspecified side that name the right or the left."""
    if "unspecified" not in found.title.lower() or found.parent is None:
        return ()
    beside = (code for code in codes.children(found.parent) if code.code != found.code)
    return tuple(
        code
        for code in beside
        if "unspecified" not in code.title.lower() and side_of(codes, code.code) in ("right", "left")
    )


def _value(row: FeeIndicators, parameters: IndicatorParameters) -> str:
    return str(getattr(row, parameters.column, ""))


Offer = Callable[[ClaimLine, FeeIndicators, Opened[Indicators]], list[Edit | None] | str]
"""What a line is offered, or what is missing to say."""


def _on_lines(situation: Situation, offer: Offer) -> Verdict:
    """Ask of every denied line what its row offers."""
    lines = situation.lines()
    if not lines:
        return lacks("claim")
    found: list[Edit] = []
    missing: list[str] = []
    for line in lines:
        table = opened(situation, "mpfs", Indicators, line.service_from)
        row = table.table.find(line.procedure or "") if table is not None else None
        if table is None or row is None:
            missing.append("table:mpfs" if table is None else "table:mpfs.row")
            continue
        offered = offer(line, row, table)
        if isinstance(offered, str):
            missing.append(offered)
            continue
        found += [edit for edit in offered if edit is not None and edit not in found]
    if found:
        evidence = tuple(e for edit in found for e in edit.evidence if e.source.startswith("table:"))
        return offers("by_its_indicator", found, dict.fromkeys(evidence))
    return lacks(*missing) if missing else fails("the_indicator_says_nothing_against_it")


CHECKS: Final = {
    "indicator_allows": Check(AddedParameters, indicator_allows),
    "indicator_forbids": Check(RemovedParameters, indicator_forbids),
    "side_of_diagnosis": Check(SideParameters, side_of_diagnosis),
}

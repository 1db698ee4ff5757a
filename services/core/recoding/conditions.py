"""Small conditions on a claim and its denial that rules of several kinds share."""

from __future__ import annotations

from typing import Final

from schemas.recoding import Edit
from services.core.codes.mpfs import Indicators
from services.core.recoding.check import Check, Parameters
from services.core.recoding.fields import rendering
from services.core.recoding.indicators import IndicatorParameters
from services.core.recoding.lookups import cpt_code, cpt_missing, opened
from services.core.recoding.offers import with_modifier
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks, passes


class RemarkParameters(Parameters):
    """Remark codes, also alerts, anywhere in the denial."""

    any_of: tuple[str, ...]


def remark_said(situation: Situation, parameters: RemarkParameters) -> Verdict:
    """One of these remarks stands in the denial."""
    found = sorted(situation.remarks & set(parameters.any_of))
    return passes("remark_said", remark=found[0]) if found else fails("no_such_remark")


class ModifierPresence(Parameters):
    """`any_of`: one of these stands on a denied line; `none_of`: none of these does."""

    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()


def modifier_presence(situation: Situation, parameters: ModifierPresence) -> Verdict:
    """A denied line carries one of the modifiers and none of the others."""
    lines = situation.lines()
    if not lines:
        return lacks("claim")
    for line in lines:
        present = set(line.modifiers)
        if (not parameters.any_of or present & set(parameters.any_of)) and not present & set(
            parameters.none_of
        ):
            return passes("modifiers_are_so")
    return fails("modifiers_are_otherwise")


class PlaceParameters(Parameters):
    places: tuple[str, ...]


def place_of_service_is(situation: Situation, parameters: PlaceParameters) -> Verdict:
    """A denied line was given in one of these places of service (SV105, else CLM05-1)."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    places = {line.place_of_service or claim.place_of_service for line in lines}
    if places == {None}:
        return lacks("claim.place_of_service")
    found = sorted({p for p in places if p is not None} & set(parameters.places))
    return passes("in_such_a_place", place=found[0]) if found else fails("in_another_place")


class TelehealthParameters(Parameters):
    """`modifiers`: those that say how a visit at a distance was held."""

    modifiers: tuple[str, ...]


_STYLES: Final = {
    "modifier": "by a modifier beside the place of service",
    "place_of_service": "by the place of service alone",
}


def telehealth_style(situation: Situation, parameters: TelehealthParameters) -> Verdict:
    """The payer's profile says how it takes a visit at a distance, and a denied line says it the other way."""
    lines, style = situation.lines(), situation.profile.telehealth_style
    if not lines:
        return lacks("claim")
    if style is None:
        return lacks("profile.telehealth_style")
    marked = [bool(set(line.modifiers) & set(parameters.modifiers)) for line in lines]
    if all(marked) if style == "modifier" else not any(marked):
        return fails("the_lines_say_it_as_the_payer_takes_it")
    return passes("the_payer_takes_it_otherwise", how=_STYLES.get(style, style))


class PrefixParameters(Parameters):
    """Beginnings of codes, HCPCS level II or ICD-10-CM."""

    prefixes: tuple[str, ...]


def procedure_begins(situation: Situation, parameters: PrefixParameters) -> Verdict:
    """A denied line's procedure begins so."""
    lines = situation.lines()
    if not lines:
        return lacks("claim")
    found = [line for line in lines if (line.procedure or "").startswith(parameters.prefixes)]
    return passes("such_a_procedure", code=found[0].procedure or "") if found else fails("another_procedure")


def diagnosis_begins(situation: Situation, parameters: PrefixParameters) -> Verdict:
    """A diagnosis that a denied line points to begins so."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    pointed = {p for line in lines for p in line.pointers}
    codes = [d.code for n, d in enumerate(claim.diagnoses, 1) if n in pointed or not pointed]
    found = [code for code in codes if code.startswith(parameters.prefixes)]
    return passes("such_a_diagnosis", diagnosis=found[0]) if found else fails("another_diagnosis")


def indicator_is(situation: Situation, parameters: IndicatorParameters) -> Verdict:
    """A column of the fee schedule has one of these values for a denied line's code."""
    lines = situation.lines()
    if not lines:
        return lacks("claim")
    table = opened(situation, "mpfs", Indicators, situation.day)
    if table is None:
        return lacks("table:mpfs")
    for line in lines:
        row = table.table.find(line.procedure or "")
        value = str(getattr(row, parameters.column, "")) if row is not None else None
        if value in parameters.values:
            proof = table.evidence(line.procedure or "", f"{parameters.column} {value}")
            return passes("by_its_indicator", (proof,), code=line.procedure or "", indicator=value or "")
        if row is None:
            return lacks("table:mpfs.row")
    return fails("another_indicator")


class AttributeParameters(Parameters):
    """An attribute of the user's own code table, and the modifier that it asks for."""

    attribute: str
    modifier: str


def attribute_asks_modifier(situation: Situation, parameters: AttributeParameters) -> Verdict:
    """The denied line's code has the attribute and the line lacks the modifier."""
    lines = situation.lines()
    if not lines:
        return lacks("claim")
    found: list[Edit] = []
    for line in lines:
        row = cpt_code(situation, line)
        if row is None:
            return lacks(cpt_missing(situation, line))
        if parameters.attribute in row.attributes:
            edit = with_modifier(situation, line, parameters.modifier)
            found += [edit] if edit is not None else []
    if not found:
        return fails("the_code_does_not_ask_for_it")
    return Verdict(Outcome.PASSES, "the_code_asks_for_it", candidates=tuple(found))


class OfferParameters(Parameters):
    modifiers: tuple[str, ...]


def offer_modifiers(situation: Situation, parameters: OfferParameters) -> Verdict:
    """Each of the modifiers as a candidate for each denied line that has none of them. The checks before it say when."""
    lines = situation.lines()
    if not lines:
        return lacks("claim")
    found: list[Edit] = []
    for line in lines:
        if set(parameters.modifiers) & set(line.modifiers):
            continue
        offered = (with_modifier(situation, line, modifier) for modifier in parameters.modifiers)
        found += [edit for edit in offered if edit is not None]
    if not found:
        return fails("the_modifier_is_there")
    return Verdict(Outcome.PASSES, "offered", candidates=tuple(found))


def attending_renders(situation: Situation, _: Parameters) -> Verdict:
    """The rendering provider (NM101 82) is the attending one (NM101 71), where the claim names both."""
    claim = situation.claim
    if claim is None:
        return lacks("claim")
    attending = next((p.npi for p in claim.providers if p.role == "71" and p.npi), None)
    renders = rendering(claim)
    if attending is None:
        return lacks("fact:who_admitted_the_patient")
    if renders is None or renders.npi != attending:
        return fails("another_provider_admitted")
    return passes("the_admitting_provider")


CHECKS: Final = {
    "remark_said": Check(RemarkParameters, remark_said, ("remark",)),
    "modifier_presence": Check(ModifierPresence, modifier_presence),
    "place_of_service_is": Check(PlaceParameters, place_of_service_is, ("place",)),
    "telehealth_style": Check(TelehealthParameters, telehealth_style, ("how",)),
    "procedure_begins": Check(PrefixParameters, procedure_begins, ("code",)),
    "diagnosis_begins": Check(PrefixParameters, diagnosis_begins, ("diagnosis",)),
    "indicator_is": Check(IndicatorParameters, indicator_is, ("code", "indicator")),
    "attribute_asks_modifier": Check(AttributeParameters, attribute_asks_modifier),
    "offer_modifiers": Check(OfferParameters, offer_modifiers),
    "attending_renders": Check(Parameters, attending_renders),
}

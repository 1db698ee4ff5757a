"""Numbers of the claim whose right form follows from the number itself: CLIA and NDC (domain reference 2.6).

Only the form changes, never the number: a certificate without dashes and in capitals, a drug code of ten digits
whose hyphens tell which part lacks its zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit
from services.core.codes.drugs import NDC_UNITS
from services.core.recoding.check import Check, Parameters
from services.core.recoding.field_values import well_formed
from services.core.recoding.fields import current, parse_field
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks

_CLIA: Final = re.compile(r"[0-9]{2}D[0-9]{7}")
"""Ten places, the third a D (CMS)."""

_NDC: Final = re.compile(r"([0-9]{4,5})-([0-9]{3,4})-([0-9]{1,2})")
_NDC_PARTS: Final = frozenset({(4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2)})
"""How the three parts of a drug code are written; billed they are 5, 4 and 2 (FDA, HIPAA)."""


def clia_form(situation: Situation, _: Parameters) -> Verdict:
    """The certificate's number (REF*X4) is one once blanks and dashes are gone and its letter is a capital."""
    claim = situation.claim
    if claim is None:
        return lacks("claim")
    return _formed(situation, claim, "clia_number", "2300 REF*X4", _clia)


def _clia(written: str) -> str | None:
    plain = re.sub(r"[\s-]", "", written).upper()
    return plain if _CLIA.fullmatch(plain) else None


def ndc_form(situation: Situation, _: Parameters) -> Verdict:
    """The drug code of the denied line (LIN03) has hyphens that tell where a zero is missing, or has them beside all
    its digits. Ten digits without hyphens could be three different drugs."""
    return _on_lines(situation, "drug_code", "LIN03", _ndc)


def _ndc(written: str) -> str | None:
    parts = _NDC.fullmatch(written.strip())
    if parts is None:
        plain = written.strip()
        return plain if len(plain) == 11 and plain.isdecimal() else None
    labeler, product, package = parts.groups()
    if (len(labeler), len(product), len(package)) not in _NDC_PARTS:
        return None
    return f"{labeler:>05}{product:>04}{package:>02}"


def drug_unit_form(situation: Situation, _: Parameters) -> Verdict:
    """The unit of the denied line's drug (CTP05) is one of those that count, but for its capitals."""
    return _on_lines(situation, "drug_unit", "CTP05", _drug_unit)


def _drug_unit(written: str) -> str | None:
    plain = written.strip().upper()
    return plain if plain in NDC_UNITS else None


def _on_lines(situation: Situation, name: str, element: str, form: Callable[[str], str | None]) -> Verdict:
    """The first denied line whose field has another right form."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    verdict = fails("no_drug_code")
    for line in lines:
        verdict = _formed(situation, claim, f"lines[{line.line}].{name}", f"LX {line.line} {element}", form)
        if verdict.outcome is Outcome.PASSES:
            return verdict
    return verdict


def _formed(
    situation: Situation, claim: ClaimSubmitted, path: str, place: str, form: Callable[[str], str | None]
) -> Verdict:
    field = parse_field(path)
    written = current(claim, field) if field is not None else None
    if field is None or not isinstance(written, str):
        return lacks(f"claim.{path}")
    right = form(written)
    if right is None:
        return fails("the_right_form_is_not_certain")
    if right == written:
        return fails("the_form_is_right")
    if not well_formed(claim, field, right):
        return fails("value_cannot_stand_in_the_claim")
    edit = Edit(
        line=field.line,
        field=path,
        before=written,
        after=right,
        evidence=(situation.from_claim(place, written), *situation.cause.evidence),
    )
    return Verdict(Outcome.PASSES, "form_repaired", edits=(edit,))


CHECKS: Final = {
    "clia_form": Check(Parameters, clia_form),
    "drug_unit_form": Check(Parameters, drug_unit_form),
    "ndc_form": Check(Parameters, ndc_form),
}

"""Changes that say the same in another form: what stood twice stands once, a code has the number that CMS gave it.

Source: domain reference 2.1 (structural repair, one-to-one renumbering) and 2.5. The guard asks this of the change
itself, whatever rule wanted it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit
from services.core.codes.icd10cm_conversion import KIND, Conversions
from services.core.codes.tables import Tables
from services.core.recoding.fields import altered, parse_field
from services.core.resubmission.profiles import Profile

RENUMBERING: Final = "renumbering"
"""The rule family that a profile switches on for codes that CMS renumbered one to one."""


def restating(
    claim: ClaimSubmitted, edits: tuple[Edit, ...], profile: Profile, tables: Tables
) -> frozenset[str]:
    """The fields of clinical edits that change no meaning."""
    found: set[str] = set()
    listing = [edit for edit in edits if _of_diagnosis_list(edit.field)]
    if any(edit.field == "diagnoses" for edit in listing) and _same_diagnoses(claim, listing):
        found.update(edit.field for edit in listing)
    if RENUMBERING in profile.automation:
        found.update(edit.field for edit in edits if renumbered(claim, edit, tables))
    return frozenset(found)


def _of_diagnosis_list(path: str) -> bool:
    return path == "diagnoses" or path.endswith(".pointers")


def _same_diagnoses(claim: ClaimSubmitted, edits: list[Edit]) -> bool:
    """Whether the same diagnoses stand on the claim, each once, the first one first, and every line points to the
    same ones in the same order."""
    after = claim
    try:
        for edit in sorted(edits, key=lambda e: e.field == "diagnoses"):
            after = altered(after, edit)
    except ValueError:
        return False
    old, new = (list(_listed(each)) for each in (claim, after))
    if list(dict.fromkeys(old)) != new:
        return False
    return list(_pointed(claim)) == list(_pointed(after))


def _listed(claim: ClaimSubmitted) -> Iterator[tuple[str, ...]]:
    """The diagnoses; a first-listed one that stands again as another is the same."""
    for diagnosis in claim.diagnoses:
        qualifier = {"ABF": "ABK", "BF": "BK"}.get(diagnosis.qualifier, diagnosis.qualifier)
        yield qualifier, diagnosis.code, diagnosis.poa or ""


def _pointed(claim: ClaimSubmitted) -> Iterator[tuple[str, ...]]:
    """What each line points to, by its code; a pointer to nothing stays one."""
    for line in claim.lines:
        codes = [
            claim.diagnoses[p - 1].code if 0 < p <= len(claim.diagnoses) else f"place {p}"
            for p in line.pointers
        ]
        yield tuple(dict.fromkeys(codes))


def renumbered(claim: ClaimSubmitted, edit: Edit, tables: Tables) -> bool:
    """Whether an edit of a diagnosis gives it the one number that CMS gave this one code, in force on the date."""
    field = parse_field(edit.field)
    if field is None or field.part != "diagnoses" or field.name != "code" or claim.service_from is None:
        return False
    edition = tables.on(KIND, claim.service_from)
    if edition is None or not isinstance(edition.table, Conversions) or not isinstance(edit.before, str):
        return False
    row = edition.table.one_to_one(edit.before)
    return row is not None and row.code == edit.after and row.effective <= claim.service_from

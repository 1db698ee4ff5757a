"""How an ordering or referring practitioner is called, by the list of those who may order (domain reference 2.6).

Only a name that is plainly the same person's, written otherwise, is corrected: another person is never put in.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit
from services.core.codes.npi import valid_npi
from services.core.codes.ordering import KIND, Orderers
from services.core.recoding.check import Check, Parameters
from services.core.recoding.fields import ORDERING, REFERRING, current, parse_field
from services.core.recoding.lookups import opened
from services.core.recoding.offers import field_edit
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, lacks, offers

_ALIKE: Final = 0.75
"""From this share of letters in order on, two spellings are one name."""


def name_by_enrolment(situation: Situation, _: Parameters) -> Verdict:
    """The NPI of the referring (2310A) or ordering (2420E) practitioner is on the list under a name that is spelled
    otherwise on the claim."""
    claim, day = situation.claim, situation.day
    if claim is None or day is None:
        return lacks("claim" if claim is None else "claim.service_from")
    places = list(_places(situation, claim))
    if not places:
        return fails("nobody_orders_or_refers")
    table = opened(situation, KIND, Orderers, day)
    if table is None:
        return lacks(f"table:{KIND}")
    found: list[Edit] = []
    reason = "the_name_is_the_listed_one"
    for path, place, npi in places:
        field = parse_field(path)
        name = current(claim, field) if field is not None else None
        row = table.table.find(npi)
        if row is None:
            reason = "not_on_the_list"
            continue
        if not isinstance(name, tuple) or tuple(part.upper() for part in name[:2]) == row.name:
            continue
        if not _same_person(name, row.name):
            return fails("another_person_has_this_number")
        edit = field_edit(
            situation, path, (*row.name, *name[2:]), place, (table.evidence(f"row {row.row}", npi),)
        )
        found += [edit] if edit is not None else []
    if not found:
        return fails(reason)
    return offers("spelled_otherwise", found, (e for edit in found for e in edit.evidence[1:2]))


def _places(situation: Situation, claim: ClaimSubmitted) -> Iterator[tuple[str, str, str]]:
    concerned = {line.line for line in situation.lines() or ()}
    for provider in claim.providers:
        if provider.npi is None or not valid_npi(provider.npi):
            continue
        if provider.role == REFERRING and provider.line is None:
            yield "referring_name", "2310A NM103", provider.npi
        elif provider.role == ORDERING and provider.line in concerned:
            yield f"lines[{provider.line}].ordering_name", f"LX {provider.line} 2420E NM103", provider.npi


def _same_person(written: tuple[str, ...], listed: tuple[str, str]) -> bool:
    """Whether each part is like the listed one, an initial of it, or the two stand the wrong way round."""
    if len(written) < len(listed):
        return False
    last, first = (part.upper() for part in written[:2])
    if (first, last) == listed:
        return True
    return _like(last, listed[0]) and (_like(first, listed[1]) or first.rstrip(".") == listed[1][:1])


def _like(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


CHECKS: Final = {"name_by_enrolment": Check(Parameters, name_by_enrolment)}

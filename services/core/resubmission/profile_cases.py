"""A profile's own cases: a claim, and the path and the last days that the profile must make of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.codes import Action
from services.core.resubmission.crossover import forwards
from services.core.resubmission.deadlines import Occasion
from services.core.resubmission.limits import Limited, limit
from services.core.resubmission.path import find_way
from services.core.resubmission.profile_documents import ProfileCase, ProfileDocument, ProfileError
from services.core.resubmission.profiles import Profile, Profiles

_REFERENCE = "CASE-REFERENCE"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case of one document. `differences` is empty where it came to what it says."""

    document: str
    case: str
    differences: tuple[str, ...]


def run_cases(profiles: Profiles) -> tuple[CaseResult, ...]:
    """Every case of every document. Raises ProfileError where a case does not describe a claim."""
    return tuple(
        CaseResult(document.name, case.name, _differences(case, _profile(profiles, document, case), profiles))
        for document in profiles.documents.values()
        for case in document.cases
    )


def check_cases(profiles: Profiles, names: Iterable[str]) -> None:
    """That the documents of these names have cases, and that every case of the set passes. Raises ProfileError."""
    for name in names:
        if not profiles.documents[name].cases:
            raise ProfileError(f"{name}: has no cases, and a profile without them is not loaded")
    for result in run_cases(profiles):
        if result.differences:
            raise ProfileError(f"{result.document}, case {result.case}: {'; '.join(result.differences)}")


def _profile(profiles: Profiles, document: ProfileDocument, case: ProfileCase) -> Profile:
    """What a claim of the case meets: of a payer, or of the family that its filing indicator leads to."""
    if document.level == "payer":
        return profiles.of(document.name, case.filing_indicator, case.state)
    if case.filing_indicator is None:
        return profiles.own(document.name)
    found = profiles.of(None, case.filing_indicator, case.state)
    if found.family != document.name:
        raise ProfileError(f"{document.name}, case {case.name}: its claim leads to {found.family}")
    return found


def _limited(case: ProfileCase, profile: Profile, profiles: Profiles) -> Limited:
    occasion = Occasion(
        service_from=case.service_from,
        service_to=case.service_to,
        remitted=case.remitted,
        remarks=frozenset(case.remarks),
        reasons=frozenset(case.reasons),
        prior_remitted=case.prior_remitted,
    )
    try:
        action = Action(case.action)
    except ValueError:
        raise ProfileError(f"case {case.name}: action is not an action") from None
    way = find_way(
        action,
        "cob" if case.next_payer is not None or case.prior_remitted is not None else "other",
        case.remarks,
        profile,
        denied_in_full=case.denied_in_full,
        payer_control_number=_REFERENCE,
        forwarder=profile.name if forwards(profile, case.next_payer, profiles) else None,
    )
    return limit(way, profile, occasion, case.today, attempts=case.attempts)


def _differences(case: ProfileCase, profile: Profile, profiles: Profiles) -> tuple[str, ...]:
    found = _limited(case, profile, profiles)
    due = {d.clock: d.due for d in found.deadlines}
    said: list[str] = []
    if case.path is not None and case.path != found.way.path.value:
        said.append(f"path is {found.way.path.value}, not {case.path}")
    if case.frequency_code is not None and case.frequency_code != found.way.frequency_code:
        said.append(f"frequency is {found.way.frequency_code}, not {case.frequency_code}")
    if case.missing is not None and case.missing != found.way.missing:
        said.append(f"missing is {list(found.way.missing)}, not {list(case.missing or ())}")
    said += [
        f"{clock} is {due.get(clock)}, not {day}" for clock, day in case.due.items() if due.get(clock) != day
    ]
    return tuple(said)

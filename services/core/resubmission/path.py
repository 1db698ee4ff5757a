"""Which way a claim goes back: remark code directive, then payer profile, then family default, else a person.

Never decided by the reason code (CARC) alone. Source: domain reference 1.7 a, 3.1 and 3.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from schemas.codes import Action, Path
from services.core.denials.knowledge import SHIPPED, remark_code
from services.core.resubmission.profiles import Profile

CLAIM_PATHS: Final = frozenset(
    {Path.REPLACEMENT, Path.NEW_CLAIM, Path.VOID, Path.VOID_THEN_NEW, Path.SECONDARY_CLAIM}
)
"""The paths on which an 837 goes out. All others are a person's own work: a portal, a letter, a telephone. A reopening
is a claim only as a bill of type xxQ (`is_claim`)."""

LEAVING: Final = frozenset({Path.WRITE_OFF, Path.PATIENT_BILL})
"""The payer is asked no more. Nobody but a person takes them."""

CHOSEN: Final = (
    *(Path.REPLACEMENT, Path.NEW_CLAIM, Path.VOID, Path.VOID_THEN_NEW),
    *(Path.SECONDARY_CLAIM, Path.PATIENT_BILL, Path.WRITE_OFF),
)
"""The ways that a person may choose in the place of what is proposed."""

REOPENED: Final = "Q"
"""CLM05-3 of a reopening request of Medicare Part A, after the limit of an adjustment bill."""

FORWARDED_STATUSES: Final = frozenset({"19", "20", "21", "23"})
"""CLP02 of a claim that was forwarded to an additional payer, or (23) to the right one."""

FORWARDED_BY: Final = "forwarded by profile "
"""How a way's reason begins with the name of a payer that forwards claims by itself."""

_OF_NEXT_PAYER: Final = frozenset({"cob", "benefit_max"})
"""Causes that leave the claim to a payer before or after this one; all others leave it to another payer instead."""

_FREQUENCY: Final = {
    Path.REPLACEMENT: "7",
    Path.VOID: "8",
    Path.VOID_THEN_NEW: "8",
    Path.NEW_CLAIM: "1",
    Path.SECONDARY_CLAIM: "1",
}
"""CLM05-3 by path. For `void_then_new` that of the void; the new claim follows the void's remittance."""

_DIRECTED: Final = {
    "hold": Path.WAIT,
    "void_then_new": Path.VOID_THEN_NEW,
    "new_claim": Path.NEW_CLAIM,
    "replacement": Path.REPLACEMENT,
    "fix_replacement": Path.REPLACEMENT,
    "fix_reference": Path.REPLACEMENT,
}
"""What a directive of the code knowledge does to a corrected claim, the strongest first."""

_WAIT: Final = frozenset({"wait"})
_SURPRISE_BILLING: Final = frozenset({"surprise_billing"})
_RECORDS: Final = frozenset({"records"})
_CLINICAL: Final = frozenset({"clinical_review"})
_STOP: Final = frozenset({"stop", "close"})
_APPEAL_ONLY: Final = frozenset({"appeal_only"})
_FORWARDED: Final = frozenset({"forwarded"})
_NO_APPEAL: Final = frozenset({"no_appeal"})

_BY_ACTION: Final = {
    Action.RECORDS: Path.RECORDS_RESPONSE,
    Action.BILL_PATIENT: Path.PATIENT_BILL,
    Action.WRITE_OFF: Path.WRITE_OFF,
    Action.WAIT: Path.WAIT,
    Action.NONE: Path.NONE,
}


class Way(NamedTuple):
    """What to do and on which path, its frequency code (CLM05-3) and reference (REF*F8), and why. `missing` names
    what would tell more; then a person decides."""

    action: Action
    """the action after the directives: a payer may forbid what the code asks for"""
    path: Path
    frequency_code: str | None
    original_reference: str | None
    reason: str
    missing: tuple[str, ...] = ()

    @property
    def is_claim(self) -> bool:
        return is_claim(self.path, self.frequency_code)


def is_claim(path: Path, frequency_code: str | None) -> bool:
    """Whether an 837 goes out on a path with this frequency code."""
    return path in CLAIM_PATHS or (path is Path.REOPENING and frequency_code == REOPENED)


def find_way(
    action: Action,
    cause: str,
    remarks: Iterable[str],
    profile: Profile,
    *,
    denied_in_full: bool,
    payer_control_number: str | None,
    forwarded: bool = False,
    forwarder: str | None = None,
    adjudicated: bool = True,
) -> Way:
    """The way back for an action. `remarks` are all remark codes of the denial, `payer_control_number` its CLP07.
    `forwarded`: the payer has sent the claim on to the next one (CLP02), which must not get it twice.
    `forwarder`: the payer whose profile says that it does so by itself (`crossover.forwarding_payer`).
    `adjudicated`: false where the claim was turned away before, so that it goes again as a first claim."""
    if not adjudicated:
        return _way(Action.CORRECTED_CLAIM, Path.NEW_CLAIM, "turned away before it was adjudicated", None)
    said = frozenset(remarks)
    numbered = bool(payer_control_number)
    way = profile.remembered(
        (find_way, action, cause, said, denied_in_full, numbered, forwarded, forwarder),
        lambda: _found(
            action, cause, _directives(said), profile, denied_in_full, numbered, forwarded, forwarder
        ),
    )
    if way.original_reference is None:
        return way
    return way._replace(original_reference=payer_control_number)


_NUMBER: Final = "CLP07"
"""What stands for the payer's own number in a way that holds for all denials alike."""


def _found(
    action: Action,
    cause: str,
    directives: Mapping[str, str],
    profile: Profile,
    denied_in_full: bool,
    numbered: bool,
    forwarded: bool,
    forwarder: str | None,
) -> Way:
    stop = _first(directives, _STOP)
    if stop is not None:
        return _way(Action.NONE, Path.NONE, f"remark {stop}", None)
    if action in (Action.CORRECTED_CLAIM, Action.APPEAL):
        elsewhere = _not_by_claim_or_appeal(directives)
        if elsewhere is not None:
            return elsewhere
    if action is Action.CORRECTED_CLAIM and _first(directives, _APPEAL_ONLY) is None:
        return _corrected(directives, profile, denied_in_full, _NUMBER if numbered else None)
    if action in (Action.CORRECTED_CLAIM, Action.APPEAL):
        return _appeal(directives, profile)
    if action is Action.BILL_OTHER and (forwarded or _first(directives, _FORWARDED) is not None):
        return _way(Action.WAIT, Path.WAIT, "forwarded to the next payer", None)
    if action is Action.BILL_OTHER and cause in _OF_NEXT_PAYER and forwarder is not None:
        return _way(Action.WAIT, Path.WAIT, f"{FORWARDED_BY}{forwarder}", None)
    if action is Action.BILL_OTHER:
        path = Path.SECONDARY_CLAIM if cause in _OF_NEXT_PAYER else Path.NEW_CLAIM
        return _way(action, path, f"cause {cause}", None)
    return _way(action, _BY_ACTION[action], f"action {action.value}", None)


def _not_by_claim_or_appeal(directives: Mapping[str, str]) -> Way | None:
    """What a remark asks for in the place of a corrected claim and of an appeal: the payer is to act, it wants
    records, or the bill is one to be negotiated."""
    if (code := _first(directives, _WAIT)) is not None:
        return _way(Action.WAIT, Path.WAIT, f"remark {code}", None)
    if _first(directives, _SURPRISE_BILLING) is not None:
        return _unknown(Action.APPEAL, "open_negotiation")
    if (code := _first(directives, _RECORDS)) is not None:
        return _way(Action.RECORDS, Path.RECORDS_RESPONSE, f"remark {code}", None)
    return None


def asks_for_a_person(remarks: Iterable[str]) -> bool:
    """Whether a remark offers the talk of two clinicians: nothing goes out before a person has looked at it."""
    return _first(_directives(frozenset(remarks)), _CLINICAL) is not None


def has_next_payer(status_code: str, crossover_payer: str | None) -> bool:
    """Whether an 835 says that the next payer has the claim: by CLP02, or by naming it (NM1*TT)."""
    return status_code.strip().lstrip("0") in FORWARDED_STATUSES or crossover_payer is not None


def _corrected(
    directives: Mapping[str, str], profile: Profile, denied_in_full: bool, payer_control_number: str | None
) -> Way:
    for directive, path in _DIRECTED.items() if directives else ():
        code = _first(directives, frozenset({directive}))
        if code is not None:
            action = Action.WAIT if path is Path.WAIT else Action.CORRECTED_CLAIM
            return _way(action, path, f"remark {code}", payer_control_number)
    said = f"profile {profile.family}"
    if denied_in_full and profile.denied_claim_freq == "1":
        return _way(Action.CORRECTED_CLAIM, Path.NEW_CLAIM, said, payer_control_number)
    if profile.corrected_claim_path is None:
        return _unknown(Action.CORRECTED_CLAIM, "profile.corrected_claim_path")
    path = Path(profile.corrected_claim_path)
    if path is Path.REPLACEMENT and profile.accepts_7 is not True:
        return _unknown(Action.CORRECTED_CLAIM, "profile.accepts_7")
    if path in (Path.VOID, Path.VOID_THEN_NEW) and profile.accepts_8 is not True:
        return _unknown(Action.CORRECTED_CLAIM, "profile.accepts_8")
    return _way(Action.CORRECTED_CLAIM, path, said, payer_control_number)


def _appeal(directives: Mapping[str, str], profile: Profile) -> Way:
    if _first(directives, _NO_APPEAL) is not None:
        return _unknown(Action.APPEAL, "appeal_right")
    if profile.appeal_path is None:
        return _unknown(Action.APPEAL, "profile.appeal_path")
    return _way(Action.APPEAL, Path(profile.appeal_path), f"profile {profile.family}", None)


def _unknown(action: Action, missing: str) -> Way:
    return Way(action, Path.NONE, None, None, "not_known", (missing,))


def late_way(way: Way, path: Path, profile: Profile) -> Way:
    """The way of a corrected claim whose window has passed, by the path that the profile names for it. A reopening
    of a bill that takes claim change codes is a bill of type xxQ; any other is a person's own request."""
    said = f"profile {profile.family}: the window has passed"
    frequency = REOPENED if path is Path.REOPENING and profile.claim_change_codes else None
    return _way(way.action, path, said, way.original_reference, frequency)


def chosen_way(path: Path, payer_control_number: str | None) -> Way:
    """The way that a person chose."""
    own = {
        Path.WRITE_OFF: Action.WRITE_OFF,
        Path.PATIENT_BILL: Action.BILL_PATIENT,
        Path.SECONDARY_CLAIM: Action.BILL_OTHER,
    }
    return _way(own.get(path, Action.CORRECTED_CLAIM), path, "a person", payer_control_number)


def _way(
    action: Action, path: Path, reason: str, payer_control_number: str | None, frequency: str | None = None
) -> Way:
    frequency = frequency or _FREQUENCY.get(path)
    if frequency in (None, "1"):
        return Way(action, path, frequency, None, reason)
    if not payer_control_number:
        return Way(action, path, frequency, None, reason, ("payer_control_number",))
    return Way(action, path, frequency, payer_control_number, reason)


@lru_cache(maxsize=4_096)
def _directives(remarks: frozenset[str]) -> Mapping[str, str]:
    """Remark code -> what it directs, of those that direct anything, by code."""
    found: dict[str, str] = {}
    for code in sorted({remark_code(r) for r in remarks}):
        known = SHIPPED.remarks.get(code)
        if known is not None and known.directive is not None:
            found[code] = known.directive
    return found


def _first(directives: Mapping[str, str], wanted: frozenset[str]) -> str | None:
    """The first remark code that directs one of these."""
    if not directives:
        return None
    return next((code for code, directive in directives.items() if directive in wanted), None)

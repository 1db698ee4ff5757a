"""Profile documents: what one YAML file of the default, of a family or of a payer may say, and what makes it valid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from pydantic import BaseModel, ConfigDict

from services.core.resubmission.spans import read_span

DEFAULT: Final = "default"


class ProfileError(Exception):
    """A set of profiles cannot be used: one line that names the document and the key."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AppealLevel(_Part):
    """One level of a payer's appeals, the first one first.

    What the first level does not say stands in `appeal_days`, `appeal_anchor` and `appeal_path`.
    """

    name: str
    path: str | None = None
    """null: nobody takes it from here but a person"""
    within: int | str | None = None
    """days, or a span as `60 days`, from the receipt of the decision before"""
    minimum_amount: Decimal | None = None
    """the amount in controversy, in dollars"""
    remarks: tuple[str, ...] = ()
    """a denial with one of these is already here"""
    reasons: tuple[str, ...] = ()
    """the same by CARC"""


class Value(_Part):
    """One value with where it comes from. `example` marks what a contract must confirm."""

    value: bool | int | str | tuple[str, ...] | tuple[AppealLevel, ...] | None
    source: str
    date: date
    example: bool = False


class Clock(_Part):
    """A clock that runs only under a remark or a CARC, or always where it names neither."""

    clock: str
    """its name; one of the same name that ran without a condition gives way to it"""
    within: int | str | None = None
    """days, or a span; null: this clock is over, the right does not exist"""
    anchor: str = "remit"
    after: str | None = None
    """starts where this other clock ends"""
    remarks: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    level: int | None = None
    """only at this level of appeal"""
    source: str
    date: date
    example: bool = False


class ProfileCase(_Part):
    """A claim, and what the profile must make of it. Dates as YAML writes them, codes as text."""

    name: str
    filing_indicator: str | None = None
    state: str | None = None
    action: str = "corrected_claim"
    remarks: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    denied_in_full: bool = True
    service_from: date = date(2026, 3, 2)
    service_to: date = date(2026, 3, 2)
    remitted: date = date(2026, 4, 1)
    today: date = date(2026, 4, 2)
    prior_remitted: date | None = None
    """the remittance of the payer before this one; null: none decided the claim before"""
    attempts: int = 0
    amount: Decimal = Decimal("100.00")
    next_payer: str | None = None
    """the payer that the claim names after this one; null: none"""
    path: str | None = None
    """expected; null: not looked at"""
    frequency_code: str | None = None
    missing: tuple[str, ...] | None = None
    """expected: all that is missing for the path; null: not looked at"""
    due: Mapping[str, date | None] = {}
    """expected: clock -> its last day; null: it does not run"""


class ProfileDocument(_Part):
    """A profile document. `name` is `default`, a family, or a payer id."""

    kind: str
    """profile"""
    level: str
    """default | family | payer"""
    name: str
    inherits: str | None = None
    """the family of a payer, or of a family; a payer without it takes the family of the claim's filing
    indicator, as one payer id may serve several lines of business"""
    aliases: tuple[str, ...] = ()
    filing_indicators: tuple[str, ...] = ()
    """families: SBR09 and CLP06 values that lead here"""
    states: tuple[str, ...] = ()
    """families: only for payers of these states"""
    values: dict[str, Value] = {}
    by_family: dict[str, dict[str, Value]] = {}
    """payers: family -> values that hold only for claims of this family"""
    clocks: dict[str, Clock] = {}
    """rule -> clock"""
    cases: tuple[ProfileCase, ...] = ()


ANCHORS: Final = ("dos", "dos_from", "remit", "receipt", "prior_remit")
"""Where a clock starts: the last or the first date of service, the remittance date, five days after it (presumed
receipt), the remittance date of the payer before this one."""

CLOCKS: Final = (
    *("corrected_claim", "appeal", "filing_limit", "records", "reopening", "reopening_good_cause"),
    *("stop_recoupment", "member_appeal", "negotiation", "dispute_resolution"),
)

KEYS: Final[dict[str, type | tuple[type, ...]]] = {
    "automation": tuple,
    "accepts_7": bool,
    "accepts_8": bool,
    "denied_claim_freq": str,
    "corrected_claim_path": str,
    "path_after_window": str,
    "appeal_path": str,
    "appeal_levels": tuple,
    "sendable_paths": tuple,
    "capitated": bool,
    "unprocessable_lines_only": bool,
    "claim_change_codes": bool,
    "wait_days": int,
    "requires_note": bool,
    "note_qualifier": str,
    "corrected_claim_days": (int, str),
    "corrected_claim_anchor": str,
    "max_attempts": int,
    "paper_only": bool,
    "crossover_partner": str,
    "appeal_days": (int, str),
    "appeal_anchor": str,
    "timely_filing_days": (int, str),
    "timely_filing_anchor": str,
    "secondary_filing_days": (int, str),
    "secondary_filing_anchor": str,
    "new_claim_clocks": tuple,
    "moved_off_days_off": tuple,
    "batch_max_claims": int,
    "batch_max_age_minutes": int,
    "partner_empties_folder": bool,
    "stop_reasons": tuple,
    "payer_hints": tuple,
    "modifier_25_59_path": str,
    "accepts_x_modifiers": bool,
    "bilateral_style": str,
    "telehealth_style": str,
    "attachment_with_claim": bool,
    "excluded_providers": tuple,
    "two_people_for_unknown": bool,
    "delivery_target": str,
    "payment_floor_days": int,
}
"""Every key of a profile and the type of its value; null says that nothing is known."""

SETS: Final = tuple(key for key, kind in KEYS.items() if kind is tuple and key != "appeal_levels")

PATHS: Final = (
    "replacement",
    "new_claim",
    "void",
    "void_then_new",
    "reopening",
    "redetermination",
    "reconsideration",
    "provider_dispute",
)

_WORDS: Final = {
    "denied_claim_freq": ("1", "7"),
    "bilateral_style": ("one_line", "two_lines", "rt_lt"),
    "telehealth_style": ("modifier", "place_of_service"),
}

_LISTS: Final = {
    "sendable_paths": (*PATHS, "secondary_claim"),
    "new_claim_clocks": CLOCKS,
    "moved_off_days_off": CLOCKS,
}


def check_documents(documents: Mapping[str, ProfileDocument]) -> None:
    """What the documents of one set must keep, each and among each other. Raises ProfileError."""
    if DEFAULT not in documents:
        raise ProfileError("no document named default")
    names: dict[str, str] = {}
    lookups: dict[tuple[str, str | None], str] = {}
    for document in documents.values():
        _check_document(document, documents)
        if document.level == "payer":
            for alias in {a.strip().upper() for a in (document.name, *document.aliases)}:
                if alias in names:
                    raise ProfileError(f"{document.name}: an id or alias also stands in {names[alias]}")
                names[alias] = document.name
        for indicator in document.filing_indicators:
            for state in document.states or (None,):
                if (indicator, state) in lookups:
                    raise ProfileError(
                        f"{document.name}: filing indicator {indicator} also stands in {lookups[(indicator, state)]}"
                    )
                lookups[(indicator, state)] = document.name


def _check_document(document: ProfileDocument, documents: Mapping[str, ProfileDocument]) -> None:
    name = document.name
    if document.kind != "profile" or document.level not in ("default", "family", "payer"):
        raise ProfileError(f"{name}: kind must be profile, level one of default, family, payer")
    if (document.level == DEFAULT) != (name == DEFAULT):
        raise ProfileError(f"{name}: the one document of level default is named default")
    if document.level != "family" and (document.filing_indicators or document.states):
        raise ProfileError(f"{name}: only a family has filing_indicators and states")
    if document.level != "payer" and (document.aliases or document.by_family):
        raise ProfileError(f"{name}: only a payer has aliases and by_family")
    parent = document.inherits
    if parent is not None and (parent not in documents or documents[parent].level == "payer"):
        raise ProfileError(f"{name}: inherits from what is no family")
    seen = {name}
    while parent is not None:
        if parent in seen:
            raise ProfileError(f"{name}: inherits from itself")
        seen.add(parent)
        parent = documents[parent].inherits
    for key, value in document.values.items():
        _check_value(f"{name}: values.{key}", key, value.value)
    for family, values in document.by_family.items():
        if family not in documents or documents[family].level != "family":
            raise ProfileError(f"{name}: by_family.{family} is no family")
        for key, value in values.items():
            _check_value(f"{name}: by_family.{family}.{key}", key, value.value)
    for rule, clock in document.clocks.items():
        _check_clock(f"{name}: clocks.{rule}", clock)


def _check_value(place: str, key: str, value: object) -> None:
    expected = KEYS.get(key)
    if expected is None:
        raise ProfileError(f"{place} is not a key of a profile")
    if value is None:
        return
    if not isinstance(value, expected) or (expected is not bool and isinstance(value, bool)):
        raise ProfileError(f"{place} has the wrong type")
    if key == "appeal_levels":
        _check_levels(place, value)
        return
    if isinstance(value, tuple) and any(isinstance(item, AppealLevel) for item in value):
        raise ProfileError(f"{place} has the wrong type")
    if key.endswith("_anchor") and value not in ANCHORS:
        raise ProfileError(f"{place} must be one of {', '.join(ANCHORS)}")
    if isinstance(value, int) and not isinstance(value, bool) and value <= 0:
        raise ProfileError(f"{place} must be more than 0")
    if key.endswith("_days") and isinstance(value, str):
        _check_span(place, value)
    if key in _WORDS and value not in _WORDS[key]:
        raise ProfileError(f"{place} must be one of {', '.join(_WORDS[key])}")
    if (key.endswith("_path") or key == "path_after_window") and value not in PATHS:
        raise ProfileError(f"{place} is not a path")
    if key in _LISTS and isinstance(value, tuple) and not set(value) <= set(_LISTS[key]):
        raise ProfileError(f"{place} must be of {', '.join(_LISTS[key])}")


def _check_levels(place: str, levels: object) -> None:
    if not isinstance(levels, tuple) or not all(isinstance(level, AppealLevel) for level in levels):
        raise ProfileError(f"{place} has the wrong type")
    for number, level in enumerate(levels, start=1):
        said = f"{place}.{level.name}"
        if number == 1 and (level.within, level.path) != (None, None):
            raise ProfileError(f"{said}: the first level is told by appeal_days, appeal_anchor, appeal_path")
        if number > 1 and level.within is None:
            raise ProfileError(f"{said}: within is missing")
        if level.path is not None and level.path not in PATHS:
            raise ProfileError(f"{said}: path is not a path")
        if level.within is not None:
            _check_span(said, level.within)


def _check_clock(place: str, clock: Clock) -> None:
    if clock.clock not in CLOCKS:
        raise ProfileError(f"{place}.clock must be one of {', '.join(CLOCKS)}")
    if clock.anchor not in ANCHORS:
        raise ProfileError(f"{place}.anchor must be one of {', '.join(ANCHORS)}")
    if clock.after is not None and clock.after not in CLOCKS:
        raise ProfileError(f"{place}.after must be one of {', '.join(CLOCKS)}")
    if clock.within is None and not (clock.remarks or clock.reasons):
        raise ProfileError(f"{place}: within is missing")
    if clock.within is not None:
        _check_span(place, clock.within)


def _check_span(place: str, value: int | str) -> None:
    try:
        read_span(value)
    except ValueError:
        raise ProfileError(f"{place} must be days, or a span as `1 year` or `30 business days`") from None

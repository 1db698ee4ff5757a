"""Payer profiles as data: default <- family <- payer, every value with its source.

A document is one YAML file: the default, a family, or a payer (`profile_documents`). `bundle` checks a set of
documents and gives its canonical bytes; `load_bundle` reads them back. The version of a set follows from these bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeVar, cast

from services.core.resubmission.clock_rules import ClockRule, clock_rules
from services.core.resubmission.profile_documents import (
    DEFAULT,
    SETS,
    AppealLevel,
    ProfileDocument,
    ProfileError,
    Value,
    check_documents,
)
from services.core.yaml_document import read_document

VERSION_LENGTH: Final = 12

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from."""

    document: str
    source: str
    date: date
    example: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """The resolved values for one payer. Null means: not known, a person decides."""

    payer_id: str | None
    family: str
    version: str
    """of the whole set of profiles"""
    aliases: tuple[str, ...] = ()
    automation: frozenset[str] = frozenset()
    """rule families for which A3 is switched on"""
    accepts_7: bool | None = None
    accepts_8: bool | None = None
    denied_claim_freq: str | None = None
    """`1` where a claim that was denied in full comes again as an original, `7` where as a replacement"""
    corrected_claim_path: str | None = None
    path_after_window: str | None = None
    """the path of a corrected claim once its window has passed, as a reopening; null: there is none"""
    appeal_path: str | None = None
    appeal_levels: tuple[AppealLevel, ...] = ()
    """the ladder of appeals; empty: only the first level is known"""
    sendable_paths: frozenset[str] = frozenset()
    """paths that Reclaim itself sends for this payer; all others are a person's work"""
    capitated: bool | None = None
    unprocessable_lines_only: bool | None = None
    """true: the new claim for an unprocessable one (MA130) has only the lines that were not processed"""
    claim_change_codes: bool | None = None
    """true: a replacement or void of an institutional claim has exactly one claim change condition code (D0 to E0)"""
    wait_days: int | None = None
    """after so many days of waiting for the payer it is a person's again"""
    requires_note: bool | None = None
    note_qualifier: str | None = None
    corrected_claim_days: int | str | None = None
    """days, or a span as `1 year`; so are the others"""
    corrected_claim_anchor: str | None = None
    max_attempts: int | None = None
    """how many times a claim may come again; null: no limit is known"""
    paper_only: bool | None = None
    """true: nothing electronic is taken, so a person sends it"""
    crossover_partner: str | None = None
    """the payer to whom this one forwards a claim by itself"""
    appeal_days: int | str | None = None
    appeal_anchor: str | None = None
    timely_filing_days: int | str | None = None
    timely_filing_anchor: str | None = None
    """null: the last date of service"""
    secondary_filing_days: int | str | None = None
    """the filing limit of a claim that another payer decided first; null: the usual one"""
    secondary_filing_anchor: str | None = None
    """null: the remittance of the payer before"""
    new_claim_clocks: frozenset[str] = frozenset()
    """the clocks that run against a denied claim that comes again as an original"""
    moved_off_days_off: frozenset[str] = frozenset()
    """clocks that end on the next business day where their last day is a day off; all others keep their day"""
    batch_max_claims: int = 5000
    batch_max_age_minutes: int = 60
    partner_empties_folder: bool = True
    stop_reasons: frozenset[str] = frozenset()
    """CARCs with which no machine goes on (compliance queue)"""
    payer_hints: frozenset[str] = frozenset()
    """remarks in which a payer hints at another code"""
    excluded_providers: frozenset[str] = frozenset()
    """NPIs on an exclusion list: nothing goes out for them"""
    two_people_for_unknown: bool | None = None
    """whether a change needs two people also where the loaded fees do not tell if it raises the payment; one that
    is known to raise it always does"""
    modifier_25_59_path: str | None = None
    """where a payer takes 25, 59 and their like on a billed code only on this path, as an appeal with records"""
    accepts_x_modifiers: bool | None = None
    """false where a payer rejects XE, XP, XS and XU"""
    bilateral_style: str | None = None
    """how both sides of one service are billed: `one_line` with 50, `two_lines` of which the second has 50, `rt_lt` on two
    lines"""
    telehealth_style: str | None = None
    """what tells telehealth: a `modifier` (95, GT, 93), or only the `place_of_service` (02, 10)"""
    attachment_with_claim: bool | None = None
    """true: records go with a corrected claim (PWK), not after it"""
    delivery_target: str | None = None
    """where files for the payer go: an `[sftp.NAME]` of the configuration; null: the outbox folder"""
    payment_floor_days: int | None = None
    """days after a claim was sent in which the payer works it without a word; null: no floor is known"""
    sources: Mapping[str, Source] = field(default_factory=dict)
    """value name -> where it comes from"""
    clock_rules: tuple[ClockRule, ...] = ()
    """every clock of these values and of the documents' own"""
    indicator: str | None = None
    """the filing indicator that led to the family; null where none did"""
    asked: tuple[frozenset[str], frozenset[str]] = field(init=False, repr=False, compare=False)
    """the remarks and the reasons that a clock or a level of appeal asks about: of all that there are, few"""
    _remembered: dict[Hashable, object] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        rules, levels = self.clock_rules, self.appeal_levels
        remarks = frozenset[str]().union(*[r.remarks for r in rules], *[level.remarks for level in levels])
        reasons = frozenset[str]().union(*[r.reasons for r in rules], *[level.reasons for level in levels])
        object.__setattr__(self, "asked", (remarks, reasons))

    def __hash__(self) -> int:
        return hash((self.payer_id, self.family, self.version, self.indicator))

    def remembered(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes of this profile alone, made once for a key. Its first part says whose it is."""
        found = self._remembered.get(key, self)
        if found is self:
            # Remarks and reasons come from claims: what is remembered stays bounded.
            if len(self._remembered) >= _REMEMBERED_OF_ONE:
                self._remembered.clear()
            self._remembered[key] = found = make()
        return cast(T, found)

    @property
    def name(self) -> str:
        """The payer's id where it has a profile of its own, else the family."""
        return self.payer_id if self.payer_id is not None and self.known else self.family

    @property
    def known(self) -> bool:
        """Whether the payer has a document of its own."""
        return bool(self.aliases)

    @property
    def said(self) -> str:
        """Who speaks for this payer, in words: its own profile, its family, or nobody."""
        if self.known:
            return f"payer {self.payer_id}, family {self.family}"
        if self.family == DEFAULT:
            return "no profile of the payer, no family by its filing indicator"
        by = f" by filing indicator {self.indicator}" if self.indicator else ""
        return f"no profile of the payer, family {self.family}{by}"

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id under which the payer is known, itself first."""
        own = (self.payer_id,) if self.payer_id else ()
        return tuple(dict.fromkeys((*own, *self.aliases)))

    def held(self, holds: frozenset[str]) -> bool:
        """Whether what goes to this payer is on hold, under any of its ids (case and blanks do not matter)."""
        if not holds:
            return False
        held = {subject.removeprefix("payer:").strip().upper() for subject in holds}
        return any(payer_id.strip().upper() in held for payer_id in self.ids)


@dataclass(frozen=True, slots=True)
class Profiles:
    """A named, versioned set of payer profiles. `Profiles(name, version)` alone knows no payer."""

    name: str
    version: str
    documents: Mapping[str, ProfileDocument] = field(default_factory=dict)
    """document name -> document"""
    _payers: Mapping[str, str] = field(default_factory=dict)
    """payer id or alias, upper case -> document name"""
    _families: Mapping[tuple[str, str | None], str] = field(default_factory=dict)
    """filing indicator and state -> document name"""
    _found: dict[tuple[str | None, str | None, str | None], Profile] = field(
        default_factory=dict, compare=False
    )
    """payer id, filing indicator and state as they were asked -> the profile"""

    def of(
        self, payer_id: str | None, filing_indicator: str | None = None, state: str | None = None
    ) -> Profile:
        """The profile of a payer: its own; where it has none, that of its family by filing indicator (SBR09,
        CLP06) and state; where that says nothing, the default."""
        key = (payer_id, filing_indicator, state)
        found = self._found.get(key)
        if found is None:
            found = self._find(payer_id, filing_indicator, state)
            # Payer ids come from files: what is remembered stays bounded.
            if len(self._found) < _REMEMBERED:
                self._found[key] = found
        return found

    def _find(self, payer_id: str | None, filing_indicator: str | None, state: str | None) -> Profile:
        own = self._payers.get(payer_id.strip().upper()) if payer_id else None
        indicator = (filing_indicator or "").strip().upper()
        family = self._families.get((indicator, (state or "").strip().upper())) or self._families.get(
            (indicator, None)
        )
        led = indicator if family is not None else None
        family = family or DEFAULT
        if own is None:
            return self._merged(payer_id.strip() if payer_id else None, None, family, led)
        parent = self.documents[own].inherits
        return self._merged(own, own, parent or family, None if parent else led)

    def own(self, name: str) -> Profile:
        """The profile that a document makes: of a payer, of a family, of the default. Raises KeyError."""
        document = self.documents[name]
        if document.level == "payer":
            return self._merged(name, name, document.inherits or DEFAULT, None)
        return self._merged(None, None, name, next(iter(document.filing_indicators), None))

    def _merged(
        self, payer_id: str | None, own_name: str | None, family: str, indicator: str | None
    ) -> Profile:
        values: dict[str, Any] = {}
        sources: dict[str, Source] = {}
        own = self.documents[own_name] if own_name is not None else None
        chain = tuple(reversed([*([own] if own else ()), *_chain(self.documents, family)]))
        for document in chain:
            for key, value in _values(document, family):
                values[key] = value.value
                sources[key] = Source(document.name, value.source, value.date, value.example)
        for key in SETS:
            values[key] = frozenset(values.get(key) or ())
        for key in [k for k, v in values.items() if v is None]:
            del values[key]
        clocks = {
            rule: (document.name, clock) for document in chain for rule, clock in document.clocks.items()
        }
        return Profile(
            payer_id,
            family,
            self.version,
            (own.name, *own.aliases) if own else (),
            sources=sources,
            clock_rules=clock_rules(values, sources, clocks),
            indicator=indicator,
            **values,
        )


def _values(document: ProfileDocument, family: str) -> Iterator[tuple[str, Value]]:
    yield from document.values.items()
    yield from document.by_family.get(family, {}).items()


_REMEMBERED: Final = 10_000
_REMEMBERED_OF_ONE: Final = 1_024


def _chain(documents: Mapping[str, ProfileDocument], name: str) -> Iterator[ProfileDocument]:
    """A family and those it inherits from, itself first."""
    while name in documents:
        document = documents[name]
        yield document
        if document.level == DEFAULT:
            return
        name = document.inherits or DEFAULT


def bundle(documents: Mapping[str, str]) -> bytes:
    """The canonical bytes of a whole set: YAML texts by file name, the shipped ones among them.

    A document with the level and name of an earlier one (by file name) takes its place. Raises ProfileError.
    """
    profiles: dict[str, ProfileDocument] = {}
    for file_name in sorted(documents):
        read = read_document(ProfileDocument, file_name, documents[file_name], ProfileError)
        if read.name in profiles and profiles[read.name].level != read.level:
            raise ProfileError(f"{file_name}: the name stands in a document of another level")
        profiles[read.name] = read
    check_documents(profiles)
    whole = {"profiles": [profiles[name].model_dump(mode="json") for name in sorted(profiles)]}
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def version_of(bundled: bytes) -> str:
    """The version of a bundle: the first hex digits of its sha256."""
    return hashlib.sha256(bundled).hexdigest()[:VERSION_LENGTH]


def load_bundle(data: bytes, name: str) -> Profiles:
    """The profiles of a bundle that `bundle` wrote. Raises ProfileError."""
    try:
        whole = json.loads(data)
        listed = [ProfileDocument.model_validate(d) for d in whole["profiles"]]
    except (ValueError, KeyError, TypeError):
        raise ProfileError("the bundle is not one that this release wrote") from None
    documents = {d.name: d for d in listed}
    check_documents(documents)
    payers = {
        alias.strip().upper(): d.name for d in listed if d.level == "payer" for alias in (d.name, *d.aliases)
    }
    families: dict[tuple[str, str | None], str] = {}
    for document in listed:
        for indicator in document.filing_indicators:
            for state in document.states or (None,):
                families[(indicator.upper(), state.upper() if state else None)] = document.name
    return Profiles(
        name=name,
        version=version_of(data),
        documents=documents,
        _payers=payers,
        _families=families,
    )

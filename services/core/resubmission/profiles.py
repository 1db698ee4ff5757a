"""Payer profiles as data: default <- family <- payer, every value with its source.

A document is one YAML file: the default, a family, or a payer. `bundle` checks a set of documents and gives its
canonical bytes; `load_bundle` reads them back. The version of a set follows from these bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

DEFAULT: Final = "default"
VERSION_LENGTH: Final = 12


class ProfileError(Exception):
    """A set of profiles cannot be used: one line that names the document and the key."""


class Value(BaseModel):
    """One value with where it comes from. `example` marks what a contract must confirm."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: bool | int | str | tuple[str, ...] | None
    source: str
    date: date
    example: bool = False


class ProfileDocument(BaseModel):
    """A profile document. `name` is `default`, a family, or a payer id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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


ANCHORS: Final = ("dos", "remit", "receipt")
"""Where a clock starts: the last date of service, the remittance date, five days after it (presumed receipt)."""

_KEYS: Final[dict[str, type | tuple[type, ...]]] = {
    "automation": tuple,
    "accepts_7": bool,
    "accepts_8": bool,
    "denied_claim_freq": str,
    "corrected_claim_path": str,
    "appeal_path": str,
    "sendable_paths": tuple,
    "capitated": bool,
    "requires_note": bool,
    "note_qualifier": str,
    "corrected_claim_days": int,
    "corrected_claim_anchor": str,
    "appeal_days": int,
    "appeal_anchor": str,
    "timely_filing_days": int,
    "batch_max_claims": int,
    "batch_max_age_minutes": int,
    "partner_empties_folder": bool,
    "stop_reasons": tuple,
    "payer_hints": tuple,
    "modifier_25_59_path": str,
    "accepts_x_modifiers": bool,
    "excluded_providers": tuple,
    "two_people_for_unknown": bool,
    "delivery_target": str,
    "max_attempts": int,
    "payment_floor_days": int,
}
"""Every key of a profile and the type of its value; null says that nothing is known."""


_SETS: Final = tuple(key for key, kind in _KEYS.items() if kind is tuple)


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
    appeal_path: str | None = None
    sendable_paths: frozenset[str] = frozenset()
    """paths that Reclaim itself sends for this payer; all others are a person's work"""
    capitated: bool | None = None
    requires_note: bool | None = None
    note_qualifier: str | None = None
    corrected_claim_days: int | None = None
    corrected_claim_anchor: str | None = None
    appeal_days: int | None = None
    appeal_anchor: str | None = None
    timely_filing_days: int | None = None
    """from the last date of service"""
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
    delivery_target: str | None = None
    """where files for the payer go: an `[sftp.NAME]` of the configuration; null: the outbox folder"""
    max_attempts: int | None = None
    """how often the payer takes one claim again; null: no limit is known"""
    payment_floor_days: int | None = None
    """days after a claim was sent in which the payer works it without a word; null: no floor is known"""
    sources: Mapping[str, Source] = field(default_factory=dict)
    """value name -> where it comes from"""

    @property
    def name(self) -> str:
        """The payer's id where it has a profile of its own, else the family."""
        return self.payer_id if self.payer_id is not None and self.known else self.family

    @property
    def known(self) -> bool:
        """Whether the payer has a document of its own."""
        return bool(self.aliases)

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
    _resolved: dict[tuple[str | None, str | None, str], Profile] = field(default_factory=dict, compare=False)

    def of(
        self, payer_id: str | None, filing_indicator: str | None = None, state: str | None = None
    ) -> Profile:
        """The profile of a payer: its own; where it has none, that of its family by filing indicator (SBR09,
        CLP06) and state; where that says nothing, the default."""
        own = self._payers.get(payer_id.strip().upper()) if payer_id else None
        indicator = (filing_indicator or "").strip().upper()
        family = self._families.get((indicator, (state or "").strip().upper())) or self._families.get(
            (indicator, None), DEFAULT
        )
        if own is not None:
            return self._resolve(own, own, self.documents[own].inherits or family)
        return self._resolve(payer_id.strip() if payer_id else None, None, family)

    def _resolve(self, payer_id: str | None, own: str | None, family: str) -> Profile:
        key = (payer_id, own, family)
        found = self._resolved.get(key)
        if found is None:
            found = self._merged(payer_id, own, family)
            # Payer ids come from files: what is remembered stays bounded.
            if len(self._resolved) < _REMEMBERED:
                self._resolved[key] = found
        return found

    def _merged(self, payer_id: str | None, own_name: str | None, family: str) -> Profile:
        values: dict[str, Any] = {}
        sources: dict[str, Source] = {}
        own = self.documents[own_name] if own_name is not None else None
        chain = [*([own] if own else ()), *_chain(self.documents, family)]
        for document in reversed(chain):
            for key, value in document.values.items():
                values[key] = value.value
                sources[key] = Source(document.name, value.source, value.date, value.example)
        for key in _SETS:
            values[key] = frozenset(values.get(key) or ())
        for key in [k for k, v in values.items() if v is None]:
            del values[key]
        aliases = (own.name, *own.aliases) if own else ()
        return Profile(payer_id, family, self.version, aliases, sources=sources, **values)


_REMEMBERED: Final = 10_000


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
        read = _read(file_name, documents[file_name])
        if read.name in profiles and profiles[read.name].level != read.level:
            raise ProfileError(f"{file_name}: the name stands in a document of another level")
        profiles[read.name] = read
    _check(profiles)
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
    _check(documents)
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


def _read(file_name: str, text: str) -> ProfileDocument:
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ProfileError(f"{file_name}: is not YAML") from None
    if not isinstance(raw, dict):
        raise ProfileError(f"{file_name}: is not a mapping")
    try:
        return ProfileDocument.model_validate(raw)
    except ValidationError as invalid:
        first = invalid.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ProfileError(f"{file_name}: {place}: {first['type']}") from None


def _check(documents: Mapping[str, ProfileDocument]) -> None:
    """What the documents of one set must keep among each other."""
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
    if document.level != "payer" and document.aliases:
        raise ProfileError(f"{name}: only a payer has aliases")
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
        _check_value(name, key, value.value)


def _check_value(name: str, key: str, value: object) -> None:
    expected = _KEYS.get(key)
    if expected is None:
        raise ProfileError(f"{name}: values.{key} is not a key of a profile")
    if value is None:
        return
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise ProfileError(f"{name}: values.{key} has the wrong type")
    if key.endswith("_anchor") and value not in ANCHORS:
        raise ProfileError(f"{name}: values.{key} must be one of {', '.join(ANCHORS)}")
    if isinstance(value, int) and not isinstance(value, bool) and value <= 0:
        raise ProfileError(f"{name}: values.{key} must be more than 0")
    if key == "denied_claim_freq" and value not in ("1", "7"):
        raise ProfileError(f"{name}: values.{key} must be '1' or '7'")
    if key.endswith("_path") and value not in _PATHS:
        raise ProfileError(f"{name}: values.{key} is not a path")
    if key == "sendable_paths" and isinstance(value, tuple) and not set(value) <= set(_PATHS):
        raise ProfileError(f"{name}: values.{key} is not a list of paths")


_PATHS: Final = (
    "replacement",
    "new_claim",
    "void",
    "void_then_new",
    "reopening",
    "redetermination",
    "reconsideration",
    "provider_dispute",
)

"""What configures a processor: the fold of a partition's `control`, with definitions from their topics.

Definitions (tables, rule sets, payer profiles) lie in the content-addressed store and are named in compacted
topics under keys that are never used twice, so they are read once and kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, TypeVar

from schemas.control import (
    DayOpened,
    EditionLoaded,
    Hold,
    PayerProfiles,
    ProfileChanged,
    RuleSetActivated,
    RuleSetDefinition,
)
from schemas.shape import Shape
from services.core.codes.loading import parse_table
from services.core.codes.tables import Edition, Tables
from services.core.processing import Context
from services.core.recoding import rule_set
from services.core.recoding.rule_set import RuleSet
from services.core.recoding.rules import RuleError
from services.core.resubmission import profiles
from services.core.resubmission.profile_documents import ProfileError
from services.core.resubmission.profiles import Profiles
from services.runtime.blobs import Blobs
from services.runtime.log import Log, TopicPartition
from services.runtime.partitioning import partition_of
from services.runtime.records import UndecodableError, decode_event, decode_state

D = TypeVar("D", bound=Shape)

CONTROL: Final = "control"
HOLDS: Final = "holds"
RULE_SETS: Final = "rule-sets"
PAYER_PROFILES: Final = "payer-profiles"

LOOKED_UP: Final = frozenset({CONTROL, HOLDS, RULE_SETS, PAYER_PROFILES})
"""The topics from which every worker reads its context."""

SHIPPED: Final = "shipped"
"""Name of the rules and profiles that come with Reclaim and hold where `control` has activated none."""


class DefinitionMissingError(Exception):
    """`control` activates a definition that its topic does not hold: the worker stops."""


class ForeignDefinitionError(Exception):
    """Rules or profiles are active, or were when something was proposed, that this release cannot read: another
    one wrote them."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What `control` has made active up to a point: names and versions, nothing loaded yet."""

    today: date | None = None
    editions: Mapping[tuple[str, str], EditionLoaded] = field(default_factory=lambda: MappingProxyType({}))
    rule_set: RuleSetActivated | None = None
    profiles: ProfileChanged | None = None

    def after(self, change: Shape) -> Configuration:
        """The configuration after one control event. Days never go back; the rest is as last said."""
        match change:
            case DayOpened(day=day):
                return self if self.today and self.today >= day else replace(self, today=day)
            case EditionLoaded():
                # At the end: of two editions with one date the one that was loaded later is in force.
                kept = {place: e for place, e in self.editions.items() if place != (change.kind, change.name)}
                return replace(self, editions={**kept, (change.kind, change.name): change})
            case RuleSetActivated():
                return replace(self, rule_set=change)
            case ProfileChanged():
                return replace(self, profiles=change)
            case _:
                return self


def read_configuration(log: Log, partition: int, through: int) -> Configuration:
    """The fold of one partition of `control` up to the offset `through`. Raises NewerVersionError."""
    return read_configurations(log, {partition: through})[partition]


def read_configurations(log: Log, through: Mapping[int, int]) -> dict[int, Configuration]:
    """The same of several partitions: partition -> up to where. What cannot be decoded was made a dead letter when
    it was read, and counts for nothing."""
    found = dict.fromkeys(through, Configuration())
    spans = {TopicPartition(CONTROL, p): (0, end) for p, end in through.items() if end > 0}
    for record in log.read_together(spans) if spans else ():
        try:
            found[record.partition] = found[record.partition].after(decode_event(record).data)
        except UndecodableError:
            continue
    return found


class Definitions:
    """Definitions by name and version, read once. Workers of one process may share it; packed tables are files
    that all processes of a machine share.

    Raises BlobMissingError, DefinitionMissingError and ForeignDefinitionError; each stops the worker rather than let
    it guess.
    """

    def __init__(self, log: Log, blobs: Blobs) -> None:
        self._log = log
        self._blobs = blobs
        self._tables: dict[tuple[str, str], object] = {}
        self._rules: dict[str, RuleSet] = {}
        self._profiles: dict[str, Profiles] = {}

    def tables(self, configuration: Configuration) -> Tables:
        """All editions that are loaded."""
        tables = Tables()
        for loaded in configuration.editions.values():
            place = (loaded.kind, loaded.digest)
            if place not in self._tables:
                self._tables[place] = parse_table(loaded.kind, self._blobs.map(loaded.digest))
            edition = Edition(
                kind=loaded.kind,
                name=loaded.name,
                digest=loaded.digest,
                effective=loaded.effective,
                table=self._tables[place],
                through=loaded.through,
                release=loaded.release,
            )
            tables = tables.with_edition(edition)
        return tables

    def rules(self, configuration: Configuration) -> RuleSet:
        """The active rule set."""
        if (active := configuration.rule_set) is None:
            return shipped_rules()
        key = f"{active.name}@{active.version}"
        if key not in self._rules:
            definition = self._find(RULE_SETS, key, RuleSetDefinition)
            try:
                self._rules[key] = rule_set.load_bundle(self._blobs.get(definition.digest), active.name)
            except RuleError:
                raise ForeignDefinitionError(f"rules {key}: written by another release") from None
        return self._rules[key]

    def profiles(self, configuration: Configuration) -> Profiles:
        """The active payer profiles."""
        if (active := configuration.profiles) is None:
            return shipped_profiles()
        key = f"{active.name}@{active.version}"
        if key not in self._profiles:
            definition = self._find(PAYER_PROFILES, key, PayerProfiles)
            try:
                self._profiles[key] = profiles.load_bundle(self._blobs.get(definition.digest), active.name)
            except ProfileError:
                raise ForeignDefinitionError(f"payer profiles {key}: written by another release") from None
        return self._profiles[key]

    def _find(self, topic: str, key: str, model: type[D]) -> D:
        found: D | None = None
        for record in self._log.read(topic, partition_of(key, self._log.partition_count)):
            if record.key == key:
                found = decode_state(record, model)
        if found is None:
            raise DefinitionMissingError(f"{topic}: no {key}")
        return found


def shipped_documents(package: str) -> dict[str, str]:
    """The YAML documents in the folder `shipped` of a package, by file name."""
    folder = files(package).joinpath("shipped")
    return {
        entry.name: entry.read_text("utf-8")
        for entry in sorted(folder.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".yaml")
    }


@cache
def shipped_rule_bundle() -> bytes:
    """The rules that come with Reclaim, as they are published."""
    return rule_set.bundle(shipped_documents("services.core.recoding"))


@cache
def shipped_profile_bundle() -> bytes:
    """The payer profiles that come with Reclaim, as they are published."""
    return profiles.bundle(shipped_documents("services.core.resubmission"))


@cache
def shipped_rules() -> RuleSet:
    """The rule set that comes with Reclaim."""
    return rule_set.load_bundle(shipped_rule_bundle(), SHIPPED)


@cache
def shipped_profiles() -> Profiles:
    """The payer profiles that come with Reclaim."""
    return profiles.load_bundle(shipped_profile_bundle(), SHIPPED)


class Holds:
    """Who is on hold: `holds`, followed to its end. Only partitions that grew are read."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._read: dict[TopicPartition, int] = {}
        self._held: dict[str, Hold] = {}
        self.subjects: frozenset[str] = frozenset()

    def refresh(self) -> frozenset[str]:
        """The subjects (`payer:<id>`) on hold now."""
        ends = self._log.ends([HOLDS])
        grown = {tp: end for tp, end in ends.items() if end > self._read.get(tp, 0)}
        if grown:
            spans = {tp: (self._read.get(tp, 0), end) for tp, end in grown.items()}
            for record in self._log.read_together(spans):
                self._apply(record.key or "", decode_state(record, Hold))
            self._read |= grown
            self.subjects = frozenset(self._held)
        return self.subjects

    def _apply(self, key: str, hold: Hold | None) -> None:
        if hold is None:
            self._held.pop(key, None)
        else:
            self._held[key] = hold


class Contexts:
    """The context of each partition that a worker holds: its configuration, resolved, and the holds."""

    def __init__(self, log: Log, tenant: str, definitions: Definitions) -> None:
        self._log = log
        self._tenant = tenant
        self._definitions = definitions
        self._holds = Holds(log)
        self._configurations: dict[int, Configuration] = {}
        self._contexts: dict[int, Context] = {}

    def load(self, through: Mapping[int, int]) -> None:
        """Begin with partitions: partition -> the committed offset up to which its `control` counts."""
        self._configurations |= read_configurations(self._log, through)
        for partition in through:
            self._contexts.pop(partition, None)

    def apply(self, partition: int, change: Shape) -> None:
        """One control event was read."""
        self._configurations[partition] = self._configurations[partition].after(change)
        self._contexts.pop(partition, None)

    def drop(self, partition: int) -> None:
        self._configurations.pop(partition, None)
        self._contexts.pop(partition, None)

    def refresh_holds(self) -> None:
        """Read `holds` to its end: before each batch, so that a hold bites before the next send."""
        before = self._holds.subjects
        if self._holds.refresh() != before:
            self._contexts.clear()

    def of(self, partition: int) -> Context:
        """The context of a partition as of now. Raises what `Definitions` raises."""
        found = self._contexts.get(partition)
        if found is None:
            configuration = self._configurations[partition]
            found = Context(
                tenant=self._tenant,
                today=configuration.today,
                partition=partition,
                partitions=self._log.partition_count,
                rules=self._definitions.rules(configuration),
                profiles=self._definitions.profiles(configuration),
                tables=self._definitions.tables(configuration),
                holds=self._holds.subjects,
            )
            self._contexts[partition] = found
        return found

"""Definitions (tables, rule sets, payer profiles): store the bytes, publish the record, say so in `control`.

All of one load is one transaction, after its bytes lie in the store: who reads of an edition can have it.
What is in force already is not published again.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from schemas.control import (
    CodeEdition,
    EditionLoaded,
    PayerProfiles,
    ProfileChanged,
    RuleSetActivated,
    RuleSetDefinition,
)
from schemas.shape import Shape
from services.core.processing import Outcome
from services.core.recoding import rule_set
from services.core.resubmission import profiles
from services.deployment.faults import Failure, WrongUse
from services.deployment.opening import SERVICE, Deployment
from services.runtime.configuration import SHIPPED, shipped_profile_bundle, shipped_rule_bundle
from services.runtime.partitioning import partition_of
from services.runtime.records import decode_event, encode_state, time_text
from services.runtime.shipped_editions import shipped_editions, store

PROFILES: Final = "services.core.resubmission"
RULES: Final = "services.core.recoding"
"""The packages whose documents ship with Reclaim."""

DIGEST_IN_NAME: Final = 12
"""Hex digits of a digest that make the name of an edition that was given none."""


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table in the store. `files` are the sha256 of what it was made from."""

    digest: str
    rows: int
    files: tuple[str, ...]
    source: str = "reclaim load"


@dataclass(frozen=True, slots=True)
class Validity:
    """From and through which day an edition holds, and what its publisher calls it."""

    effective: date
    through: date | None = None
    release: str | None = None


@dataclass(slots=True)
class InForce:
    """What `control` has made active, and how often each thing was changed."""

    editions: dict[tuple[str, str], EditionLoaded] = field(default_factory=dict)
    """(kind, name) -> the edition, those loaded last at the end"""
    profiles: ProfileChanged | None = None
    rules: RuleSetActivated | None = None
    changes: Counter[str] = field(default_factory=Counter)
    """event type -> how many; makes the id of the next one"""

    def of_kind(self, kind: str, effective: date) -> list[EditionLoaded]:
        """The editions of a kind that begin on a day; the last one is in force."""
        return [e for e in self.editions.values() if e.kind == kind and e.effective == effective]


def in_force(deployment: Deployment) -> InForce:
    """Read from partition 0 of `control`; every partition is told the same."""
    found = InForce()
    for record in deployment.log.read("control", 0):
        event = decode_event(record)
        found.changes[event.type] += 1
        match event.data:
            case EditionLoaded() as edition:
                found.editions.pop((edition.kind, edition.name), None)
                found.editions[edition.kind, edition.name] = edition
            case ProfileChanged() as changed:
                found.profiles = changed
            case RuleSetActivated() as activated:
                found.rules = activated
            case _:
                pass
    return found


def publish_edition(
    deployment: Deployment, kind: str, name: str | None, table: StoredTable, validity: Validity, by: str
) -> str | None:
    """Publish a table whose bytes are in the store; returns the edition's name, or null where just this one is
    in force already.

    Raises WrongUse where the name stands for other content: a published edition is never overwritten.
    """
    name = name or table.digest[:DIGEST_IN_NAME]
    current = in_force(deployment)
    told = EditionLoaded(
        kind=kind,
        name=name,
        digest=table.digest,
        effective=validity.effective,
        through=validity.through,
        release=validity.release,
    )
    if current.of_kind(kind, told.effective)[-1:] == [told]:
        return None
    key = f"{kind}@{name}"
    earlier = deployment.latest("code-editions").get(key)
    if earlier is not None and CodeEdition.parse(earlier.value or b"").digest != table.digest:
        raise WrongUse(f"edition {name} of {kind} exists with other content; give this one another --edition")
    definition = CodeEdition(
        kind=kind,
        name=name,
        digest=table.digest,
        effective=told.effective,
        rows=table.rows,
        source=table.source,
        through=told.through,
        release=told.release,
        files=table.files,
    )
    _publish(deployment, "code-editions", key, definition, "edition-loaded.v1", told, current, by)
    return name


def publish_profiles(deployment: Deployment, name: str, data: bytes, by: str) -> bool:
    """Publish a set of payer profiles and make it the active one; False where it is already."""
    loaded = profiles.load_bundle(data, name)
    told = ProfileChanged(name=name, version=loaded.version)
    current = in_force(deployment)
    if current.profiles == told:
        return False
    definition = PayerProfiles(
        name=name,
        profile_version=loaded.version,
        digest=deployment.blobs.put(data),
        profiles=len(loaded.documents),
    )
    key = f"{name}@{loaded.version}"
    _publish(deployment, "payer-profiles", key, definition, "profile-changed.v1", told, current, by)
    return True


def publish_rules(deployment: Deployment, name: str, data: bytes, by: str) -> bool:
    """Publish a set of rules and make it the active one; False where it is already."""
    loaded = rule_set.load_bundle(data, name)
    told = RuleSetActivated(name=name, version=loaded.version)
    current = in_force(deployment)
    if current.rules == told:
        return False
    definition = RuleSetDefinition(
        name=name,
        rule_set_version=loaded.version,
        digest=deployment.blobs.put(data),
        rules=len(loaded.rules),
    )
    key = f"{name}@{loaded.version}"
    _publish(deployment, "rule-sets", key, definition, "rule-set-activated.v1", told, current, by)
    return True


def publish_shipped(deployment: Deployment, by: str) -> bool:
    """Make the rules and profiles of this release the active ones, where the installation has not made
    its own, and load the editions that ship; what is active already stays. Returns whether anything was
    published."""
    current = in_force(deployment)
    published = False
    if current.rules is None or current.rules.name == SHIPPED:
        published |= publish_rules(deployment, SHIPPED, shipped_rule_bundle(), by)
    if current.profiles is None or current.profiles.name == SHIPPED:
        published |= publish_profiles(deployment, SHIPPED, shipped_profile_bundle(), by)
    for edition in shipped_editions():
        # A table that the installation loaded itself for the same days stays in force.
        if not current.of_kind(edition.kind, edition.effective):
            validity = Validity(edition.effective, edition.through, edition.release)
            table = StoredTable(store(edition, deployment.blobs), edition.rows, edition.files, "shipped")
            published |= (
                publish_edition(deployment, edition.kind, edition.name, table, validity, by) is not None
            )
    return published


def _publish(
    deployment: Deployment,
    topic: str,
    key: str,
    definition: Shape,
    type_: str,
    told: Shape,
    current: InForce,
    by: str,
) -> None:
    now = datetime.now(UTC)
    change = current.changes[type_] + 1

    def changed(partition: int) -> Outcome:
        return Outcome(
            type=type_,
            key=f"{deployment.settings.tenant}|control",
            natural_key=f"{key}|{change}|{partition}",
            time=now,
            data=told,
        )

    state = encode_state(
        topic,
        key,
        definition.encode(),
        deployment.event(changed(0)),
        model=type(definition),
        service=SERVICE,
        ingested=time_text(now),
        partition=partition_of(key, deployment.log.partition_count),
    )
    action = deployment.action(type_.removesuffix(".v1"), f"{topic}:{key}", by, None, secrets.token_hex(8))
    deployment.publish([state, *deployment.everywhere(changed), action])


def read_file(file: Path) -> bytes:
    """Its bytes, or Failure in one line."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise Failure(f"a file cannot be read ({error.strerror}); nothing was loaded") from error

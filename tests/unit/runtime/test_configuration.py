"""Configuration: the fold of `control`, and definitions from their topics."""

from __future__ import annotations

from datetime import date

import pytest

from schemas.control import (
    DayOpened,
    EditionLoaded,
    PayerProfiles,
    ProfileChanged,
    RuleSetActivated,
    RuleSetDefinition,
)
from schemas.envelope import Event, business_time
from schemas.shape import Shape
from services.core.recoding import rule_set
from services.core.resubmission import profiles
from services.runtime.blobs import BlobMissingError, Blobs
from services.runtime.configuration import (
    SHIPPED,
    Configuration,
    Contexts,
    DefinitionMissingError,
    Definitions,
    ForeignDefinitionError,
    read_configuration,
    shipped_documents,
)
from services.runtime.embedded import EmbeddedLog
from services.runtime.partitioning import partition_of
from services.runtime.records import encode_state
from services.runtime.settings import Settings
from tests.folds import DAY, INGESTED, TENANT, opened, published

PROVIDERS = (
    b"npi,entity_type,name,first_name,tax_id,taxonomy,effective,ended\n"
    b"1234567893,1,TESTER,ANNA,001234567,207Q00000X,2020-01-01,\n"
)


@pytest.fixture
def blobs(settings: Settings) -> Blobs:
    return Blobs(settings.blobs)


@pytest.fixture
def definitions(log: EmbeddedLog, blobs: Blobs) -> Definitions:
    return Definitions(log, blobs)


def loaded(name: str, digest: str = "0" * 64, effective: date = DAY) -> EditionLoaded:
    return EditionLoaded(kind="providers", name=name, digest=digest, effective=effective)


def define(log: EmbeddedLog, topic: str, key: str, state: Shape) -> None:
    cause = Event("c", "x", "/reclaim/cli", business_time(DAY), key, state)
    log.appender("cli").commit(
        [
            encode_state(
                topic,
                key,
                state.encode(),
                cause,
                model=type(state),
                service="cli",
                ingested=INGESTED,
                partition=partition_of(key, 8),
            )
        ]
    )


def test_days_do_not_go_back() -> None:
    after = Configuration().after(DayOpened(day=date(2025, 3, 2))).after(DayOpened(day=date(2025, 3, 1)))
    assert after.today == date(2025, 3, 2)


def test_an_edition_that_is_loaded_again_is_the_latest() -> None:
    configuration = Configuration()
    for name in ("a", "b", "a"):
        configuration = configuration.after(loaded(name))
    assert [name for _, name in configuration.editions] == ["b", "a"]


def test_the_configuration_is_the_fold_up_to_an_offset_and_no_further(log: EmbeddedLog) -> None:
    log.appender("t").commit([opened(date(2025, 3, day), 2) for day in (1, 2, 3)])
    assert read_configuration(log, 2, 0).today is None
    assert read_configuration(log, 2, 2).today == date(2025, 3, 2)
    assert read_configuration(log, 1, 2).today is None


def test_with_nothing_activated_the_shipped_definitions_hold(definitions: Definitions) -> None:
    assert definitions.rules(Configuration()).name == SHIPPED
    assert definitions.profiles(Configuration()).name == SHIPPED
    assert definitions.rules(Configuration()).rules


def test_a_loaded_table_is_parsed_from_its_bytes(definitions: Definitions, blobs: Blobs) -> None:
    tables = definitions.tables(Configuration().after(loaded("2025", blobs.put(PROVIDERS))))
    edition = tables.on("providers", DAY)
    assert edition is not None
    assert edition.table.rows == 1  # type: ignore[attr-defined]
    assert tables.on("providers", date(2025, 2, 28)) is None


def test_a_table_whose_bytes_cannot_be_had_stops(definitions: Definitions) -> None:
    with pytest.raises(BlobMissingError):
        definitions.tables(Configuration().after(loaded("2025")))


def test_rules_that_another_release_wrote_stop(
    log: EmbeddedLog, definitions: Definitions, blobs: Blobs
) -> None:
    bundle = b'{"rules":[{"id":"of-tomorrow","reads":"what this release does not know"}]}'
    active = RuleSetActivated(name="ours", version=rule_set.version_of(bundle))
    definition = RuleSetDefinition(
        name="ours", rule_set_version=active.version, digest=blobs.put(bundle), rules=1
    )
    define(log, "rule-sets", f"ours@{active.version}", definition)
    with pytest.raises(ForeignDefinitionError, match=f"rules ours@{active.version}"):
        definitions.rules(Configuration().after(active))


def test_an_activated_rule_set_is_found_by_name_and_version(
    log: EmbeddedLog, definitions: Definitions, blobs: Blobs
) -> None:
    bundle = rule_set.bundle(shipped_documents("services.core.recoding"))
    active = RuleSetActivated(name="ours", version=rule_set.version_of(bundle))
    definition = RuleSetDefinition(
        name="ours", rule_set_version=active.version, digest=blobs.put(bundle), rules=5
    )
    with pytest.raises(DefinitionMissingError):
        definitions.rules(Configuration().after(active))
    define(log, "rule-sets", f"ours@{active.version}", definition)
    found = definitions.rules(Configuration().after(active))
    assert (found.name, found.version) == ("ours", active.version)


def test_changed_profiles_are_found_by_name_and_version(
    log: EmbeddedLog, definitions: Definitions, blobs: Blobs
) -> None:
    bundle = profiles.bundle(shipped_documents("services.core.resubmission"))
    active = ProfileChanged(name="ours", version=profiles.version_of(bundle))
    definition = PayerProfiles(
        name="ours", profile_version=active.version, digest=blobs.put(bundle), profiles=9
    )
    define(log, "payer-profiles", f"ours@{active.version}", definition)
    assert definitions.profiles(Configuration().after(active)).name == "ours"


def test_a_context_changes_with_each_control_event_of_its_partition(
    log: EmbeddedLog, definitions: Definitions
) -> None:
    contexts = Contexts(log, TENANT, definitions)
    contexts.load({1: 0, 2: 0})
    contexts.apply(1, DayOpened(day=DAY))
    assert (contexts.of(1).today, contexts.of(2).today) == (DAY, None)
    assert (contexts.of(1).partition, contexts.of(1).partitions, contexts.of(1).tenant) == (1, 8, TENANT)


def test_what_cannot_be_decoded_in_control_counts_for_nothing(log: EmbeddedLog) -> None:
    bad = published("day-opened.v1", "d", "main|control", DayOpened(day=DAY), 2)
    log.appender("t").commit([opened(DAY, 2), type(bad)(bad.topic, bad.key, b"{", bad.headers, 2)])
    assert read_configuration(log, 2, 2).today == DAY

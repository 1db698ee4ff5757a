"""`load`: bytes stored, definition published, every partition told; the same again changes nothing."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from schemas.control import CodeEdition, EditionLoaded, OperatorAction, ProfileChanged
from services.core.codes.loading import KINDS
from services.deployment.definitions import in_force
from services.deployment.opening import Deployment
from services.runtime.configuration import Configuration, Definitions, read_configuration
from services.runtime.records import decode_event, decode_state
from tests.unit.cli.conftest import Reclaim

HEADER = ",".join(KINDS["authorizations"].header)
ROW = "AUTH1,60054,M1,1234567893,G0463,2026-01-01,2026-12-31,10,0"
PROFILE = """
kind: profile
level: payer
name: "60054"
aliases: ["AETNX"]
inherits: commercial
values:
  automation: {value: [prior_authorization], source: "our contract", date: 2026-01-01, example: true}
cases:
  - {name: a replacement, filing_indicator: CI, path: replacement}
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "auth.csv"
    file.write_text(f"{HEADER}\n{ROW}\n")
    return file


def configured(deployment: Deployment) -> Configuration:
    return read_configuration(deployment.log, 5, deployment.log.ends(["control"])["control", 5])  # type: ignore[index]


def test_the_bytes_lie_in_the_store_and_the_definition_names_them(
    reclaim: Reclaim, deployment: Deployment, table: Path
) -> None:
    assert reclaim("load", "authorizations", table).status == 0
    ((key, record),) = deployment.latest("code-editions").items()
    edition = decode_state(record, CodeEdition)
    assert edition is not None
    assert key == f"authorizations@{edition.name}"
    assert deployment.blobs.get(edition.digest) == table.read_bytes()
    assert edition.rows == 1


def test_every_partition_is_told(reclaim: Reclaim, deployment: Deployment, table: Path) -> None:
    reclaim("load", "authorizations", table)
    told = [(r.partition, decode_event(r).data) for r in deployment.log.read("control")]
    assert [partition for partition, _ in told] == list(range(deployment.log.partition_count))
    assert all(isinstance(data, EditionLoaded) for _, data in told)
    assert len({decode_event(r).id for r in deployment.log.read("control")}) == len(told)


def test_the_same_table_again_changes_nothing(reclaim: Reclaim, deployment: Deployment, table: Path) -> None:
    reclaim("load", "authorizations", table)
    before = deployment.log.ends(["control", "code-editions", "operator-actions"])
    assert "nothing changed" in reclaim("load", "authorizations", table).out
    assert deployment.log.ends(["control", "code-editions", "operator-actions"]) == before


def test_a_table_that_was_replaced_and_comes_back_is_in_force_again(
    reclaim: Reclaim, deployment: Deployment, table: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_text(f"{HEADER}\n")
    for file in (table, other, table):
        reclaim("load", "authorizations", file)
    assert list(in_force(deployment).editions.values())[-1].digest == sha256(table.read_bytes()).hexdigest()


def test_a_name_never_stands_for_other_content(reclaim: Reclaim, table: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(f"{HEADER}\n")
    assert reclaim("load", "authorizations", table, "--edition", "spring").status == 0
    ended = reclaim("load", "authorizations", other, "--edition", "spring")
    assert ended.status == 2
    assert "another --edition" in ended.err


def test_a_wrong_row_names_its_place_and_not_its_value(
    reclaim: Reclaim, deployment: Deployment, table: Path
) -> None:
    table.write_text(f"{HEADER}\n{ROW.replace('2026-01-01', 'MRSEXAMPLE')}\n")
    ended = reclaim("load", "authorizations", table)
    assert ended.status == 1
    assert "row 2" in ended.err
    assert "MRSEXAMPLE" not in ended.err
    assert deployment.latest("code-editions") == {}


def test_files_of_one_kind_become_one_edition(
    reclaim: Reclaim, deployment: Deployment, table: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_text(f"{HEADER}\n{ROW.replace('AUTH1', 'AUTH2')}")
    assert "2 rows" in reclaim("load", "authorizations", table, other).out


def test_files_with_different_headers_are_not_joined(reclaim: Reclaim, table: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("npi\n1\n")
    assert reclaim("load", "authorizations", table, other).status == 1


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_help_prints_the_header(reclaim: Reclaim, kind: str) -> None:
    assert ",".join(KINDS[kind].header) in reclaim("load", kind, "--help").out


def test_a_payer_profile_is_laid_over_what_ships(
    reclaim: Reclaim, deployment: Deployment, tmp_path: Path
) -> None:
    file = tmp_path / "60054.yaml"
    file.write_text(PROFILE)
    assert reclaim("load", "payer_profiles", file).status == 0
    profiles = Definitions(deployment.log, deployment.blobs).profiles(configured(deployment))
    assert profiles.of("aetnx").automation == {"prior_authorization"}
    assert profiles.of("aetnx").accepts_7 is True


def test_a_second_profile_leaves_the_first_one_in_force(
    reclaim: Reclaim, deployment: Deployment, tmp_path: Path
) -> None:
    for payer, alias in (("60054", "AETNX"), ("00123", "BCBSX")):
        file = tmp_path / f"{payer}.yaml"
        file.write_text(PROFILE.replace("60054", payer).replace("AETNX", alias))
        assert reclaim("load", "payer_profiles", file).status == 0
    profiles = Definitions(deployment.log, deployment.blobs).profiles(configured(deployment))
    assert profiles.of("60054").known
    assert profiles.of("00123").known


def test_a_profile_that_is_active_is_not_published_again(
    reclaim: Reclaim, deployment: Deployment, tmp_path: Path
) -> None:
    file = tmp_path / "60054.yaml"
    file.write_text(PROFILE)
    reclaim("load", "payer_profiles", file)
    reclaim("load", "payer_profiles", file)
    changed = [
        d for r in deployment.log.read("control", 0) if isinstance(d := decode_event(r).data, ProfileChanged)
    ]
    assert len(changed) == 1


def test_who_loaded_it_is_recorded(reclaim: Reclaim, deployment: Deployment, table: Path) -> None:
    reclaim("load", "authorizations", table, "--by", "dana")
    (record,) = deployment.log.read("operator-actions")
    action = decode_event(record).data
    assert isinstance(action, OperatorAction)
    assert (action.action, action.by) == ("edition-loaded", "dana")

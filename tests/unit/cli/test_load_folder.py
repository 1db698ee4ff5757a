"""`load folder`: every table of an installation, each in a file that is named by its kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Reclaim

UNITS = "code,units,indicator,rationale\nG0463,2,1,r\n"
FEES = "payer_id,code,modifiers,amount,effective,ended\nP1,G0463,,10.00,2026-01-01,\n"
PROVIDERS = "npi,entity_type,name,first_name,tax_id,taxonomy,effective,ended\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tables"
    made.mkdir()
    (made / "fees.csv").write_text(FEES)
    (made / "providers.csv").write_text(PROVIDERS + "1234567893,1,EXAMPLE,ANN,99,,,\n")
    (made / "claims-of-may.csv").write_text("no table\n")
    return made


def test_files_named_by_a_kind_are_loaded_and_others_left_alone(reclaim: Reclaim, folder: Path) -> None:
    ended = reclaim("load", "folder", folder)
    assert (ended.status, ended.out.count("loaded as edition")) == (0, 2)
    assert "nothing changed" in reclaim("load", "folder", folder).out


def test_a_table_without_dates_wants_the_day_it_begins(reclaim: Reclaim, folder: Path) -> None:
    (folder / "mue_practitioner.csv").write_text(UNITS)
    refused = reclaim("load", "folder", folder)
    assert (refused.status, "--effective" in refused.err, refused.out) == (1, True, "")
    ended = reclaim("load", "folder", folder, "--effective", "2026-01-01")
    assert "mue_practitioner: 1 rows loaded" in ended.out
    assert "valid from 2026-01-01" in ended.out


def test_a_folder_without_tables_is_wrong_use(reclaim: Reclaim, tmp_path: Path) -> None:
    assert reclaim("load", "folder", tmp_path).status == 2

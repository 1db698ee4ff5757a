"""The examples are what their generator makes, valid, in balance, and as varied as they promise."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from examples.generate import HERE, examples
from examples.generator.people import npi
from schemas.codes import ClaimState
from services.core.codes.loading import parse_table
from services.core.denials.state import decide
from services.core.resubmission.profiles import bundle, load_bundle
from services.core.x12.items import (
    AcknowledgedClaim,
    AcknowledgedGroup,
    ProviderAdjustment,
    RemittedClaim,
    SubmittedClaim,
)
from services.resubmitter.gate import findings
from tests.accounting import account

FILES = examples()
INBOX = [name for name in FILES if name.startswith("inbox/")]
CLAIMS = [name for name in INBOX if name.endswith(("-837P.edi", "-837I.edi"))]
ITEMS = [item for name in INBOX for item in account(FILES[name])]
REMITTED = [item.claim for item in ITEMS if isinstance(item, RemittedClaim)]


def test_the_committed_files_are_those_of_the_generator() -> None:
    on_disk = {
        str(path.relative_to(HERE)): path.read_bytes()
        for path in (
            *(HERE / "inbox").iterdir(),
            *HERE.glob("*.csv"),
            HERE / "documentation.json",
            HERE / "day",
        )
    }
    assert on_disk == FILES


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_file_passes_the_outbound_gate(name: str) -> None:
    assert findings(FILES[name]) == ()


@pytest.mark.parametrize("name", INBOX)
def test_no_file_has_findings(name: str) -> None:
    found = []
    for item in account(FILES[name]):
        found += getattr(item, "findings", ())
        found += getattr(getattr(item, "claim", None), "findings", ())
    assert found == []


def test_there_are_about_two_hundred_claims_each_with_its_own_number() -> None:
    numbers = [item.claim.claim_number for item in ITEMS if isinstance(item, SubmittedClaim)]
    assert 200 <= len(numbers) <= 240
    assert len(set(numbers)) == len(numbers)


def test_every_remitted_claim_was_submitted() -> None:
    submitted = {item.claim.claim_number for item in ITEMS if isinstance(item, SubmittedClaim)}
    assert {claim.claim_number for claim in REMITTED} <= submitted


def test_every_outcome_of_a_claim_occurs() -> None:
    states = Counter(decide(claim).claim_state for claim in REMITTED)
    assert set(states) == set(ClaimState) - {ClaimState.PREDETERMINATION, ClaimState.REJECTED}
    assert states[ClaimState.PAID] > 80


def test_at_least_fifteen_causes_of_denial_occur() -> None:
    known = json.loads(Path("services/core/denials/carc.json").read_text(encoding="utf-8"))["rows"]
    cause = {row["code"]: row["cause"] for row in known if row["class"] == "denial"}
    found = {cause[a.reason] for claim in REMITTED for a in claim.adjustments if a.reason in cause}
    assert len(found) >= 15


def test_acknowledgments_and_provider_adjustments_are_among_them() -> None:
    rejected = [i for i in ITEMS if isinstance(i, AcknowledgedClaim) and not i.acknowledgment.accepted]
    assert len(rejected) == 1
    assert len([i for i in ITEMS if isinstance(i, AcknowledgedGroup)]) == 1
    assert {i.adjustment.reason for i in ITEMS if isinstance(i, ProviderAdjustment)} == {"WO", "L6", "FB"}


@pytest.mark.parametrize("kind", ["authorizations", "providers", "trading_partners", "nppes", "fees"])
def test_the_master_tables_can_be_loaded(kind: str) -> None:
    assert len(parse_table(kind, FILES[f"{kind}.csv"])) > 0


@pytest.mark.parametrize("file", sorted((HERE / "codes").iterdir()), ids=lambda file: file.stem)
def test_the_code_tables_can_be_loaded_and_name_no_cpt_code(file: Path) -> None:
    data = file.read_bytes()
    assert len(parse_table(file.stem, data)) > 0
    rows = list(csv.DictReader(data.decode().splitlines()))
    codes = {
        row[column] for row in rows for column in ("code", "column1", "column2", "primary") if column in row
    }
    assert [code for code in codes if len(code) == 5 and code[:4].isdigit()] == []


def test_the_profiles_can_be_loaded_over_the_shipped_ones() -> None:
    shipped = Path("services/core/resubmission/shipped")
    documents = {
        p.name: p.read_text() for p in (*shipped.glob("*.yaml"), *(HERE / "payer_profiles").glob("*.yaml"))
    }
    profiles = load_bundle(bundle(documents), "examples")
    northwind = profiles.of("NORTHWIND", "12", "OH")
    assert northwind.payer_id == "NWH01"
    assert northwind.automation == {"prior_authorization", "provider_identifier", "format"}
    assert not profiles.of("HBL07", "HM", "ME").automation


def test_no_npi_lies_in_the_range_that_is_given_out() -> None:
    """NPIs of the real world begin with 1."""
    assert all(npi(str(n)).startswith("2") for n in range(50))

"""Clean files of another maker: x12sdk's seeded generators. Nothing to find in them, and nothing is lost."""

from __future__ import annotations

from decimal import Decimal

import oxedi
import pytest
from x12sdk.generate import generate_276, generate_834, generate_835, generate_837i, generate_837p

from services.core.x12.items import (
    ProviderAdjustment,
    RemittedClaim,
    SubmittedClaim,
    TransactionClosed,
    TransactionOpened,
)
from tests.accounting import account

SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("generate", "kind"), [(generate_837p, "837P"), (generate_837i, "837I")])
def test_claims_are_read_without_findings(generate, kind, seed) -> None:  # type: ignore[no-untyped-def]
    text = generate(seed=seed, claims=40)
    items = account(text.encode())
    claims = [item.claim for item in items if isinstance(item, SubmittedClaim)]
    assert len(claims) == 40
    assert {claim.transaction for claim in claims} == {kind}
    assert [f for claim in claims for f in claim.findings] == []
    assert all(claim.member_id and claim.billing_npi and claim.payer.id and claim.lines for claim in claims)
    assert {bool(claim.loops.patient) for claim in claims} == {True, False}, "subscribers and dependents"


@pytest.mark.parametrize("seed", SEEDS)
def test_remittances_balance_to_the_cent(seed: int) -> None:
    """All there is to find: the generator leaves CLP05 blank where the patient owes something."""
    data = generate_835(seed=seed, claims=40, provider_adjustments=6).encode()
    items = account(data)
    claims = [item.claim for item in items if isinstance(item, RemittedClaim)]
    oracle = oxedi.parse(data)
    assert len(claims) == oracle.count_claims() == 40
    taken = sum((i.adjustment.amount for i in items if isinstance(i, ProviderAdjustment)), Decimal(0))
    assert sum(claim.paid for claim in claims) - taken == oracle.sum_payments()
    assert {f.code for claim in claims for f in claim.findings} == {"patient_responsibility_missing"}
    assert [f for item in items if isinstance(item, TransactionClosed) for f in item.findings] == []


@pytest.mark.parametrize(("generate", "kind"), [(generate_834, "834"), (generate_276, "276")])
def test_other_kinds_are_recognized_and_counted(generate, kind) -> None:  # type: ignore[no-untyped-def]
    items = account(generate(seed=1).encode())
    opened = [item for item in items if isinstance(item, TransactionOpened)]
    assert [(item.kind, item.processed) for item in opened] == [(kind, False)]

"""The proof: deterministic, and different wherever something that it rests on differs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest

from services.core.codes.loading import header_of, parse_table
from services.core.codes.tables import NO_TABLES, Edition, Tables
from services.core.recoding.proposal import Proposed, propose
from services.runtime.configuration import shipped_profiles, shipped_rules
from tests.recoding import AUTHORIZED, TODAY, case, denial_of, profiles_with, tables_of


def proved(today: date | None = TODAY, **changes: Any) -> Proposed:
    context = {
        "rules": shipped_rules(),
        "profiles": profiles_with("prior_authorization"),
        "tables": tables_of(),
    }
    given = {**context, **{k: v for k, v in changes.items() if k in context}}
    denial = denial_of(**{k: v for k, v in changes.items() if k not in context})
    return propose(denial, given["rules"], given["profiles"], given["tables"], today)


def test_the_event_carries_the_digest_of_the_bytes() -> None:
    made = proved()
    assert made.proposal.proof == sha256(made.proof).hexdigest()


def test_the_same_inputs_give_the_same_bytes() -> None:
    assert proved().proof == proved().proof


def test_revision_and_day_are_no_part_of_it() -> None:
    assert proved(revision=7).proof == proved().proof
    assert proved(today=date(2026, 6, 1)).proof == proved().proof


def renamed(tables: Tables) -> Tables:
    return Tables(tuple(Edition(e.kind, e.name, "f" * 64, e.effective, e.table) for e in tables.editions))


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": ("case", "more")},
        {"waits": ("ambiguous_lineage",)},
        {"lineage": "other"},
        {"tables": NO_TABLES},
        {"tables": renamed(tables_of())},
        {"rules": replace(shipped_rules(), version="other")},
        {"profiles": shipped_profiles()},
        {"claim": None},
        {"adjudication": denial_of().adjudication.model_copy(update={"payer_control_number": "ICN2"})},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_it_rests_on_changes_it(changes: dict[str, Any]) -> None:
    assert proved(**changes).proof != proved().proof


def test_it_names_rules_rejected_rows_guards_and_what_was_taken() -> None:
    crowd = case("authorization-on-file", "rows of other members, payers, providers and dates do not disturb")
    body = json.loads(proved(tables=tables_of(crowd)).proof)
    (rule,) = body["rules"]
    assert rule["rule"] == "authorization-on-file@1"
    assert rule["taken"] is True
    assert set(rule["rejected"]) == {"row 3: payer", "row 4: provider", "row 5: dates"}
    assert [g[0] for g in body["guards"]] == [f"G{n}" for n in range(1, 11)]
    assert body["answer"]["edits"] == [["prior_authorization", None, "AUTH-77"]]


def test_it_names_what_was_missing_for_a_rule_that_could_not_decide() -> None:
    body = json.loads(proved(tables=NO_TABLES).proof)
    assert [(r["rule"], r["outcome"], r["missing"]) for r in body["rules"]] == [
        ("authorization-on-file@1", "missing", ["table:authorizations"]),
        ("authorization-missing@1", "passes", []),
    ]


def test_it_holds_no_member_and_no_name() -> None:
    text = proved(of=AUTHORIZED).proof.decode()
    assert "M100" not in text
    assert "EXAMPLE" not in text


def loaded(units_used: str) -> Tables:
    """The authorizations of the case, as a file of them is loaded."""
    rows = [{**row, "units_used": units_used} for row in AUTHORIZED.tables["authorizations"]]
    header = header_of("authorizations")
    text = "\n".join([",".join(header), *(",".join(row.get(name, "") for name in header) for row in rows)])
    data = text.encode()
    table = parse_table("authorizations", data)
    return Tables((Edition("authorizations", "site", sha256(data).hexdigest(), date(1900, 1, 1), table),))


def test_one_cell_of_one_row_makes_another_digest_even_where_the_answer_is_the_same() -> None:
    one, same, other = (proved(tables=loaded(used)) for used in ("0", "0", "1"))
    assert one.proof == same.proof
    assert one.proposal.edits == other.proposal.edits
    assert one.proposal.proof != other.proposal.proof


def test_it_names_each_edition_with_its_dates() -> None:
    tables = loaded("0")
    (edition,) = json.loads(proved(tables=tables).proof)["editions"]
    assert edition == ["authorizations", "site", tables.editions[0].digest, "1900-01-01", None]


def test_it_names_the_editions_of_every_date_of_service() -> None:
    first, second = loaded("0").editions[0], replace(loaded("1").editions[0], name="later")
    claim = denial_of().claim
    assert claim is not None
    day = claim.lines[0].service_from
    assert day is not None
    later = claim.lines[0].model_copy(update={"line": 2, "service_from": day + timedelta(days=30)})
    made = proved(
        tables=Tables((first, replace(second, effective=day + timedelta(days=1)))),
        claim=claim.model_copy(update={"lines": (*claim.lines, later)}),
    )
    assert [name for _, name, *_ in json.loads(made.proof)["editions"]] == ["site", "later"]

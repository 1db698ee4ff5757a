"""The numbers of `status`: each business fact once, and every word of the interface there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from schemas.records.intake_file import FileCounts, IntakeFile, IntakeStatus, QuarantinedEntry
from services.cli.status import strict_status
from services.monitor.tally import Tally

KEY = "main|claim"


def told(tally: Tally, type_: str, key: str = KEY, **data: Any) -> None:
    value = json.dumps(data)
    tally.event(value, f"{type_}.v1", key, value.encode())


def classified(
    tally: Tally, lineage: str, cause: str, amount: str, revision: int = 1, attempts: Sequence[Any] = ()
) -> None:
    told(
        tally,
        "denial-classified",
        lineage=lineage,
        revision=revision,
        attempts=attempts,
        primary_cause=cause,
        denied_amount=amount,
    )


def proposed(lineage: str, automation: str, amount: str = "1.00") -> dict[str, Any]:
    return {
        "claim_number": f"C{lineage}",
        "lineage": lineage,
        "automation": automation,
        "amount_at_stake": amount,
    }


def attempt(resubmission: str, outcome: str, recovered: str = "0.00") -> dict[str, str]:
    return {"resubmission_id": resubmission, "outcome": outcome, "recovered": recovered}


def changed(tally: Tally, *attempts: dict[str, str], lineage: str = "l", revision: int = 2) -> None:
    told(tally, "case-changed", lineage=lineage, revision=revision, attempts=attempts)


def delivered(tally: Tally, resubmission: str, file: str) -> None:
    told(
        tally,
        "claim-delivered",
        resubmission_id=resubmission,
        file=file,
        interchange_control_number="000000001",
        at="2026-02-01",
    )


def item(lineage: str = "l", status: str = "open", automation: str = "A2", **fields: Any) -> dict[str, Any]:
    """An item of the recoder's record, with a proposal of 10 dollars and two clocks."""
    proposal = {
        "claim_number": "C1",
        "proposal_id": f"p-{lineage}",
        "payer": {"id": "P", "name": None},
        "action": "corrected_claim",
        "automation": automation,
        "primary_cause": "auth",
        "amount_at_stake": fields.pop("amount", "10.00"),
        "deadlines": [{"due": "2026-06-01"}, {"due": "2026-05-01"}],
    }
    return {"lineage": lineage, "status": status, "proposal": proposal, **fields}


def worked(*items: dict[str, Any]) -> Tally:
    tally = Tally()
    tally.record("work-items", KEY, json.dumps({"lineages": items}).encode())
    return tally


def a_file(name: str, **fields: Any) -> IntakeFile:
    return IntakeFile(file=name * 64, size=1, **{"status": IntakeStatus.PUBLISHED, **fields})


def recorded(tally: Tally, *files: IntakeFile) -> None:
    for file in files:
        tally.record("intake-files", file.file, file.encode())


def test_a_lineage_counts_once_under_its_latest_classification() -> None:
    tally = Tally()
    classified(tally, "l1", "data", "10.00")
    classified(tally, "l1", "auth", "12.00", revision=2)
    classified(tally, "l2", "auth", "3.00")
    totals = tally.summary().denials
    assert {cause: (t.count, t.amount) for cause, t in totals.items()} == {"auth": (2, Decimal("15.00"))}


def test_causes_stand_in_the_order_of_their_dollars() -> None:
    tally = Tally()
    for lineage, cause, amount in (("1", "auth", "1.00"), ("2", "timely", "9.00"), ("3", "data", "5.00")):
        classified(tally, lineage, cause, amount)
    assert list(tally.summary().denials) == ["timely", "data", "auth"]


def test_an_event_that_is_read_twice_changes_no_number() -> None:
    once, twice = Tally(), Tally()
    for tally, times in ((once, 1), (twice, 2)):
        for _ in range(times):
            classified(tally, "l", "auth", "1.00", attempts=[attempt("r", "denied_again")])
            told(tally, "recoding-proposed", **proposed("l", "A2"))
            told(tally, "recoding-decided", proposal_id="p", decision="approved")
            told(tally, "claim-resubmitted", resubmission_id="r", proposal_id="p")
            delivered(tally, "r", "a/b/1.837")
            changed(tally, attempt("r", "paid"))
            told(tally, "dead-letter", letter="x", service="recoder")
    assert once.summary() == twice.summary()


def test_what_came_in_is_published_or_quarantined() -> None:
    tally = Tally()
    recorded(
        tally,
        a_file(
            "a",
            held=FileCounts(claims=3, segments=30, transactions={"835": 1}),
            kept=FileCounts(claims=3, segments=30),
            claims_published=2,
            claims_quarantined=1,
            quarantined=(QuarantinedEntry(index=2, reason="amount_not_numeric"),),
            by_state={"paid": 2},
        ),
    )
    summary = tally.summary()
    assert (
        summary.intake.claims_in == summary.intake.claims_published + summary.intake.claims_quarantined == 3
    )
    assert summary.intake.segments_in == summary.intake.segments_kept == 30
    assert [(q.file, q.index, q.reason) for q in summary.quarantine] == [
        ("aaaaaaaa", 2, "amount_not_numeric")
    ]
    assert summary.claims["paid"] == 2


def test_a_file_in_progress_counts_with_what_is_published() -> None:
    tally = Tally()
    recorded(
        tally,
        a_file(
            "a",
            status=IntakeStatus.PUBLISHING,
            held=FileCounts(claims=100, segments=1000),
            kept=FileCounts(claims=40, segments=410),
            claims_published=40,
        ),
    )
    summary = tally.summary()
    intake = summary.intake
    assert (intake.claims_in, intake.claims_published, intake.segments_in) == (40, 40, 410)
    assert intake.files_in_progress == 1
    assert summary.being_read == ("a" * 8,)
    assert summary.unaccounted == ()


@pytest.mark.parametrize(("published", "kept"), [(2, 30), (3, 29)])
def test_a_published_file_whose_counts_do_not_meet_is_named(published: int, kept: int) -> None:
    tally = Tally()
    for digest, claims in (("a", published), ("b", 3)):
        whole = FileCounts(claims=3, segments=30)
        left = FileCounts(claims=3, segments=kept if digest == "a" else 30)
        recorded(tally, a_file(digest, held=whole, kept=left, claims_published=claims))
    summary = tally.summary()
    assert [(one.file, one.claims_published, one.segments_kept) for one in summary.unaccounted] == [
        ("aaaaaaaa", published, kept)
    ]
    assert (strict_status(summary, strict=True), strict_status(summary, strict=False)) == (3, 0)


def test_every_file_that_was_seen_counts_and_duplicates_are_among_them() -> None:
    tally = Tally()
    recorded(
        tally,
        a_file("a", duplicates=2, held=FileCounts(transactions={"835": 3})),
        a_file("b", status=IntakeStatus.UNREADABLE, reason="no_isa"),
    )
    summary = tally.summary()
    assert (summary.intake.files, summary.intake.duplicate_files, summary.intake.unreadable_files) == (
        4,
        2,
        1,
    )
    assert summary.intake.by_kind == {"835": 1}
    assert [(u.file, u.reason) for u in summary.unreadable] == [("bbbbbbbb", "no_isa")]


def test_proposals_count_by_automation_and_the_latest_of_a_lineage_stands() -> None:
    tally = Tally()
    for lineage, automation in (("1", "A1"), ("1", "A3"), ("2", "A0")):
        told(tally, "recoding-proposed", **proposed(lineage, automation))
    assert tally.summary().proposals == {"A3": 1, "A2": 0, "A1": 0, "A0": 1}


def test_each_decision_counts() -> None:
    tally = Tally()
    for proposal, decision in (("1", "approved"), ("2", "approved"), ("3", "held")):
        told(tally, "recoding-decided", proposal_id=proposal, decision=decision)
    assert {word: n for word, n in tally.summary().decisions.items() if n} == {"approved": 2, "held": 1}


def test_open_and_held_items_wait_for_a_person() -> None:
    waiting = worked(item("a", amount="12.50"), item("b", status="held", amount="1.00")).summary().waiting
    assert (waiting.person, waiting.person_amount, waiting.held) == (2, Decimal("13.50"), 1)


@pytest.mark.parametrize("status", ["approved", "waiting", "sent", "rejected", "closed"])
def test_what_is_decided_waits_for_nobody(status: str) -> None:
    assert worked(item(status=status)).summary().waiting.person == 0


def test_nothing_to_do_waits_for_nobody() -> None:
    assert worked(item(automation="A0")).summary().waiting.person == 0


def test_what_the_policy_will_approve_is_no_work_of_a_person() -> None:
    waiting = worked(item(automation="A3", waits_for=["siblings_missing"])).summary().waiting
    assert (waiting.person, waiting.machine) == (0, {"siblings_missing": 1})


def test_what_a_person_has_taken_up_the_policy_leaves_to_persons() -> None:
    waiting = worked(item(automation="A3", waits_for=["siblings_missing"], attended=True)).summary().waiting
    assert (waiting.person, waiting.machine) == (1, {})


def test_an_approved_claim_that_cannot_go_yet_is_told_with_its_reason() -> None:
    waiting = worked(item(status="waiting", waits_for=["payer_on_hold"])).summary().waiting
    assert (waiting.person, waiting.machine) == (0, {"payer_on_hold": 1})


def test_an_item_that_is_gone_waits_no_more() -> None:
    tally = worked(item())
    tally.record("work-items", KEY, None)
    assert tally.summary().waiting.person == 0


def test_the_worklist_has_most_dollars_first_and_the_first_clock() -> None:
    listed = worked(item("small", amount="1.00"), item("large", amount="9.00")).worklist()
    assert [claim.lineage for claim in listed] == ["large", "small"]
    assert listed[0].due == date(2026, 5, 1)


def test_what_became_of_resubmissions() -> None:
    tally = Tally()
    for r in ("r1", "r2", "r3"):
        told(tally, "claim-resubmitted", resubmission_id=r, proposal_id=r)
    delivered(tally, "r1", "x/1.837")
    delivered(tally, "r2", "x/1.837")
    told(tally, "claim-acknowledged", claim_number="C", kind="277ca", accepted=True, received="2026-02-02")
    changed(tally, attempt("r1", "paid", "80.00"), lineage="l1")
    classified(tally, "l", "auth", "1.00", attempts=[attempt("r2", "denied_again")])
    summary = tally.summary()
    assert summary.resubmissions.model_dump() == {
        "published": 3,
        "delivered": 2,
        "acknowledged": 1,
        "paid": 1,
        "denied_again": 1,
        "rejected": 0,
        "reversed": 0,
        "recovered": Decimal("80.00"),
    }
    assert summary.outgoing == ("x/1.837",)
    assert summary.waiting.undelivered == 1


def test_a_claim_that_delivery_left_out_waits_for_no_file() -> None:
    tally = Tally()
    for r, reason in (("r1", "withdrawn"), ("r2", "delivery_uncertain")):
        told(tally, "claim-resubmitted", resubmission_id=r, proposal_id=r)
        told(tally, "resubmission-refused", resubmission_id=r, proposal_id=r, reason=reason, waits=False)
    assert tally.summary().waiting.undelivered == 1


def test_a_quarantined_claim_is_no_dead_letter() -> None:
    tally = Tally()
    told(tally, "dead-letter", letter="a", service="intake")
    told(tally, "dead-letter", letter="b", service="recoder")
    assert tally.summary().dead_letters == 1


def test_an_answered_letter_counts_no_more() -> None:
    tally = Tally()
    for letter in ("a", "b", "c"):
        told(tally, "dead-letter", letter=letter, service="recoder")
    told(tally, "letter-replayed", letter="a", service="recoder")
    told(tally, "letter-discarded", letter="b", service="recoder")
    assert tally.summary().dead_letters == 1


def test_a_released_hold_is_gone() -> None:
    tally = Tally()
    tally.record("holds", "payer:A", b"{}")
    tally.record("holds", "payer:B", b"{}")
    tally.record("holds", "payer:A", None)
    assert tally.summary().holds == ("payer:B",)


def test_the_json_has_every_word_of_the_interface_even_where_nothing_happened() -> None:
    document = json.loads(Tally().summary().model_dump_json())
    assert document["intake"].keys() >= {
        "files", "duplicate_files", "unreadable_files", "by_kind", "claims_in", "claims_published",
        "claims_quarantined", "segments_in", "segments_kept",
    }  # fmt: skip
    assert document["claims"].keys() >= {
        "submitted", "denied_full", "denied_partial", "paid", "zero_pay_benign", "pended", "reversed",
    }  # fmt: skip
    assert document["proposals"] == {"A3": 0, "A2": 0, "A1": 0, "A0": 0}
    assert document["decisions"].keys() >= {"approved", "rejected", "held"}
    assert document["resubmissions"].keys() >= {
        "published",
        "delivered",
        "acknowledged",
        "paid",
        "denied_again",
    }
    assert (document["denials"], document["quarantine"], document["dead_letters"], document["holds"]) == (
        {},
        [],
        0,
        [],
    )


def test_the_claim_with_most_at_stake_stands_for_its_rung() -> None:
    tally = Tally()
    for number, (rung, amount) in enumerate((("A1", "5.00"), ("A3", "1.00"), ("A1", "7.00"))):
        told(tally, "recoding-proposed", **proposed(str(number), rung, amount))
    assert list(tally.largest().items()) == [("A3", "C1"), ("A1", "C2")]

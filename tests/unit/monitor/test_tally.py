"""The numbers of `status`: each business fact once, and every word of the interface there."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from schemas.records.intake_file import FileCounts, IntakeFile, IntakeStatus, QuarantinedEntry
from services.monitor.tally import Tally

KEY = "main|claim"


def told(tally: Tally, type_: str, key: str = KEY, **data: Any) -> None:
    tally.event(f"{type_}.v1", key, json.dumps(data).encode())


def classified(
    tally: Tally, lineage: str, cause: str, amount: str, revision: int = 1, answers: str | None = None
) -> None:
    told(
        tally,
        "denial-classified",
        lineage=lineage,
        revision=revision,
        answers=answers,
        primary_cause=cause,
        denied_amount=amount,
    )


def proposed(
    tally: Tally, proposal: str, automation: str = "A2", amount: str = "10.00", lineage: str = "l"
) -> None:
    told(
        tally,
        "recoding-proposed",
        claim_number="C1",
        lineage=lineage,
        proposal_id=proposal,
        payer={"id": "P", "name": None},
        action="corrected_claim",
        automation=automation,
        primary_cause="auth",
        amount_at_stake=amount,
        deadlines=[{"due": "2026-06-01"}, {"due": "2026-05-01"}],
    )


def decided(tally: Tally, proposal: str, decision: str) -> None:
    told(tally, "recoding-decided", proposal_id=proposal, decision=decision)


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
            classified(tally, "l", "auth", "1.00", answers="r1")
            proposed(tally, "p")
            told(tally, "claim-resubmitted", resubmission_id="r", proposal_id="p")
            told(tally, "claim-delivered", resubmission_id="r", file="a/b/1.837")
            told(tally, "case-changed", answers="r", change="paid")
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
    intake = tally.summary().intake
    assert (intake.claims_in, intake.claims_published, intake.segments_in) == (40, 40, 410)
    assert intake.files_in_progress == 1


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


def test_an_open_proposal_waits_for_a_person() -> None:
    tally = Tally()
    proposed(tally, "p", amount="12.50")
    waiting = tally.summary().waiting
    assert (waiting.person, waiting.person_amount) == (1, Decimal("12.50"))


def test_nothing_to_do_waits_for_nobody() -> None:
    tally = Tally()
    proposed(tally, "p", automation="A0")
    assert tally.summary().waiting.person == 0


def test_a_decision_ends_the_waiting_and_a_hold_or_refusal_does_not() -> None:
    for decision, waits in (
        ("approved", 0),
        ("rejected", 0),
        ("overridden", 0),
        ("withdrawn", 0),
        ("held", 1),
        ("refused", 1),
    ):
        tally = Tally()
        proposed(tally, "p")
        decided(tally, "p", decision)
        assert tally.summary().waiting.person == waits, decision


def test_a_new_proposal_waits_although_the_one_before_was_decided() -> None:
    tally = Tally()
    proposed(tally, "p1")
    decided(tally, "p1", "withdrawn")
    proposed(tally, "p2")
    assert tally.summary().waiting.person == 1


def test_the_worklist_has_most_dollars_first_and_the_first_clock() -> None:
    tally = Tally()
    proposed(tally, "small", amount="1.00", lineage="a")
    proposed(tally, "large", amount="9.00", lineage="b")
    listed = tally.worklist()
    assert [item.proposal_id for item in listed] == ["large", "small"]
    assert listed[0].due is not None
    assert listed[0].due.isoformat() == "2026-05-01"


def refused(tally: Tally, resubmission: str | None = None, waits: bool = True) -> None:
    told(
        tally,
        "resubmission-refused",
        proposal_id="p",
        resubmission_id=resubmission,
        reason="payer_on_hold",
        waits=waits,
    )


def test_an_approved_claim_that_waits_is_told_with_its_reason() -> None:
    tally = Tally()
    refused(tally)
    assert tally.summary().waiting.refused == {"payer_on_hold": 1}


def test_a_refused_claim_that_went_out_later_waits_no_more() -> None:
    tally = Tally()
    refused(tally)
    told(tally, "claim-resubmitted", resubmission_id="r", proposal_id="p")
    assert tally.summary().waiting.refused == {}


def test_what_delivery_refused_waits_until_it_is_delivered() -> None:
    tally = Tally()
    told(tally, "claim-resubmitted", resubmission_id="r", proposal_id="p")
    refused(tally, "r")
    assert tally.summary().waiting.refused == {"payer_on_hold": 1}
    told(tally, "claim-delivered", resubmission_id="r", file="f")
    assert tally.summary().waiting.refused == {}


def test_what_became_of_resubmissions() -> None:
    tally = Tally()
    for r in ("r1", "r2", "r3"):
        told(tally, "claim-resubmitted", resubmission_id=r, proposal_id=r)
    told(tally, "claim-delivered", resubmission_id="r1", file="x/1.837")
    told(tally, "claim-delivered", resubmission_id="r2", file="x/1.837")
    told(tally, "case-changed", answers="r1", change="acknowledged", accepted=True)
    told(tally, "case-changed", answers="r1", change="paid")
    classified(tally, "l", "auth", "1.00", answers="r2")
    summary = tally.summary()
    assert summary.resubmissions.model_dump() == {
        "published": 3,
        "delivered": 2,
        "acknowledged": 1,
        "paid": 1,
        "denied_again": 1,
    }
    assert summary.outgoing == ("x/1.837",)
    assert summary.waiting.undelivered == 1


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

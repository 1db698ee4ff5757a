"""The account of a claim: what a person can do next, and what only seems to be open."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from schemas.claim import Payer
from schemas.codes import Action, Automation, Decision, Path
from schemas.envelope import Event, content_id
from schemas.faults import DeadLetter, LetterDiscarded, Origin
from schemas.recoding import Candidate, Edit, GuardResult, RecodingDecided, RecodingProposed, RuleReference
from schemas.resubmission import ResubmissionRefused
from schemas.shape import Shape
from services.account.claim import Account, give_account
from services.account.lineage import LineageAccount

KEY = "main|claim"


def event(type_: str, data: Shape, day: int = 1) -> Event[Shape]:
    return Event(
        content_id(type_, str(day)),
        f"{type_}.v1",
        "/reclaim/test",
        datetime(2026, 5, day, tzinfo=UTC),
        KEY,
        data,
    )


def proposal(**changed: object) -> RecodingProposed:
    fields: dict[str, object] = {
        "claim_number": "C1",
        "lineage": "l",
        "revision": 1,
        "proposal_id": "p",
        "payer": Payer(id="P", name="EXAMPLE HEALTH"),
        "action": Action.CORRECTED_CLAIM,
        "path": Path.REPLACEMENT,
        "frequency_code": "7",
        "original_reference": "R",
        "automation": Automation.A2,
        "primary_cause": "auth",
        "explanation": "because",
        "rule": RuleReference(id="r", version="1"),
        "rule_family": "f",
        "guards": (),
        "proof": "0" * 64,
        "amount_at_stake": Decimal("1.00"),
    }
    return RecodingProposed.model_validate({**fields, **changed})


def decided(decision: Decision, until: date | None = None) -> RecodingDecided:
    return RecodingDecided(
        claim_number="C1",
        lineage="l",
        proposal_id="p",
        revision=1,
        decision=decision,
        by="dana",
        reason="other",
        at=date(2026, 5, 2),
        until=until,
    )


def account(*events: Event[Shape]) -> Account:
    found = give_account("C1", KEY, events)
    assert found is not None
    return found


def lineage(*events: Event[Shape]) -> LineageAccount:
    (found,) = account(*events).lineages
    return found


def test_of_nothing_there_is_no_account() -> None:
    assert give_account("C1", KEY, []) is None


AUTHORIZATION = Edit(line=None, field="prior_authorization", before=None, after="A1")
STOP = GuardResult(id="G7", result="veto", reason="provider_excluded")
STOPPED = GuardResult(id="G8", result="veto", reason="paid_line_overpaid")


@pytest.mark.parametrize(
    ("changed", "typed"),
    [
        ({"edits": (AUTHORIZATION,)}, "decide C1 approve --by YOU"),
        ({"edits": (AUTHORIZATION,), "guards": (STOPPED,)}, "decide C1 approve --document REF --by YOU"),
        ({"path": Path.PROVIDER_DISPUTE, "automation": Automation.A1}, "decide C1 approve --by YOU"),
        ({"automation": Automation.A1}, "override C1 --edits FILE"),
        ({"path": Path.NONE, "automation": Automation.A1}, "decide C1 reject"),
        ({"edits": (AUTHORIZATION,), "guards": (STOP,)}, "decide C1 reject"),
    ],
    ids=[
        "edits",
        "a guard wants a document",
        "an appeal",
        "a claim without a change",
        "nothing to send",
        "a stop",
    ],
)
def test_an_open_proposal_asks_for_a_decision_that_can_be_taken(
    changed: dict[str, object], typed: str
) -> None:
    (step,) = lineage(event("recoding-proposed", proposal(**changed))).settles
    assert f"reclaim {typed}" in step


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (
            "table:mpfs.row",
            "a row for this code in the fee schedule indicator table: `reclaim load mpfs FILE`",
        ),
        (
            "table:icd10cm.notes",
            "the tabular list with the notes of the diagnosis codes: `reclaim load icd10cm",
        ),
        ("table:hcpcs_or_cpt", "the HCPCS or CPT table: `reclaim load hcpcs FILE`"),
        ("table:ptp_outpatient", "the code pair table: `reclaim load ptp FILE`"),
        ("claim.clia_number", "what the claim does not say: clia number"),
        (
            "documented.documented_diagnoses",
            "documented for this encounter: `reclaim load documentation FILE`",
        ),
    ],
)
def test_each_kind_of_missing_thing_names_what_brings_it(missing: str, words: str) -> None:
    assert words in lineage(event("recoding-proposed", proposal(missing=(missing,)))).settles[0]


@pytest.mark.parametrize("decision", [Decision.APPROVED, Decision.REJECTED, Decision.WITHDRAWN])
def test_a_decided_proposal_asks_for_nothing(decision: Decision) -> None:
    told = lineage(event("recoding-proposed", proposal()), event("recoding-decided", decided(decision), 2))
    assert (told.decision, told.settles) == (decision, ())


def test_nothing_to_do_asks_for_nothing() -> None:
    assert lineage(event("recoding-proposed", proposal(automation=Automation.A0))).settles == ()


def test_what_is_missing_is_named_with_the_command_that_brings_it() -> None:
    told = lineage(event("recoding-proposed", proposal(missing=("table:authorizations", "claim"))))
    assert "reclaim load authorizations FILE" in told.settles[0]
    assert "837" in told.settles[1]


def test_a_candidate_names_what_it_needs() -> None:
    edit = Edit(line=1, field="lines[1].modifiers", before=(), after=("LT",))
    told = lineage(
        event("recoding-proposed", proposal(candidates=(Candidate(edit=edit, needs=("document",)),)))
    )
    assert "--document" in told.settles[0]


def test_a_hold_says_until_when() -> None:
    told = lineage(
        event("recoding-proposed", proposal()),
        event("recoding-decided", decided(Decision.HELD, date(2026, 6, 1)), 2),
    )
    assert "held until 2026-06-01" in told.settles


def test_an_approved_claim_that_was_not_sent_says_why() -> None:
    refused = ResubmissionRefused(
        claim_number="C1",
        lineage="l",
        revision=1,
        proposal_id="p",
        resubmission_id=None,
        reason="payer_on_hold",
        waits=True,
    )
    told = lineage(
        event("recoding-proposed", proposal()),
        event("recoding-decided", decided(Decision.APPROVED), 2),
        event("resubmission-refused", refused, 3),
    )
    assert (told.refusal, told.settles) == ("payer_on_hold", ("approved but not sent: payer_on_hold",))


def test_only_letters_that_are_open_block() -> None:
    letters = [
        event(
            "dead-letter",
            DeadLetter(
                letter=letter,
                origin=Origin(topic="t", partition=0, offset=0),
                event_id=None,
                event_type=None,
                service="recoder",
                reason="schema",
                original=b"",
            ),
        )
        for letter in ("a", "b")
    ]
    answered = LetterDiscarded(letter="a", service="recoder", by="dana", reason="other")
    assert account(*letters, event("letter-discarded", answered, 2)).open_letters == ("b: schema",)


def test_the_timeline_is_in_business_order() -> None:
    told = account(
        event("recoding-decided", decided(Decision.HELD), 2), event("recoding-proposed", proposal(), 1)
    )
    assert [moment.event for moment in told.timeline] == ["recoding-proposed", "recoding-decided"]

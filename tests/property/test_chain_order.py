"""Whatever order the topics are read in, a claim ends with the same facts, causes, proposals and outgoing claims."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.claim import Payer
from schemas.codes import Automation, Decision, LineState
from schemas.envelope import Event
from schemas.remittance import RemittedLine
from services.core.codes.loading import parse_table
from services.core.codes.tables import Edition
from services.core.resubmission import profiles
from services.runtime.configuration import shipped_documents
from tests import pools, remitted
from tests.chain import Chain
from tests.remitted import adjudication, told

AUTHORIZATIONS = b"""\
authorization_number,payer_id,member_id,provider_npi,procedure,service_from,service_to,units_approved,units_used
AUTH77,EHP01,MEMBER0001,1234567893,G0463,2025-12-01,2025-12-31,4,0
"""
PROFILE = """\
kind: profile
level: payer
name: EHP01
inherits: commercial
values:
  automation: {value: [prior_authorization], source: test, date: 2026-01-01, example: false}
"""


def context() -> Any:
    """The examples' situation: an authorization on file, and a payer for which its rule is switched on."""
    documents = shipped_documents("services.core.resubmission") | {"zz.yaml": PROFILE}
    base = pools.context(date(2026, 2, 3))
    table = parse_table("authorizations", AUTHORIZATIONS)
    edition = Edition("authorizations", "1", "0" * 64, date(2020, 1, 1), table)
    return replace(
        base,
        tables=base.tables.with_edition(edition),
        profiles=profiles.load_bundle(profiles.bundle(documents), "test"),
    )


CONTEXT = context()


def line(number: int, procedure: str, charge: str, paid: str) -> RemittedLine:
    return RemittedLine(
        line=number,
        procedure=procedure,
        charge=Decimal(charge),
        paid=Decimal(paid),
        service_from=remitted.SERVED,
        service_to=remitted.SERVED,
        state=LineState.PAID,
    )


DENIED_LINES = (line(1, "G0463", "150", "0"), line(2, "G0499", "100", "80"))
DENIAL = told(adjudication("1 CO-197 150", "2 CO-45 20", paid="80", lines=DENIED_LINES))
AGAIN = told(adjudication("1 CO-197 150", "2 CO-45 20", paid="80", lines=DENIED_LINES, file="f7"))
REVERSAL = told(
    adjudication(
        "1 CO-197 -150", "2 CO-45 -20", status="22", charge="-250", paid="-80",
        trace="TRACE2", on=date(2026, 1, 28), file="f2", siblings=2,
    )
)  # fmt: skip
CORRECTION = told(
    adjudication(
        "1 CO-50 150", "2 CO-45 20", paid="80", control="ICN2", lines=DENIED_LINES,
        trace="TRACE2", on=date(2026, 1, 28), file="f2", index=2, siblings=2,
    )
)  # fmt: skip
PAID = told(
    adjudication("1 CO-45 20", "2 CO-45 20", paid="210", control="ICN3", trace="TRACE3", on=date(2026, 1, 30))
)
LATER = date(2026, 1, 12)
FIRST_CLAIM = remitted.submission()
REUSED = remitted.submission(
    service_from=LATER,
    service_to=LATER,
    lines=tuple(
        one.model_copy(update={"service_from": LATER, "service_to": LATER}) for one in FIRST_CLAIM.lines
    ),
    segments=tuple(text.replace("20251220", "20260112") for text in FIRST_CLAIM.segments),
)
REUSED_DENIAL = told(
    adjudication(
        "CO-29 250", control="ICN9", trace="TRACE9", served=LATER, on=date(2026, 1, 31), file="f4",
    )
)  # fmt: skip
SUBMISSION = told(remitted.submission())
SECOND_PLAN = Payer(id="SEC02", name="SECOND PLAN")
SECOND_DENIED, SECOND_PAID = (
    told(
        adjudication(
            *taken, paid=paid, status="2", control=trace, trace=trace, payer=SECOND_PLAN, on=date(2026, 1, 31)
        )
    )
    for taken, paid, trace in ((("CO-29 250",), "0", "S1"), (("OA-23 200",), "50", "S2"))
)
DUPLICATE = told(adjudication("OA-18 250", control="D1", trace="D1", on=date(2026, 1, 30)))

SCENARIOS: dict[str, Sequence[Event[Any]]] = {
    "denial that is repaired": (SUBMISSION, DENIAL),
    "denial told twice": (SUBMISSION, DENIAL, AGAIN),
    "reversed and denied for another reason": (SUBMISSION, REVERSAL, CORRECTION),
    "denied, then paid before anything was sent": (DENIAL, PAID),
    "number used twice": (SUBMISSION, told(REUSED), REUSED_DENIAL),
    "denied by two payers": (SUBMISSION, DENIAL, SECOND_DENIED),
    "denied by one payer and paid by the next": (SUBMISSION, DENIAL, SECOND_PAID),
    "paid by one payer and denied by the next": (SUBMISSION, PAID, SECOND_DENIED),
    "denied, then taken for a duplicate before anything was sent": (DENIAL, DUPLICATE),
    "documented, acknowledged, recouped": (
        SUBMISSION,
        told(remitted.documented()),
        told(remitted.acknowledged(accepted=True, received=date(2026, 1, 2))),
        told(remitted.recouped()),
        REUSED_DENIAL,
    ),
}


def chain(events: Sequence[Event[Any]]) -> Chain:
    made = Chain((pools.CLASSIFIER, pools.RECODER, pools.RESUBMITTER), CONTEXT)
    made.publish(events)
    return made


@pytest.mark.parametrize("name", SCENARIOS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_order_across_topics_does_not_change_the_end(name: str, seed: int) -> None:
    first = chain(SCENARIOS[name])
    first.drain(lambda turns: turns[0])
    shuffled = chain(SCENARIOS[name])
    shuffled.drain(random.Random(seed).choice)
    assert shuffled.end() == first.end()


def test_the_denial_that_is_repaired_is_sent_once() -> None:
    repaired = chain(SCENARIOS["denial told twice"])
    repaired.drain(lambda turns: turns[0])
    (sent,) = repaired.end()["sent"]
    claim = sent[2]
    assert "REF*G1*AUTH77" in claim
    assert "REF*F8*ICN1" in claim
    assert claim[0].startswith("CLM*PATACC1*250***11:B:7*")


def test_nothing_goes_out_between_a_reversal_and_its_correction() -> None:
    taken_back = chain((SUBMISSION, DENIAL, REVERSAL))
    taken_back.positions["classifier", "claim-denied"] = 1  # the denial is not read before its reversal
    taken_back.drain(lambda turns: turns[0])
    assert taken_back.end()["sent"] == []


def test_our_own_resubmission_refused_as_a_duplicate_is_an_alarm_and_nothing_more_is_sent() -> None:
    """The denial that it was meant to repair stays open, for a person."""
    story = chain((SUBMISSION, DENIAL))
    story.drain(lambda turns: turns[0])
    (sent,) = story.topics["claim-resubmitted"]
    left = remitted.delivered(1, date(2026, 2, 5)).model_copy(
        update={"resubmission_id": sent.data.resubmission_id, "lineage": sent.data.lineage}
    )
    refused = adjudication("OA-18 250", frequency="7", control="D1", trace="D1", on=date(2026, 2, 20))
    story.publish((told(left), told(refused)))
    story.drain(lambda turns: turns[0])
    assert [event.data.flag for event in story.topics["case-flagged"]] == ["self_caused_duplicate"]
    assert len(story.topics["claim-resubmitted"]) == 1
    last = story.topics["denial-classified"][-1].data
    assert (last.primary_cause, last.waits) == ("auth", ("refused_as_duplicate",))
    assert story.topics["recoding-proposed"][-1].data.automation is Automation.A2


def test_a_takeback_withdraws_the_open_work() -> None:
    """A reversal without a correction, and a PLB that recoups what was paid."""
    story = chain((DENIAL,))
    story.drain(lambda turns: turns[0])
    (proposal,) = story.topics["recoding-proposed"]
    back = adjudication(
        "1 CO-197 -150", "2 CO-45 -20", status="22", charge="-250", paid="-80",
        trace="TRACE2", on=date(2026, 1, 28), file="f2",
    )  # fmt: skip
    story.publish((told(back), told(remitted.recouped("80.00"))))
    story.drain(lambda turns: turns[0])
    decided = [(e.data.proposal_id, e.data.decision) for e in story.topics["recoding-decided"]]
    assert decided == [(proposal.data.proposal_id, Decision.WITHDRAWN)]

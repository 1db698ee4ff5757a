"""The case is a set: whatever order facts arrive in, and how often, the same is known and said in the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.case import CaseChanged, ClassifiedDenial
from schemas.claim import Payer
from schemas.codes import Path
from schemas.envelope import Event
from schemas.records.claim_case import ClaimCase
from services.core.case import Change, fold
from services.core.facts import adjudication_id
from services.core.lineage_events import changed, classified
from services.core.lineage_view import LineageView, views
from tests.remitted import (
    KEY,
    acknowledged,
    adjudication,
    delivered,
    documented,
    recouped,
    resubmission,
    submission,
    told,
)

LATER = date(2026, 2, 20)
OTHER_DAY = date(2024, 6, 1)

_DENIED = adjudication("CO-197 250", siblings=1)
_LINEAGE = views(KEY, fold(None, told(_DENIED))[0] or ClaimCase(claim_number=""))[0].id
_SENT_ON = (adjudication_id(_DENIED),)

FACTS: dict[str, Any] = {
    "claim": submission(),
    "denied": _DENIED,
    "denied again in another file": _DENIED.model_copy(
        update={"position": _DENIED.position.model_copy(update={"file": "f8", "index": 3})}
    ),
    "older denial": adjudication("CO-16 250", control="ICN0", trace="T0", on=date(2026, 1, 2)),
    "reversal": adjudication(
        "CO-197 -250", status="22", charge="-250", trace="T2", on=LATER, file="f2", index=1, siblings=2
    ),
    "correction": adjudication(
        "CO-45 50", paid="200", control="ICN2", trace="T2", on=LATER, file="f2", index=2, siblings=2
    ),
    "reversal again": adjudication(
        "CO-197 -250", status="22", charge="-250", trace="T2", on=LATER, file="f6", index=4, siblings=2
    ),
    "correction again": adjudication(
        "CO-45 50", paid="200", control="ICN2", trace="T2", on=LATER, file="f6", index=5, siblings=2
    ),
    "early correction": adjudication("CO-29 250", control="ICN4", trace="T4", on=date(2026, 2, 18)),
    "sent": resubmission(_SENT_ON, _LINEAGE),
    "delivered": delivered(1, date(2026, 2, 1)),
    "answered": adjudication("CO-29 250", frequency="7", control="ICN5", trace="T5", on=date(2026, 3, 1)),
    "sent again": resubmission(_SENT_ON, _LINEAGE, 2, reference="ICN5"),
    "delivered again": delivered(2, date(2026, 3, 10)),
    "paid": adjudication(
        "CO-45 50", paid="200", frequency="7", control="ICN6", trace="T6", on=date(2026, 4, 1)
    ),
    "void": resubmission(_SENT_ON, _LINEAGE, 3, path=Path.VOID, reference="ICN6"),
    "accepted": acknowledged(True, date(2026, 2, 2)),
    "rejected": acknowledged(False, date(2026, 2, 3)),
    "documented": documented(),
    "documented of no day": documented(day=date(2020, 1, 1), document="note-2"),
    "recouped": recouped(),
    "claim of another day": submission(
        service_from=OTHER_DAY, service_to=OTHER_DAY, segments=("CLM*PATACC1*250",), submitted=OTHER_DAY
    ),
    "denied of another day": adjudication("CO-50 250", control="ICN7", trace="T7", served=OTHER_DAY),
    "without dates": adjudication("CO-22 250", control=None, trace="T3", served=None, on=date(2026, 1, 5)),
    "without provider": adjudication("CO-151 250", control="ICN8", trace="T8", npi=None, on=date(2026, 1, 6)),
    "of another provider": adjudication("CO-4 250", control="ICN9", trace="T9", npi="1999999984"),
    "of another payer": adjudication(
        "CO-22 250",
        status="2",
        control="S1",
        trace="S1",
        payer=Payer(id="SEC02", name="SECOND PLAN"),
        on=LATER,
    ),
    "paid by another payer": adjudication(
        "OA-23 200",
        paid="50",
        status="2",
        control="S2",
        trace="S2",
        payer=Payer(id="SEC02", name="SECOND PLAN"),
        on=date(2026, 3, 5),
    ),
    "claim to another payer": submission(
        payer=Payer(id="SEC02", name=None), payer_responsibility="S", segments=("CLM*PATACC1*250", "SBR*S")
    ),
    "payer that is not named": adjudication(
        "CO-24 250", status="4", control="U1", trace="U1", payer=Payer(id=None, name=None)
    ),
    "duplicate": adjudication("OA-18 250", control="D1", trace="D1", on=date(2026, 2, 25)),
    "part of a claim": adjudication(
        "CO-109 100", charge="100", control="P1", trace="P1", on=date(2026, 1, 7)
    ),
    "replacement of our provider": submission(
        original_reference="ICN1", frequency_code="7", segments=("CLM*PATACC1*250***11:B:7", "REF*F8*ICN1")
    ),
}

FAITHFUL = settings(max_examples=80, deadline=None)


def folded(names: Sequence[str]) -> tuple[ClaimCase | None, list[Change]]:
    case: ClaimCase | None = None
    changes: list[Change] = []
    for name in names:
        case, more = fold(case, _event(name))
        changes += more
    return case, changes


def _event(name: str) -> Event[Any]:
    return told(FACTS[name], date(2026, 2, 1))


SILENT = ("claim-resubmitted", "claim-submitted")
"""evidence of a duplicate that raises no revision: what was sent, by us or by the provider"""


def _of_content(value: object) -> object:
    """JSON without what names the event or the file that told a fact first, and without silent evidence."""
    if isinstance(value, dict):
        return {
            k: _of_content(v)
            for k, v in value.items()
            if k not in ("source", "fact", "position", "revision", "event")
        }
    if isinstance(value, list):
        return [_of_content(v) for v in value if not (isinstance(v, dict) and v.get("place") in SILENT)]
    return value


def _content(change: Change, without: Sequence[str] = ()) -> object:
    data = json.loads(change.model_dump_json())
    return _of_content({k: v for k, v in data.items() if k not in without})


def _known(case: ClaimCase | None) -> dict[str, object]:
    """All that is known of each lineage."""
    assert case is not None
    return {view.id: _of_view(view) for view in views(KEY, case)}


def _of_view(view: LineageView) -> object:
    denial = view.denial
    said: Change = changed(view, 0, "x") if denial is None else classified(view, 0, denial)
    return _content(said), view.state, view.digest


SAME_FILES = ({"reversal", "correction"}, {"reversal again", "correction again"})
"""a file is folded whole in the end"""


def _whole(names: list[str]) -> list[str]:
    return sorted(set(names).union(*(file for file in SAME_FILES if file & set(names))))


arrivals = (
    st.lists(st.sampled_from(sorted(FACTS)), min_size=1, max_size=10, unique=True)
    .map(_whole)
    .flatmap(lambda names: st.tuples(st.permutations(names), st.permutations(names)))
)


@given(arrivals)
@FAITHFUL
@example((["reversal", "correction", "denied", "claim"], ["claim", "denied", "correction", "reversal"]))
@example(
    (
        ["claim", "denied", "sent", "delivered", "answered"],
        ["answered", "delivered", "sent", "denied", "claim"],
    )
)
@example(
    (["without dates", "claim", "claim of another day"], ["claim of another day", "claim", "without dates"])
)
def test_what_is_known_does_not_depend_on_the_order_of_arrival(orders: tuple[list[str], list[str]]) -> None:
    one, other = orders
    assert _known(folded(one)[0]) == _known(folded(other)[0])


@given(arrivals)
@FAITHFUL
def test_the_record_holds_no_trace_of_the_order_of_arrival(orders: tuple[list[str], list[str]]) -> None:
    records = [folded(order)[0] for order in orders]
    one, other = (json.loads(r.encode()) for r in records if r is not None)
    assert _of_content(one | {"marks": []}) == _of_content(other | {"marks": []})


@given(arrivals, st.data())
@FAITHFUL
def test_facts_that_come_twice_change_nothing_and_say_nothing(
    orders: tuple[list[str], list[str]], data: st.DataObject
) -> None:
    first, again = orders
    case, _ = folded(first)
    for name in again[: data.draw(st.integers(1, len(again)))]:
        after, changes = fold(case, _event(name))
        assert after is case
        assert changes == ()


_SAYING_NOTHING_ALONE = {
    *("recouped", "accepted", "sent", "sent again", "void", "delivered", "delivered again"),
}
"""Money taken under a number is about no claim before one is known by it; what we send says nothing new."""


@given(arrivals)
@FAITHFUL
def test_what_was_said_last_of_a_lineage_is_what_is_known_of_it(orders: tuple[list[str], list[str]]) -> None:
    """Sends and deliveries aside, which are told with the next revision."""
    case, changes = folded(orders[0])
    assert case is not None
    with_payment = ("paid_lines", "service_from", "filing_indicator", "facility_type")
    silent = ("attempts", "generation", "history", "change", "accepted", *with_payment)
    silent += ("paid_providers", "paid_before")
    last: dict[str, Change] = {change.lineage: change for change in changes}
    if set(orders[0]) <= _SAYING_NOTHING_ALONE:
        assert changes == []
        return
    for view in views(KEY, case):
        if view.digest:
            said = last.pop(view.id)
            denial = view.denial
            known: Change = changed(view, 0, "x") if denial is None else classified(view, 0, denial)
            assert _content(said, silent) == _content(known, silent)
    for gone in last.values():
        assert isinstance(gone, CaseChanged)
        assert (gone.change, gone.open_denial) == ("linked", False)


@given(arrivals)
@FAITHFUL
def test_revisions_of_a_lineage_count_up_by_one(orders: tuple[list[str], list[str]]) -> None:
    """And one revision is said by one event, or by a change and the whole denial after it."""
    _, changes = folded(orders[0])
    said: dict[str, list[tuple[int, type[object]]]] = {}
    for change in changes:
        said.setdefault(change.lineage, []).append((change.revision, type(change)))
    for events in said.values():
        revisions = sorted({revision for revision, _ in events})
        assert revisions == list(range(1, len(revisions) + 1))
        for revision in revisions:
            kinds = [kind for number, kind in events if number == revision]
            assert kinds in ([ClassifiedDenial], [CaseChanged], [CaseChanged, ClassifiedDenial])


@given(st.permutations(sorted(FACTS)))
@settings(max_examples=15, deadline=None)
def test_all_facts_at_once_end_in_the_same_case(order: list[str]) -> None:
    assert _known(folded(order)[0]) == _known(folded(sorted(FACTS))[0])

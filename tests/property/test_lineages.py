"""Which facts are one claim and one payer's, over any facts: order does not matter, nothing is lost or doubled."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.lineages import lineages, of_claims, plainly_of_one_payer
from services.core.traits import UNSAID, Part, Traits, payer_identity

DAYS = st.sampled_from([None, date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 3), date(2026, 6, 1)])
PAYERS = st.sampled_from(
    [
        payer_identity("A", "ALPHA", None),
        payer_identity("A", None, "1"),
        payer_identity(None, "ALPHA", None),
        payer_identity("B", "BETA", "2"),
        payer_identity(None, "BETA", None),
        payer_identity(None, None, None),
    ]
)


@st.composite
def facts(draw: st.DrawFn) -> list[Traits]:
    """Facts of one number, from few values, so that they meet and conflict."""
    found = []
    for n in range(draw(st.integers(1, 7))):
        start, adjudicated = draw(DAYS), draw(st.booleans())
        found.append(
            Traits(
                fact=f"f{n}",
                adjudicated=adjudicated,
                start=start,
                end=start,
                npi=draw(st.sampled_from([None, "1", "1", "2"])),
                tax_id=draw(st.sampled_from([None, "9", "8"])),
                payer=draw(PAYERS),
                charge=Decimal(draw(st.sampled_from([100, 100, 60]))),
                references=draw(st.sampled_from([frozenset(), frozenset(), frozenset("X"), frozenset("Y")])),
                responsibility=draw(st.sampled_from([0, 0, 1, *([UNSAID] if adjudicated else [])])),
                order=(date(2026, 2, draw(st.integers(1, 3))), f"f{n}"),
            )
        )
    return found


@given(facts(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_facts_does_not_matter(known: list[Traits], shuffler: random.Random) -> None:
    other = list(known)
    shuffler.shuffle(other)
    assert set(lineages("key", other)) == set(lineages("key", known))


@given(facts())
@settings(max_examples=200, deadline=None)
def test_each_adjudication_is_in_one_lineage_and_each_submission_in_one_or_two_that_are_ambiguous(
    known: list[Traits],
) -> None:
    found = lineages("key", known)
    for fact in known:
        holding = [lineage for lineage in found if fact.fact in lineage.facts]
        assert holding
        assert len(holding) == 1 or (not fact.adjudicated and all(x.ambiguous for x in holding))
    assert len({lineage.id for lineage in found}) == len(found)


@given(facts())
@settings(max_examples=200, deadline=None)
def test_payers_that_share_nothing_and_name_nothing_of_each_other_share_no_lineage(
    known: list[Traits],
) -> None:
    plain = [t for t in known if t.adjudicated and not t.references]
    for lineage in lineages("key", plain):
        sides = {frozenset(t.payer & _SIDES) for t in plain if t.fact in lineage.facts}
        assert len(sides - {frozenset()}) <= 1


_SIDES = frozenset({("name", "ALPHA"), ("name", "BETA")})


@given(facts())
@settings(max_examples=200, deadline=None)
def test_the_short_way_says_what_the_long_way_says(known: list[Traits]) -> None:
    short = plainly_of_one_payer("key", known)
    assert short in ((), of_claims("key", [Part(known)]))

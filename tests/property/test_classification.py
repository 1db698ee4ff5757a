"""Why a claim was denied, over any 835 text: nothing raises, no cent is lost, and no order of what is unordered
matters, from the segments of a file to the event."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.core.case import fold
from services.core.denials.knowledge import SHIPPED, ReasonClass
from services.core.denials.lines import match_lines
from services.core.denials.state import decide
from tests.golden import GOLDEN
from tests.judged import Judged, judged_alone, remittances
from tests.remitted import submission, told

WRITTEN = (GOLDEN.parent / "written.835").read_text(encoding="utf-8")
DAY = date(2026, 6, 10)

CENTS = st.integers(-500_00, 2_000_00).map(lambda n: f"{Decimal(n).scaleb(-2)}")
GROUPS = st.sampled_from(["CO", "CO", "PR", "OA", "PI", "CR", "co", "ZZ"])
REASONS = st.sampled_from([*sorted(SHIPPED.reasons), "016", "b7", "999", "Z9"])
REMARKS = st.sampled_from([*sorted(SHIPPED.remarks), "n290", "N9999", "??"])


@st.composite
def adjusted(draw: st.DrawFn) -> str:
    """One CAS of up to three triplets."""
    triplets = draw(st.lists(st.tuples(REASONS, CENTS), min_size=1, max_size=3))
    return f"CAS*{draw(GROUPS)}*" + "**".join(f"{reason}*{amount}" for reason, amount in triplets)


@st.composite
def claims(draw: st.DrawFn) -> list[str]:
    """A CLP with its loops: adjustments and remarks of all kinds, amounts that may or may not balance."""
    status = draw(st.sampled_from(["1", "2", "4", "19", "22", "23", "25", "13"]))
    body = [f"CLP*P1*{status}*{draw(CENTS)}*{draw(st.sampled_from(['0', '0', '0', '50']))}**12*ICN1*11*1"]
    body += draw(st.lists(adjusted(), max_size=2))
    remarks = draw(st.lists(REMARKS, max_size=3, unique=True))
    body += ["MOA***" + "*".join(remarks)] if remarks else []
    body += draw(st.sampled_from([[], ["REF*F8*ICN0"], ["NM1*TT*2*NEXT PLAN*****PI*N1", "REF*0K*POLICY"]]))
    for code in ("G0463", "G0439", "G0463")[: draw(st.integers(0, 3))]:
        body.append(f"SVC*HC:{code}*{draw(CENTS)}*{draw(st.sampled_from(['0', '0', '25']))}**1**2")
        body += ["DTM*472*20260401", "AMT*B6*40"]
        body += draw(st.lists(adjusted(), max_size=3))
        body += [f"LQ*HE*{code}" for code in draw(st.lists(REMARKS, max_size=3))]
        body += draw(st.sampled_from([[], ["REF*0K*L1"], ["REF*0K*L2", "REF*6R*7", "REF*0K*L1"]]))
    return body


def judged(body: Sequence[str]) -> Judged:
    (found,) = judged_alone(remittances({DAY: body}))
    return found


def reordered(body: Sequence[str], shuffler: random.Random) -> list[str]:
    """The segments of each loop in another order, and the triplets of each CAS."""
    loops: list[list[str]] = []
    for segment in body:
        if segment.startswith(("CLP*", "SVC*")):
            loops.append([])
        loops[-1].append(segment)
    found = []
    for first, *rest in loops:
        shuffler.shuffle(rest)
        found += [first, *(_turned(segment, shuffler) for segment in rest)]
    return found


def _turned(segment: str, shuffler: random.Random) -> str:
    if not segment.startswith("CAS*"):
        return segment
    _, group, *elements = segment.split("*")
    triplets = [(*elements[n : n + 3], "")[:3] for n in range(0, len(elements), 3)]
    shuffler.shuffle(triplets)
    return "*".join(["CAS", group, *(element for triplet in triplets for element in triplet)]).rstrip("*")


def said(found: Judged) -> object:
    """All that does not repeat the file: states, dollars, quality; causes to the last evidence."""
    remitted, denial = found.remitted, found.classified
    of_claim = (
        remitted.claim_state,
        [line.state for line in remitted.lines],
        (remitted.denied_amount, remitted.pended_amount),
        remitted.remit_quality,
    )
    return (of_claim, (denial.causes, denial.directives, denial.waits) if denial is not None else None)


@given(claims(), st.randoms(use_true_random=False))
@settings(max_examples=120, deadline=None)
def test_the_order_of_triplets_and_of_segments_in_their_loop_does_not_matter(
    body: list[str], shuffler: random.Random
) -> None:
    assert said(judged(reordered(body, shuffler))) == said(judged(body))


@given(st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_the_order_does_not_matter_in_claims_as_payers_write_them(shuffler: random.Random) -> None:
    for claim in re.split(r"(?=CLP\*)", WRITTEN.partition("~\nSE*")[0])[1:]:
        body = [segment for segment in claim.split("~\n") if segment]
        assert said(judged(reordered(body, shuffler))) == said(judged(body))


@given(claims())
@settings(max_examples=120, deadline=None)
@example(["CLP*P1*1*100*0**12*ICN1*11*1"])
@example(["CLP*P1*1*100*40**12*ICN1*11*1", "CAS*CO*16*50*1*16*50*1*97*-40"])
def test_the_dollars_of_the_causes_are_those_that_were_denied(body: list[str]) -> None:
    """Or what is missing, where nothing was paid and no adjustment says why. One of the causes is the primary."""
    found = judged(body)
    denial = found.classified
    assert (denial is None) == (not found.remitted.claim_state.denied)
    if denial is None:
        return
    at_stake = denial.denied_amount
    if "unexplained_nonpayment" in denial.remit_quality:
        at_stake = found.remitted.charge - found.remitted.paid
    assert sum((cause.amount for cause in denial.causes), Decimal(0)) == at_stake
    assert denial.primary_cause == denial.causes[0].cause


@given(claims())
@settings(max_examples=60, deadline=None)
def test_every_denied_adjustment_has_a_cause_and_no_other_has(body: list[str]) -> None:
    found = judged(body)
    if found.classified is None:
        return
    remitted = found.remitted
    classes = zip(remitted.adjustments, decide(remitted).classes, strict=True)
    denied = {a for a, class_ in classes if class_ is ReasonClass.DENIAL and a.amount != 0}
    assert {a for cause in found.classified.causes for a in cause.adjustments} == denied


@given(claims())
@settings(max_examples=60, deadline=None)
def test_each_remitted_line_has_one_match_and_never_too_much_of_a_line(body: list[str]) -> None:
    lines = judged(body).remitted.lines
    submitted = submission().lines
    found = match_lines(lines, submitted, judged(body).remitted.remarks)
    assert [match.remitted_line for match in found] == [line.line for line in lines]
    assert {match.submitted_line for match in found} <= {None, *(line.line for line in submitted)}


@given(
    st.lists(
        st.tuples(st.integers(0, len(WRITTEN) - 1), st.sampled_from(list("*~:^0A9 .-\x00é"))),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=20, deadline=None)
def test_no_text_raises_and_all_of_it_may_be_under_one_number(changes: list[tuple[int, str]]) -> None:
    """A remittance with characters changed anywhere; then all its claims as answers to one claim number."""
    text = list(WRITTEN)
    for place, character in changes:
        text[place] = character
    case, _ = fold(None, told(submission()))
    for found in judged_alone("".join(text).encode()):
        one = found.remitted.model_copy(update={"claim_number": "PATACC1"})
        case, said_of_it = fold(case, told(one))
        assert all(change.revision > 0 for change in said_of_it)

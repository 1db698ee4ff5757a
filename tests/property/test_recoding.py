"""Whatever a claim, a denial and the loaded tables look like: what goes out unattended changes what it may, and
nothing else; the same inputs give the same bytes; a repeated event says nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from schemas.case import ClassifiedDenial
from schemas.claim import ClaimSubmitted
from schemas.codes import Automation
from services.core.codes.npi import valid_npi
from services.core.codes.tables import Tables
from services.core.processing import Context
from services.core.recoding.cases import situation_of
from services.core.recoding.fields import altered, parse_field
from services.core.recoding.proposal import propose
from services.core.recoding.rules import Expectation, RuleCase
from services.runtime.configuration import shipped_rules
from tests.recoding import TODAY, Desk, profiles_with

ALLOWED = {"prior_authorization", "billing_npi", "rendering_npi"}
FAMILIES = ("prior_authorization", "provider_identifier", "modifier", "nothing_to_do", "person")

NPIS = ("1234567893", "1245319599")
RARCS = ("M62", "N257", "N290", "N822", "N519", "MA130", "N185", "N380", "N657")
MODIFIERS = ("26", "TC", "LT", "RT", "59", "XE", "25")
SERVICE = date(2026, 3, 2)


def mostly(usual: object, *others: object) -> st.SearchStrategy[Any]:
    """The usual value nineteen times out of twenty: else hardly a draw would come through all checks."""
    return st.integers(0, 19).flatmap(lambda n: st.sampled_from(others) if n == 19 else st.just(usual))


authorization = st.fixed_dictionaries(
    {
        "authorization_number": mostly("AUTH-1", "AUTH-2", "AU*TH", "AU:TH"),
        "payer_id": mostly("99999", "88888"),
        "member_id": mostly("M100", "M101"),
        "provider_npi": mostly(NPIS[0], NPIS[1]),
        "procedure": mostly("G0463", "G0480"),
        "service_from": mostly("2026-01-01", "2026-03-02", "2026-03-03"),
        "service_to": mostly("2026-06-30", "2026-03-03"),
        "units_approved": mostly("9", "1"),
        "units_used": mostly("0", "3"),
    }
)


def row(npi: str, entity_type: str, name: str) -> st.SearchStrategy[dict[str, Any]]:
    """A row of the provider master, mostly right."""
    return st.fixed_dictionaries(
        {
            "npi": mostly(npi, *NPIS),
            "entity_type": mostly(entity_type, "1", "2"),
            "name": mostly(name, "EXAMPLE PRACTICE", "ANN SAMPLE"),
            "tax_id": mostly("123456789", "987654321"),
            "ended": mostly("", "2026-03-01"),
        }
    )


master = st.tuples(row(NPIS[0], "2", "EXAMPLE PRACTICE"), row(NPIS[1], "1", "ANN SAMPLE")).map(list)
line = st.fixed_dictionaries(
    {
        "procedure": mostly("G0463", "G0480", None),
        "modifiers": st.lists(st.sampled_from(MODIFIERS), max_size=4),
        "units": mostly("1", "2", None),
        "service_from": mostly(SERVICE, SERVICE + timedelta(days=1), None),
        "place_of_service": st.sampled_from((None, "22")),
    }
)
# Cause, CARC, remark.
CAUSES = (
    *(("auth", "197", None), ("auth", "15", None), ("auth", "16", "M62")),
    *(("provider_id", "206", None), ("provider_id", "207", None), ("provider_id", "208", None)),
    *(("provider_id", "16", "N257"), ("provider_id", "16", "N290")),
    *(("code_mod", "4", None), ("other", "ZZ9", None), ("med_nec", "50", None), ("duplicate", "18", None)),
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[ClassifiedDenial, Tables]:
    """A claim of one to three lines with one or two causes, and tables that may or may not help."""
    lines = draw(st.lists(line, min_size=1, max_size=3))
    claim: dict[str, Any] | None = {
        "billing_npi": draw(st.sampled_from((*NPIS, "1234567890", ""))),
        "member_id": draw(mostly("M100", None)),
        "prior_authorization": draw(mostly(None, "AUTH-1", "OLD")),
        "providers": [
            {"role": "85", "npi": "1234567893", "tax_id": "123456789", "name": "EXAMPLE PRACTICE"},
            *draw(st.sampled_from(([], [{"role": "82", "name": "SAMPLE ANN", "npi": "1234567890"}]))),
        ],
        "resubmittable": draw(mostly(True, False)),
    }
    if draw(mostly(False, True)):
        claim = None
    tables: dict[str, Any] = {}
    if draw(mostly(True, False)):
        tables["authorizations"] = draw(st.lists(authorization, min_size=1, max_size=2))
    if draw(mostly(True, False)):
        tables["providers"] = draw(master)
    causes = []
    for _ in range(draw(mostly(1, 2))):
        word, carc, remark = draw(st.sampled_from(CAUSES))
        case = RuleCase(
            name="drawn",
            claim=claim,
            lines=tuple(lines),
            cause={
                "cause": word,
                "carc": carc,
                "rarc": [*([remark] if remark else ()), *draw(mostly([], *([code] for code in RARCS)))],
                "ceiling": draw(mostly("A3", "A0", "A1", "A2")),
                "action": draw(st.sampled_from(("corrected_claim", "appeal", "none"))),
                "lines": draw(st.sampled_from(([], [1], [len(lines)]))),
            },
            tables=tables,
            expect=Expectation(outcome="passes"),
        )
        causes.append(situation_of(case))
    first = causes[0].denial
    denial = first.model_copy(update={"causes": tuple(s.cause for s in causes)})
    return denial, causes[0].tables


def without_repairs(claim: ClaimSubmitted) -> dict[str, Any]:
    """All coded facts of a claim that no unattended change may touch."""
    facts = claim.model_dump(exclude={"prior_authorization", "billing_npi", "providers"})
    for one in facts["lines"]:
        del one["rendering_npi"]
    return facts


@pytest.mark.parametrize("field", sorted(ALLOWED))
def test_the_draws_reach_the_unattended_rung(field: str) -> None:
    def unattended(drawn: tuple[ClassifiedDenial, Tables]) -> bool:
        proposal = propose(drawn[0], shipped_rules(), profiles_with(*FAMILIES), drawn[1], TODAY).proposal
        return proposal.automation is Automation.A3 and any(e.field == field for e in proposal.edits)

    reach = settings(max_examples=2000, database=None, deadline=None, phases=[Phase.generate])
    find(situations(), unattended, settings=reach)


@settings(max_examples=200, deadline=None)
@given(situations())
def test_what_goes_out_unattended_changes_only_what_it_may(drawn: tuple[ClassifiedDenial, Tables]) -> None:
    denial, tables = drawn
    proposal = propose(denial, shipped_rules(), profiles_with(*FAMILIES), tables, TODAY).proposal
    if proposal.automation is not Automation.A3:
        return
    claim = denial.claim
    assert claim is not None
    assert claim.resubmittable
    assert proposal.edits
    assert proposal.candidates == ()
    assert (proposal.path.value, proposal.frequency_code) == ("replacement", "7")
    assert proposal.original_reference == denial.adjudication.payer_control_number
    after = claim
    for edit in proposal.edits:
        field = parse_field(edit.field)
        assert field is not None
        assert edit.field in ALLOWED or field.name == "rendering_npi"
        assert edit.evidence
        assert isinstance(edit.after, str)
        assert not set("*:~^") & set(edit.after)
        if field.provider:
            assert not valid_npi(edit.before if isinstance(edit.before, str) else None)
            assert valid_npi(edit.after)
        else:
            assert edit.before is None
        after = altered(after, edit)
    assert without_repairs(after) == without_repairs(claim)
    assert [one.units for one in after.lines] == [one.units for one in claim.lines]
    assert after.diagnoses == claim.diagnoses
    assert len(after.lines) == len(claim.lines)
    assert sum((one.charge for one in after.lines), Decimal(0)) == sum(
        (one.charge for one in claim.lines), Decimal(0)
    )


@settings(max_examples=100, deadline=None)
@given(situations())
def test_every_denial_gets_one_proposal_with_the_same_bytes(drawn: tuple[ClassifiedDenial, Tables]) -> None:
    denial, tables = drawn
    one, other = (propose(denial, shipped_rules(), profiles_with(*FAMILIES), tables, TODAY) for _ in range(2))
    assert one.proof == other.proof
    assert one.proposal.encode() == other.proposal.encode()


@settings(max_examples=100, deadline=None)
@given(situations())
def test_the_query_to_the_provider_leads_to_no_answer(drawn: tuple[ClassifiedDenial, Tables]) -> None:
    denial, tables = drawn
    proposal = propose(denial, shipped_rules(), profiles_with(*FAMILIES), tables, TODAY).proposal
    if proposal.query is None:
        return
    words = set(proposal.query.replace("?", " ").replace(".", " ").replace(",", " ").split())
    offered = {
        value
        for candidate in proposal.candidates
        for value in (
            candidate.edit.after if isinstance(candidate.edit.after, tuple) else (candidate.edit.after,)
        )
    }
    assert not words & (offered | set(MODIFIERS))
    assert denial.claim is None or not words & {d.code for d in denial.claim.diagnoses}


@settings(max_examples=40, deadline=None)
@given(st.lists(situations(), min_size=1, max_size=4), st.lists(st.integers(0, 3), max_size=8))
def test_events_that_are_repeated_in_any_number_say_nothing(
    drawn: list[tuple[ClassifiedDenial, Tables]], repeats: list[int]
) -> None:
    context = Context("t", TODAY, 0, 8, shipped_rules(), profiles_with(*FAMILIES), drawn[0][1])
    desk = Desk(context)
    denials = [
        denial.model_copy(update={"revision": n, "facts": (f"fact-{n}",)})
        for n, (denial, _) in enumerate(drawn, 1)
    ]
    for denial in denials:
        desk.tell(denial, f"denial-{denial.revision}")
    before = desk.state
    for at in repeats:
        if at < len(denials):
            assert desk.tell(denials[at], f"denial-{denials[at].revision}") == ()
    assert desk.state is before

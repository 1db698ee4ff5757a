"""What the claim page shows of a claim: old beside new, and nobody's name until it is opened."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from schemas.claim import ClaimLine, ClaimSubmitted, Delimiters, Diagnosis, LoopContext, Payer, Position
from schemas.recoding import Candidate, Edit
from services.console.pages.claim_lines import ChangeView, change_of, lines_of, of_claim
from services.console.pages.needed import needed_words
from services.console.pages.patient import patient_of, raw_claim

CLAIM = ClaimSubmitted(
    claim_number="K1",
    transaction="837P",
    guide="005010X222A1",
    billing_npi="1999999984",
    payer=Payer(id="PAY01", name="A PAYER"),
    filing_indicator="CI",
    payer_responsibility="P",
    member_id="MEM123",
    frequency_code="1",
    original_reference=None,
    total_charge=Decimal("100.00"),
    diagnoses=(Diagnosis(qualifier="ABK", code="M25562"),),
    lines=(
        ClaimLine(line=1, control_number=None, procedure="L1833", charge=Decimal("60.00"), units=Decimal(1)),
        ClaimLine(line=2, control_number=None, procedure="L1812", charge=Decimal("40.00"), units=Decimal(2)),
    ),
    delimiters=Delimiters(element="*", component=":", repetition="^", terminator="~"),
    loops=LoopContext(
        interchange="ISA*00",
        group="GS*HC",
        transaction=("ST*837*0001",),
        billing=("NM1*85*2*A PRACTICE*****XX*1999999984",),
        subscriber=(
            "NM1*IL*1*QUILLFEATHER*MARIGOLD****MI*MEM123",
            "N3*9 INVENTED ROW",
            "N4*ALBANY*NY*122070000",
            "DMG*D8*19820705*F",
        ),
    ),
    segments=("CLM*K1*100", "NTE*ADD*SEEN WITH MARIGOLD", "REF*SY*123456789", "LX*1"),
    position=Position(file="f" * 64, interchange=1, group=1, transaction=1, index=1),
    submitted=date(2026, 4, 17),
)


def edit(field: str, before: str | None, after: str | None, line: int | None = None) -> Edit:
    return Edit(line=line, field=field, before=before, after=after)


def changes(*edits: Edit, candidates: tuple[Candidate, ...] = ()) -> tuple[ChangeView, ...]:
    """The changes of a proposal with these edits and candidates."""
    made = [change_of(e, applied=True) for e in edits]
    made += [change_of(c.edit, applied=False, needs=c.needs, number=n) for n, c in enumerate(candidates, 1)]
    return tuple(made)


def test_a_changed_cell_shows_what_was_billed_beside_what_is_proposed() -> None:
    lines = lines_of(CLAIM, None, (), changes(edit("lines[2].units", "2", "1", 2)))
    units = next(cell for cell in lines[1].cells if cell.name == "units")
    assert (units.billed, units.changes[0].before, units.changes[0].after) == ("2", "2", "1")


def test_only_the_line_of_a_change_is_marked() -> None:
    lines = lines_of(CLAIM, None, (), changes(edit("lines[2].units", "2", "1", 2)))
    assert [line.changed for line in lines] == [False, True]


def test_a_candidate_is_not_shown_as_applied() -> None:
    candidate = Candidate(
        edit=Edit(line=1, field="lines[1].modifiers", before=None, after=("LT",)), needs=("document",)
    )
    lines = lines_of(CLAIM, None, (), changes(candidates=(candidate,)))
    change = next(cell for cell in lines[0].cells if cell.name == "modifiers").changes[0]
    assert (change.applied, change.number, change.needs) == (False, 1, ("document",))


def test_a_line_that_the_proposal_leaves_out_is_said_to_be() -> None:
    lines = lines_of(
        CLAIM, None, (), changes(Edit(line=None, field="lines", before=("1", "2"), after=("1",)))
    )
    assert [line.dropped for line in lines] == [False, True]


def test_lines_that_become_several_are_said_in_words() -> None:
    split = Edit(line=None, field="lines", before=("1", "2"), after=("1", "2", "1"))
    assert change_of(split, applied=True).words == "line 1 becomes lines 1 and 3"


def test_a_change_of_the_whole_claim_stands_beside_no_line() -> None:
    made = changes(edit("prior_authorization", None, "AUTH9"))
    assert [change.field for change in of_claim(made, CLAIM)] == ["prior_authorization"]
    assert not any(line.changed for line in lines_of(CLAIM, None, (), made))


def test_a_change_of_a_line_that_the_claim_does_not_have_yet_is_shown_as_of_a_new_line() -> None:
    made = changes(edit("lines[3].units", None, "2", 3), edit("lines[2].units", "2", "1", 2))
    assert [(change.label, change.after) for change in of_claim(made, CLAIM)] == [
        ("line 3 (new), units", "2")
    ]


@pytest.mark.parametrize("word", ["QUILLFEATHER", "MARIGOLD", "INVENTED", "19820705", "MEM123", "123456789"])
def test_raw_segments_name_nobody_until_the_patient_is_opened(word: str) -> None:
    assert word not in "\n".join(raw_claim(CLAIM, opened=False).segments)
    assert word in "\n".join(raw_claim(CLAIM, opened=True).segments)


def test_a_masked_segment_keeps_its_place() -> None:
    clear, masked = raw_claim(CLAIM, opened=True), raw_claim(CLAIM, opened=False)
    assert [s.partition("*")[0] for s in masked.segments] == [s.partition("*")[0] for s in clear.segments]
    assert masked.masked == 6


def test_the_patient_is_read_from_the_subscriber_where_both_are_one() -> None:
    patient = patient_of(CLAIM)
    assert (patient.name, patient.born, patient.sex) == ("QUILLFEATHER, MARIGOLD", "1982-07-05", "female")
    assert patient.subscriber is None


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("document", "a document"),
        ("profile.attachment_with_claim", "whether the payer takes records with the claim (profile)"),
        ("profile.wait_days", "wait days in the payer's profile"),
        ("table:mpfs.row", "a row for this code in the fee schedule indicator table"),
        ("clock_passed:appeal", "an exception, the time is over: appeal"),
    ],
)
def test_what_is_needed_is_said_in_words(word: str, said: str) -> None:
    assert needed_words(word) == said

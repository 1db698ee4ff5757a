"""An assembled interchange is read back as the same claims, and the gate takes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from schemas.claim import ClaimSubmitted
from schemas.resubmission import OutgoingClaim
from services.core.x12.delimiters import DelimiterConflictError
from services.core.x12.editor import edit
from services.core.x12.interchange import IdentityMissingError, assemble, identify
from services.resubmitter.gate import findings
from tests import decisions
from tests.submitted import submitted_claims
from tests.synthetic_837 import INSTITUTIONAL, PROFESSIONAL, file_bytes, with_delimiters

DAY = date(2026, 2, 3)
PARTNER = replace(decisions.PARTNER, sender_qualifier="30")


def outgoing(data: bytes) -> list[OutgoingClaim]:
    return [edit(claim, []) for claim in submitted_claims(data)]


def written(claims: list[OutgoingClaim], transaction: str = "837P", number: str = "000000017") -> bytes:
    return assemble(identify(claims[0], None), transaction, number, DAY, claims).data


def segments(data: bytes) -> list[str]:
    return data.decode().split("~")[:-1]


def facts(claim: ClaimSubmitted) -> dict[str, object]:
    """What a claim says, without where it stands and who numbered its loops."""
    return claim.model_dump(exclude={"position", "loops", "delimiters", "segments", "submitted"})


@pytest.mark.parametrize(("text", "kind"), [(PROFESSIONAL, "837P"), (INSTITUTIONAL, "837I")])
def test_the_gate_takes_an_interchange_of_valid_claims(text: str, kind: str) -> None:
    assert findings(written(outgoing(file_bytes(text)), kind)) == ()


@pytest.mark.parametrize(("text", "kind"), [(PROFESSIONAL, "837P"), (INSTITUTIONAL, "837I")])
def test_the_claims_are_read_back_as_they_were(text: str, kind: str) -> None:
    before = list(submitted_claims(file_bytes(text)))
    after = list(submitted_claims(written(outgoing(file_bytes(text)), kind)))
    assert [facts(c) for c in after] == [facts(c) for c in before]
    assert [c.segments for c in after] == [c.segments for c in before]


def test_claims_with_different_delimiters_share_one_interchange() -> None:
    claims = [
        *outgoing(file_bytes(PROFESSIONAL)),
        *outgoing(with_delimiters(PROFESSIONAL, "|", "!", ">", "'")),
    ]
    data = written(claims)
    assert findings(data) == ()
    read = list(submitted_claims(data))
    assert sorted(c.claim_number for c in read) == ["PATACC1", "PATACC1", "PATACC2", "PATACC2"]
    assert {c.segments for c in read} == {c.segments for c in submitted_claims(file_bytes(PROFESSIONAL))}


def test_claims_of_one_provider_and_subscriber_share_their_loops() -> None:
    claims = outgoing(file_bytes(PROFESSIONAL))
    levels = [s for s in segments(written([*claims, *claims])) if s.startswith("HL")]
    assert levels == ["HL*1**20*1", "HL*2*1*22*0", "HL*3*1*22*1", "HL*4*3*23*0"]


def test_a_subscriber_as_patient_and_the_same_subscriber_of_a_dependent_have_a_loop_each() -> None:
    _, dependent = outgoing(file_bytes(PROFESSIONAL))
    own = dependent.model_copy(update={"patient": ()})
    levels = [s for s in segments(written([own, dependent])) if s.startswith("HL")]
    assert levels == ["HL*1**20*1", "HL*2*1*22*0", "HL*3*1*22*1", "HL*4*3*23*0"]


def test_order_names_the_claims_in_the_order_of_the_file() -> None:
    first, second = outgoing(file_bytes(PROFESSIONAL))
    assembled = assemble(identify(first, None), "837P", "000000001", DAY, [first, second, first])
    assert assembled.order == (0, 2, 1)
    assert [c.claim_number for c in submitted_claims(assembled.data)] == ["PATACC1", "PATACC1", "PATACC2"]


def test_counts_and_control_numbers_agree() -> None:
    parts = [s.split("*") for s in segments(written(outgoing(file_bytes(PROFESSIONAL)), number="000000042"))]
    named = {p[0]: p for p in parts}
    assert named["ISA"][13] == named["IEA"][2] == "000000042"
    assert named["GS"][6] == named["GE"][2] == "42"
    assert named["ST"][2] == named["SE"][2]
    assert int(named["SE"][1]) == len(parts) - 4
    assert len("*".join(named["ISA"]) + "~") == 106


def test_the_same_inputs_give_the_same_bytes() -> None:
    claims = outgoing(file_bytes(PROFESSIONAL))
    assert written(claims) == written(claims)


def test_a_value_with_an_outgoing_delimiter_is_refused() -> None:
    strange = with_delimiters(PROFESSIONAL, "|", "!", ">", "'").replace(b"RECORD1", b"REC*RD1")
    with pytest.raises(DelimiterConflictError):
        written(outgoing(strange))


def test_without_a_trading_partner_the_envelope_of_the_original_is_used() -> None:
    identity = identify(outgoing(file_bytes(PROFESSIONAL))[0], None)
    assert (identity.sender, identity.receiver) == (("ZZ", "CLINIC"), ("ZZ", "CLEARING"))
    assert (identity.group_sender, identity.group_receiver) == ("CLINIC", "CLEARING")


def test_a_trading_partner_takes_the_place_of_the_original_envelope() -> None:
    claims = outgoing(file_bytes(PROFESSIONAL))
    data = assemble(identify(claims[0], PARTNER), "837P", "000000017", DAY, claims).data
    assert findings(data) == ()
    text = data.decode()
    assert "*30*OURID          *ZZ*THEIRID        *" in text
    assert "GS*HC*OURGROUP*THEIRGROUP*" in text
    assert (
        "NM1*41*2*EXAMPLE BILLING*****46*SUB01~PER*IC*HELP DESK*TE*5555550111~NM1*40*2*EXAMPLE PLAN" in text
    )
    assert "CLINIC*****46" not in text


def test_what_was_a_test_stays_a_test() -> None:
    test = file_bytes(PROFESSIONAL.replace("*0*P*:~", "*0*T*:~"))
    assert identify(outgoing(test)[0], PARTNER).usage == "T"


def test_what_was_an_encounter_report_stays_one() -> None:
    report = file_bytes(PROFESSIONAL.replace("0900*CH~", "0900*RP~"))
    assert "0000*RP~" in written(outgoing(report)).decode()


@pytest.mark.parametrize(
    ("removed", "put"),
    [
        ("NM1*41*2*EXAMPLE CLINIC*****46*CLINIC~\n", ""),
        ("NM1*40*2*EXAMPLE CLEARING HOUSE*****46*CLEARING~\n", ""),
    ],
)
def test_nobody_is_guessed_where_the_original_does_not_name_them(removed: str, put: str) -> None:
    claims = outgoing(file_bytes(PROFESSIONAL.replace(removed, put)))
    with pytest.raises(IdentityMissingError):
        identify(claims[0], None)


def test_a_partner_with_a_delimiter_in_a_name_is_refused() -> None:
    with pytest.raises(IdentityMissingError):
        identify(outgoing(file_bytes(PROFESSIONAL))[0], replace(PARTNER, submitter_name="A*B"))


def test_text_that_is_not_ascii_is_written_in_the_encoding_of_its_claim() -> None:
    latin = PROFESSIONAL.replace("TESTER*ANNA", "TÄSTER*ANNA").encode("latin-1")
    claims = outgoing(latin)
    assert "TÄSTER".encode("latin-1") in written(claims)

"""The claim to the payer after the one that denied, from files to files: the first payer's 837 and 835, the secondary
claim, and what the second payer says of it, tied to the claim that went and settled to the cent."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.resubmitter.gate import findings
from tests.e2e.at_hand import AtHand
from tests.e2e.installation import Installation
from tests.e2e.path_claims import (
    DAY,
    PROVIDER,
    Case,
    Line,
    authorizations,
    partners,
    remitted,
    statuses,
    submitted,
)

FIRST, SECOND = "COM1", "SEC3"
ANSWERED = "2026-03-05"
AGAIN = "2026-04-20"
BY_DANA = ("--by", "dana", "--reason", "documented", "--document", "REC-1")

SECOND_ON_CLAIM = (
    *("SBR*S*18*GROUP3*SECOND PLAN*****CI", "OI***Y***Y", "NM1*IL*1*TESTER*ANNA****MI*THIRD1"),
    "NM1*PR*2*PLAN SEC3*****PI*SEC3",
)
DENIED = Case(
    *("SPAID1", FIRST, "CI"),
    (
        Line(100, paid=70, adjusted="CAS*CO*45*20~CAS*PR*2*10~"),
        Line(60, "HC:G0499", adjusted="CAS*PR*119*{charge}~"),
    ),
    status="4",
    others=SECOND_ON_CLAIM,
)
"""The first payer paid 70, left 10 to the patient and denies 60, as the benefit is used up. CLP02 does not say that
it stood first; SBR01 of its 837 does."""

LEFT_TO_PATIENT = replace(
    DENIED, number="SCHOS1", lines=(Line(80, adjusted="CAS*PR*204*{charge}~"),), status="1"
)
"""A service that the plan does not cover: a person asks the next payer."""

NUMBERS = ("SPAID1", "SDENY1", "SREJE1", "SELSE1", "SCHOS1", "SOWN01")
CASES = (*(replace(DENIED, number=number) for number in NUMBERS if number != "SCHOS1"), LEFT_TO_PATIENT)

NO_NEXT = replace(LEFT_TO_PATIENT, number="SNONE1", others=())

OWN = Case(
    *("SOWN01", SECOND, "CI", DENIED.lines),
    responsibility="S",
    member="THIRD1",
    others=(
        *("SBR*P*18*******CI", "AMT*D*70", "OI***Y***Y", "NM1*IL*1*TESTER*ANNA****MI*MEMBER0001"),
        *("NM1*PR*2*PLAN COM1*****PI*COM1", "DTP*573*D8*20260115"),
    ),
)
"""The clinic sends the secondary claim by itself."""


def of_second(number: str, *lines: Line, control: str = "") -> Case:
    """What the second payer says of a claim."""
    return Case(
        *(number, SECOND, "CI", lines),
        responsibility="S",
        status="2",
        remitted="20260303",
        control=control or f"SECOND{number}",
        member="THIRD1",
    )


TOOK_REST = (
    Line(100, paid=10, adjusted="CAS*OA*23*{charge}~"),
    Line(60, "HC:G0499", paid=50, adjusted="CAS*CO*45*{charge}~"),
)
WANTS_AUTHORIZATION = (
    Line(100, adjusted="CAS*OA*23*90~CAS*CO*197*10~"),
    Line(60, "HC:G0499", adjusted="CAS*CO*197*{charge}~"),
)


def load(reclaim: Installation) -> None:
    for kind, name, text in (
        ("authorizations", "authorizations.csv", authorizations([SECOND], member="THIRD1")),
        ("trading_partners", "partners.csv", partners((FIRST, SECOND))),
    ):
        file = reclaim.home / name
        file.write_text(text)
        reclaim.ok("load", kind, file)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The first payer denied; the secondary claims have left."""
    made = AtHand(tmp_path_factory.mktemp("sent"))
    load(made)
    made.put("first.837", submitted((*CASES, NO_NEXT), "837P", 71))
    made.put("first.835", remitted((*CASES, NO_NEXT), "EFTFIRST", 900))
    assert made.run(DAY).status == 0
    for number in ("SPAID1", "SDENY1", "SREJE1"):
        made.ok("decide", number, "approve", *BY_DANA)
    made.ok(
        "override", "SCHOS1", "--path", "secondary_claim", "--by", "dana", "--reason", "confirmed_in_record"
    )
    made.put("own.837", submitted([OWN], "837P", 72))
    assert made.run(DAY).status == 0
    return made


@pytest.fixture(scope="module")
def answered(sent: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The second payer has paid one, denied one, turned one away before it looked at it."""
    made = sent.copy(tmp_path_factory.mktemp("answered"))
    said = [
        of_second("SPAID1", *TOOK_REST),
        of_second("SDENY1", *WANTS_AUTHORIZATION),
        of_second("SCHOS1", Line(80, paid=64, adjusted="CAS*CO*45*{charge}~")),
    ]
    made.put("second.835", remitted(said, "EFTSECOND", 910))
    turned = [replace(c, member="THIRD1") for c in CASES if c.number == "SREJE1"]
    made.put(
        "turned.277", statuses(SECOND, reference_of(made, "SREJE1"), turned, "20260215", 911, against="claim")
    )
    assert made.run(ANSWERED).status == 0
    return made


@pytest.fixture(scope="module")
def corrected(answered: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The second payer's own denial is corrected, the rejected claim goes once more, and both are paid."""
    made = answered.copy(tmp_path_factory.mktemp("corrected"))
    own = proposals(made, "SDENY1")[SECOND]["proposal_id"]
    made.ok("decide", "SDENY1", "approve", "--proposal", own, *BY_DANA)
    made.ok("decide", "SREJE1", "approve", *BY_DANA)
    assert made.run(ANSWERED).status == 0
    lines = (Line(100, paid=10, adjusted="CAS*OA*23*{charge}~"), Line(60, "HC:G0499", paid=60))
    said = [
        replace(of_second("SDENY1", *lines, control="SECONDAGAIN"), frequency="7", remitted="20260415"),
        replace(of_second("SREJE1", *TOOK_REST), remitted="20260415"),
    ]
    made.put("third.835", remitted(said, "EFTTHIRD", 920))
    assert made.run(AGAIN).status == 0
    return made


LIMIT = "2026-04-15"
"""The second payer takes a claim for 90 days after the first one's remittance. The first one's own filing limit, 90 days
after the service, is over on 2026-03-20."""

WAITS, HELD_UP, GOES = "SWAIT1", "SHELD1", "SGOES1"


@pytest.fixture(scope="module")
def waited(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """One goes when the first payer's filing limit is over; one is approved while the second payer is on hold, one is
    not decided."""
    made = AtHand(tmp_path_factory.mktemp("waited"))
    load(made)
    cases = [replace(DENIED, number=number) for number in (WAITS, HELD_UP, GOES)]
    made.put("first.837", submitted(cases, "837P", 71))
    made.put("first.835", remitted(cases, "EFTFIRST", 900))
    assert made.run("2026-03-25").status == 0
    made.ok("decide", GOES, "approve", *BY_DANA)
    assert made.run("2026-03-25").status == 0
    made.ok("hold", "payer", SECOND)
    made.ok("decide", HELD_UP, "approve", *BY_DANA)
    assert made.run("2026-04-13").status == 0
    return made


@pytest.fixture(scope="module")
def late(waited: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The day after it ended."""
    made = waited.copy(tmp_path_factory.mktemp("late"))
    assert made.run("2026-04-16").status == 0
    return made


def limits(reclaim: Installation, number: str) -> list[tuple[str, str, bool]]:
    """The filing limits of a claim's last proposal: whose, until when, and whether it binds."""
    clocks = proposals(reclaim, number)[FIRST]["deadlines"]
    return [(c["of"], c["due"], c["binds"]) for c in clocks if c["clock"] == "filing_limit"]


REVERSED = (
    *(("CLP*SPAID1*4*160*70*", "CLP*SPAID1*22*-160*-70*"), ("BPR*I*70*C", "BPR*I*-70*C")),
    *(("G0463*100*70**1", "G0463*-100*-70**-1"), ("G0499*60*0**0", "G0499*-60*0**0")),
    *(("CO*45*20", "CO*45*-20"), ("PR*2*10", "PR*2*-10"), ("PR*119*60", "PR*119*-60")),
)
"""What a reversal of the first payer's remittance says in the place of it."""


@pytest.fixture(scope="module")
def taken_back(answered: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The first payer takes back what the second has paid on."""
    made = answered.copy(tmp_path_factory.mktemp("taken_back"))
    said = remitted([replace(DENIED, remitted="20260320", control="ICNBACK")], "EFTBACK", 930).decode()
    for before, after in REVERSED:
        assert said.count(before) == 1
        said = said.replace(before, after)
    made.put("back.835", said.encode())
    assert made.run("2026-03-22").status == 0
    return made


def reference_of(reclaim: Installation, number: str) -> str:
    """BHT03 of the interchange that carried the claim, which is its control number."""
    (delivered,) = (e["data"] for e in reclaim.events("claim-delivered", "--claim", number))
    return str(delivered["interchange_control_number"])


def sends(reclaim: Installation, number: str) -> list[dict[str, Any]]:
    return [e["data"] for e in reclaim.events("claim-resubmitted", "--claim", number)]


def attempts(reclaim: Installation, number: str) -> list[dict[str, Any]]:
    """What the case says last of every attempt, whichever lineage it belongs to."""
    found: dict[str, tuple[int, list[dict[str, Any]]]] = {}
    for topic in ("case-changed", "denial-classified"):
        for event in reclaim.events(topic, "--claim", number):
            data = event["data"]
            if data["revision"] >= found.get(data["lineage"], (0, []))[0]:
                found[data["lineage"]] = (data["revision"], data["attempts"])
    return [attempt for _, of_lineage in found.values() for attempt in of_lineage]


def proposals(reclaim: Installation, number: str) -> dict[str, dict[str, Any]]:
    """The last proposal of each payer."""
    return {
        e["data"]["payer"]["id"]: e["data"] for e in reclaim.events("recoding-proposed", "--claim", number)
    }


def outcomes(reclaim: Installation) -> dict[tuple[str, str, str], dict[str, Any]]:
    document = json.loads(reclaim.ok("outcomes", "--json"))
    return {(row["rule"], row["payer"], row["path"]): row for row in document["rows"]}


def file_of(reclaim: Installation, number: str) -> list[str]:
    """The claim as it left last, with its subscriber; its file passes the gate."""
    found: list[str] = []
    for file in reclaim.outgoing():
        data = file.read_bytes()
        if f"CLM*{number}*".encode() not in data:
            continue
        assert findings(data) == ()
        segments = data.decode("ascii").split("~")
        at = next(n for n, s in enumerate(segments) if s.startswith(f"CLM*{number}*"))
        begin = max(n for n in range(at) if segments[n].startswith("HL"))
        end = next(n for n in range(at + 1, len(segments)) if segments[n][:3] in ("HL*", "SE*", "CLM"))
        # Claims of one subscriber share its level.
        first = next(n for n in range(begin, at + 1) if segments[n].startswith("CLM"))
        found = [*segments[begin + 1 : first], *segments[at:end]]
    return found


def test_the_first_payers_decision_stands_on_the_claim_to_the_second(sent: Installation) -> None:
    assert file_of(sent, "SPAID1") == [
        *("SBR*S*18*GROUP3*SECOND PLAN*****CI", "NM1*IL*1*TESTER*ANNA****MI*THIRD1"),
        *("N3*2 EXAMPLE STREET", "N4*ALBANY*NY*122010000", "DMG*D8*19800101*F"),
        *("NM1*PR*2*PLAN SEC3*****PI*SEC3", "CLM*SPAID1*160***11:B:1*Y*A*Y*Y", "HI*ABK:J0390"),
        *(f"NM1*82*1*TESTER*BEN****XX*{PROVIDER}", "SBR*P*18*******CI", "AMT*D*70", "AMT*EAF*70"),
        *("OI***Y***Y", "NM1*IL*1*TESTER*ANNA****MI*MEMBER0001", "N3*2 EXAMPLE STREET"),
        *("N4*ALBANY*NY*122010000", "NM1*PR*2*PLAN COM1*****PI*COM1", "REF*F8*ICNSPAID1"),
        *("LX*1", "SV1*HC:G0463*100*UN*1***1", "DTP*472*D8*20251220", "REF*6R*L1"),
        *("SVD*COM1*70*HC:G0463**1", "CAS*CO*45*20", "CAS*PR*2*10", "DTP*573*D8*20260115"),
        *("LX*2", "SV1*HC:G0499*60*UN*1***1", "DTP*472*D8*20251220", "REF*6R*L2"),
        *("SVD*COM1*0*HC:G0499**0", "CAS*PR*119*60", "DTP*573*D8*20260115"),
    ]


def test_what_the_second_payer_pays_settles_the_attempt_to_the_cent(answered: Installation) -> None:
    (attempt,) = attempts(answered, "SPAID1")
    (sent_claim,) = sends(answered, "SPAID1")
    assert attempt["resubmission_id"] == sent_claim["resubmission_id"]
    assert (attempt["outcome"], attempt["recovered"], attempt["asked"]) == ("paid", "60.00", "60.00")
    assert attempt["answered"] == "2026-03-03"


def test_nothing_more_is_to_be_done_with_the_first_payer(answered: Installation) -> None:
    first = proposals(answered, "SPAID1")[FIRST]
    assert (first["automation"], first["action"], first["rule"]["id"]) == (
        "A0",
        "none",
        "next-payer-has-the-claim",
    )


def test_the_attempt_no_longer_blocks_its_lineage(answered: Installation) -> None:
    (before,) = [e["data"] for e in answered.events("resubmission-ledger") if e["data"]["lineages"]][:1]
    assert before
    last = {e["key"]: e["data"] for e in answered.events("resubmission-ledger")}
    statuses_ = {
        (g["claim_number"], g["status"])
        for ledger in last.values()
        for x in ledger["lineages"]
        for g in x["generations"]
    }
    assert {("SPAID1", "answered"), ("SDENY1", "answered"), ("SREJE1", "answered")} <= statuses_


def test_what_the_second_payer_denies_is_its_own_denial_of_the_claim_that_it_got(
    answered: Installation,
) -> None:
    (attempt,) = attempts(answered, "SDENY1")
    assert (attempt["outcome"], attempt["causes_again"], attempt["recovered"]) == (
        "denied_again",
        ["auth"],
        "0.00",
    )
    own = proposals(answered, "SDENY1")[SECOND]
    assert (own["path"], own["original_reference"]) == ("replacement", "SECONDSDENY1")
    (denial,) = [
        e["data"]
        for e in answered.events("denial-classified", "--claim", "SDENY1")
        if e["data"]["payer"]["id"] == SECOND
    ]
    assert denial["claim"]["payer"]["id"] == SECOND
    assert denial["waits"] == []
    assert denial["answers"] == attempt["resubmission_id"]


def test_the_second_payers_denial_goes_back_to_it_with_the_first_ones_decision(
    corrected: Installation,
) -> None:
    segments = file_of(corrected, "SDENY1")
    assert [s for s in segments if s.startswith(("CLM", "REF*G1", "REF*F8", "SVD", "AMT*D"))] == [
        *("CLM*SDENY1*160***11:B:7*Y*A*Y*Y", "REF*G1*AUTH-SEC3", "REF*F8*SECONDSDENY1", "AMT*D*70"),
        *("REF*F8*ICNSDENY1", "SVD*COM1*70*HC:G0463**1", "SVD*COM1*0*HC:G0499**0"),
    ]
    assert segments[0].startswith("SBR*S")


def test_each_answer_belongs_to_its_own_attempt(corrected: Installation) -> None:
    said = {a["path"]: (a["outcome"], a["recovered"]) for a in attempts(corrected, "SDENY1")}
    assert said == {"secondary_claim": ("denied_again", "0.00"), "replacement": ("paid", "70.00")}


def test_a_claim_that_the_second_payer_turned_away_goes_once_more(corrected: Installation) -> None:
    first, second = sorted(attempts(corrected, "SREJE1"), key=lambda a: int(a["generation"]))
    assert (first["outcome"], second["outcome"], second["recovered"]) == ("rejected", "paid", "60.00")
    assert len(sends(corrected, "SREJE1")) == 2
    assert "CLM*SREJE1*160***11:B:1*Y*A*Y*Y" in file_of(corrected, "SREJE1")


def test_the_rule_has_the_outcome(corrected: Installation) -> None:
    row = outcomes(corrected)["next-payer-after-first", FIRST, "secondary_claim"]
    assert (row["tried"], row["paid"], row["denied_other"], row["rejected"]) == (4, 2, 1, 1)
    assert (row["pending"], row["recovered"]) == (0, "120.00")


def test_a_person_may_send_it_on_where_the_payer_leaves_it_to_the_patient(answered: Installation) -> None:
    assert [s for s in file_of(answered, "SCHOS1") if s.startswith(("SBR", "SVD", "CAS"))] == [
        *(
            "SBR*S*18*GROUP3*SECOND PLAN*****CI",
            "SBR*P*18*******CI",
            "SVD*COM1*0*HC:G0463**0",
            "CAS*PR*204*80",
        ),
    ]
    (attempt,) = attempts(answered, "SCHOS1")
    assert (attempt["outcome"], attempt["recovered"]) == ("paid", "64.00")


def test_nobody_may_where_the_claim_names_no_next_payer(sent: Installation) -> None:
    ended = sent("override", "SNONE1", "--path", "secondary_claim", "--by", "dana", "--reason", "documented")
    assert (ended.status, "next_payer" in ended.err) == (1, True)


def test_what_the_clinic_sent_to_the_next_payer_itself_is_not_sent_again(sent: Installation) -> None:
    """Its claim came while ours waited for a person."""
    first = proposals(sent, "SOWN01")[FIRST]
    assert (first["automation"], first["path"]) == ("A0", "none")
    ended = sent("override", "SOWN01", "--path", "secondary_claim", "--by", "dana", "--reason", "documented")
    assert (ended.status, sends(sent, "SOWN01")) == (1, [])


def test_the_account_of_the_claim_tells_both_payers(answered: Installation) -> None:
    account = answered.ok("explain", "SPAID1")
    assert "paid" in account
    assert "THIRD1" not in account


@pytest.mark.parametrize("order", [("second.835", "first.837"), ("first.837", "second.835")])
def test_a_second_payers_answer_that_nothing_was_sent_for_settles_nothing(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    made = AtHand(tmp_path)
    files = {
        "first.837": submitted([DENIED], "837P", 71),
        "second.835": remitted([of_second("SPAID1", *TOOK_REST)], "EFTSECOND", 910),
    }
    for name in order:
        made.put(name, files[name])
        assert made.run(DAY).status == 0
    assert attempts(made, "SPAID1") == []


def test_the_claim_to_the_second_payer_is_on_that_payers_clock(waited: Installation) -> None:
    assert limits(waited, GOES) == limits(waited, WAITS) == [(SECOND, LIMIT, True)]
    assert len(sends(waited, GOES)) == 1
    assert f"payer {SECOND}, commercial.secondary_filing_days: 90 days" in " ".join(
        waited.ok("explain", WAITS).split()
    )


def test_the_second_payers_clock_is_what_the_money_is_at_risk_by(waited: Installation) -> None:
    (row,) = json.loads(waited.ok("risk", "--json", "--as-of", "2026-04-01"))["running_out"]
    assert (row["clock"], row["first_due"], row["count"]) == ("filing_limit", LIMIT, 2)


def test_before_it_ends_it_is_called_out(waited: Installation) -> None:
    flagged = [e["data"] for e in waited.events("case-flagged", "--claim", WAITS)]
    assert [(f["reason"], f["due"]) for f in flagged] == [("filing_limit_2_days", LIMIT)]


def test_once_it_has_ended_the_way_is_closed_and_says_so(late: Installation) -> None:
    last = proposals(late, WAITS)[FIRST]
    assert (last["path"], last["edits"], last["missing"]) == ("none", [], ["clock_passed:filing_limit"])
    assert f"at payer {SECOND} ended on {LIMIT}" in last["explanation"]


def test_what_was_approved_and_has_not_left_by_then_is_refused(late: Installation) -> None:
    refused = [e["data"]["reason"] for e in late.events("resubmission-refused", "--claim", HELD_UP)]
    assert (refused[0], len(refused)) == ("payer_on_hold", 2)
    assert (sends(late, HELD_UP), proposals(late, HELD_UP)[FIRST]["path"]) == ([], "none")


def test_nor_may_a_person_send_it_then(late: Installation) -> None:
    ended = late("override", WAITS, "--path", "secondary_claim", "--by", "dana", "--reason", "documented")
    assert (ended.status, "filing" in ended.err) == (1, True)


def test_a_profile_of_the_second_payer_opens_the_way_again(
    late: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = late.copy(tmp_path_factory.mktemp("opened"))
    file = made.home / "second.yaml"
    file.write_text(PROFILE_OF_SECOND)
    changed = made.ok("payers", "diff", "active", file)
    assert "secondary_filing_days" in changed
    assert WAITS in changed
    made.ok("load", "payer_profiles", file)
    assert made.run("2026-04-16").status == 0
    assert limits(made, WAITS) == [(SECOND, "2026-07-14", True)]
    assert proposals(made, WAITS)[FIRST]["path"] == "secondary_claim"


PROFILE_OF_SECOND = f"""
kind: profile
level: payer
name: {SECOND}
inherits: commercial
values:
  secondary_filing_days: {{value: 180, source: contract, date: 2026-04-16}}
cases:
  - {{name: half a year, action: bill_other, prior_remitted: 2026-01-15, due: {{filing_limit: 2026-07-14}}}}
"""


def waiting(reclaim: Installation) -> list[dict[str, Any]]:
    """What of SPAID1 waits for a person."""
    rows = json.loads(reclaim.ok("work", "--json"))["rows"]
    return [row for row in rows if row["claim_number"] == "SPAID1"]


def test_what_the_first_payer_takes_back_after_the_second_has_paid_is_a_persons(
    taken_back: Installation,
) -> None:
    (row,) = waiting(taken_back)
    assert (row["payer"], row["cause"], row["amount"], row["codes"]) == (
        *(SECOND, "earlier_payer_changed", "60.00"),
        ["COM1:reversed"],
    )


def test_it_names_what_the_first_payer_says_now(taken_back: Installation) -> None:
    told = [e["data"] for e in taken_back.events("case-changed", "--claim", "SPAID1")]
    (before,) = [t["changed_before"] for t in told if t["changed_before"]]
    assert [(b["payer"]["id"], b["claim_state"], b["remitted"], b["readjudicated"]) for b in before] == [
        (FIRST, "reversed", "2026-03-20", True)
    ]


def test_nothing_is_sent_for_it_and_what_was_settled_stays(taken_back: Installation) -> None:
    (attempt,) = attempts(taken_back, "SPAID1")
    assert (len(sends(taken_back, "SPAID1")), attempt["outcome"], attempt["recovered"]) == (
        1,
        "paid",
        "60.00",
    )


def test_with_the_correction_it_is_said_anew_and_the_second_payers_answer_ends_it(
    taken_back: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = taken_back.copy(tmp_path_factory.mktemp("corrected_before"))
    lines = (Line(100, paid=80, adjusted="CAS*CO*45*20~"), DENIED.lines[1])
    again = replace(DENIED, lines=lines, remitted="20260325", control="ICNAGAIN")
    made.put("correction.835", remitted([again], "EFTCORRECT", 940))
    assert made.run("2026-03-27").status == 0
    flags = [e["data"]["reason"] for e in made.events("case-flagged", "--claim", "SPAID1")]
    assert flags == ["COM1:reversed", "COM1:denied_partial"]
    second = replace(of_second("SPAID1", *TOOK_REST, control="SECONDLAST"), remitted="20260410")
    made.put("second_again.835", remitted([second], "EFTLAST", 950))
    assert made.run("2026-04-12").status == 0
    assert waiting(made) == []
    assert len(sends(made, "SPAID1")) == 1

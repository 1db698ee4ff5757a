"""Every way back to a payer, from files to files: what was billed, what was denied, who decided, what left."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
    submitted,
    voided,
)

PAYERS = ("COM1", "NOTE1", "MEDA", "MEDB", "NYMC", "SEC1", "SEC3")
FORWARDING = "FWD1"
"""A payer whose profile, and nothing else, says that it forwards claims: to SEC1."""


UNPROCESSED = Line(60, "HC:G0499", adjusted="CAS*CO*16*{charge}~LQ*HE*MA130~LQ*HE*M62~")
PAID = Line(100, paid=80, adjusted="CAS*CO*45*{charge}~")
NECESSITY = Line(150, adjusted="CAS*CO*50*{charge}~LQ*HE*N115~")
WANTS_PRIMARY = Line(100, adjusted="CAS*CO*16*{charge}~LQ*HE*MA04~")

FIRST = (
    *("SBR*P*18*******CI", "OI***Y***Y", "NM1*IL*1*TESTER*ANNA****MI*FIRST1"),
    "NM1*PR*2*PLAN COM1*****PI*COM1",
)

NEXT = (
    *("SBR*S*18*******CI", "OI***Y***Y", "NM1*IL*1*TESTER*ANNA****MI*SECOND1"),
    "NM1*PR*2*PLAN SEC1*****PI*SEC1",
)

THIRD = (
    *("SBR*S*18*GROUP3*SECOND PLAN*****CI", "OI***Y***Y", "NM1*IL*1*TESTER*ANNA****MI*THIRD1"),
    *("NM1*PR*2*PLAN SEC3*****PI*SEC3", "REF*G1*AUTHOFSEC3"),
)
FIRST_OF_TWO = Case(
    *("NEXT1", "COM1", "CI"),
    (
        Line(100, paid=70, adjusted="CAS*CO*45*20~CAS*PR*2*10~"),
        Line(60, "HC:G0499", adjusted="CAS*PR*119*{charge}~"),
    ),
    head=("REF*9F*REFERRALOFCOM1", "REF*G1*AUTHOFCOM1"),
    others=THIRD,
)
"""The first payer paid a part, and denies a line whose benefit is used up; the claim names the payer after it."""

VOIDED = Case("VTHN1", "COM1", "CI", remarks="N798")
FIRST_OF_OTHER = Case(
    *("AFTR1", "COM1", "CI", (Line(100, paid=70, adjusted="CAS*CO*45*20~CAS*PR*2*10~"),)),
    remitted="20260105",
    control="FIRSTOTHER",
)
PRIMARY = Case(
    *("COB1", "COM1", "CI", (Line(100, paid=70, adjusted="CAS*CO*45*20~CAS*PR*2*10~"),)),
    remitted="20260105",
    control="FIRSTICN",
)
FIRST_OF_FORWARDED = Case(
    *("XOVR1", FORWARDING, "CI", (Line(100, paid=70, adjusted="CAS*CO*45*20~CAS*PR*2*10~"),)),
    remitted="20260105",
    control="FIRSTFORWARDED",
)
SECONDARY = Case("COB1", "SEC1", "CI", (WANTS_PRIMARY,), responsibility="S", status="2", others=FIRST)

DENIED = (
    Case("NEWC1", "COM1", "CI", frequency="7", reference="OLDICN", remarks="N142"),
    Case("VOID1", "COM1", "CI", (NECESSITY,)),
    VOIDED,
    Case("WAIT1", "COM1", "CI", remarks="N779"),
    Case("DISP1", "COM1", "CI", (NECESSITY,)),
    Case("DOCS1", "COM1", "CI", (Line(150, adjusted="CAS*CO*252*{charge}~LQ*HE*N706~"),)),
    Case("LATE1", "COM1", "CI", (Line(150, adjusted="CAS*CO*29*{charge}~"),)),
    Case("SELF1", "COM1", "CI", (Line(150, adjusted="CAS*PR*204*{charge}~"),)),
    Case("NOTE1", "NOTE1", "CI", head=("REF*EA*RECORD1",)),
    Case("PATB1", "MEDB", "MB", (PAID, UNPROCESSED)),
    Case("OPEN1", "MEDB", "MB"),
    Case("APPL1", "MEDB", "MB", (NECESSITY,)),
    Case("NYDN1", "NYMC", "MC", state="NY"),
    Case("GATE1", "COM1", "CI", head=("REF*ZZ*NO SUCH QUALIFIER",)),
    Case("AFTR1", "SEC1", "CI", (Line(100, adjusted="CAS*CO*22*{charge}~"),), others=FIRST, status="2"),
    Case(
        *("XOVR1", "SEC1", "CI", (Line(100, adjusted="CAS*CO*22*{charge}~"),)),
        others=tuple(s.replace("COM1", FORWARDING) for s in FIRST),
        responsibility="S",
        status="2",
    ),
    Case(
        *("XOVR2", FORWARDING, "CI", (Line(100, adjusted="CAS*CO*22*{charge}~"),)),
        others=NEXT,
    ),
    FIRST_OF_TWO,
    replace(FIRST_OF_TWO, number="NEXT2", others=tuple(s for s in THIRD if not s.startswith("NM1*IL"))),
    Case("NYPD1", "NYMC", "MC", (PAID, Line(60, "HC:G0499")), state="NY"),
    SECONDARY,
)
BILLS = (
    Case("LATEQ", "MEDA", "MA", transaction="837I", served="20250115", head=("HI*BG:09*BG:D2",)),
    Case("PRTA1", "MEDA", "MA", transaction="837I"),
    Case("PRTD2", "MEDA", "MA", transaction="837I", head=("HI*BG:09*BG:D0",)),
)

PROFILE = """\
kind: profile
level: payer
name: NOTE1
inherits: commercial
values:
  requires_note: {value: true, source: "companion guide", date: 2026-01-05, example: true}
  note_qualifier: {value: ADD, source: "companion guide", date: 2026-01-05, example: true}
cases: [{name: a replacement, filing_indicator: CI, path: replacement}]
"""

FORWARDS = f"""\
kind: profile
level: payer
name: {FORWARDING}
inherits: commercial
values:
  crossover_partner: {{value: SEC1, source: "coordination agreement", date: 2026-01-05, example: true}}
cases:
  - {{name: the partner has it already, filing_indicator: CI, action: bill_other, next_payer: SEC1, path: wait}}
  - {{name: another does not, filing_indicator: CI, action: bill_other, next_payer: SEC2, path: secondary_claim}}
"""

BY_DANA = ("--by", "dana", "--reason", "documented", "--document", "REC-1")


def load(reclaim: Installation) -> None:
    for kind, name, text in (
        ("authorizations", "authorizations.csv", authorizations(PAYERS)),
        ("trading_partners", "partners.csv", partners(PAYERS)),
        ("payer_profiles", "NOTE1.yaml", PROFILE),
        ("payer_profiles", "FWD1.yaml", FORWARDS),
    ):
        file = reclaim.home / name
        file.write_text(text)
        reclaim.ok("load", kind, file)


def put(reclaim: Installation, cases: Sequence[Case], transaction: str, number: int) -> None:
    """The claims in one 837, and an 835 for each payer."""
    reclaim.put(f"{number}.837", submitted(cases, transaction, number))
    for at, payer in enumerate(dict.fromkeys(case.payer for case in cases)):
        mine = [case for case in cases if case.payer == payer]
        reclaim.put(f"{payer}-{number}.835", remitted(mine, f"EFT{payer}{number}", number * 10 + at))


def override(reclaim: Installation, claim: str, edits: Any, *options: str) -> None:
    chosen: tuple[str | Path, ...] = ()
    if edits is not None:
        file = reclaim.home / f"{claim}.json"
        file.write_text(json.dumps(edits))
        chosen = ("--edits", file)
    reclaim.ok("override", claim, *chosen, *options)


@pytest.fixture(scope="module")
def denied(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Every denial is proposed; nobody has decided."""
    made = AtHand(tmp_path_factory.mktemp("denied"))
    load(made)
    put(made, DENIED, "837P", 71)
    put(made, BILLS, "837I", 72)
    made.put("first.835", remitted([PRIMARY, FIRST_OF_OTHER], "EFTFIRST", 990))
    made.put("forwarding.835", remitted([FIRST_OF_FORWARDED], "EFTFORWARDING", 991))
    ended = made.run(DAY)
    assert ended.status == 0, ended.err
    return made


@pytest.fixture(scope="module")
def decided(denied: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A person has decided, and the claims have left."""
    made = denied.copy(tmp_path_factory.mktemp("decided"))
    for claim in (
        "NEWC1",
        "VTHN1",
        "NOTE1",
        "PATB1",
        "NYDN1",
        "NYPD1",
        "PRTA1",
        "COB1",
        "AFTR1",
        "GATE1",
        "NEXT1",
    ):
        made.ok("decide", claim, "approve", *BY_DANA)
    override(made, "VOID1", None, "--path", "void", *BY_DANA)
    modifier = {"line": 1, "field": "lines[1].modifiers", "before": [], "after": ["59"]}
    override(made, "PRTD2", [modifier], *BY_DANA)
    asked = [{"line": None, "field": "prior_authorization", "before": None, "after": "AUTH-LATE"}]
    codes = {
        "line": None,
        "field": "condition_codes",
        "before": ["09", "D2"],
        "after": ["09", "D9", "R1", "W2"],
    }
    override(made, "LATEQ", [*asked, codes], *BY_DANA)
    override(made, "LATE1", None, "--path", "write_off", "--by", "dana", "--reason", "not_recoverable")
    made.ok("decide", "SELF1", "approve", "--by", "dana", "--reason", "contract")
    ended = made.run(DAY)
    assert ended.status == 0, ended.err
    return made


def proposal(reclaim: Installation, claim: str) -> dict[str, Any]:
    found = [e["data"] for e in reclaim.events("recoding-proposed", "--claim", claim)]
    assert isinstance(found[-1], dict)
    return found[-1]


def left(reclaim: Installation, claim: str) -> list[str]:
    """The SBR of its subscriber and the claim, as it left last; every file passes the gate."""
    found: list[str] = []
    for file in reclaim.outgoing():
        data = file.read_bytes()
        if f"CLM*{claim}*".encode() not in data:
            continue
        assert findings(data) == ()
        segments = data.decode("ascii").split("~")
        at = next(n for n, s in enumerate(segments) if s.startswith(f"CLM*{claim}*"))
        level = max(n for n in range(at) if segments[n].startswith("HL"))
        subscriber = next(n for n in range(level, at) if segments[n].startswith("SBR"))
        end = next(n for n in range(at + 1, len(segments)) if segments[n][:3] in ("CLM", "HL*", "SE*"))
        found = [segments[subscriber], *segments[at:end]]
    assert found, "the claim did not leave"
    return found


def starting(segments: list[str], *starts: str) -> list[str]:
    return [s for s in segments if s.startswith(starts)]


def test_a_new_claim_goes_without_the_reference_that_the_original_had(decided: Installation) -> None:
    segments = left(decided, "NEWC1")
    assert starting(segments, "CLM", "REF*F8") == ["CLM*NEWC1*150***11:B:1*Y*A*Y*Y"]
    assert "REF*G1*AUTH-COM1" in segments


def test_a_person_takes_a_claim_back_with_all_its_lines_as_they_were(decided: Installation) -> None:
    segments = left(decided, "VOID1")
    assert starting(segments, "CLM", "REF*F8") == ["CLM*VOID1*150***11:B:8*Y*A*Y*Y", "REF*F8*ICNVOID1"]
    assert starting(segments, "SV1") == ["SV1*HC:G0463*150*UN*1***1"]


def test_a_payer_that_wants_a_note_gets_one_in_our_words(decided: Installation) -> None:
    segments = left(decided, "NOTE1")
    assert starting(segments, "NTE") == ["NTE*ADD*CORRECTION OF PRIOR AUTHORIZATION"]
    assert "CLM*NOTE1*150***11:B:7*Y*A*Y*Y" in segments


def test_part_b_gets_only_the_lines_that_it_could_not_process(decided: Installation) -> None:
    segments = left(decided, "PATB1")
    assert starting(segments, "CLM", "REF*F8", "LX", "SV1", "REF*6R") == [
        "CLM*PATB1*60***11:B:1*Y*A*Y*Y",
        *("LX*1", "SV1*HC:G0499*60*UN*1***1", "REF*6R*L2"),
    ]


def test_everybody_else_gets_all_lines(decided: Installation) -> None:
    segments = left(decided, "NYPD1")
    assert starting(segments, "CLM", "LX", "REF*F8") == [
        *("CLM*NYPD1*160***11:B:7*Y*A*Y*Y", "REF*F8*ICNNYPD1", "LX*1", "LX*2"),
    ]


def test_new_york_gets_a_claim_that_it_never_paid_as_an_original(decided: Installation) -> None:
    assert starting(left(decided, "NYDN1"), "CLM", "REF*F8") == ["CLM*NYDN1*150***11:B:1*Y*A*Y*Y"]


def test_part_a_gets_an_adjustment_bill_with_its_one_change_reason_and_remarks(decided: Installation) -> None:
    segments = left(decided, "PRTA1")
    assert starting(segments, "CLM", "REF*F8", "NTE", "HI*BG") == [
        *("CLM*PRTA1*150***13:A:7**A*Y*Y", "REF*F8*ICNPRTA1"),
        *("NTE*ADD*CORRECTION OF PRIOR AUTHORIZATION", "HI*BG:D9"),
    ]


def test_the_change_reason_follows_the_edit_and_takes_the_place_of_an_earlier_one(
    decided: Installation,
) -> None:
    segments = left(decided, "PRTD2")
    assert starting(segments, "HI*BG", "NTE", "SV2") == ["HI*BG:09*BG:D2", "SV2*0450*HC:G0463:59*150*UN*1"]


def test_the_primary_remittance_goes_onto_the_claim_to_the_next_payer(decided: Installation) -> None:
    segments = left(decided, "COB1")
    assert segments == [
        *("SBR*S*18*******CI", "CLM*COB1*100***11:B:7*Y*A*Y*Y", "REF*F8*ICNCOB1", "HI*ABK:J0390"),
        f"NM1*82*1*TESTER*BEN****XX*{PROVIDER}",
        *("SBR*P*18*******CI", "AMT*D*70", "AMT*EAF*10", "OI***Y***Y"),
        *("NM1*IL*1*TESTER*ANNA****MI*FIRST1", "NM1*PR*2*PLAN COM1*****PI*COM1", "REF*F8*FIRSTICN"),
        *("LX*1", "SV1*HC:G0463*100*UN*1***1", "DTP*472*D8*20251220", "REF*6R*L1"),
        *("SVD*COM1*70*HC:G0463**1", "CAS*CO*45*20", "CAS*PR*2*10", "DTP*573*D8*20260105"),
    ]


def test_after_the_limit_part_a_gets_a_reopening_with_the_reasons_that_a_person_gave(
    decided: Installation,
) -> None:
    segments = left(decided, "LATEQ")
    assert starting(segments, "CLM", "REF*F8", "HI*BG") == [
        *("CLM*LATEQ*150***13:A:Q**A*Y*Y", "REF*F8*ICNLATEQ", "HI*BG:09*BG:D9*BG:R1*BG:W2"),
    ]


def test_a_reopening_without_a_persons_reason_does_not_go(denied: Installation) -> None:
    late = proposal(denied, "LATEQ")
    assert (late["path"], late["frequency_code"], late["automation"]) == ("reopening", "Q", "A1")
    assert "reopening_reason" in late["missing"]
    ended = denied("decide", "LATEQ", "approve", *BY_DANA)
    assert (ended.status, "reopening_reason" in ended.err) == (1, True)


def test_a_payer_that_comes_second_gets_a_secondary_claim(decided: Installation) -> None:
    segments = left(decided, "AFTR1")
    assert segments[:2] == ["SBR*S*18*******CI", "CLM*AFTR1*100***11:B:1*Y*A*Y*Y"]
    assert starting(segments, "REF*F8", "AMT", "SVD") == [
        *("AMT*D*70", "AMT*EAF*10", "REF*F8*FIRSTOTHER", "SVD*COM1*70*HC:G0463**1"),
    ]


@pytest.mark.parametrize("claim", ["XOVR1", "XOVR2"])
def test_a_payer_to_whom_another_forwards_gets_no_second_claim(denied: Installation, claim: str) -> None:
    waiting = proposal(denied, claim)
    assert (waiting["action"], waiting["path"], waiting["edits"]) == ("wait", "wait", [])
    assert f"profile {FORWARDING} says that this payer forwards" in waiting["explanation"]


def test_the_claim_to_the_next_payer_is_made_from_the_one_to_the_first(decided: Installation) -> None:
    assert left(decided, "NEXT1") == [
        *("SBR*S*18*GROUP3*SECOND PLAN*****CI", "CLM*NEXT1*160***11:B:1*Y*A*Y*Y", "REF*G1*AUTHOFSEC3"),
        *("HI*ABK:J0390", f"NM1*82*1*TESTER*BEN****XX*{PROVIDER}"),
        *("SBR*P*18*******CI", "AMT*D*70", "AMT*EAF*70", "OI***Y***Y"),
        *("NM1*IL*1*TESTER*ANNA****MI*MEMBER0001", "N3*2 EXAMPLE STREET", "N4*ALBANY*NY*122010000"),
        *("NM1*PR*2*PLAN COM1*****PI*COM1", "REF*F8*ICNNEXT1"),
        *("LX*1", "SV1*HC:G0463*100*UN*1***1", "DTP*472*D8*20251220", "REF*6R*L1"),
        *("SVD*COM1*70*HC:G0463**1", "CAS*CO*45*20", "CAS*PR*2*10", "DTP*573*D8*20260115"),
        *("LX*2", "SV1*HC:G0499*60*UN*1***1", "DTP*472*D8*20251220", "REF*6R*L2"),
        *("SVD*COM1*0*HC:G0499**0", "CAS*PR*119*60", "DTP*573*D8*20260115"),
    ]


def test_it_goes_to_the_next_payer_and_its_insured(decided: Installation) -> None:
    (file,) = (f for f in decided.outgoing() if b"CLM*NEXT1*" in f.read_bytes())
    segments = file.read_bytes().decode("ascii").split("~")
    at = next(n for n, s in enumerate(segments) if s.startswith("SBR"))
    assert segments[at + 1 : at + 7] == [
        *("NM1*IL*1*TESTER*ANNA****MI*THIRD1", "N3*2 EXAMPLE STREET", "N4*ALBANY*NY*122010000"),
        *("DMG*D8*19800101*F", "NM1*PR*2*PLAN SEC3*****PI*SEC3", "CLM*NEXT1*160***11:B:1*Y*A*Y*Y"),
    ]
    (sent,) = [e["data"] for e in decided.events("claim-resubmitted", "--claim", "NEXT1")]
    assert (sent["payer"], sent["path"]) == ({"id": "SEC3", "name": "PLAN SEC3"}, "secondary_claim")


def test_what_the_claim_does_not_say_of_the_next_payer_is_named(denied: Installation) -> None:
    second = proposal(denied, "NEXT2")
    assert (second["automation"], second["edits"]) == ("A1", [])
    assert "next_subscriber_name" in second["missing"]
    assert proposal(denied, "NEXT1")["automation"] == "A2"


def test_its_account_names_nobody(denied: Installation) -> None:
    account = denied.ok("explain", "NEXT1")
    assert "the payer after this one, as the claim names it" in account
    assert [name for name in ("TESTER", "ANNA", "THIRD1", "MEMBER0001") if name in account] == []


def test_the_hold_of_the_next_payer_holds_it(denied: Installation, tmp_path: Path) -> None:
    made = denied.copy(tmp_path)
    made.ok("hold", "payer", "SEC3", "--by", "dana")
    made.ok("decide", "NEXT1", "approve", *BY_DANA)
    assert made.run(DAY).status == 0
    (refused,) = [e["data"] for e in made.events("resubmission-refused")]
    assert (refused["claim_number"], refused["reason"]) == ("NEXT1", "payer_on_hold")


def test_a_claim_that_the_gate_does_not_take_comes_back_with_the_reason(decided: Installation) -> None:
    (refused,) = [e["data"] for e in decided.events("resubmission-refused")]
    assert (refused["claim_number"], refused["reason"], refused["waits"]) == ("GATE1", "gate", False)
    assert refused["detail"]
    rows = json.loads(decided.ok("work", "--json"))["rows"]
    assert [row["returned"] for row in rows if row["claim_number"] == "GATE1"] == ["gate"]


def test_a_new_claim_follows_the_voids_remittance_with_what_was_approved(
    decided: Installation, tmp_path: Path
) -> None:
    made = decided.copy(tmp_path)
    assert starting(left(made, "VTHN1"), "CLM", "REF*") == [
        *("CLM*VTHN1*150***11:B:8*Y*A*Y*Y", "REF*F8*ICNVTHN1", "REF*6R*L1"),
    ]
    made.put("voided.835", voided(VOIDED, "EFTV", "20260301", 995))
    assert made.run("2026-03-05").status == 0
    second = proposal(made, "VTHN1")
    assert (second["path"], second["frequency_code"], second["step"]) == (
        "new_claim",
        "1",
        "new_claim_after_void",
    )
    made.ok("decide", "VTHN1", "approve", *BY_DANA)
    assert made.run("2026-03-05").status == 0
    assert starting(left(made, "VTHN1"), "CLM", "REF*G1", "REF*F8") == [
        *("CLM*VTHN1*150***11:B:1*Y*A*Y*Y", "REF*G1*AUTH-COM1"),
    ]


def test_a_wait_comes_back_to_a_person_on_its_day(denied: Installation, tmp_path: Path) -> None:
    made = denied.copy(tmp_path)
    assert proposal(made, "WAIT1")["path"] == "wait"
    assert [e for e in made.events("case-flagged") if e["data"]["claim_number"] == "WAIT1"] == []
    assert made.run("2026-02-16").status == 0
    flagged = {e["data"]["claim_number"]: e["data"] for e in made.events("case-flagged")}
    assert {claim: (each["flag"], each["due"]) for claim, each in flagged.items()} == {
        claim: ("wait_ended", "2026-02-14") for claim in ("WAIT1", "XOVR1", "XOVR2")
    }


def test_money_is_given_up_by_a_person_and_with_a_reason(decided: Installation) -> None:
    flags = {
        e["data"]["claim_number"]: (e["data"]["flag"], e["data"]["reason"], e["data"]["amount"])
        for e in decided.events("case-flagged")
    }
    assert flags["LATE1"] == ("written_off", "not_recoverable", "150.00")
    assert flags["SELF1"] == ("patient_billed", "contract", "150.00")


def test_what_the_payer_puts_on_the_provider_is_never_the_patients(
    denied: Installation, tmp_path: Path
) -> None:
    made = denied.copy(tmp_path)
    ended = made("override", "DISP1", "--path", "patient_bill", "--by", "dana", "--reason", "contract")
    assert (ended.status, "not_the_patients_share" in ended.err) == (1, True)


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("OPEN1", "reopening"),
        ("APPL1", "redetermination"),
        ("DISP1", "provider_dispute"),
        ("DOCS1", "records_response"),
    ],
)
def test_a_person_gets_a_packet(denied: Installation, claim: str, kind: str) -> None:
    made = json.loads(denied.ok("packet", claim, "--json"))
    assert (made["kind"], made["claim_number"], made["patient"]) == (kind, claim, "TESTER, ANNA")
    assert made["payer_control_number"] == f"ICN{claim}"
    assert made["deadlines"]
    assert all(clock["source"] for clock in made["deadlines"])
    assert "signature" in made["blanks"]


def test_a_packet_is_a_page_that_only_its_owner_reads(denied: Installation, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert denied.ok("packet", "APPL1", "--html", page) == "Request for a redetermination: written\n"
    text = page.read_text("utf-8")
    assert page.stat().st_mode & 0o077 == 0
    assert "ICNAPPL1" in text
    assert "CO-50" in text
    assert "For a person to fill in" in text


def test_there_is_no_packet_for_a_claim_that_goes_back_itself(denied: Installation) -> None:
    ended = denied("packet", "NEWC1")
    assert (ended.status, ended.err.count("\n")) == (1, 1)


def test_what_goes_to_one_payer_in_one_run_is_one_interchange(decided: Installation) -> None:
    files = [file.relative_to(decided.outbox).parts[0] for file in decided.outgoing()]
    assert len(files) == len(set(files)) == len(PAYERS)


def test_nothing_else_left(decided: Installation) -> None:
    assert {e["data"]["claim_number"] for e in decided.events("claim-delivered")} == {
        *("NEWC1", "VTHN1", "VOID1", "NOTE1", "PATB1", "NYDN1", "NYPD1", "PRTA1", "PRTD2", "COB1"),
        *("LATEQ", "AFTR1", "NEXT1"),
    }

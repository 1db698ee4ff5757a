"""Each row of the playbook (domain reference 3.4): a real 837 and 835 through classifier and recoder give the right
first move, and the move that is never made is refused when a person wishes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from schemas.codes import Decision, Wish
from schemas.envelope import Event, business_time
from schemas.recoding import DecisionRequested, Edit, EditValue, RecodingDecided, RecodingProposed
from services.core.codes.loading import parse_table
from services.core.codes.tables import Edition
from services.core.x12.difference import unexplained
from services.core.x12.editor import edit
from services.core.x12.reader import read
from services.intake.manifest import Manifest
from services.intake.processor import FileFacts, Reading
from services.intake.siblings import SiblingCount
from services.runtime.records import to_event
from tests import pools
from tests.chain import Chain
from tests.x12_text import REMITTANCE_HEADER, professional, remittance

CONTEXT = pools.context(date(2026, 7, 1))
HEADER = REMITTANCE_HEADER.replace("BPR*I*80*C*ACH", "BPR*I*0*C*NON")

OTHER_NPI = "1245319599"


@dataclass(frozen=True)
class Never:
    """A person's wish and why it is refused."""

    reason: str
    field: str | None = None
    """null: the proposal is approved as it is"""
    after: EditValue = None
    documents: tuple[str, ...] = ()


def without_record(field: str, after: EditValue, word: str) -> Never:
    return Never(f"never:{word}", field, after)


def on_record(field: str, after: EditValue, reason: str) -> Never:
    return Never(reason, field, after, ("note-1",))


MODIFIER = without_record("lines[1].modifiers", ("59",), "modifier_without_record")
DIAGNOSIS = on_record("diagnoses[1].code", "E119", "never:diagnosis_not_documented")
SENT_AGAIN = on_record("lines[1].modifiers", ("76",), "never:send_claim")
PROVIDER = on_record("billing_npi", OTHER_NPI, "never:another_provider")
CODE = without_record("lines[1].procedure", "G0499", "procedure_without_record")
UNITS = without_record("lines[1].units", "2", "units_without_record")
SPLIT = on_record("lines", ("1", "1"), "never:line_split")
UNCHANGED = Never("nothing_to_send")
NO_FIELD = "field_not_editable"

ROWS: dict[str, tuple[str, str, Never]] = {
    "CO-4": ("CO*4*100 N519", "read_remark_and_validate_modifier", MODIFIER),
    "CO-6": ("CO*6*100", "compare_with_eligibility", on_record("patient.birth_date", "20000101", NO_FIELD)),
    "CO-7": ("CO*7*100", "compare_with_eligibility", on_record("patient.sex", "F", NO_FIELD)),
    "CO-9": ("CO*9*100", "compare_with_eligibility", DIAGNOSIS),
    "CO-10": ("CO*10*100", "compare_with_eligibility", MODIFIER),
    "CO-11": ("CO*11*100", "check_pointers_then_record", DIAGNOSIS),
    "CO-16": ("CO*16*100 M79", "group_by_remark", UNCHANGED),
    "OA-18": ("OA*18*100", "find_original", SENT_AGAIN),
    "CO-18": ("CO*18*100", "find_original", SENT_AGAIN),
    "CO-22": (
        "CO*22*100",
        "find_primary_payer",
        on_record("lines[1].modifiers", ("76",), "never:replacement"),
    ),
    "CO-26": ("CO*26*100", "check_eligibility_on_date", SENT_AGAIN),
    "CO-27": ("CO*27*100", "check_eligibility_on_date", SENT_AGAIN),
    "CO-200": ("CO*200*100", "check_eligibility_on_date", SENT_AGAIN),
    "CO-31": ("CO*31*100", "check_eligibility_on_date", UNCHANGED),
    "CO-29": (
        "CO*29*100",
        "find_proof_of_timely_filing",
        on_record("lines[1].service_from", "20260620", NO_FIELD),
    ),
    "CO-50": ("CO*50*100 N115", "pull_policy", DIAGNOSIS),
    "PR-50": ("PR*50*100", "check_benefit_and_notice", SENT_AGAIN),
    "PR-96": ("PR*96*100 N130", "check_benefit_and_notice", SENT_AGAIN),
    "PR-204": ("PR*204*100", "check_benefit_and_notice", SENT_AGAIN),
    "CO-96": ("CO*96*100 N130", "read_remark", UNCHANGED),
    "CO-96 N425": ("CO*96*100 N425", "bill_secondary_or_patient", MODIFIER),
    "CO-97": ("CO*97*100", "find_including_service", MODIFIER),
    "CO-109": ("CO*109*100", "identify_right_payer", SENT_AGAIN),
    "CO-119": ("CO*119*100", "bill_secondary_or_patient", SENT_AGAIN),
    "CO-35": ("CO*35*100", "bill_secondary_or_patient", SENT_AGAIN),
    "CO-149": ("CO*149*100", "bill_secondary_or_patient", SENT_AGAIN),
    "CO-150": ("CO*150*100", "appeal_with_record", CODE),
    "CO-50 M25": ("CO*50*100 M25", "appeal_with_record", CODE),
    "CO-151 units": ("CO*151*100 N362", "look_up_unit_limit", UNITS),
    "CO-151 lines": (
        "CO*151*100 N362",
        "look_up_unit_limit",
        SPLIT,
    ),
    "CO-167": ("CO*167*100", "read_policy", DIAGNOSIS),
    "CO-170": ("CO*170*100", "check_taxonomy_and_enrolment", PROVIDER),
    "CO-171": ("CO*171*100", "check_taxonomy_and_enrolment", PROVIDER),
    "CO-8": ("CO*8*100", "check_taxonomy_and_enrolment", PROVIDER),
    "CO-185": ("CO*185*100", "check_taxonomy_and_enrolment", PROVIDER),
    "CO-181": ("CO*181*100", "look_up_code_on_date", CODE),
    "CO-182": ("CO*182*100", "look_up_code_on_date", MODIFIER),
    "CO-183": ("CO*183*100", "verify_ordering_provider", PROVIDER),
    "CO-184": ("CO*184*100", "verify_ordering_provider", PROVIDER),
    "CO-197": (
        "CO*197*100",
        "ask_retroactive_authorization",
        without_record("prior_authorization", "AUTH1", "authorization_without_source"),
    ),
    "CO-198": ("CO*198*100", "ask_amended_authorization", CODE),
    "CO-284": ("CO*284*100", "ask_amended_authorization", CODE),
    "CO-296": ("CO*296*100", "ask_amended_authorization", PROVIDER),
    "CO-302": (
        "CO*302*100",
        "ask_amended_authorization",
        without_record("prior_authorization", "AUTH1", "authorization_without_source"),
    ),
    "CO-204": ("CO*204*100", "verify_code_and_benefit", UNCHANGED),
    "CO-234": ("CO*234*100 N20", "read_remark", MODIFIER),
    "CO-236": ("CO*236*100", "look_up_code_pair", MODIFIER),
    "CO-252": ("CO*252*100 N706", "send_document", SENT_AGAIN),
    "CO-163": ("CO*163*100", "send_document", SENT_AGAIN),
    "CO-226": ("CO*226*100 N706", "send_document", SENT_AGAIN),
    "CO-250": ("CO*250*100 N706", "send_document", SENT_AGAIN),
    "CO-251": ("CO*251*100 N706", "send_document", SENT_AGAIN),
    "CO-B7": ("CO*B7*100", "check_laboratory_enrolment_scope", PROVIDER),
    "CO-B9": ("CO*B9*100", "check_relation_to_hospice", without_record("lines[1].modifiers", ("GV",), "modifier_without_record")),
    "CO-B15": ("CO*B15*100", "locate_base_service", on_record("lines[1].procedure", "G0499", "never:procedure_change")),
    "CO-B16": ("CO*B16*100", "check_three_year_history", CODE),
    "CO-193": ("CO*193*100", "next_appeal_level", SENT_AGAIN),
    "CO-A1": ("CO*A1*100 N463", "ask_payer", UNCHANGED),
}  # fmt: skip


def events(data: bytes) -> Iterator[Event[Any]]:
    """What intake publishes of a file."""
    items = list(read([data]))
    manifest, count = Manifest(), SiblingCount()
    for item in items:
        manifest.take(item, count)
    digest = f"{len(data):064x}"
    reading = Reading(FileFacts(pools.TENANT, b"k" * 32, digest, count.total(), manifest.references()))
    for item in items:
        for outcome in reading.take(item).outcomes:
            yield to_event(outcome, pools.TENANT, "intake")


def submission(procedures: tuple[str, ...] = ("G0463",)) -> bytes:
    lines = [
        f"LX*{n}\nSV1*HC:{code}*100*UN*1***1\nDTP*472*D8*20260520\nREF*6R*L{n}"
        for n, code in enumerate(procedures, 1)
    ]
    charge = 100 * len(procedures)
    return professional(f"CLM*C1*{charge}***11:B:1*Y*A*Y*Y\nHI*ABK:R6889\n" + "\n".join(lines))


def denial(said: str, *, paid_beside: bool = False) -> bytes:
    """The last line denied as `said` (CAS, then remarks); the one before it paid."""
    adjustment, *remarks = said.split()
    service = ["SVC*HC:G0463*100*0**1", "DTM*472*20260520", f"CAS*{adjustment}"]
    service += [f"REF*6R*L{2 if paid_beside else 1}", *(f"LQ*HE*{remark}" for remark in remarks)]
    owed = adjustment.rpartition("*")[2] if adjustment.startswith("PR") else "0"
    first = ["SVC*HC:G0127*100*100**1", "DTM*472*20260520", "REF*6R*L1"] if paid_beside else []
    charge, paid = (200, 100) if paid_beside else (100, 0)
    header = HEADER.replace("*I*0*C*NON", f"*I*{paid}*C*ACH") if paid else HEADER
    return remittance("\n".join([f"CLP*C1*1*{charge}*{paid}*{owed}*CI*ICN1*11*1", *first, *service]), header)


def chain(*files: bytes, tables: Mapping[str, bytes] | None = None) -> Chain:
    """Intake's events of the files, read to the end by classifier and recoder."""
    context = CONTEXT
    for kind, data in (tables or {}).items():
        edition = Edition(kind, "1", "0" * 64, date(2020, 1, 1), parse_table(kind, data))
        context = replace(context, tables=context.tables.with_edition(edition))
    made = Chain((pools.CLASSIFIER, pools.RECODER), context)
    made.publish([event for file in files for event in events(file)])
    made.drain(lambda turns: turns[0])
    return made


def proposal(made: Chain) -> RecodingProposed:
    (proposed,) = made.topics["recoding-proposed"]
    found: RecodingProposed = proposed.data
    return found


def answer(made: Chain, never: Never) -> RecodingDecided:
    """The recoder's answer to the wish."""
    proposed = proposal(made)
    wished = Edit(line=None, field=never.field or "", before=None, after=never.after)
    request = DecisionRequested(
        claim_number=proposed.claim_number,
        lineage=proposed.lineage,
        proposal_id=proposed.proposal_id,
        revision=proposed.revision,
        wish=Wish.OVERRIDE if never.field is not None else Wish.APPROVE,
        by="ann",
        os_user="ann",
        reason="documented",
        documents=never.documents,
        edits=(wished,) if never.field is not None else (),
        requested="r1",
    )
    key = made.topics["recoding-proposed"][0].key
    time = business_time(date(2026, 7, 1))
    made.publish(
        [Event("request-1", "decision-requested.v1", "/t", time, key, request, "decision-requested")]
    )
    made.drain(lambda turns: turns[0])
    (decided,) = made.topics["recoding-decided"]
    found: RecodingDecided = decided.data
    return found


@pytest.mark.parametrize("row", ROWS)
def test_a_row_of_the_playbook_has_its_first_move_and_its_never(row: str) -> None:
    said, step, never = ROWS[row]
    made = chain(submission(), denial(said))
    proposed = proposal(made)
    assert proposed.step == step
    assert proposed.edits == ()
    assert proposed.automation in ("A1", "A2")
    answered = answer(made, never)
    assert (answered.decision, answered.reason) == (Decision.REFUSED, never.reason)


@pytest.mark.parametrize(
    "said",
    ["OA*23*100", "CO*253*2", "CO*237*2", "CO*94*-20", "OA*133*100", "OA*257*100", "OA*277*100", "CO*45*20"],
)
def test_what_is_no_denial_gets_no_proposal(said: str) -> None:
    paid = 100 - int(said.rpartition("*")[2])
    data = denial(said).replace(b"CLP*C1*1*100*0*0", f"CLP*C1*1*100*{paid}*0".encode())
    data = data.replace(b"SVC*HC:G0463*100*0", f"SVC*HC:G0463*100*{paid}".encode())
    data = data.replace(b"BPR*I*0*C*NON", f"BPR*I*{paid}*C*ACH".encode())
    assert chain(submission(), data).topics["recoding-proposed"] == []


@pytest.mark.parametrize("said", ["CO*242*100", "CO*243*100", "CO*279*100"])
def test_network_denials_have_a_first_move(said: str) -> None:
    assert proposal(chain(submission(), denial(said))).step == "check_network_and_referral"


PAIR = (
    "column1,column2,effective,deleted,indicator,rationale\nG0127,G0463,2020-01-01,{deleted},{indicator},x\n"
)
ANY_MODIFIER = on_record("lines[2].modifiers", ("59",), "never:modifier_change")


@pytest.mark.parametrize(
    ("indicator", "deleted", "step", "never"),
    [
        ("0", "", "stop_pair_never_paid", ANY_MODIFIER),
        ("9", "2020-01-01", "ask_reprocessing", ANY_MODIFIER),
    ],
)
def test_a_code_pair_decides_by_its_indicator(indicator: str, deleted: str, step: str, never: Never) -> None:
    table = {"ptp_practitioner": PAIR.format(indicator=indicator, deleted=deleted).encode()}
    two = submission(("G0127", "G0463"))
    made = chain(two, denial("CO*236*100", paid_beside=True), tables=table)
    assert proposal(made).step == step
    assert answer(made, never).reason == never.reason


@pytest.mark.parametrize(
    ("indicator", "step", "never"),
    [
        ("1", "compare_units_with_record", UNITS),
        ("2", "stop_limit_is_absolute", UNITS),
        ("2", "stop_limit_is_absolute", SPLIT),
        ("3", "appeal_with_record", UNITS),
        ("3", "appeal_with_record", SPLIT),
    ],
)
def test_a_unit_limit_decides_by_its_indicator(indicator: str, step: str, never: Never) -> None:
    table = {"mue_practitioner": f"code,units,indicator,rationale\nG0463,0,{indicator},x\n".encode()}
    made = chain(submission(), denial("CO*151*100 N362"), tables=table)
    assert proposal(made).step == step
    assert answer(made, never).reason == never.reason


LISTED = b"code,description,effective,ended,attributes\nG0268,,,,procedure\n"


def separable() -> Chain:
    """A pair that a modifier may separate, and a code list that tells that neither is a visit."""
    pairs = PAIR.replace("G0463", "G0268").format(indicator="1", deleted="").encode()
    tables = {"ptp_practitioner": pairs, "cpt": LISTED}
    denied = denial("CO*236*100", paid_beside=True).replace(b"G0463", b"G0268")
    return chain(submission(("G0127", "G0268")), denied, tables=tables)


def test_a_pair_that_a_modifier_separates_is_offered_and_asks_for_a_document() -> None:
    made = separable()
    proposed = proposal(made)
    assert (proposed.step, proposed.automation) == ("look_for_a_distinct_service_in_the_record", "A2")
    assert [c.edit.after for c in proposed.candidates] == [("XE",), ("XS",), ("XU",), ("59",)]
    assert proposed.editions.keys() >= {"ptp_practitioner", "cpt"}
    assert answer(made, Never("documents_needed")).reason == "documents_needed"


def test_the_offer_is_approved_with_a_document() -> None:
    made = separable()
    decided = answer(made, Never("documented", documents=("note-1",)))
    assert decided.decision is Decision.APPROVED
    assert decided.proposal is not None
    assert [(e.field, e.after) for e in decided.proposal.edits] == [("lines[2].modifiers", ("XE",))]


DRUG = ("LIN**N4*0002-1433-80", "CTP****1*ML")


def test_a_drug_code_in_its_wrong_form_is_mended_on_the_claim_and_nowhere_else() -> None:
    whole = submission().replace(b"REF*6R*L1", "~\n".join(("REF*6R*L1", *DRUG)).encode())
    made = chain(whole, denial("CO*16*100 M119"))
    proposed = proposal(made)
    assert [(e.field, e.after) for e in proposed.edits] == [("lines[1].drug_code", "00002143380")]
    assert all(g.result != "veto" for g in proposed.guards)
    decided = answer(made, Never("documented"))
    assert decided.decision is Decision.APPROVED
    assert decided.claim is not None
    outgoing = edit(decided.claim, proposed.edits)
    assert unexplained(decided.claim, outgoing, proposed.edits) == ()
    assert DRUG[0] in decided.claim.segments
    assert "LIN**N4*00002143380" in outgoing.claim

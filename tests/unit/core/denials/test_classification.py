"""Why a claim was denied: what decides the cause, what decides the path, and that no cause is lost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from schemas.case import Evidence
from schemas.codes import Action, Automation, Fix, LineState, Recoverability
from schemas.remittance import PolicyReference, RemittedLine
from services.core.denials.classification import Classification, classify
from tests.remitted import adjudication

EVENT = "e" * 32


def lines(*charges: str, paid: str = "0") -> tuple[RemittedLine, ...]:
    return tuple(
        RemittedLine(
            line=n, procedure="G0463", charge=Decimal(charge), paid=Decimal(paid), state=LineState.PAID
        )
        for n, charge in enumerate(charges, start=1)
    )


def why(
    *taken: str, said: Sequence[str] = (), charge: str = "100", of: Sequence[str] = ("100",)
) -> Classification:
    return classify(adjudication(*taken, said=said, charge=charge, lines=lines(*of)), EVENT)


@pytest.mark.parametrize(
    ("reason", "cause", "action"),
    [
        ("4", "code_mod", Action.CORRECTED_CLAIM),
        ("11", "dx_proc", Action.CORRECTED_CLAIM),
        ("16", "data", Action.CORRECTED_CLAIM),
        ("18", "duplicate", Action.NONE),
        ("22", "cob", Action.BILL_OTHER),
        ("24", "wrong_payer", Action.BILL_OTHER),
        ("26", "eligibility", Action.BILL_OTHER),
        ("27", "eligibility", Action.BILL_OTHER),
        ("29", "timely", Action.APPEAL),
        ("31", "eligibility", Action.CORRECTED_CLAIM),
        ("50", "med_nec", Action.APPEAL),
        ("96", "non_covered", Action.NONE),
        ("97", "bundling", Action.CORRECTED_CLAIM),
        ("107", "data", Action.CORRECTED_CLAIM),
        ("109", "wrong_payer", Action.BILL_OTHER),
        ("119", "benefit_max", Action.BILL_OTHER),
        ("140", "eligibility", Action.CORRECTED_CLAIM),
        ("146", "code_dx", Action.CORRECTED_CLAIM),
        ("150", "review", Action.APPEAL),
        ("151", "frequency", Action.APPEAL),
        ("167", "med_nec", Action.CORRECTED_CLAIM),
        ("181", "code_proc", Action.CORRECTED_CLAIM),
        ("182", "code_mod", Action.CORRECTED_CLAIM),
        ("183", "provider_elig", Action.CORRECTED_CLAIM),
        ("185", "provider_elig", Action.CORRECTED_CLAIM),
        ("197", "auth", Action.CORRECTED_CLAIM),
        ("204", "non_covered", Action.APPEAL),
        ("208", "provider_id", Action.CORRECTED_CLAIM),
        ("226", "docs", Action.RECORDS),
        ("227", "cob", Action.WAIT),
        ("234", "bundling", Action.WRITE_OFF),
        ("236", "bundling", Action.CORRECTED_CLAIM),
        ("252", "docs", Action.RECORDS),
        ("B7", "provider_elig", Action.CORRECTED_CLAIM),
        ("B15", "bundling", Action.CORRECTED_CLAIM),
        ("B16", "code_proc", Action.CORRECTED_CLAIM),
    ],
)
def test_a_reason_without_a_remark_has_its_own_cause(reason: str, cause: str, action: Action) -> None:
    result = why(f"1 CO-{reason} 100")
    assert (result.primary_cause, result.causes[0].action) == (cause, action)


def test_the_remark_decides_where_the_reason_leaves_it_open() -> None:
    cause = why("1 CO-16 100", said=["1 N290"]).causes[0]
    assert (cause.cause, cause.fix, cause.ceiling) == ("provider_id", Fix.DATA, Automation.A3)


def test_the_remark_sharpens_a_reason_that_says_less() -> None:
    assert why("1 CO-97 100", said=["1 M144"]).primary_cause == "global"


def test_an_alert_never_decides_the_cause() -> None:
    result = why("1 CO-50 100", said=["1 N565"])
    assert result.primary_cause == "med_nec"
    assert not result.causes[0].remarks


def test_a_remark_on_pricing_is_not_why_money_was_refused() -> None:
    assert why("1 CO-97 100", said=["1 N644"]).primary_cause == "bundling"


def test_a_remark_of_the_claim_reaches_its_lines_as_one_cause() -> None:
    result = why("1 CO-16 60", "2 CO-16 40", said=["MA120"], of=("60", "40"))
    assert [(c.cause, c.lines, c.amount) for c in result.causes] == [("data", (1, 2), Decimal(100))]
    assert [r.code for r in result.causes[0].remarks] == ["MA120"]


def test_a_remark_of_the_claim_goes_where_it_fits_and_leaves_the_others_alone() -> None:
    result = why("1 CO-16 40", "2 CO-50 60", said=["N290"], of=("40", "60"))
    assert {c.cause: c.lines for c in result.causes} == {"med_nec": (2,), "provider_id": (1,)}


def test_the_remark_of_a_line_is_stronger_than_one_of_the_claim() -> None:
    result = why("1 CO-16 100", said=["N290", "1 M76"])
    assert [c.cause for c in result.causes] == ["code_dx"]


def test_of_two_remarks_both_causes_are_kept_and_the_amount_counts_once() -> None:
    result = why("1 CO-16 100", said=["1 M76", "1 N290"])
    assert {c.cause: c.amount for c in result.causes} == {"code_dx": Decimal(100), "provider_id": Decimal(0)}


def test_the_largest_amount_is_the_primary_cause() -> None:
    result = why("1 CO-50 30", "1 CO-197 70")
    assert [c.cause for c in result.causes] == ["auth", "med_nec"]


def test_where_amounts_are_equal_the_table_decides() -> None:
    assert why("1 CO-197 50", "1 CO-4 50").primary_cause == "code_mod"


def test_benign_adjustments_are_no_cause() -> None:
    result = why("1 CO-45 70", "1 PR-1 10", "1 CO-197 20")
    assert [c.cause for c in result.causes] == ["auth"]


def test_the_amounts_of_the_causes_are_the_denied_amount() -> None:
    result = why("1 CO-16 30", "2 CO-50 60", "2 CO-45 10", said=["1 M76", "N290"], of=("30", "70"))
    assert sum(c.amount for c in result.causes) == Decimal(90)


def test_an_unknown_reason_goes_to_a_person_whatever_remark_stands_beside_it() -> None:
    cause = why("1 CO-9Z9 100", said=["1 N290"]).causes[0]
    assert (cause.cause, cause.action, cause.fix, cause.ceiling) == (
        "other",
        Action.NONE,
        Fix.NONE,
        Automation.A1,
    )


def test_a_masked_denial_goes_to_a_person() -> None:
    cause = why("1 CO-45 100").causes[0]
    assert (cause.cause, cause.action, cause.ceiling) == ("other", Action.NONE, Automation.A1)


def test_nothing_paid_without_a_reason_goes_to_a_person_with_what_is_missing() -> None:
    cause = why().causes[0]
    assert (cause.cause, cause.ceiling, cause.amount) == ("other", Automation.A1, Decimal(100))


def test_without_the_remark_that_it_must_have_a_reason_is_capped_at_a_person() -> None:
    assert why("1 CO-16 100").causes[0].ceiling is Automation.A1


def test_a_remark_never_allows_more_than_the_reason_does() -> None:
    assert why("1 CO-96 100", said=["1 N290"]).causes[0].ceiling is Automation.A1


def test_remarks_that_fix_the_path_are_named_wherever_they_stand() -> None:
    result = why("1 CO-16 100", said=["MA130", "1 M76", "n185"])
    assert result.directives == ("MA130", "N185")


def test_evidence_names_event_place_code_and_table_row() -> None:
    evidence = why("1 CO-16 100", said=["1 M76"]).causes[0].evidence
    assert evidence == (
        Evidence(source=EVENT, place="2110[1] CAS", value="16"),
        Evidence(source=EVENT, place="2110[1] LQ", value="M76"),
        Evidence(source="table:carc@2026-08-17", place="16"),
        Evidence(source="table:rarc@2026-08-17", place="M76"),
    )


def test_the_policy_that_a_line_was_denied_under_is_evidence_of_its_cause_only() -> None:
    denied = adjudication(
        "1 CO-50 60",
        "2 CO-197 40",
        charge="100",
        lines=lines("60", "40"),
        policies=(PolicyReference(line=1, id="L33822"),),
    )
    by_cause = {
        c.cause: [e.value for e in c.evidence if e.place.endswith("REF*0K")]
        for c in classify(denied, EVENT).causes
    }
    assert by_cause == {"med_nec": ["L33822"], "auth": []}


def test_a_duplicate_points_to_what_it_may_be_a_duplicate_of() -> None:
    earlier = (Evidence(source="first", place="2100 CLP02", value="paid"),)
    denied = adjudication("1 OA-18 100", charge="100", lines=lines("100"))
    assert earlier[0] in classify(denied, EVENT, earlier).causes[0].evidence
    other = adjudication("1 CO-50 100", charge="100", lines=lines("100"))
    assert earlier[0] not in classify(other, EVENT, earlier).causes[0].evidence


@pytest.mark.parametrize(
    ("reason", "label"),
    [
        ("16", Recoverability.SOFT),
        ("29", Recoverability.HARD),
        ("204", Recoverability.HARD),
        ("252", Recoverability.SOFT),
        ("119", Recoverability.HARD),
    ],
)
def test_soft_is_data_and_documents_hard_is_final_on_the_merits(reason: str, label: Recoverability) -> None:
    assert why(f"1 CO-{reason} 100").causes[0].recoverability is label


def test_an_institutional_denial_of_the_claim_concerns_the_whole_claim() -> None:
    result = why("CO-197 100")
    assert (result.primary_cause, result.causes[0].lines) == ("auth", ())


@pytest.mark.parametrize(
    ("taken", "cause", "action"),
    [
        ("PR-50", "med_nec", Action.BILL_PATIENT),
        ("PR-167", "med_nec", Action.BILL_PATIENT),
        ("PR-204", "non_covered", Action.BILL_PATIENT),
        ("PR-119", "benefit_max", Action.BILL_OTHER),
        ("PR-27", "eligibility", Action.BILL_OTHER),
        ("PR-31", "eligibility", Action.CORRECTED_CLAIM),
        ("CO-50", "med_nec", Action.APPEAL),
        ("CO-204", "non_covered", Action.APPEAL),
        ("pi-204", "non_covered", Action.APPEAL),
        ("OA-204", "non_covered", Action.BILL_PATIENT),
    ],
)
def test_the_group_says_who_may_be_billed(taken: str, cause: str, action: Action) -> None:
    """PR-50, 96, 204: the patient or a secondary payer, no corrected claim. CO, PI: never the patient."""
    found = why(f"1 {taken} 100")
    assert (found.primary_cause, found.causes[0].action) == (cause, action)


def test_what_the_patient_bears_needs_no_records() -> None:
    cause = why("1 PR-50 100").causes[0]
    assert (cause.fix, cause.ceiling) == (Fix.NONE, Automation.A1)


def test_one_code_under_two_groups_has_two_next_steps() -> None:
    result = why("1 CO-50 60", "1 PR-50 40")
    assert [(c.cause, c.action, c.amount) for c in result.causes] == [
        ("med_nec", Action.APPEAL, Decimal(60)),
        ("med_nec", Action.BILL_PATIENT, Decimal(40)),
    ]


def test_the_primary_cause_has_the_most_dollars_of_all_lines() -> None:
    result = why("1 CO-197 40", "2 CO-197 40", "3 CO-50 60", charge="140", of=("40", "40", "60"))
    assert [c.cause for c in result.causes] == ["auth", "med_nec"]


def test_equal_adjustments_of_a_line_are_all_kept() -> None:
    (cause,) = why("1 CO-197 50", "1 CO-197 50").causes
    assert [a.amount for a in cause.adjustments] == [Decimal(50), Decimal(50)]


def test_units_that_were_cut_are_evidence_of_the_cause() -> None:
    cut = RemittedLine(
        line=1,
        procedure="G0463",
        charge=Decimal(100),
        paid=Decimal(50),
        units_paid=Decimal("2.0"),
        units_submitted=Decimal(4),
        state=LineState.PAID,
    )
    (cause,) = classify(adjudication("1 CO-151 50", charge="100", paid="50", lines=[cut]), EVENT).causes
    assert Evidence(source=EVENT, place="2110[1] SVC05", value="2") in cause.evidence
    assert Evidence(source=EVENT, place="2110[1] SVC07", value="4") in cause.evidence


def test_a_code_that_the_payer_put_in_the_place_of_ours_is_evidence() -> None:
    changed = lines("100")[0].model_copy(update={"submitted_procedure": "G0499"})
    (cause,) = classify(adjudication("1 CO-97 100", charge="100", lines=[changed]), EVENT).causes
    assert Evidence(source=EVENT, place="2110[1] SVC06", value="G0499") in cause.evidence

"""Plain words for what events say in code words."""

from __future__ import annotations

from typing import Final

from schemas.codes import Action, Fix

QUALITY_WORDS: Final = {
    "balance": "its amounts do not add up",
    "deactivated_carc": "it uses a reason code that was no longer valid on its day",
    "deactivated_rarc": "it uses a remark code that was no longer valid on its day",
    "group_cr": "it uses group CR, which was removed with version 5010",
    "group_mismatch": "a reason stands under a group that it may not have",
    "legacy_status": "it uses a claim status of version 4010",
    "masked_denial": "it calls the whole charge a contractual reduction, so the reason for the denial is not told",
    "remark_missing": "a reason came without the remark that it must have, so what exactly is wrong is not told",
    "reversal_without_status": "it takes money back without saying that it is a reversal",
    "unexplained_nonpayment": "nothing was paid and no reason is given",
    "unknown_carc": "it uses a reason code that no list of ours knows",
    "unknown_group": "it uses a group code that no list knows",
    "unknown_rarc": "it uses a remark code of no known form",
    "unknown_status": "it uses a claim status that no guide knows",
    "unmapped_carc": "it uses a reason code that your list knows and Reclaim gives no meaning",
}
"""What is odd about a remittance (`remit_quality`)."""

UNCLEAR: Final = frozenset(
    {
        "masked_denial",
        "remark_missing",
        "unexplained_nonpayment",
        "unknown_carc",
        "unmapped_carc",
        "unknown_rarc",
    }
)
"""Faults of a remittance that leave open why money was refused."""

WAIT_WORDS: Final = {
    "ambiguous_lineage": "which claim it answers: more than one fits this number (ambiguous); `reclaim link` settles it",
    "claim_of_another_payer": "the claim as this payer got it: the one at hand was sent to another payer",
    "refused_as_duplicate": "who sent the claim again: the payer has refused a repetition of it",
    "siblings_missing": "whether a correction follows: the file holds more answers to this claim, not read yet",
    "unbalanced": "what was really adjusted: the amounts of the remittance do not add up",
    "unmatched_claim": "what was billed in detail: the submitted claim (837) has not been seen; put it into the inbox",
    "unreadable_claim": "the claim in force: the corrected one cannot be read back",
}
"""What is not known, by the `waits` of a classified denial."""

LINE_WORDS: Final = {
    "paid": "paid",
    "denied_full": "denied",
    "denied_partial": "denied in part",
    "zero_pay_benign": "paid nothing, rightly",
    "pended": "pended",
    "recoded": "paid under another code or for fewer units",
}

NEXT_WORDS: Final = {
    "A3": "The correction may leave without a person",
    "A2": "A correction waits for a person's approval",
    "A1": "A person has to decide",
    "A0": "Nothing is to be done",
}
"""What comes next, by the automation of the proposal."""

TABLE_WORDS: Final = {
    "addon": "add-on code",
    "cpt": "CPT",
    "exclusions": "exclusion list",
    "fees": "fee",
    "hcpcs": "HCPCS",
    "hcpcs_or_cpt": "HCPCS or CPT",
    "icd10cm": "diagnosis code",
    "mpfs": "fee schedule indicator",
    "mue": "unit limit",
    "nppes": "national provider",
    "pos": "place of service",
    "ptp": "code pair",
}
"""Tables by the kind that `reclaim load` takes."""

CLOCK_WORDS: Final = {
    "appeal": "appeal",
    "corrected_claim": "corrected claim",
    "dispute_resolution": "dispute resolution (surprise bill)",
    "filing_limit": "filing limit",
    "member_appeal": "appeal of the member",
    "negotiation": "negotiation (surprise bill)",
    "records": "records",
    "reopening": "reopening",
    "reopening_good_cause": "reopening for good cause",
    "stop_recoupment": "appeal that stops recoupment",
}


CLAIM_WORDS: Final = {
    "submitted": "submitted",
    "paid": "paid",
    "denied_full": "denied in full",
    "denied_partial": "denied in part",
    "zero_pay_benign": "paid nothing, rightly",
    "pended": "pended",
    "reversed": "reversed",
    "predetermination": "predetermination",
    "rejected": "turned away before it was decided",
}


LADDER_WORDS: Final = {
    "A3": "may leave without a person",
    "A2": "a correction that a person approves",
    "A1": "a person decides, with what is known",
    "A0": "nothing to do",
}


DECISION_WORDS: Final = {
    "approved": "approved",
    "rejected": "rejected",
    "held": "held",
    "overridden": "approved with a person's own edits",
    "withdrawn": "withdrawn",
    "refused": "refused",
    "reopened": "taken back, and open again",
    "assigned": "given to somebody to work on",
}


CAUSE_WORDS: Final = {
    "auth": "no prior authorization",
    "benefit_max": "benefit used up",
    "bundling": "part of another service",
    "cob": "another payer comes first",
    "code_dx": "diagnosis code invalid",
    "code_mod": "procedure and modifier disagree",
    "code_proc": "procedure code invalid",
    "contractual": "contract",
    "data": "claim lacks or misstates something",
    "demographic": "does not fit the patient's age or sex",
    "docs": "records wanted",
    "duplicate": "duplicate",
    "dx_proc": "diagnosis does not support the procedure",
    "eligibility": "patient not covered",
    "frequency": "more often or more units than allowed",
    "global": "within a global period",
    "med_nec": "not medically necessary",
    "network": "out of network",
    "non_covered": "service not covered",
    "other": "other or unknown",
    "patient_resp": "patient's share",
    "pending": "payer still decides",
    "pos_tob": "place of service or bill type",
    "pricing": "pricing",
    "provider_elig": "provider not eligible for the service",
    "provider_id": "provider identifier",
    "rejected": "turned away before it was decided",
    "rejected_with_others": "turned away with all that it came with",
    "referral": "no referral",
    "reporting": "reporting only",
    "review": "payer's review",
    "rejected_claim": "not taken in: fix it, send it as an original (frequency 1, no REF*F8)",
    "silent_recoupment": "money taken back without a reversal",
    "earlier_payer_changed": "the payer before it took its answer back",
    "timely": "filed too late",
    "wrong_payer": "wrong payer",
}


ACTION_WORDS: Final = {
    Action.CORRECTED_CLAIM: "corrected claim",
    Action.APPEAL: "appeal",
    Action.RECORDS: "send records",
    Action.BILL_OTHER: "bill the other payer",
    Action.BILL_PATIENT: "bill the patient",
    Action.WRITE_OFF: "write off",
    Action.WAIT: "wait for the payer",
    Action.NONE: "a person decides",
}


FIX_WORDS: Final = {
    Fix.RECODE: "codes",
    Fix.DATA: "data",
    Fix.RECORDS: "records",
    Fix.AUTH: "authorization",
    Fix.ELIGIBILITY: "eligibility",
    Fix.COB: "order of payers",
    Fix.NONE: "nothing",
}


_ANCHORS: Final = (
    ("from dos_from", "from the first date of service"),
    ("from dos", "from the last date of service"),
    ("from prior_remit", "from the remittance of the payer before"),
    ("from remit", "from the remittance"),
    ("from receipt", "from receipt (five days after the remittance)"),
)


def clock_rule_words(rule: str) -> tuple[str, str]:
    """How a clock counts, and the rule that says so: `NWH01.appeal_days: 180 days from remit` is `180 days from the
    remittance` by `NWH01.appeal_days`."""
    place, _, span = rule.partition(": ")
    for anchor, words in _ANCHORS:
        if span.endswith(anchor):
            return span.removesuffix(anchor) + words, place
    return plain(span or place), place


def loading_kind(table: str) -> str:
    """What `reclaim load` calls a kind of table: the settings of code pairs and unit limits are one kind."""
    return table.partition("_")[0] if table.startswith(("ptp_", "mue_", "hcpcs_")) else table


def table_words(table: str) -> str:
    """`fee schedule indicator table`, `authorizations table`."""
    kind = table if table in TABLE_WORDS else loading_kind(table)
    return f"{TABLE_WORDS.get(kind, plain(kind))} table"


def missing_part(table: str, part: str) -> str:
    """What of a table is missing: all of it, a row for the code, the notes of a list."""
    if not part:
        return f"the {table_words(table)}"
    if part == "row":
        return f"a row for this code in the {table_words(table)}"
    if (table, part) == ("icd10cm", "notes"):
        return "the tabular list with the notes of the diagnosis codes"
    return f"{plain(part)} in the {table_words(table)}"


FACT: Final = "fact:"
"""How `missing` names what no table and no claim tells."""

_WANTED: Final = {
    "a_limit_that_is_not_published": "a limit of the code that is not published",
    "an_inpatient_claim_is_under_no_such_edit": "which edit the payer means: Medicare's bind no inpatient claim",
    "base_services_of_the_contractor": "the base services that the contractor names for this add-on code",
    "last_visit_within_three_years": "whether the group saw the patient within three years",
    "minutes_of_the_other_services_of_the_day": "the minutes of the other timed services of the day",
    "same_group_and_specialty": "whether both practitioners are of one group and specialty: the payer takes them for one",
    "same_unit_basis": "whether both codes count the same unit: a coder reads both",
    "the_other_service_of_the_day": "the other service of the day: it is not on this claim",
    "who_admitted_the_patient": "who admitted the patient",
    "order_of_payers": "which payer comes first: its remittance does not say",
    "prior_amounts_balance": "a remittance of the prior payer that adds up: the one on file does not",
    "prior_charge_differs": "a remittance of the prior payer for this charge: the one on file is for another",
    "prior_lines_match": "a remittance of the prior payer that answers each line of this claim once",
    "prior_payment_date": "the date of the prior payer's remittance",
}


def wanted_words(word: str) -> str:
    """What a person is asked for, where `missing` names neither a table nor a field."""
    return said_of(_WANTED, word.removeprefix(FACT))


def plain(code: str) -> str:
    """A code word as words."""
    return code.replace("_", " ")


def said_of(words: dict[str, str], code: str) -> str:
    """The words for a code, else the code itself as words."""
    return words.get(code, plain(code))


def cause_words(cause: str) -> str:
    """A cause in plain words; one we have no words for, as it is."""
    return CAUSE_WORDS.get(cause, cause.replace("_", " "))


_SAID_BY_THE_ACTION: Final = frozenset({"none", "write_off", "wait", "patient_bill", "records_response"})


def proposed_words(action: str, path: str) -> str:
    """What would be done and by which path: `corrected claim, as a replacement`; the path only where the action does not
    say it."""
    words = ACTION_WORDS[Action(action)]
    if path in _SAID_BY_THE_ACTION:
        return words
    named = path.replace("_", " ")
    return f"{words}, as a{'n' if named[0] in 'aeiou' else ''} {named}"

"""The closed words of the language, as string enums. Codes of payers and code sets are open strings, not enums."""

from __future__ import annotations

from enum import StrEnum


class ClaimState(StrEnum):
    """What one 835 claim says of the claim (docs: what is a denial)."""

    PAID = "paid"
    ZERO_PAY_BENIGN = "zero_pay_benign"
    DENIED_FULL = "denied_full"
    DENIED_PARTIAL = "denied_partial"
    PENDED = "pended"
    REVERSED = "reversed"
    PREDETERMINATION = "predetermination"
    REJECTED = "rejected"
    """no 835 says it: turned away by a TA1, a 999 or a 277CA before anybody adjudicated it"""

    @property
    def denied(self) -> bool:
        return self in (ClaimState.DENIED_FULL, ClaimState.DENIED_PARTIAL)


class LineState(StrEnum):
    """What an 835 says of one service line."""

    PAID = "paid"
    DENIED_FULL = "denied_full"
    DENIED_PARTIAL = "denied_partial"
    ZERO_PAY_BENIGN = "zero_pay_benign"
    PENDED = "pended"
    RECODED = "recoded"


class Fix(StrEnum):
    RECODE = "recode"
    DATA = "data"
    RECORDS = "records"
    AUTH = "auth"
    ELIGIBILITY = "eligibility"
    COB = "cob"
    NONE = "none"


class Action(StrEnum):
    CORRECTED_CLAIM = "corrected_claim"
    APPEAL = "appeal"
    RECORDS = "records"
    BILL_OTHER = "bill_other"
    BILL_PATIENT = "bill_patient"
    WRITE_OFF = "write_off"
    WAIT = "wait"
    NONE = "none"


class Automation(StrEnum):
    """The ladder, lowest first: nothing to do, a person, machine proposes, unattended."""

    A0 = "A0"
    A1 = "A1"
    A2 = "A2"
    A3 = "A3"


class Path(StrEnum):
    REPLACEMENT = "replacement"
    NEW_CLAIM = "new_claim"
    VOID = "void"
    VOID_THEN_NEW = "void_then_new"
    REOPENING = "reopening"
    REDETERMINATION = "redetermination"
    RECONSIDERATION = "reconsideration"
    PROVIDER_DISPUTE = "provider_dispute"
    RECORDS_RESPONSE = "records_response"
    SECONDARY_CLAIM = "secondary_claim"
    PATIENT_BILL = "patient_bill"
    WRITE_OFF = "write_off"
    WAIT = "wait"
    NONE = "none"


class Recoverability(StrEnum):
    """Soft: data, documents, COB or a pend. Hard: final on the merits."""

    SOFT = "soft"
    HARD = "hard"


class Decision(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"
    HELD = "held"
    OVERRIDDEN = "overridden"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    ASSIGNED = "assigned"
    REOPENED = "reopened"


class Wish(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    HOLD = "hold"
    OVERRIDE = "override"
    ASSIGN = "assign"
    UNDO = "undo"


LEAVING_REASONS = ("contract", "not_recoverable", "not_worth_it")
"""Why money is given up or asked of the patient: only for these two paths."""

REASONS: dict[Wish, tuple[str, ...]] = {
    Wish.APPROVE: ("documented", "confirmed_in_record", "payer_error", *LEAVING_REASONS),
    Wish.REJECT: ("not_supported", "wrong_code", "duplicate", "not_worth_it", "other"),
    Wish.HOLD: ("awaiting_documentation", "awaiting_payer", "compliance_review"),
    Wish.OVERRIDE: ("documented", "confirmed_in_record", "payer_error", *LEAVING_REASONS),
    Wish.ASSIGN: ("mine", "handed_over", "put_back"),
    Wish.UNDO: ("mistake", "new_information"),
}
"""The reasons a person may give, by what they wish."""

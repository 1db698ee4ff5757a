"""Each event of a claim in a few words, for its timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from schemas.acknowledgment import ClaimAcknowledged
from schemas.case import CaseChanged, ClassifiedDenial
from schemas.claim import ClaimSubmitted
from schemas.documentation import ClaimDocumented
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from schemas.recoding import CaseFlagged, DecisionRequested, RecodingDecided, RecodingProposed
from schemas.remittance import Adjudication, RemittanceAdjusted
from schemas.resubmission import ClaimDelivered, ClaimResubmitted, ResubmissionRefused
from schemas.shape import Shape
from services.account.quantities import counted, dollars
from services.account.words import (
    CLAIM_WORDS,
    DECISION_WORDS,
    LADDER_WORDS,
    cause_words,
    plain,
    proposed_words,
    said_of,
)


def tell(data: Shape) -> str:
    """An event in a few words: codes, amounts and identifiers, never a name of a person."""
    for model, teller in _TELLERS:
        if isinstance(data, model):
            return teller(data)
    return ""


def _submitted(claim: ClaimSubmitted) -> str:
    again = f", frequency {claim.frequency_code}" if claim.frequency_code not in (None, "1") else ""
    return f"{claim.transaction}, {counted(len(claim.lines), 'line')}, {dollars(claim.total_charge)} billed{again}"


def _adjudicated(adjudication: Adjudication) -> str:
    text = (
        f"{said_of(CLAIM_WORDS, adjudication.claim_state)}: {dollars(adjudication.paid)} paid of "
        f"{dollars(adjudication.charge)}"
    )
    if adjudication.denied_amount:
        text += f", {dollars(adjudication.denied_amount)} denied"
    codes = dict.fromkeys(f"{a.group}-{a.reason}" for a in adjudication.adjustments)
    return text + (f" ({', '.join(codes)})" if codes else "")


def _acknowledged(data: ClaimAcknowledged) -> str:
    whom = ", our claim" if data.resubmission_id is not None else ""
    number = f", payer's number {data.payer_control_number}" if data.payer_control_number else ""
    codes = ", ".join(":".join(filter(None, (r.category, r.status))) for r in data.reasons)
    return f"{'accepted' if data.accepted else 'rejected'} ({data.kind}{whom}{', ' + codes if codes else ''}{number})"


def _money_moved(data: RemittanceAdjusted) -> str:
    return f"{plain(data.reason)}: {dollars(data.amount)} {'taken' if data.amount > 0 else 'given'} outside the claim"


def _documented(data: ClaimDocumented) -> str:
    told = (counted(len(data.documents), "document"), counted(len(data.answers), "answer"))
    return ", ".join([*told, *data.documented_diagnoses])


def _classified(data: ClassifiedDenial) -> str:
    causes = "; ".join(cause_words(cause.cause) for cause in data.causes)
    return f"revision {data.revision}: {causes} ({dollars(data.denied_amount)})"


def _changed(data: CaseChanged) -> str:
    text = f"revision {data.revision}: {plain(data.change)}" + (
        "" if data.open_denial else ", no open denial"
    )
    return text + (f", {dollars(data.silent)} taken without a reversal" if data.silent is not None else "")


def _proposed(data: RecodingProposed) -> str:
    ladder = said_of(LADDER_WORDS, data.automation)
    return f"{proposed_words(data.action, data.path)}, by rule {data.rule.id} ({data.automation}: {ladder})"


def _requested(data: DecisionRequested) -> str:
    return f"{data.by} asks to {plain(data.wish)} it ({plain(data.reason)})"


def _decided(data: RecodingDecided) -> str:
    return f"{said_of(DECISION_WORDS, data.decision)}, by {data.by} ({plain(data.reason)})"


def _resubmitted(data: ClaimResubmitted) -> str:
    code = f", frequency {data.frequency_code}" if data.frequency_code else ""
    return f"{plain(data.path)}{code}, generation {data.generation}"


def _refused(data: ResubmissionRefused) -> str:
    return f"{plain(data.reason)}{', waits' if data.waits else ''}"


def _delivered(data: ClaimDelivered) -> str:
    return f"{data.file} (interchange {data.interchange_control_number})"


def _flagged(data: CaseFlagged) -> str:
    amount = f", {dollars(data.amount)}" if data.amount is not None else ""
    return f"{plain(data.flag)}: {plain(data.reason)}{amount}"


def _lettered(data: DeadLetter) -> str:
    return f"{data.service} could not handle it: {plain(data.reason)}"


def _answered(data: LetterReplayed | LetterDiscarded) -> str:
    return f"by {data.by} ({plain(data.reason)})"


_TELLERS: Final[tuple[tuple[type[Shape], Callable[..., str]], ...]] = (
    (ClaimSubmitted, _submitted),
    (ClaimAcknowledged, _acknowledged),
    (Adjudication, _adjudicated),
    (RemittanceAdjusted, _money_moved),
    (ClaimDocumented, _documented),
    (ClassifiedDenial, _classified),
    (CaseChanged, _changed),
    (RecodingProposed, _proposed),
    (DecisionRequested, _requested),
    (RecodingDecided, _decided),
    (ClaimResubmitted, _resubmitted),
    (ResubmissionRefused, _refused),
    (ClaimDelivered, _delivered),
    (CaseFlagged, _flagged),
    (DeadLetter, _lettered),
    (LetterReplayed, _answered),
    (LetterDiscarded, _answered),
)

"""The events of a lineage, made from a view of its facts: `denial-classified` and `case-changed`."""

from __future__ import annotations

from typing import Any, Final

from schemas.case import CaseChanged, ClassifiedDenial, Evidence, PayerAnswer
from schemas.claim import ClaimSubmitted
from schemas.codes import ClaimState
from schemas.records.claim_case import RemittedFact
from services.core.chronology import NO_DATE, paid_beside, remitted_on
from services.core.current_claim import as_submitted, last_submitted
from services.core.denials.classification import classify
from services.core.denials.lines import match_lines
from services.core.denials.rejection import causes_of, is_first, not_adjudicated
from services.core.history import history_of, merged
from services.core.lineage_view import LineageView
from services.core.receipts import receipts_of
from services.core.recoding.exclusion import claim_providers
from services.core.recoupments import recoupments_of, silent

_PAID: Final = "paid"
_RESPONSIBILITIES: Final = {0: "primary", 1: "secondary", 2: "tertiary"}


def changed(view: LineageView, revision: int, change: str) -> CaseChanged:
    """A new revision of a lineage that is no new denial. `change`: what it is, in a word."""
    current = view.standing.current
    return CaseChanged(
        claim_number=view.claim_number,
        lineage=view.id,
        revision=revision,
        answers=view.answered(),
        change=change,
        open_denial=view.denial is not None,
        claim_state=view.state,
        payer=view.payer(),
        accepted=False if change == "acknowledged" else None,
        facts=view.known(),
        **(_paid(view) if change == _PAID else {}),
        attempts=view.attempts,
        paid=current.adjudication.paid if current is not None else None,
        recoupments=recoupments_of(view.members.provider_adjustments),
        silent=silent(view.standing, view.members.provider_adjustments),
        reasons=tuple(r for a in view.turned_away for r in a.acknowledgment.reasons),
        rejected=_rejected(view, revision),
        changed_before=tuple(a for a in _other_payers(view) if a.lineage in view.changed_before)
        if view.changed_before
        else (),
    )


def classified(view: LineageView, revision: int, denial: RemittedFact) -> ClassifiedDenial:
    """The open denial of a lineage with its causes, and all that a proposal is made from."""
    adjudication = denial.adjudication
    claim = view.claim()
    result = classify(adjudication, denial.event, _earlier(view, denial))
    attempts = view.attempts
    return ClassifiedDenial(
        claim_number=view.claim_number,
        lineage=view.id,
        revision=revision,
        answers=view.answered(),
        payer=adjudication.payer,
        filing_indicator=adjudication.filing_indicator,
        payer_state=adjudication.payer_state,
        claim_state=adjudication.claim_state,
        denied_amount=adjudication.denied_amount,
        primary_cause=result.primary_cause,
        causes=result.causes,
        directives=result.directives,
        remit_quality=result.remit_quality,
        generation=max((a.generation for a in attempts), default=0),
        matched_claim=claim is not None,
        facts=view.known(),
        waits=view.waits(readable=claim is not None),
        claim=claim,
        adjudication=adjudication,
        matches=match_lines(adjudication.lines, claim.lines, adjudication.remarks)
        if claim is not None
        else (),
        attempts=attempts,
        documented=merged(view.claim_number, view.members.documentation),
        history=history_of(
            view.members,
            view.standing.ordered,
            [f for other in view.others for f in other.standing.ordered],
        ),
        other_payers=_other_payers(view),
        refused_as_duplicate=view.refused_as_duplicate,
        receipts=receipts_of(view.proofs),
        recoupments=recoupments_of(view.members.provider_adjustments),
        silent=silent(view.standing, view.members.provider_adjustments),
        later_payers=tuple(payer for later in view.after if (payer := later.payer()) is not None),
    )


def _rejected(view: LineageView, revision: int) -> ClassifiedDenial | None:
    """The claim that was turned away and may go again as a first claim."""
    submitted = last_submitted(view.members.submissions)
    if not view.turned_away or submitted is None:
        return None
    claim: ClaimSubmitted | None = submitted.claim
    if view.rejected_send is not None:
        claim = as_submitted(view.rejected_send, submitted.claim)
    if claim is None or not is_first(claim):
        return None
    attempts = view.attempts
    causes = causes_of([(a.event, a.acknowledgment) for a in view.turned_away], claim)
    return ClassifiedDenial(
        claim_number=view.claim_number,
        lineage=view.id,
        revision=revision,
        answers=view.answered(),
        payer=claim.payer,
        filing_indicator=claim.filing_indicator,
        payer_state=claim.payer_state,
        claim_state=ClaimState.REJECTED,
        denied_amount=claim.total_charge,
        primary_cause=causes[0].cause,
        causes=causes,
        generation=max((a.generation for a in attempts), default=0),
        matched_claim=True,
        facts=tuple(sorted({*view.facts, submitted.id})),
        waits=view.waits(readable=True),
        claim=claim,
        adjudication=not_adjudicated(claim),
        attempts=attempts,
        documented=merged(view.claim_number, view.members.documentation),
        history=history_of(view.members, (), ()),
    )


def _paid(view: LineageView) -> dict[str, Any]:
    """What the payer paid, for the reverse guard."""
    current = view.standing.current
    if current is None or current.adjudication.claim_state is not ClaimState.PAID:
        return {}
    adjudication, claim = current.adjudication, view.claim()
    return {
        "paid_lines": adjudication.lines,
        "service_from": adjudication.service_from,
        "filing_indicator": adjudication.filing_indicator,
        "facility_type": adjudication.facility_type,
        "paid_providers": tuple(sorted(claim_providers(claim))) if claim is not None else (),
        "paid_before": paid_beside(view.standing),
    }


def _other_payers(view: LineageView) -> tuple[PayerAnswer, ...]:
    """What the payers before this one said last."""
    found = []
    for other in view.before:
        last = other.answered_last
        if last is None:
            continue
        said = last.adjudication
        day = remitted_on(said)
        found.append(
            PayerAnswer(
                lineage=other.id,
                payer=said.payer,
                responsibility=_RESPONSIBILITIES.get(other.members.lineage.responsibility),
                claim_state=other.state or said.claim_state,
                charge=said.charge,
                paid=said.paid,
                patient_responsibility=said.patient_responsibility,
                payer_control_number=said.payer_control_number,
                remitted=None if day == NO_DATE else day,
                fact=last.event,
                adjudication=said,
                claim=other.sent_to,
                readjudicated=any(
                    f.adjudication.claim_state is ClaimState.REVERSED for f in other.standing.ordered
                ),
            )
        )
    return tuple(found)


def _earlier(view: LineageView, denial: RemittedFact) -> tuple[Evidence, ...]:
    """What a denial as duplicate may be a duplicate of: adjudications before it, a claim that the provider sent again,
    and our own attempts."""
    ordered = view.standing.ordered
    before = ordered[: ordered.index(denial)]
    found = [
        Evidence(source=f.event, place="2100 CLP02", value=f.adjudication.claim_state.value) for f in before
    ]
    found += [
        Evidence(source=s.event, place="claim-submitted", value=f"frequency {s.claim.frequency_code}")
        for s in sorted(view.members.submissions, key=lambda s: (s.claim.submitted or NO_DATE, s.id))[1:]
    ]
    found += [
        Evidence(source=s.event, place="claim-resubmitted", value=f"generation {s.resubmission.generation}")
        for s in sorted(view.members.sends, key=lambda s: (s.resubmission.generation, s.id))
    ]
    return tuple(found)

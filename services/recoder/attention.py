"""What waits for a person although nothing is proposed: a claim that was turned away and is not known as a first claim,
money that was taken silently, a payment that rests on what the payer before has taken back since.

None is a denial. The first is fixed and sent by whoever has it; the others have to be asked about, or accepted. A person
holds it, hands it over, or ends it with a rejection, which can be undone as long as the facts still say it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.acknowledgment import AcknowledgmentReason
from schemas.case import CaseChanged, Recoupment, Revision
from schemas.claim import Payer
from schemas.codes import REASONS, Decision, Wish
from schemas.envelope import content_id
from schemas.recoding import DecisionRequested
from schemas.records.work_item import Attention, LineageItem
from services.recoder.decisions import Judged, in_future, of_another

REJECTED_CLAIM: Final = "rejected_claim"
SILENT_RECOUPMENT: Final = "silent_recoupment"
EARLIER_PAYER: Final = "earlier_payer_changed"


def attended(
    item: LineageItem, case: Revision, payer: Payer | None, silent: Decimal | None, today: date | None
) -> tuple[LineageItem, tuple[Attention, ...]]:
    """The item with what needs a person now, and which of that is new. What was settled does not come again."""
    if case.revision < item.revision:
        return item, ()
    wanted: list[Attention] = []
    if silent is not None:
        wanted.append(_of_money(case, payer, silent, today))
    if isinstance(case, CaseChanged) and case.reasons and case.rejected is None:
        wanted.append(_of_rejection(case, case.reasons, today))
    if isinstance(case, CaseChanged) and case.changed_before:
        wanted.append(_of_earlier_payers(case))
    known = {a.id: a for a in item.attention}
    fresh = tuple(a for a in wanted if a.id not in known and a.id not in item.settled)
    now = tuple(known.get(a.id, a) for a in wanted if a.id in known or a.id not in item.settled)
    return item.model_copy(update={"attention": now}), fresh


def judge_attention(
    item: LineageItem, one: Attention, request: DecisionRequested, today: date | None
) -> Judged:
    """Answer a request about what waits without a proposal. Total; there is nothing to approve or to change."""
    against = _out_of_place(item, one, request, today)
    if against is not None:
        return Judged(Decision.REFUSED, against)
    return Judged(_DECISIONS[request.wish], request.reason)


_DECISIONS: Final = {
    Wish.REJECT: Decision.REJECTED,
    Wish.HOLD: Decision.HELD,
    Wish.ASSIGN: Decision.ASSIGNED,
    Wish.UNDO: Decision.REOPENED,
}


def _out_of_place(
    item: LineageItem, one: Attention, request: DecisionRequested, today: date | None
) -> str | None:
    if request.reason not in REASONS[request.wish]:
        return "unknown_reason"
    if not request.by.strip():
        return "name_missing"
    if request.wish not in _DECISIONS:
        return "nothing_to_send"
    if request.wish is Wish.UNDO and not one.ended and one.held_until is None:
        return "nothing_to_undo"
    if request.wish is not Wish.UNDO and one.ended:
        return "already_decided"
    if of_another(item, request):
        return "owned_by_another"
    if request.wish is Wish.HOLD and request.until is not None and not in_future(request.until, today):
        return "until_not_in_future"
    return None


def seen_to(item: LineageItem, one: Attention, judged: Judged, until: date | None) -> LineageItem:
    """The item after the answer to a request about `one`. `until`: of a hold."""
    held, ended = judged.decision is Decision.HELD, judged.decision is Decision.REJECTED
    changed = one.model_copy(
        update={
            "held_until": until if held else None,
            "held_reason": judged.reason if held else None,
            "ended": ended,
        }
    )
    kept = tuple(s for s in item.settled if s != one.id)
    return _with(item, changed).model_copy(update={"settled": (*kept, one.id) if ended else kept})


def holds_ended(item: LineageItem, day: date) -> Iterator[tuple[Attention, LineageItem]]:
    """What was held until the day, each with the item in which it is open again."""
    for one in item.attention:
        if one.held_until is not None and one.held_until <= day:
            item = _with(item, one.model_copy(update={"held_until": None, "held_reason": None}))
            yield one, item


def _with(item: LineageItem, changed: Attention) -> LineageItem:
    now = tuple(changed if one.id == changed.id else one for one in item.attention)
    return item.model_copy(update={"attention": now})


def _of_money(case: Revision, payer: Payer | None, silent: Decimal, today: date | None) -> Attention:
    recoupments: Sequence[Recoupment] = getattr(case, "recoupments", ())
    reasons = dict.fromkeys(r.reason for r in recoupments)
    return Attention(
        id=content_id(SILENT_RECOUPMENT, case.lineage, str(silent), *(r.fact for r in recoupments)),
        kind=SILENT_RECOUPMENT,
        claim_number=case.claim_number,
        payer=payer,
        reason=",".join(reasons),
        amount=silent,
        since=max((r.taken for r in recoupments if r.taken is not None), default=today),
    )


def _of_earlier_payers(case: CaseChanged) -> Attention:
    """What this payer paid rests on what those before it have changed since (domain reference 3.6: a replacement
    reports the correction, not the reversal)."""
    said = case.changed_before
    return Attention(
        id=content_id(EARLIER_PAYER, case.lineage, *(answer.fact for answer in said)),
        kind=EARLIER_PAYER,
        claim_number=case.claim_number,
        payer=case.payer,
        reason=",".join(f"{a.payer.id or a.responsibility or ''}:{a.claim_state.value}" for a in said),
        amount=case.paid,
        since=max((a.remitted for a in said if a.remitted is not None), default=None),
    )


def _of_rejection(
    case: CaseChanged, reasons: Sequence[AcknowledgmentReason], today: date | None
) -> Attention:
    said = dict.fromkeys(":".join(filter(None, (r.category, r.status, r.entity))) for r in reasons)
    return Attention(
        id=content_id(REJECTED_CLAIM, case.lineage, *case.facts),
        kind=REJECTED_CLAIM,
        claim_number=case.claim_number,
        payer=case.payer,
        reason=",".join(said),
        amount=None,
        since=today,
    )

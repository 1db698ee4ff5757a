"""What waits for a person although nothing is proposed: a claim that was never taken in, money that was taken silently.

Neither is a denial. The one is fixed and sent as an original (frequency 1, no REF*F8), because it was never
adjudicated; the other has to be asked about, or accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.acknowledgment import AcknowledgmentReason
from schemas.case import CaseChanged, Recoupment, Revision
from schemas.claim import Payer
from schemas.envelope import content_id
from schemas.records.work_item import Attention, LineageItem

REJECTED_CLAIM: Final = "rejected_claim"
SILENT_RECOUPMENT: Final = "silent_recoupment"


def attended(
    item: LineageItem, case: Revision, payer: Payer | None, silent: Decimal | None, today: date | None
) -> tuple[LineageItem, tuple[Attention, ...]]:
    """The item with what needs a person now, and which of that is new. What was settled does not come again."""
    if case.revision < item.revision:
        return item, ()
    wanted: list[Attention] = []
    if silent is not None:
        wanted.append(_of_money(case, payer, silent, today))
    if isinstance(case, CaseChanged) and case.reasons:
        wanted.append(_of_rejection(case, case.reasons, today))
    known = {a.id: a for a in item.attention}
    fresh = tuple(a for a in wanted if a.id not in known and a.id not in item.settled)
    now = tuple(known.get(a.id, a) for a in wanted if a.id not in item.settled)
    return item.model_copy(update={"attention": now}), fresh


def settled(item: LineageItem, attention: str) -> LineageItem:
    """The item after a person has seen to it."""
    kept = tuple(a for a in item.attention if a.id != attention)
    return item.model_copy(update={"attention": kept, "settled": (*item.settled, attention)})


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

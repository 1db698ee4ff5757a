"""The classifier: folds what is known of a claim and says what follows of each lineage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from schemas.case import ClassifiedDenial
from schemas.envelope import Event, content_id
from schemas.records.claim_case import ClaimCase
from services.core.case import Change, fold
from services.core.denials.listed import with_lists
from services.core.processing import Context, Outcome, Processor

INPUTS: Final = (
    "claim-submitted",
    "claim-acknowledged",
    "claim-adjudicated",
    "claim-denied",
    "remittance-adjusted",
    "claim-documented",
    "claim-resubmitted",
    "claim-delivered",
)


def handle(
    state: ClaimCase | None, event: Event[Any], context: Context
) -> tuple[ClaimCase | None, Sequence[Outcome]]:
    """Fold one event. The same facts give the same case for ever; date and rules play no part, and the user's
    lists of codes only in what is said of the codes themselves."""
    case, changes = fold(state, event)
    return case, [_outcome(event, with_lists(change, context.tables)) for change in changes]


def _outcome(event: Event[Any], change: Change) -> Outcome:
    classified = isinstance(change, ClassifiedDenial)
    return Outcome(
        type="denial-classified.v1" if classified else "case-changed.v1",
        key=event.key,
        natural_key=content_id(change.lineage, *change.facts),
        sequence=change.revision,
        time=event.time,
        data=change,
    )


PROCESSOR: Final[Processor[ClaimCase]] = Processor(
    name="classifier",
    inputs=INPUTS,
    handle=handle,
    state_topic="claim-cases",
    models={"claim-cases": ClaimCase},
    leading=("claim-submitted",),
)

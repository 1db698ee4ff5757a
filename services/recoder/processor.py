"""The recoder: one proposal for every open denial, and the one voice that says what becomes of it.

It keeps a work item for each claim key, with an entry for each lineage; they do not touch each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from schemas.calls import ClaimDue, ContextChanged
from schemas.case import CaseChanged, ClassifiedDenial
from schemas.codes import Automation
from schemas.envelope import Event
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from schemas.recoding import DecisionRequested
from schemas.records.work_item import HELD, OPEN, UNDECIDED, WorkItem
from schemas.resubmission import ResubmissionRefused
from schemas.shape import Shape
from services.core.processing import NO_WAITS, Context, Outcome, Processor, Waits
from services.core.resubmission.deadlines import next_call
from services.recoder.desk import Departure, Desk, watched_clocks
from services.recoder.worktop import RECODER

_TAGS: Final = frozenset({"edition", "rule_set", "profile"})


def waits(state: WorkItem) -> Waits:
    """Called on the day that a hold ends or a clock comes to an alarm, and on every change of context while
    something is undecided."""
    due: list[date] = []
    tags: set[str] = set()
    for item in state.lineages:
        due += [one.held_until for one in item.attention if one.held_until is not None]
        if item.status not in UNDECIDED or item.proposal is None:
            continue
        tags |= _TAGS
        if item.status == OPEN and item.proposal.automation is Automation.A3:
            tags.add("hold")
        if item.status == HELD and item.held_until is not None:
            due.append(item.held_until)
        alarm = next_call(watched_clocks(item.proposal), item.alarms_since) if item.alarms_since else None
        if alarm is not None:
            due.append(alarm)
    return Waits(min(due, default=None), frozenset(tags)) if tags or due else NO_WAITS


def handle(
    state: WorkItem | None, event: Event[Shape], context: Context
) -> tuple[WorkItem | None, Sequence[Outcome]]:
    """One event of one claim. A repeated event changes nothing and emits nothing."""
    data = event.data
    if isinstance(data, DeadLetter | LetterReplayed | LetterDiscarded) and event.key.count("|") != 1:
        # A letter about a file, a group or a batch is no claim's.
        return state, ()
    desk = Desk(event, context, state or WorkItem())
    match data:
        case ClassifiedDenial():
            desk.classified(data)
        case CaseChanged():
            desk.changed(data)
        case DecisionRequested():
            desk.requested(data)
        case Departure():
            desk.resubmitted(data)
        case ResubmissionRefused():
            desk.returned(data)
        case DeadLetter() | LetterReplayed() | LetterDiscarded():
            desk.lettered(data)
        case ClaimDue():
            desk.due(data.day)
        case ContextChanged():
            desk.context_changed(data)
        case _:
            return state, ()
    if not desk.outcomes and desk.work == (state or WorkItem()):
        return state, ()
    return desk.work, tuple(desk.outcomes)


PROCESSOR: Final[Processor[WorkItem]] = Processor(
    name=RECODER,
    inputs=(
        *("denial-classified", "case-changed", "decision-requested"),
        *("claim-resubmitted", "claim-delivered", "resubmission-refused", "dead-letters"),
    ),
    handle=handle,
    state_topic="work-items",
    models={"work-items": WorkItem},
    priority=("control", "dead-letters"),
    waits=waits,
    reads={"claim-resubmitted.v1": Departure, "claim-delivered.v1": Departure},
)

"""The resubmitter: publishes the claim that goes back, once.

It keeps a ledger for each claim key. An approved decision is carried out, refused, or waits in the ledger until
what it waits for has come: the release of a payer, an answer, a replayed letter, a loaded trading partner.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from schemas.calls import ClaimDue, ContextChanged
from schemas.case import CaseChanged, Revision
from schemas.envelope import Event
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from schemas.recoding import RecodingDecided
from schemas.records.ledger import Ledger
from schemas.resubmission import ClaimDelivered, ResubmissionRefused
from schemas.shape import Shape
from services.core.processing import NO_WAITS, Context, Outcome, Processor, Waits
from services.core.resubmission.outgoing import Gate
from services.resubmitter.book import Book, entry_urgency

_WAKING_TAGS: Final = {"payer_on_hold": "hold", "identity_missing": "edition"}
"""What change of context may end a wait."""


def processor(gate: Gate) -> Processor[Ledger]:
    """The resubmitter behind this outbound gate."""

    def handle(
        state: Ledger | None, event: Event[Shape], context: Context
    ) -> tuple[Ledger | None, Sequence[Outcome]]:
        return _handle(state, event, context, gate)

    return Processor(
        name="resubmitter",
        inputs=(
            *("recoding-decided", "denial-classified", "case-changed", "claim-delivered"),
            *("resubmission-refused", "dead-letters"),
        ),
        handle=handle,
        state_topic="resubmission-ledger",
        models={"resubmission-ledger": Ledger},
        priority=("control", "dead-letters"),
        waits=waits,
        urgency=urgency,
        reads={"denial-classified.v1": Revision},
    )


def waits(ledger: Ledger) -> Waits:
    """Called each day while a decision waits, and when a payer is released or a table is loaded for it."""
    reasons = {w.reason for entry in ledger.lineages for w in entry.waiting}
    if not reasons:
        return NO_WAITS
    return Waits(ledger.due, frozenset(_WAKING_TAGS[r] for r in reasons if r in _WAKING_TAGS))


def urgency(ledger: Ledger) -> date:
    """The earliest clock of what waits: after a release it goes first."""
    return min(map(entry_urgency, ledger.lineages), default=date.max)


def _handle(
    state: Ledger | None, event: Event[Shape], context: Context, gate: Gate
) -> tuple[Ledger | None, Sequence[Outcome]]:
    book = Book(event, context, gate, state or Ledger())
    data = event.data
    if isinstance(data, DeadLetter | LetterReplayed | LetterDiscarded) and event.key.count("|") > 1:
        # A letter about a file, a group or a batch is no claim's.
        return state, ()
    if isinstance(data, RecodingDecided):
        book.decided(data)
    elif isinstance(data, CaseChanged):
        # An acceptance (277CA, 999) says that the payer has the claim, not what becomes of it.
        book.revised(data.lineage, data.revision, None if data.accepted else data.answers)
    elif isinstance(data, Revision):
        book.revised(data.lineage, data.revision, data.answers)
    elif isinstance(data, ClaimDelivered):
        book.delivered(data.lineage, data.resubmission_id)
    elif isinstance(data, ResubmissionRefused):
        book.left_out(data)
    elif isinstance(data, DeadLetter | LetterReplayed | LetterDiscarded):
        book.lettered(data)
    elif not isinstance(data, ClaimDue | ContextChanged):
        return state, ()
    book.look_again()
    ledger = book.close()
    return (state, ()) if ledger == (state or Ledger()) and not book.outcomes else (ledger, book.outcomes)

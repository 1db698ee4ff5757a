"""The account of one claim for a person, from its events: timeline, causes, proposal, clocks, what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from schemas.envelope import Event
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from schemas.shape import Shape
from services.account.exchange import (
    AnswerAccount,
    BilledAccount,
    RejectionAccount,
    answered,
    billed,
    rejected,
)
from services.account.lineage import LineageAccount, account_of, lineage_of
from services.account.timeline import tell
from services.core.codes.tables import NO_TABLES, Tables

CLAIM_LOGS: Final = (
    "claim-submitted",
    "claim-acknowledged",
    "claim-denied",
    "claim-adjudicated",
    "remittance-adjusted",
    "claim-documented",
    "denial-classified",
    "case-changed",
    "recoding-proposed",
    "decision-requested",
    "recoding-decided",
    "claim-resubmitted",
    "resubmission-refused",
    "claim-delivered",
    "case-flagged",
    "dead-letters",
)
"""The logs that tell of one claim, in the order in which a day's events are told."""


class Moment(Shape):
    """One dated event of the claim, in a few words without names."""

    date: date
    event: str
    id: str
    lineage: str | None
    what: str


class Account(Shape):
    """The document of `reclaim explain --json`."""

    claim_number: str
    key: str
    lineages: tuple[LineageAccount, ...]
    timeline: tuple[Moment, ...]
    billed: tuple[BilledAccount, ...] = ()
    answers: tuple[AnswerAccount, ...] = ()
    rejections: tuple[RejectionAccount, ...] = ()
    open_letters: tuple[str, ...] = ()
    """dead letters of this claim: while one is open, nothing of it is automated or sent"""


def give_account(
    claim_number: str, key: str, events: Iterable[Event[Shape]], tables: Tables = NO_TABLES
) -> Account | None:
    """The account of a claim from all events of its key; null where there are none. `tables`: the user's lists
    of codes, for their words."""
    told = list(events)
    if not told:
        return None
    lineages = dict.fromkeys(lineage for e in told if (lineage := lineage_of(e.data)) is not None)
    letters: dict[str, str] = {}
    for event in told:
        if isinstance(event.data, DeadLetter):
            letters[event.data.letter] = event.data.reason
        elif isinstance(event.data, LetterReplayed | LetterDiscarded):
            letters.pop(event.data.letter, None)
    moments = [
        Moment(
            date=event.time.date(),
            event=event.type.rpartition(".v")[0],
            id=event.id,
            lineage=lineage_of(event.data),
            what=tell(event.data),
        )
        for event in told
    ]
    return Account(
        claim_number=claim_number,
        key=key,
        lineages=tuple(account_of(claim_number, lineage, told, tables) for lineage in lineages),
        billed=billed(told),
        answers=answered(told, tables),
        rejections=rejected(told),
        timeline=tuple(sorted(moments, key=lambda moment: moment.date)),
        open_letters=tuple(f"{letter}: {reason}" for letter, reason in letters.items()),
    )

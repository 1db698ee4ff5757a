"""One claim with one payer, from its first adjudication to where it stands: the unit that every number counts.

A claim counts under each payer that answered it, once, however often its number came: lineages are told apart as the
classifier does. The first adjudication is the first in business order by which the payer decided: a claim that is
pended is not decided yet, a reversal takes back, a predetermination is none. What a denial is stands in
docs/what-is-a-denial.md and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.codes import ClaimState, LineState
from schemas.records.claim_case import ClaimCase, RemittedFact
from schemas.remittance import Adjudication
from services.core.chronology import NO_DATE, Standing, remitted_on, standing
from services.core.current_claim import last_submitted
from services.core.lineage_facts import Members, distributed

ZERO: Final = Decimal("0.00")

PLACES: Final = {0: "primary", 1: "secondary", 2: "tertiary"}
"""CLP02 and SBR01; where neither says it, the place is not known."""

UNDECIDED_STATES: Final = frozenset({ClaimState.PENDED, ClaimState.REVERSED, ClaimState.PREDETERMINATION})

DENIED_LINES: Final = frozenset({LineState.DENIED_FULL, LineState.DENIED_PARTIAL})


@dataclass(frozen=True, slots=True)
class Step:
    """From this day on the payer pays `paid` for the claim."""

    day: date | None
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Episode:
    """One claim with one payer. `first_*`: what the first adjudication that decided it says; dollars.

    `paid` and `state` are of the adjudication in force; a claim whose payment was taken back is paid nothing.
    """

    lineage: str
    claim_number: str
    payer: str | None
    """NM109 of loop 2010BB, N104 of N1*PR, else REF*2U"""
    payer_name: str | None
    place: str | None
    """primary | secondary | tertiary"""
    first_day: date | None
    """BPR16, else DTM*405"""
    first_state: ClaimState
    charge: Decimal
    first_paid: Decimal
    first_denied: Decimal
    """denied dollars, as docs/what-is-a-denial.md tells them from other adjustments"""
    lines: int
    denied_lines: int
    """denied in full or in part"""
    state: ClaimState
    day: date | None
    """of the latest adjudication that decided or took back"""
    paid: Decimal
    denied: Decimal
    """by the adjudication in force"""
    sent: date | None
    """the first day on which a corrected claim was made to go back"""
    delivered: date | None
    """the first day on which one lay in a file for the payer"""
    steps: tuple[Step, ...]
    """what the payer pays from each decision on, beginning with the first"""

    @property
    def denied_first(self) -> bool:
        return self.first_state.denied

    @property
    def recovered(self) -> Decimal:
        """What the payer pays now over what it paid at first; nothing where it pays less."""
        return max(self.paid - self.first_paid, ZERO)


def episodes(key: str, case: ClaimCase) -> Iterator[Episode]:
    """The episodes of a claim number, by lineage. Nothing of a claim that no payer has decided. `key`: the claim key."""
    for members in sorted(distributed(key, case), key=lambda m: m.lineage.id):
        found = _episode(members)
        if found is not None:
            yield found


def _episode(members: Members) -> Episode | None:
    stand = standing(members.adjudications)
    decided = [f for f in stand.ordered if f.adjudication.claim_state not in UNDECIDED_STATES]
    if not decided:
        return None
    first = decided[0].adjudication
    last = _last(stand)
    current = stand.current.adjudication if stand.current is not None else None
    submission = last_submitted(members.submissions)
    return Episode(
        lineage=members.lineage.id,
        claim_number=submission.claim.claim_number if submission is not None else first.claim_number,
        payer=first.payer.id,
        payer_name=first.payer.name,
        place=PLACES.get(members.lineage.responsibility),
        first_day=_day(first),
        first_state=first.claim_state,
        charge=first.charge,
        first_paid=first.paid,
        first_denied=first.denied_amount if first.claim_state.denied else ZERO,
        lines=len(first.lines),
        denied_lines=sum(line.state in DENIED_LINES for line in first.lines),
        state=stand.state or first.claim_state,
        day=_day(last),
        paid=current.paid if current is not None else ZERO,
        denied=stand.denial.adjudication.denied_amount if stand.denial is not None else ZERO,
        sent=min((send.sent for send in members.sends), default=None),
        delivered=min((delivery.at for delivery in members.deliveries), default=None),
        steps=tuple(_steps(stand, decided)),
    )


def _last(stand: Standing) -> Adjudication:
    """What was said last: the adjudication in force, else the reversal that left nothing in force."""
    return (stand.current or stand.ordered[-1]).adjudication


def _steps(stand: Standing, decided: Sequence[RemittedFact]) -> Iterator[Step]:
    """What was in force after each decision and reversal, in business order."""
    begun = False
    for index, fact in enumerate(stand.ordered):
        begun = begun or fact.id == decided[0].id
        if begun:
            now = standing([f for f in stand.ordered[: index + 1]]).current
            yield Step(_day(fact.adjudication), now.adjudication.paid if now is not None else ZERO)


def _day(adjudication: Adjudication) -> date | None:
    day = remitted_on(adjudication)
    return None if day == NO_DATE else day

"""Which submission each 999 and 277CA speaks of: the claim as the provider sent it, or one of our generations.

A 999 on a group of ours says so itself. A 277CA repeats BHT03 of the 837 that it answers, and of our interchanges
that is the control number; where it does not, it speaks of what was delivered last before it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from schemas.case import Receipt
from schemas.records.claim_case import Acknowledgment, Submission
from services.core.chronology import NO_DATE
from services.core.current_claim import transmissions
from services.core.lineage_facts import Members
from services.core.traits import control_number

Received = tuple[tuple[Acknowledgment, str], ...]
"""Acknowledgments in the order of their dates, each with what it speaks of."""

ORIGINAL: Final = "original"
"""The claim as the provider sent it, not through us."""


class Said(NamedTuple):
    """What an acknowledgment says of what it speaks of."""

    resubmission_id: str | None
    reference: str | None
    """BHT03 of the 837"""
    received: date | None


class Left(NamedTuple):
    """A generation of ours that was delivered."""

    resubmission_id: str
    control_number: str
    """ISA13, GS06 and BHT03 of its interchange; empty where it is not known"""
    at: date


def spoken_of(said: Said, delivered: Sequence[Left], submitted: Iterable[str]) -> str:
    """ORIGINAL or a resubmission id. `delivered` in the order of generations; `submitted`: BHT03 of the 837s that
    others sent."""
    if said.resubmission_id is not None:
        return said.resubmission_id
    reference = control_number(said.reference)
    if reference:
        for left in delivered:
            if control_number(left.control_number) == reference:
                return left.resubmission_id
        if any(control_number(other) == reference for other in submitted):
            return ORIGINAL
    before = [left for left in delivered if said.received is None or left.at <= said.received]
    return (
        max(before, key=lambda left: (left.at, left.resubmission_id)).resubmission_id if before else ORIGINAL
    )


def received(members: Members) -> Received:
    """The acknowledgments of a lineage."""
    if not members.acknowledgments:
        return ()
    generation = {send.id: send.resubmission.generation for send in members.sends}
    left = sorted(members.deliveries, key=lambda d: (generation.get(d.id, 0), d.id))
    delivered = [Left(d.id, d.control_number, d.at) for d in left]
    submitted = [one.reference for s in members.submissions for one in transmissions(s)]
    found = [
        (a, spoken_of(Said(said.resubmission_id, said.reference, said.received), delivered, submitted))
        for a in members.acknowledgments
        for said in (a.acknowledgment,)
    ]
    return tuple(sorted(found, key=lambda f: (f[0].acknowledgment.received or NO_DATE, f[0].id)))


def turned_away(
    receipts: Received, submissions: Sequence[Submission], about: str
) -> tuple[Acknowledgment, ...]:
    """The rejections of the claim as the provider sent it (`about` ORIGINAL) or of a generation of ours, after which the
    provider did not send it again."""
    sent = [one.submitted for s in submissions for one in transmissions(s) if one.submitted is not None]
    latest = max(sent, default=NO_DATE)
    found = tuple(
        a
        for a, spoken in receipts
        if spoken == about
        and not a.acknowledgment.accepted
        and (a.acknowledgment.received or latest) >= latest
    )
    return () if _came_again(found, submissions) else found


def _came_again(rejections: Sequence[Acknowledgment], submissions: Sequence[Submission]) -> bool:
    """Whether, on the same day or later, a file came that these rejections do not name, beside one that they do."""
    named = {control_number(a.acknowledgment.reference) for a in rejections} - {""}
    days: dict[bool, list[date]] = {True: [], False: []}
    for one in (one for s in submissions for one in transmissions(s)):
        if reference := control_number(one.reference):
            days[reference in named].append(one.submitted or NO_DATE)
    return bool(days[True]) and max(days[False], default=NO_DATE) >= max(days[True])


def receipts_of(receipts: Received) -> tuple[Receipt, ...]:
    return tuple(
        Receipt(
            kind=said.kind,
            accepted=said.accepted,
            received=said.received,
            payer_control_number=said.payer_control_number,
            about=about,
            fact=a.event,
        )
        for a, about in receipts
        for said in (a.acknowledgment,)
    )

"""Every fact of a case with its lineages: which claim and which payer it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from schemas.documentation import ClaimDocumented
from schemas.envelope import content_id
from schemas.records.claim_case import (
    Acknowledgment,
    ClaimCase,
    Delivery,
    Documentation,
    ProviderAdjustmentFact,
    RemittedFact,
    Send,
    Submission,
)
from services.core.facts import PLACE_OF, adjudication_traits, submission_traits
from services.core.lineages import UNATTACHED, UNDATED, Lineage, lineages
from services.core.resubmission.next_payer import goes_elsewhere
from services.core.traits import UNSAID, control_number, payer_identity, reference
from services.core.x12.values import at


@dataclass(slots=True)
class Members:
    """The facts of one lineage."""

    lineage: Lineage
    submissions: list[Submission] = field(default_factory=list)
    """sent to this payer"""
    sent_elsewhere: list[Submission] = field(default_factory=list)
    """the same claim, sent to another payer"""
    adjudications: list[RemittedFact] = field(default_factory=list)
    acknowledgments: list[Acknowledgment] = field(default_factory=list)
    provider_adjustments: list[ProviderAdjustmentFact] = field(default_factory=list)
    documentation: list[Documentation] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    received: list[Send] = field(default_factory=list)
    """claims to this payer that were made of another payer's denial, and belong to that one's lineage"""
    deliveries: list[Delivery] = field(default_factory=list)
    """of `sends` and `received`"""
    ambiguous: bool = False

    @property
    def place(self) -> int:
        """Which payer of the claim this is: 0 the first; as it says itself, else as the 837 to it says."""
        said = self.lineage.responsibility
        return said if said != UNSAID else min(map(_submitted_place, self.submissions), default=UNSAID)


def goes_on(send: Send) -> bool:
    """Whether it went to another payer than the one whose denial it was made of."""
    return goes_elsewhere(send.resubmission.edits)


def _submitted_place(submission: Submission) -> int:
    return PLACE_OF.get(submission.claim.payer_responsibility or "P", 0)


def distributed(key: str, case: ClaimCase) -> Sequence[Members]:
    """Every fact with its lineages. `key`: the claim key."""
    traits = [submission_traits(s.id, s.claim) for s in case.submissions]
    traits += [adjudication_traits(f.id, f.adjudication) for f in case.adjudications]
    members = [Members(lineage) for lineage in lineages(key, traits)]
    for member in members:
        lineage = member.lineage
        for submission in case.submissions:
            if submission.id in lineage.facts:
                member.submissions.append(submission)
            elif submission.id in lineage.claims:
                member.sent_elsewhere.append(submission)
        member.adjudications += [f for f in case.adjudications if f.id in lineage.facts]
    places = _Places(key, members)
    sent_as: dict[str, list[Members]] = {}
    for send in case.sends:
        own = places.of_send(send)
        own.sends.append(send)
        sent_as[send.id] = [own]
        if goes_on(send) and (to := places.addressee(send, own)) is not None:
            to.received.append(send)
            sent_as[send.id].append(to)
    for delivery in case.deliveries:
        for member in sent_as.get(delivery.id, ()):
            member.deliveries.append(delivery)
    delivered_as = {control_number(d.control_number): d.id for d in case.deliveries if d.control_number}
    for acknowledgment in case.acknowledgments:
        said = acknowledgment.acknowledgment
        about = said.resubmission_id or delivered_as.get(control_number(said.reference), "")
        payer = payer_identity(said.payer.id, said.payer.name, None) if said.payer else frozenset()
        for member in sent_as.get(about) or (
            places.find(reference(said.payer_control_number), payer, said.charge),
        ):
            member.acknowledgments.append(acknowledgment)
    for entry in case.provider_adjustments:
        taken = entry.adjustment
        payer = payer_identity(taken.payer.id, taken.payer.name, taken.remittance.payer_tax_id)
        places.find(reference(taken.reference), payer).provider_adjustments.append(entry)
    for documentation in case.documentation:
        for member in places.documented(documentation.documented):
            member.documentation.append(documentation)
    return places.all()


class _Places:
    """Where a fact belongs that has no dates of service of its own."""

    def __init__(self, key: str, members: Sequence[Members]) -> None:
        self._key = key
        self._members = members
        self._loose: Members | None = None

    def find(
        self,
        references: frozenset[str],
        payer: frozenset[tuple[str, str]] = frozenset(),
        charge: Decimal | None = None,
    ) -> Members:
        """By control number, by charge, the only claim with a resubmission delivered, the only claim; else a lineage
        of its own. Of several payers of a claim: by what identifies the payer, then the first of them."""
        members = self._members
        choices = (
            [m for m in members if m.lineage.references & references],
            [m for m in members if charge is not None and abs(charge) in m.lineage.charges],
            [m for m in members if m.deliveries],
            members,
        )
        found = (_of_one_claim(choice, payer) for choice in choices)
        return next((m for m in found if m is not None), None) or self._own()

    def of_send(self, send: Send) -> Members:
        """The lineage that it says, unless the adjudications that it stood on are in another one now."""
        sent = send.resubmission
        own = next((m for m in self._members if m.lineage.id == sent.lineage), None)
        stood_on = [m for m in self._members if any(f.id in sent.facts for f in m.adjudications)]
        if own is None or (stood_on and own not in stood_on):
            own = _of_one_claim(stood_on, frozenset())
        return own or self.find(reference(sent.original_reference))

    def addressee(self, send: Send, own: Members) -> Members | None:
        """The lineage of the payer that a claim went on to, once that payer is known otherwise: by what identifies
        it, by its place after the first (SBR01 of what was sent), else the only one that names no place."""
        to = payer_identity(send.resubmission.payer.id, send.resubmission.payer.name, None)
        others = [m for m in self._members if m.lineage.claim == own.lineage.claim and m is not own]
        choices = (
            [m for m in others if m.lineage.payers & to],
            [m for m in others if m.place == _place_sent(send)],
            [m for m in others if m.place == UNSAID],
        )
        return next((found[0] for found in choices if len(found) == 1), None)

    def documented(self, documented: ClaimDocumented) -> Sequence[Members]:
        """The claim in whose dates of service a document falls, the only claim; else all, and then none of them may
        be automated: documentation of one encounter proves nothing of another."""
        days = [document.date for document in documented.documents]
        dated = [m for m in self._members if any(_within(day, m.lineage) for day in days)]
        found = dated if _one_claim(dated) else self._members
        if not found:
            return [self._own()]
        if not _one_claim(found):
            for member in found:
                member.ambiguous = True
        return [m for m in found if m.adjudications] or found[:1]

    def all(self) -> Sequence[Members]:
        return [*self._members, *([self._loose] if self._loose is not None else [])]

    def _own(self) -> Members:
        if self._loose is None:
            id_ = content_id(self._key, UNATTACHED if self._members else UNDATED)
            lineage = Lineage(
                id=id_,
                claim=id_,
                facts=frozenset(),
                claims=frozenset(),
                payers=frozenset(),
                responsibility=UNSAID,
                ambiguous=bool(self._members),
                charges=frozenset(),
                references=frozenset(),
                start=None,
                end=None,
            )
            self._loose = Members(lineage)
        return self._loose


def _place_sent(send: Send) -> int:
    """SBR01 of what was sent."""
    x12 = send.resubmission.x12
    heads = (s.split(x12.element) for s in x12.subscriber)
    named = next((at(s, 1) for s in heads if s[0] == "SBR"), "")
    return PLACE_OF.get(named, UNSAID)


def _one_claim(members: Sequence[Members]) -> bool:
    return len({m.lineage.claim for m in members}) == 1


def _of_one_claim(members: Sequence[Members], payer: frozenset[tuple[str, str]]) -> Members | None:
    """Null where they are of several claims, or there is none."""
    if len(members) < 2 or not _one_claim(members):
        return members[0] if len(members) == 1 else None
    named = [m for m in members if m.lineage.payers & payer]
    if len(named) == 1:
        return named[0]
    delivered = [m for m in members if m.deliveries]
    # lineages() gives the payers of a claim in their order.
    return (delivered or members)[0]


def _within(day: date, lineage: Lineage) -> bool:
    return lineage.start is not None and lineage.end is not None and lineage.start <= day <= lineage.end

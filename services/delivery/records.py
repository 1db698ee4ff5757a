"""The records of one payer and kind while one event is handled: its own, one for each claim, one for each file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from schemas.envelope import Event, business_time
from schemas.records.interchange import Consignment, ControlNumbers, Interchanges, SealedInterchange
from schemas.resubmission import ResubmissionRefused
from schemas.shape import Shape
from services.core.processing import Below, Context, Outcome, Place
from services.core.resubmission.profiles import Profile

CONSIGNMENTS: Final = "consignments"
SEALED: Final = "sealed-interchanges"

_REMEMBERED: Final = 1_000
"""Ids of claims that were delivered or left out. A repeated `outbound` can only come from a replayed letter, soon
after."""


class PayerRecords:
    """`state` is the payer's record, `numbers` that of the partition; what is kept and dropped keeps its counts right."""

    def __init__(
        self,
        event: Event[Any],
        context: Context,
        state: Interchanges | None,
        numbers: ControlNumbers,
        below: Below,
    ) -> None:
        self.key = event.key
        self.context = context
        self.state = state
        self.numbers = numbers
        self.outcomes: list[Outcome] = []
        self.changed: dict[Place, Shape | None] = {}
        self._event = event
        self._below = below

    # Its claims and files

    def consignment(self, resubmission_id: str) -> Consignment | None:
        """A claim that waits or stands in a sealed interchange."""
        found = self._get((CONSIGNMENTS, resubmission_id))
        return found if isinstance(found, Consignment) else None

    def sealed(self, control_number: str) -> SealedInterchange | None:
        """An interchange that is not known to be delivered."""
        found = self._get((SEALED, control_number))
        return found if isinstance(found, SealedInterchange) else None

    def claims_of(self, interchange: SealedInterchange) -> list[Consignment]:
        """In the order of the file."""
        return [c for c in map(self.consignment, interchange.claims) if c is not None]

    def _get(self, place: Place) -> Shape | None:
        return self.changed[place] if place in self.changed else self._below.get(place)

    def keep_claim(self, claim: Consignment) -> None:
        before = self.consignment(claim.resubmission_id)
        self.changed[CONSIGNMENTS, claim.resubmission_id] = claim
        self._count(before, claim)

    def drop_claim(self, claim: Consignment) -> None:
        """It was delivered or is left out, and never comes back."""
        before = self.consignment(claim.resubmission_id)
        self.changed[CONSIGNMENTS, claim.resubmission_id] = None
        self._count(before, None)
        self.settle((claim.resubmission_id,))

    def keep_file(self, interchange: SealedInterchange) -> None:
        before = self.sealed(interchange.control_number)
        self.changed[SEALED, interchange.control_number] = interchange
        self._count_files(before, interchange)

    def drop_file(self, interchange: SealedInterchange) -> None:
        before = self.sealed(interchange.control_number)
        self.changed[SEALED, interchange.control_number] = None
        self._count_files(before, None)

    def settle(self, ids: Iterable[str]) -> None:
        """Remember claims that must not come back."""
        assert self.state is not None
        self.change(settled=(*self.state.settled, *ids)[-_REMEMBERED:])

    def change(self, **values: object) -> None:
        """Of the payer's own record."""
        assert self.state is not None
        self.state = self.state.model_copy(update=values)

    def _count(self, before: Consignment | None, after: Consignment | None) -> None:
        assert self.state is not None
        waiting, size = self.state.waiting, self.state.size
        for claim, sign in ((before, -1), (after, 1)):
            if claim is not None and claim.interchange is None:
                waiting += sign
                size += sign * claim.size
        first = self.state.first
        if after is not None and waiting and not self.state.waiting:
            first = after.resubmission_id
        self.change(waiting=waiting, size=size, first=first)

    def _count_files(self, before: SealedInterchange | None, after: SealedInterchange | None) -> None:
        assert self.state is not None
        counted = [file is not None and not file.uncertain for file in (before, after)]
        self.change(unfinished=self.state.unfinished - counted[0] + counted[1])

    # What holds now

    def profile(self) -> Profile:
        assert self.state is not None
        return self.context.profiles.of(self.state.payer.id)

    def look_at_hold(self) -> bool:
        """Note whether the payer is on hold now."""
        held = self.profile().held(self.context.holds)
        self.change(held=held)
        return held

    def day(self) -> date:
        return self.context.today or self._event.time.date()

    # What is said

    def refuse(
        self,
        claim: Consignment,
        reason: str,
        occasion: str = "",
        *,
        waits: bool,
        detail: tuple[str, ...] = (),
    ) -> None:
        """Say why a claim does not go, or not yet."""
        self.publish(
            "resubmission-refused.v1",
            claim.claim_key,
            f"{claim.resubmission_id}|{reason}{occasion}",
            self.day(),
            ResubmissionRefused(
                claim_number=claim.claim_number,
                lineage=claim.lineage,
                revision=claim.revision,
                proposal_id=claim.proposal_id,
                resubmission_id=claim.resubmission_id,
                reason=reason,
                waits=waits,
                detail=detail,
            ),
        )

    def publish(self, type_: str, key: str, natural_key: str, day: date, data: Shape) -> None:
        self.outcomes.append(
            Outcome(type=type_, key=key, natural_key=natural_key, time=business_time(day), data=data)
        )

"""The open batch of one payer and kind, and its sealed interchanges."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from schemas.acknowledgment import GroupRecorded, GroupTransaction
from schemas.calls import FileReady, FileUncertain, FileWritten
from schemas.envelope import Event, business_time, group_key
from schemas.records.interchange import Consignment, ControlNumbers, Identity, Interchange, Interchanges
from schemas.resubmission import ClaimDelivered, DeliveryResolved, Outbound, ResubmissionRefused
from schemas.shape import Shape
from services.core.groups import recordings
from services.core.processing import Context, Outcome
from services.core.resubmission.identity import payer_slug
from services.core.resubmission.outgoing import partner_for
from services.core.resubmission.profiles import Profile
from services.core.x12.delimiters import DelimiterConflictError
from services.core.x12.interchange import TRANSACTION, IdentityMissingError, assemble, identify

_REMEMBERED: Final = 1_000
"""Ids of claims that left the batch. A repeated `outbound` can only come from a replayed letter, soon after."""

CONFIRM: Final = "confirm"
RESEND: Final = "resend"

_LARGEST_FILE: Final = 500_000
"""Bytes of claims in one interchange: its record, with the text of all claims, stays below 1 MiB."""


class Batches:
    """The record of one payer and kind while one event is handled."""

    def __init__(
        self, event: Event[Any], context: Context, state: Interchanges | None, numbers: ControlNumbers
    ) -> None:
        self.state = state
        self.numbers = numbers
        self.outcomes: list[Outcome] = []
        self._event = event
        self._context = context

    def take(self, outbound: Outbound) -> None:
        """A claim to be sent, or the withdrawal of one. What is known changes nothing."""
        if outbound.kind == "withdrawal":
            self._withdraw(outbound)
            return
        sent = outbound.resubmission
        if sent is None:
            return
        state = self.state or Interchanges(payer=sent.payer, transaction=sent.x12.transaction)
        known = {c.resubmission_id for c in state.open} | set(state.settled)
        known |= {c.resubmission_id for interchange in state.writing for c in interchange.claims}
        if outbound.resubmission_id in known:
            return
        consignment = Consignment(
            claim_key=outbound.claim_key,
            claim_number=outbound.claim_number,
            lineage=sent.lineage,
            revision=sent.revision,
            proposal_id=sent.proposal_id,
            resubmission_id=sent.resubmission_id,
            x12=sent.x12,
            due=outbound.due,
        )
        profile = self._profile(state)
        self.state = state.model_copy(
            update={
                "open": (*state.open, consignment),
                "max_claims": profile.batch_max_claims,
                "max_age_minutes": profile.batch_max_age_minutes,
                "held": profile.held(self._context.holds),
            }
        )

    def seal(self) -> None:
        """Close the open batch: its claims get control numbers, a file name and the digest of its bytes.

        What is due first goes into the first file. A batch of a payer on hold stays open. The file is written by
        the shell after this is committed.
        """
        state = self.state
        if state is None or not state.open:
            return
        self.look_at_hold()
        if self.state is None or self.state.held:
            return
        left_out: list[tuple[Consignment, str]] = []
        sealed: list[Interchange] = []
        for identity, claims in self._by_identity(sorted(state.open, key=_urgency), left_out):
            for batch in _chunks(claims, max(1, state.max_claims)):
                sealed += self._sealed(state, identity, batch, left_out)
        for consignment, reason in left_out:
            self._refuse(consignment, reason, waits=False)
        self.state = self.state.model_copy(
            update={
                "open": (),
                "writing": (*state.writing, *sealed),
                "settled": _settled(state, [c.resubmission_id for c, _ in left_out]),
            }
        )

    def ready(self, file: FileReady) -> None:
        """The file lies whole beside its place. From here on it may have been there: unless the payer is on hold,
        the shell moves it after this is committed."""
        interchange = self._writing(file.control_number)
        if interchange is None or interchange.uncertain:
            return
        self.look_at_hold()
        if self.state is None or self.state.held or interchange.shell == file.shell:
            return
        self._replace(interchange, {"shell": file.shell})

    def written(self, file: FileWritten) -> None:
        """The file lies where it belongs: say which claims it carries."""
        interchange = self._writing(file.control_number)
        if interchange is not None and interchange.digest == file.digest:
            self._deliver(interchange, confirmed_by=None)

    def uncertain(self, file: FileUncertain) -> None:
        """The file cannot be brought to its place, or nobody can tell whether the partner took it: it is not
        written again, a person finds out."""
        interchange = self._writing(file.control_number)
        if interchange is None or interchange.uncertain:
            return
        doubts = interchange.doubts + 1
        self._replace(interchange, {"uncertain": True, "doubt": file.doubt, "doubts": doubts})
        occasion = f"|{interchange.control_number}|{doubts}"
        for claim in interchange.claims:
            self._refuse(claim, "delivery_uncertain", occasion, waits=True, detail=(file.doubt,))

    def resolve(self, said: DeliveryResolved) -> None:
        """What a person found out. Only an uncertain interchange can be resolved, and only once.

        `confirm`: delivered, with the digest that was sealed. `resend`: the same file is written again under its
        control number; where a claim in it was withdrawn or answered meanwhile, that one is left out, and the
        others go back to the open batch.
        """
        interchange = self._writing(said.interchange_control_number)
        if interchange is None or not interchange.uncertain:
            return
        if said.resolution == CONFIRM:
            self._deliver(interchange, confirmed_by=said.by)
        elif said.resolution == RESEND and not interchange.overtaken:
            self._replace(interchange, {"uncertain": False, "doubt": None, "shell": ""})
        elif said.resolution == RESEND:
            self._reopen(interchange)

    def look_at_hold(self) -> None:
        """Note whether the payer is on hold now."""
        if self.state is not None:
            held = self._profile(self.state).held(self._context.holds)
            self.state = self.state.model_copy(update={"held": held})

    # Parts

    def _deliver(self, interchange: Interchange, confirmed_by: str | None) -> None:
        """Say of each claim that it was delivered, and of the group what it holds."""
        assert self.state is not None
        group = str(int(interchange.control_number))
        for claim in interchange.claims:
            self._publish(
                "claim-delivered.v1",
                claim.claim_key,
                claim.resubmission_id,
                interchange,
                ClaimDelivered(
                    claim_number=claim.claim_number,
                    lineage=claim.lineage,
                    proposal_id=claim.proposal_id,
                    resubmission_id=claim.resubmission_id,
                    file=interchange.file,
                    interchange_control_number=interchange.control_number,
                    group_control_number=group,
                    digest=interchange.digest,
                    at=interchange.day,
                    target=interchange.target,
                    confirmed_by=confirmed_by,
                ),
            )
        identity = interchange.identity
        recorded = GroupRecorded(
            sender=identity.group_sender,
            receiver=identity.group_receiver,
            control_number=group,
            recorded=interchange.day,
            transactions=(
                GroupTransaction(
                    control_number=TRANSACTION,
                    claims=tuple(c.claim_key for c in interchange.claims),
                    claim_numbers=tuple(c.claim_number for c in interchange.claims),
                    reference=group,
                    resubmissions=tuple(c.resubmission_id for c in interchange.claims),
                ),
            ),
        )
        tenant, place = self._context.tenant, f"{interchange.control_number}|{interchange.digest}"
        key = group_key(tenant, identity.group_sender, group)
        self.outcomes += recordings(tenant, key, place, business_time(interchange.day), recorded)
        others = tuple(i for i in self.state.writing if i is not interchange)
        delivered = [c.resubmission_id for c in interchange.claims]
        self.state = self.state.model_copy(
            update={"writing": others, "settled": _settled(self.state, delivered)}
        )

    def _reopen(self, interchange: Interchange) -> None:
        """Give an interchange up that the partner never got: what was overtaken is left out for good."""
        assert self.state is not None
        overtaken = [c for c in interchange.claims if c.resubmission_id in interchange.overtaken]
        others = tuple(c for c in interchange.claims if c.resubmission_id not in interchange.overtaken)
        self.state = self.state.model_copy(
            update={
                "open": (*self.state.open, *others),
                "writing": tuple(i for i in self.state.writing if i is not interchange),
                "settled": _settled(self.state, [c.resubmission_id for c in overtaken]),
            }
        )
        for claim in overtaken:
            self._refuse(claim, "withdrawn", waits=False)

    def _replace(self, interchange: Interchange, changes: dict[str, object]) -> None:
        assert self.state is not None
        changed = interchange.model_copy(update=changes)
        writing = tuple(changed if i is interchange else i for i in self.state.writing)
        self.state = self.state.model_copy(update={"writing": writing})

    def _withdraw(self, outbound: Outbound) -> None:
        """Leave a claim out of the open batch. One that is being written is on its way: delivery says so itself,
        but should a person have to send its file again, this claim does not go."""
        state = self.state
        if state is None:
            return
        for interchange in state.writing:
            if any(c.resubmission_id == outbound.resubmission_id for c in interchange.claims):
                overtaken = dict.fromkeys((*interchange.overtaken, outbound.resubmission_id))
                self._replace(interchange, {"overtaken": tuple(overtaken)})
        found = [c for c in state.open if c.resubmission_id == outbound.resubmission_id]
        if not found:
            return
        kept = tuple(c for c in state.open if c.resubmission_id != outbound.resubmission_id)
        settled = _settled(state, [outbound.resubmission_id])
        self.state = state.model_copy(update={"open": kept, "settled": settled})
        self._refuse(found[0], "withdrawn", waits=False)

    def _by_identity(
        self, claims: Sequence[Consignment], left_out: list[tuple[Consignment, str]]
    ) -> list[tuple[Identity, list[Consignment]]]:
        """Claims that may share an envelope, in the order in which they came."""
        assert self.state is not None
        partner = partner_for(self._context.tables, self._day(), self._profile(self.state).ids)
        groups: dict[bytes, tuple[Identity, list[Consignment]]] = {}
        for claim in claims:
            try:
                identity = identify(claim.x12, partner)
            except IdentityMissingError:
                left_out.append((claim, "identity_missing"))
                continue
            groups.setdefault(identity.encode(), (identity, []))[1].append(claim)
        return list(groups.values())

    def _sealed(
        self,
        state: Interchanges,
        identity: Identity,
        claims: Sequence[Consignment],
        left_out: list[tuple[Consignment, str]],
    ) -> list[Interchange]:
        """One interchange of these claims; none where their text cannot be written (the trial would have told)."""
        number = self._next_number()
        profile = self._profile(state)
        try:
            assembled = assemble(
                identity, state.transaction, number, self._day(), [claim.x12 for claim in claims]
            )
        except (DelimiterConflictError, UnicodeEncodeError):
            left_out += [(claim, "delimiter_in_value") for claim in claims]
            return []
        return [
            Interchange(
                control_number=number,
                day=self._day(),
                identity=identity,
                claims=tuple(claims[index] for index in assembled.order),
                file=f"{payer_slug(state.payer.id or '')}/{self._day().isoformat()}/{number}.837",
                digest=hashlib.sha256(assembled.data).hexdigest(),
                shell="",
                partner_empties_folder=profile.partner_empties_folder,
                target=profile.delivery_target,
            )
        ]

    def _next_number(self) -> str:
        """The next ISA13 and GS06: unique over all partitions of the tenant, never 0."""
        number = self.numbers.counter * self._context.partitions + self._context.partition + 1
        self.numbers = self.numbers.model_copy(update={"counter": self.numbers.counter + 1})
        return f"{number:09d}"

    def _writing(self, control_number: str) -> Interchange | None:
        writing = self.state.writing if self.state is not None else ()
        return next((i for i in writing if i.control_number == control_number), None)

    def _profile(self, state: Interchanges) -> Profile:
        return self._context.profiles.of(state.payer.id)

    def _day(self) -> date:
        return self._context.today or self._event.time.date()

    def _refuse(
        self,
        claim: Consignment,
        reason: str,
        occasion: str = "",
        *,
        waits: bool,
        detail: tuple[str, ...] = (),
    ) -> None:
        self.outcomes.append(
            Outcome(
                type="resubmission-refused.v1",
                key=claim.claim_key,
                natural_key=f"{claim.resubmission_id}|{reason}{occasion}",
                time=business_time(self._day()),
                data=ResubmissionRefused(
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
        )

    def _publish(self, type_: str, key: str, natural_key: str, interchange: Interchange, data: Shape) -> None:
        time = business_time(interchange.day)
        self.outcomes.append(Outcome(type=type_, key=key, natural_key=natural_key, time=time, data=data))


def _urgency(claim: Consignment) -> date:
    """The earliest clock first; what has none, last."""
    return claim.due or date.max


def _settled(state: Interchanges, ids: Sequence[str]) -> tuple[str, ...]:
    return (*state.settled, *ids)[-_REMEMBERED:]


def _chunks(claims: Sequence[Consignment], most: int) -> list[list[Consignment]]:
    """Claims in files of at most `most` claims and about half a megabyte."""
    chunks: list[list[Consignment]] = []
    size = 0
    for claim in claims:
        own = size_of(claim)
        if not chunks or len(chunks[-1]) >= most or size + own > _LARGEST_FILE:
            chunks.append([])
            size = 0
        chunks[-1].append(claim)
        size += own
    return chunks


def size_of(claim: Consignment) -> int:
    """About how many bytes a claim takes in a file and in the record of its batch."""
    x12 = claim.x12
    segments = (*x12.submitter, *x12.billing, *x12.subscriber, *x12.patient, *x12.claim)
    return sum(len(segment) + 1 for segment in segments)

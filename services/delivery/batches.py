"""The open batch of one payer and kind: claims come in, are withdrawn, and are sealed into interchanges."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Final

from schemas.calls import BatchDue
from schemas.records.interchange import Consignment, Identity, Interchanges, SealedInterchange
from schemas.resubmission import Outbound
from services.core.resubmission.identity import payer_slug
from services.core.resubmission.outgoing import partner_for
from services.core.x12.delimiters import DelimiterConflictError
from services.core.x12.interchange import IdentityMissingError, assemble, identify
from services.delivery.records import PayerRecords

LARGEST_FILE: Final = 2_000_000
"""Bytes of claims in one interchange, and in what is sealed in one transaction."""

MOST_CLAIMS: Final = 4_000
"""In one interchange: the event that names them all, and the record of their group, stay below 1 MiB."""

_LARGEST_CLAIM: Final = 1_000_000
"""Bytes of a claim's record, which has 1 MiB and grows a little when it is sealed."""


def take(records: PayerRecords, outbound: Outbound) -> None:
    """A claim to be sent, or the withdrawal of one. What is known changes nothing."""
    if outbound.kind == "withdrawal":
        _withdraw(records, outbound.resubmission_id)
        return
    sent, id_ = outbound.resubmission, outbound.resubmission_id
    if sent is None:
        return
    if records.state is None:
        records.state = Interchanges(payer=sent.payer, transaction=sent.x12.transaction)
    elif id_ in records.state.settled or records.consignment(id_) is not None:
        return
    claim = Consignment(
        claim_key=outbound.claim_key,
        claim_number=outbound.claim_number,
        lineage=sent.lineage,
        revision=sent.revision,
        proposal_id=sent.proposal_id,
        resubmission_id=sent.resubmission_id,
        x12=sent.x12,
        due=outbound.due,
        batch=records.key,
    )
    claim = claim.model_copy(update={"size": size_of(claim)})
    profile = records.profile()
    records.change(max_claims=profile.batch_max_claims, max_age_minutes=profile.batch_max_age_minutes)
    records.look_at_hold()
    if len(claim.encode()) > _LARGEST_CLAIM:
        records.settle((id_,))
        records.refuse(claim, "claim_too_large", waits=False)
    else:
        records.keep_claim(claim)


def _withdraw(records: PayerRecords, resubmission_id: str) -> None:
    """Leave a claim out of the open batch. One that is being written is on its way: delivery says so itself, but
    should a person have to send its file again, this claim does not go."""
    claim = records.consignment(resubmission_id)
    if claim is None:
        return
    if claim.interchange is None:
        records.drop_claim(claim)
        records.refuse(claim, "withdrawn", waits=False)
    elif (file := records.sealed(claim.interchange)) is not None:
        overtaken = tuple(dict.fromkeys((*file.overtaken, resubmission_id)))
        records.keep_file(file.model_copy(update={"overtaken": overtaken}))


def seal(records: PayerRecords, due: BatchDue) -> None:
    """Close the batch over these claims: they get control numbers, a file name and the digest of its bytes.

    What is due first goes into the first file. A batch of a payer on hold stays open. The file is written by
    the shell after this is committed.
    """
    found = map(records.consignment, due.claims)
    claims = [claim for claim in found if claim is not None and claim.interchange is None]
    if not claims or records.state is None or records.look_at_hold():
        return
    most = max(1, min(records.state.max_claims, MOST_CLAIMS))
    for identity, own in _by_identity(records, sorted(claims, key=urgency)):
        for chunk in _chunks(own, most):
            _close(records, identity, chunk)


def urgency(claim: Consignment) -> date:
    """The earliest clock first; what has none, last."""
    return claim.due or date.max


def _by_identity(
    records: PayerRecords, claims: Sequence[Consignment]
) -> list[tuple[Identity, list[Consignment]]]:
    """Claims that may share an envelope, in the order in which they came. What nobody signs for is left out."""
    partner = partner_for(records.context.tables, records.day(), records.profile().ids)
    groups: dict[bytes, tuple[Identity, list[Consignment]]] = {}
    for claim in claims:
        try:
            identity = identify(claim.x12, partner)
        except IdentityMissingError:
            records.drop_claim(claim)
            records.refuse(claim, "identity_missing", waits=False)
            continue
        groups.setdefault(identity.encode(), (identity, []))[1].append(claim)
    return list(groups.values())


def _close(records: PayerRecords, identity: Identity, claims: Sequence[Consignment]) -> None:
    """One interchange of these claims; none where their text cannot be written (the trial would have told)."""
    assert records.state is not None
    state, profile, day, number = records.state, records.profile(), records.day(), _next_number(records)
    try:
        assembled = assemble(identity, state.transaction, number, day, [claim.x12 for claim in claims])
    except (DelimiterConflictError, UnicodeEncodeError):
        for claim in claims:
            records.drop_claim(claim)
            records.refuse(claim, "delimiter_in_value", waits=False)
        return
    for claim in claims:
        records.keep_claim(claim.model_copy(update={"interchange": number}))
    records.keep_file(
        SealedInterchange(
            control_number=number,
            day=day,
            identity=identity,
            file=f"{payer_slug(state.payer.id or '')}/{day.isoformat()}/{number}.837",
            digest=hashlib.sha256(assembled.data).hexdigest(),
            shell="",
            partner_empties_folder=profile.partner_empties_folder,
            target=profile.delivery_target,
            batch=records.key,
            transaction=state.transaction,
            claims=tuple(claims[index].resubmission_id for index in assembled.order),
        )
    )


def _next_number(records: PayerRecords) -> str:
    """The next ISA13 and GS06: unique over all partitions of the tenant, never 0."""
    context, counter = records.context, records.numbers.counter
    records.numbers = records.numbers.model_copy(update={"counter": counter + 1})
    return f"{counter * context.partitions + context.partition + 1:09d}"


def partition_of_number(control_number: str, partitions: int) -> int:
    """The partition that gave a control number."""
    return (int(control_number) - 1) % partitions


def _chunks(claims: Sequence[Consignment], most: int) -> list[list[Consignment]]:
    """Claims in files of at most `most` claims and LARGEST_FILE bytes."""
    chunks: list[list[Consignment]] = []
    size = 0
    for claim in claims:
        if not chunks or len(chunks[-1]) >= most or size + claim.size > LARGEST_FILE:
            chunks.append([])
            size = 0
        chunks[-1].append(claim)
        size += claim.size
    return chunks


def size_of(claim: Consignment) -> int:
    """About how many bytes a claim takes in a file."""
    x12 = claim.x12
    segments = (*x12.submitter, *x12.billing, *x12.subscriber, *x12.patient, *x12.claim)
    return sum(len(segment) + 1 for segment in segments)

"""Sealed interchanges on their way: what the shell did with a file, and what a person found out about it."""

from __future__ import annotations

from typing import Final

from schemas.acknowledgment import GroupRecorded, GroupTransaction
from schemas.calls import FileReady, FileUncertain, FileWritten
from schemas.envelope import business_time
from schemas.records.interchange import Consignment, SealedInterchange
from schemas.resubmission import ClaimDelivered, DeliveryResolved, OutgoingClaim
from services.core.groups import recordings
from services.core.x12.interchange import TRANSACTION
from services.core.x12.values import at
from services.delivery.records import PayerRecords

CONFIRM: Final = "confirm"
RESEND: Final = "resend"


def ready(records: PayerRecords, file: FileReady) -> None:
    """The file lies whole beside its place. From here on it may have been there: unless the payer is on hold, the
    shell moves it after this is committed."""
    interchange = records.sealed(file.control_number)
    if interchange is None or interchange.uncertain:
        return
    if not records.look_at_hold() and interchange.shell != file.shell:
        records.keep_file(interchange.model_copy(update={"shell": file.shell}))


def written(records: PayerRecords, file: FileWritten) -> None:
    """The file lies where it belongs: say which claims it carries."""
    interchange = records.sealed(file.control_number)
    if interchange is not None and interchange.digest == file.digest:
        _deliver(records, interchange, confirmed_by=None)


def uncertain(records: PayerRecords, file: FileUncertain) -> None:
    """The file cannot be brought to its place, or nobody can tell whether the partner took it: it is not written
    again, a person finds out."""
    interchange = records.sealed(file.control_number)
    if interchange is None or interchange.uncertain:
        return
    doubts = interchange.doubts + 1
    records.keep_file(
        interchange.model_copy(update={"uncertain": True, "doubt": file.doubt, "doubts": doubts})
    )
    occasion = f"|{interchange.control_number}|{doubts}"
    for claim in records.claims_of(interchange):
        records.refuse(claim, "delivery_uncertain", occasion, waits=True, detail=(file.doubt,))


def resolve(records: PayerRecords, said: DeliveryResolved) -> None:
    """What a person found out. Only an uncertain interchange can be resolved, and only once.

    `confirm`: delivered, with the digest that was sealed. `resend`: the same file is written again under its
    control number; where a claim in it was withdrawn or answered meanwhile, that one is left out, and the others
    go back to the open batch.
    """
    interchange = records.sealed(said.interchange_control_number)
    if interchange is None or not interchange.uncertain:
        return
    if said.resolution == CONFIRM:
        _deliver(records, interchange, confirmed_by=said.by)
    elif said.resolution == RESEND and not interchange.overtaken:
        records.keep_file(interchange.model_copy(update={"uncertain": False, "doubt": None, "shell": ""}))
    elif said.resolution == RESEND:
        _reopen(records, interchange)


def _deliver(records: PayerRecords, interchange: SealedInterchange, confirmed_by: str | None) -> None:
    """Say of each claim that it was delivered, and of the group what it holds."""
    claims = records.claims_of(interchange)
    number, group = interchange.control_number, str(int(interchange.control_number))
    for claim in claims:
        records.drop_claim(claim)
        records.publish(
            "claim-delivered.v1",
            claim.claim_key,
            claim.resubmission_id,
            interchange.day,
            ClaimDelivered(
                claim_number=claim.claim_number,
                lineage=claim.lineage,
                proposal_id=claim.proposal_id,
                resubmission_id=claim.resubmission_id,
                file=interchange.file,
                interchange_control_number=number,
                group_control_number=group,
                digest=interchange.digest,
                at=interchange.day,
                target=interchange.target,
                confirmed_by=confirmed_by,
            ),
        )
    records.drop_file(interchange)
    records.outcomes += recordings(
        records.context.tenant,
        (interchange.identity.sender[1], number),
        f"{number}|{interchange.digest}",
        business_time(interchange.day),
        _recorded(interchange, group, claims),
    )


def _recorded(interchange: SealedInterchange, group: str, claims: list[Consignment]) -> GroupRecorded:
    transaction = GroupTransaction(
        control_number=TRANSACTION,
        claims=tuple(c.claim_key for c in claims),
        claim_numbers=tuple(c.claim_number for c in claims),
        reference=group,
        resubmissions=tuple(c.resubmission_id for c in claims),
        providers=tuple(_billing_npi(c.x12) for c in claims),
    )
    return GroupRecorded(
        sender=interchange.identity.group_sender,
        receiver=interchange.identity.group_receiver,
        control_number=group,
        recorded=interchange.day,
        transactions=(transaction,),
    )


def _billing_npi(claim: OutgoingClaim) -> str:
    """NM109 of loop 2010AA, where it is an NPI."""
    names = (segment.split(claim.element) for segment in claim.billing)
    found = (at(name, 9) for name in names if name[:2] == ["NM1", "85"] and at(name, 8) == "XX")
    return next(found, "")


def _reopen(records: PayerRecords, interchange: SealedInterchange) -> None:
    """Give an interchange up that the partner never got: what was overtaken is left out for good."""
    for claim in records.claims_of(interchange):
        if claim.resubmission_id in interchange.overtaken:
            records.drop_claim(claim)
            records.refuse(claim, "withdrawn", waits=False)
        else:
            records.keep_claim(claim.model_copy(update={"interchange": None}))
    records.drop_file(interchange)

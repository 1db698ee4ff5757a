"""Sealed files that are not known to be delivered, and what a person found out about one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from schemas.records.interchange import Interchanges, SealedInterchange
from schemas.resubmission import DeliveryResolved
from services.core.processing import Outcome
from services.delivery.files import CONFIRM, RESEND
from services.delivery.records import SEALED
from services.deployment.faults import WrongUse
from services.deployment.opening import Deployment, os_user
from services.runtime.records import decode_state

REASONS: Final = {
    CONFIRM: ("confirmed_by_partner", "acknowledged", "seen_on_server"),
    RESEND: ("not_received", "server_repaired", "removed_by_partner"),
}


_DOUBTS: Final = {
    "gone": "it may have been taken: neither it nor its temporary file is there",
    "other_bytes": "another file of that name is there",
    "digest": "its bytes do not follow from its record any more",
}


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sealed interchange that is not known to be delivered, and whether its payer is on hold."""

    interchange: SealedInterchange
    held: bool

    @property
    def place(self) -> str:
        return self.interchange.target or "outbox"

    @property
    def standing(self) -> str:
        sealed = self.interchange
        if not sealed.uncertain:
            return "on hold" if self.held else "on its way"
        words = _DOUBTS.get(sealed.doubt or "")
        if words is not None:
            return f"uncertain: {words}"
        never = "it was never at its place" if not sealed.shell else "it may have been at its place"
        return f"uncertain: {sealed.doubt} ({never})"


def sealed_files(deployment: Deployment) -> Iterator[SealedFile]:
    """The sealed files that are not known to be delivered, by control number."""
    records = deployment.latest(SEALED).values()
    found = [file for record in records if (file := decode_state(record, SealedInterchange)) is not None]
    payers = deployment.latest("interchanges") if found else {}
    for file in sorted(found, key=lambda file: file.control_number):
        payer = decode_state(payers[file.batch], Interchanges)
        yield SealedFile(file, payer is not None and payer.held)


def find_sealed(deployment: Deployment, number: str) -> SealedFile | None:
    """The one of a control number (ISA13, with or without its leading zeros); null where there is none."""
    wanted = number.strip().zfill(9)
    return next((s for s in sealed_files(deployment) if s.interchange.control_number == wanted), None)


def tell_delivery(
    deployment: Deployment, number: str, resolution: str, by: str, reason: str, login: str | None = None
) -> str:
    """Publish what a person found out of an uncertain file, and who did; returns its control number. `login`: who is
    signed in, where that is not the user of this machine. Raises WrongUse."""
    if reason not in REASONS[resolution]:
        raise WrongUse(f"--reason of {resolution} is one of {', '.join(REASONS[resolution])}")
    if not by.strip():
        raise WrongUse("--by: a name")
    sealed = find_sealed(deployment, number)
    if sealed is None or not sealed.interchange.uncertain:
        raise WrongUse("no file of that number is uncertain; `reclaim deliver list` shows them")
    control_number = sealed.interchange.control_number
    said = DeliveryResolved(
        interchange_control_number=control_number,
        resolution=resolution,
        by=by,
        os_user=login or os_user(),
        reason=reason,
        requested=secrets.token_hex(8),
    )
    outcome = Outcome(
        type="delivery-resolved.v1",
        key=sealed.interchange.batch,
        natural_key=f"{control_number}|{said.requested}",
        time=datetime.now(UTC),
        data=said,
    )
    subject = f"interchange:{control_number}"
    action = deployment.action(f"delivery-{resolution}", subject, by, reason, said.requested, login)
    deployment.publish([deployment.draft(outcome), action])
    return control_number

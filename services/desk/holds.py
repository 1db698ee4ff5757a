"""A hold of what goes out to a payer, and its release."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from schemas.control import Hold, HoldChanged
from services.core.processing import Outcome
from services.deployment.opening import Deployment
from services.runtime.partitioning import partition_of
from services.runtime.records import encode_state, time_text


def subject_of(payer_id: str) -> str:
    """What a hold of a payer is called."""
    return f"payer:{payer_id.strip().upper()}"


def change_hold(
    deployment: Deployment,
    subject: str,
    by: str,
    held: bool,
    reason: str | None = None,
    login: str | None = None,
) -> None:
    """Hold or release a subject: the state of the hold, the event that wakes what waits, and who did it: in one
    transaction. `login`: who is signed in, where that is not the user of this machine."""
    now = datetime.now(UTC)
    requested = secrets.token_hex(8)
    action = "hold" if held else "release"
    hold = Hold(subject=subject, by=by, since=now.date()) if held else None

    def changed(partition: int) -> Outcome:
        return Outcome(
            type="hold-changed.v1",
            key=f"{deployment.settings.tenant}|control",
            natural_key=f"{subject}|{requested}|{partition}",
            time=now,
            data=HoldChanged(subject=subject, held=held, by=by),
        )

    state = encode_state(
        "holds",
        subject,
        hold.encode() if hold is not None else None,
        deployment.event(changed(0)),
        model=Hold,
        service=deployment.service,
        ingested=time_text(now),
        partition=partition_of(subject, deployment.log.partition_count),
    )
    deployment.publish(
        [
            state,
            *deployment.everywhere(changed),
            deployment.action(action, subject, by, reason, requested, login),
        ]
    )

"""`reclaim deliver`: files on their way to partners, and those of which a person must find out where they are."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import click

from schemas.records.interchange import Interchanges, SealedInterchange
from schemas.resubmission import DeliveryResolved
from services.cli.deployment import Deployment, deployment_options, os_user
from services.cli.faults import Failure, WrongUse
from services.cli.listing import print_json_lines, print_listing
from services.cli.parts import work_off
from services.cli.progress import spinner
from services.core.processing import Outcome
from services.delivery.files import CONFIRM, RESEND
from services.delivery.records import SEALED
from services.runtime.embedded import EmbeddedLog, ServicesRunningError
from services.runtime.records import decode_state

REASONS: Final = {
    CONFIRM: ("confirmed_by_partner", "acknowledged", "seen_on_server"),
    RESEND: ("not_received", "server_repaired", "removed_by_partner"),
}

ANSWER_SECONDS: Final = 60.0
"""How long to wait for a run that is under way."""

LOOK_SECONDS: Final = 0.2

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


@click.group()
def deliver() -> None:
    """Work the files of which nobody knows whether the partner has them. Nothing more is sent for their claims."""


@deliver.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@deployment_options
def list_files(deployment: Deployment, as_json: bool) -> None:
    """The sealed files that are not known to be delivered."""
    found = list(sealed_files(deployment))
    if as_json:
        print_json_lines(map(_described, found))
        return
    columns = ("number", "sealed", "place", "file", "claims", "how it stands")
    print_listing(columns, [_row(sealed) for sealed in found], none="every sealed file is delivered")
    if any(sealed.interchange.uncertain for sealed in found):
        click.echo(
            "Ask the partner for the file by its number (ISA13), or look for a 999 that names it. Then:"
        )
        click.echo("reclaim deliver confirm NUMBER --by YOU --reason confirmed_by_partner   (they have it)")
        click.echo(
            "reclaim deliver resend NUMBER --by YOU --reason not_received            (they never got it)"
        )


def _row(sealed: SealedFile) -> tuple[str, ...]:
    file = sealed.interchange
    day, claims = file.day.isoformat(), str(len(file.claims))
    return file.control_number, day, sealed.place, file.file, claims, sealed.standing


def _described(sealed: SealedFile) -> dict[str, object]:
    file = sealed.interchange
    return {
        "interchange_control_number": file.control_number,
        "day": file.day.isoformat(),
        "place": sealed.place,
        "file": file.file,
        "digest": file.digest,
        "claims": len(file.claims),
        "uncertain": file.uncertain,
        "doubt": file.doubt,
        "may_have_been_there": bool(file.shell),
        "on_hold": sealed.held,
    }


@deliver.command("confirm")
@click.argument("number")
@click.option("--by", required=True, metavar="WHO", help="Who found out.")
@click.option("--reason", required=True, metavar="CODE", help="How; an unknown one lists them.")
@deployment_options
def confirm(deployment: Deployment, number: str, by: str, reason: str) -> None:
    """The partner has the file NUMBER: its claims count as delivered, with the digest that was sealed."""
    _resolve(deployment, number, CONFIRM, by, reason)


@deliver.command("resend")
@click.argument("number")
@click.option("--by", required=True, metavar="WHO", help="Who found out.")
@click.option("--reason", required=True, metavar="CODE", help="How; an unknown one lists them.")
@deployment_options
def resend(deployment: Deployment, number: str, by: str, reason: str) -> None:
    """The partner never got the file NUMBER: the same bytes go again under the same control number.

    Where a claim in it was answered or withdrawn meanwhile, that one does not go, and the others go in a new file.
    """
    _resolve(deployment, number, RESEND, by, reason)


def sealed_files(deployment: Deployment) -> Iterator[SealedFile]:
    """The sealed files that are not known to be delivered, by control number."""
    records = deployment.latest(SEALED).values()
    found = [file for record in records if (file := decode_state(record, SealedInterchange)) is not None]
    payers = deployment.latest("interchanges") if found else {}
    for file in sorted(found, key=lambda file: file.control_number):
        payer = decode_state(payers[file.batch], Interchanges)
        yield SealedFile(file, payer is not None and payer.held)


def _find(deployment: Deployment, number: str) -> SealedFile | None:
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
    sealed = _find(deployment, number)
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


def _resolve(deployment: Deployment, number: str, resolution: str, by: str, reason: str) -> None:
    """Tell delivery, record who did it, and say what came of it."""
    control_number = tell_delivery(deployment, number, resolution, by, reason)
    _wait(deployment, control_number)
    after = _find(deployment, control_number)
    if after is None:
        click.echo(f"{control_number}: {_WORDS[resolution]}")
    elif after.interchange.uncertain:
        raise Failure(f"{control_number} is {after.standing}; `reclaim deliver list` shows it")
    else:
        click.echo(f"{control_number}: {after.standing}; `reclaim deliver list` shows it until it is there")


_WORDS: Final = {
    CONFIRM: "delivered, as the partner has it",
    RESEND: "written again, or its claims went into a new file",
}


def _wait(deployment: Deployment, number: str) -> None:
    """Do delivery's turn, or wait for the run that is under way to do it."""
    if isinstance(deployment.log, EmbeddedLog):
        try:
            with deployment.log.service_lock():
                work_off(deployment)
            return
        except ServicesRunningError:
            pass  # the run that is under way answers
    deadline = time.monotonic() + ANSWER_SECONDS
    with spinner("waiting for delivery"):
        while time.monotonic() < deadline:
            sealed = _find(deployment, number)
            if sealed is None or not sealed.interchange.uncertain:
                return
            time.sleep(LOOK_SECONDS)

"""`reclaim deliver`: files on their way to partners, and those of which a person must find out where they are."""

from __future__ import annotations

import time
from typing import Final

import click

from services.cli.options import deployment_options
from services.cli.printing import print_json_lines, print_listing
from services.cli.progress import spinner
from services.delivery.files import CONFIRM, RESEND
from services.deployment.faults import Failure
from services.deployment.opening import Deployment
from services.deployment.parts import work_off
from services.desk.deliveries import SealedFile, find_sealed, sealed_files, tell_delivery
from services.runtime.embedded import EmbeddedLog, ServicesRunningError

ANSWER_SECONDS: Final = 60.0
"""How long to wait for a run that is under way."""

LOOK_SECONDS: Final = 0.2


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


def _resolve(deployment: Deployment, number: str, resolution: str, by: str, reason: str) -> None:
    """Tell delivery, record who did it, and say what came of it."""
    control_number = tell_delivery(deployment, number, resolution, by, reason)
    _wait(deployment, control_number)
    after = find_sealed(deployment, control_number)
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
            sealed = find_sealed(deployment, number)
            if sealed is None or not sealed.interchange.uncertain:
                return
            time.sleep(LOOK_SECONDS)

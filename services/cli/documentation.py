"""`reclaim load documentation`: what the record of an encounter holds, told by people or a system of theirs."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.documentation import ClaimDocumented
from schemas.envelope import business_time, content_id
from services.account.quantities import counted
from services.cli.load_options import BY, FILES
from services.cli.options import deployment_options
from services.core.documentation import HEADER, DocumentationError, read
from services.core.processing import Outcome
from services.deployment.faults import Failure
from services.deployment.opening import Deployment


@click.command(
    "documentation",
    short_help="JSON or CSV: documented diagnoses, documents on file, answers, ...",
    help=f"""What the record of an encounter holds, by reference: never its text.

    JSON: an object, a list, or an object a line, as `claim-documented` (docs/documentation.md). CSV with the header

    \b
    {",".join(HEADER)}

    A claim with new facts is proposed anew. What was loaded before changes nothing.
    """,
)
@FILES
@BY
@deployment_options
def load_documentation(deployment: Deployment, files: tuple[Path, ...], by: str) -> None:
    told = [event for file in files for event in _read(file)]
    outcomes = [_outcome(deployment, documented) for documented in told]
    places = {deployment.place_of("claim-documented", outcome.key): (0, None) for outcome in outcomes}
    known = {record.headers["ce_id"] for record in deployment.log.read_together(places)}
    fresh = {id_: outcome for outcome in outcomes if (id_ := deployment.event(outcome).id) not in known}
    if fresh:
        requested = content_id("documentation", *sorted(fresh))
        action = deployment.action("load", "documentation", by, None, requested)
        deployment.publish([*(deployment.draft(outcome) for outcome in fresh.values()), action])
    loaded = f"documentation: {counted(len(fresh), 'claim')} documented"
    click.echo(loaded if len(fresh) == len(told) else f"{loaded}, {len(told) - len(fresh)} known already")


def _read(file: Path) -> tuple[ClaimDocumented, ...]:
    try:
        return read(file.read_bytes())
    except OSError as error:
        raise Failure(f"{file.name} cannot be read ({error.strerror}); nothing was loaded") from error
    except DocumentationError as error:
        raise Failure(f"{file.name}: {error}; nothing was loaded") from error


def _outcome(deployment: Deployment, documented: ClaimDocumented) -> Outcome:
    return Outcome(
        type="claim-documented.v1",
        key=deployment.claim_key(documented.claim_number),
        natural_key=content_id("documented", documented.encode().decode()),
        time=business_time(documented.documented),
        data=documented,
    )

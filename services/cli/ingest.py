"""`reclaim ingest`: intake only, of the files that are named."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from schemas.records.intake_file import IntakeFile
from services.cli.options import deployment_options
from services.cli.progress import spinner
from services.deployment.faults import EXIT_QUARANTINED
from services.deployment.opening import Deployment
from services.intake.pickup import Intake, expand
from services.intake.publication import FileAccount

OUTCOMES: Final = {
    "published": "read",
    "duplicate": "the same bytes as a file read before",
    "known": "read before",
    "superseded": "changed while it was read; what was read stands, run it again for the rest",
    "changed": "changed while it was read; run it again",
    "in_pieces": "ends early; run it again when it is whole",
}


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--strict", is_flag=True, help="End with 3 when anything was quarantined.")
@deployment_options
def ingest(deployment: Deployment, files: tuple[Path, ...], strict: bool) -> int:
    """Take FILES (or folders) in and print what each held, counted in and accounted for.

    Nothing else runs: `reclaim run` explains and answers what was taken in.
    """
    intake = Intake(deployment.log, deployment.settings)
    try:
        with spinner("reading") as tell:
            done = 0

            def progress(claims: int) -> None:
                nonlocal done
                done += claims
                tell(f"{done:,} claims")

            accounts = intake.ingest(expand(files), progress)
    finally:
        intake.close()
    for account in accounts:
        _print(account)
    quarantined = sum(account.record.claims_quarantined for account in accounts if account.record)
    return EXIT_QUARANTINED if strict and quarantined else 0


def _print(account: FileAccount) -> None:
    """One file: on standard output only, where the person who named it sees the name again."""
    if account.outcome == "unreadable":
        click.echo(f"{account.path}: unreadable ({account.reason})")
        return
    click.echo(f"{account.path}: {OUTCOMES.get(account.outcome, account.outcome)}")
    if account.record is not None:
        for line in _lines(account.record):
            click.echo(f"  {line}")


def _lines(file: IntakeFile) -> list[str]:
    held = file.held
    kinds = ", ".join(f"{count} {kind}" for kind, count in held.transactions.items())
    lines = [
        f"transactions: {kinds or 'none'}",
        f"claims: {held.claims:,} in = {file.claims_published:,} published + {file.claims_quarantined:,} quarantined",
        f"segments: {held.segments:,} in, {file.kept.segments:,} kept",
    ]
    lines += [f"quarantined: claim {entry.index} ({entry.reason})" for entry in file.quarantined]
    if file.truncated:
        lines.append("the file ends early: taken as it is")
    if file.findings:
        lines.append(
            "findings: " + ", ".join(f"{code} {count}" for code, count in sorted(file.findings.items()))
        )
    return lines

"""`reclaim load`: reference and master data, payer profiles and rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from services.cli.documentation import load_documentation
from services.cli.load_folder import load_folder
from services.cli.load_options import BY, EDITION, FILES
from services.cli.load_rows import load_rows
from services.cli.load_tables import table_command
from services.cli.options import deployment_options
from services.cli.publications import PUBLICATIONS
from services.core.codes.loading import ALWAYS_VALID_FROM, KINDS
from services.core.recoding.cases import RuleCaseError
from services.core.recoding.rules import RuleError
from services.core.resubmission.profile_documents import ProfileError
from services.deployment.definitions import publish_profiles, publish_rules, publish_shipped, read_file
from services.deployment.faults import Failure
from services.deployment.opening import Deployment
from services.deployment.profile_sets import SITE, laid_over
from services.deployment.rule_sets import over_shipped


@click.group()
def load() -> None:
    """Load reference and master data. What is in force already is not loaded again."""


def _table_command(kind: str) -> click.Command:
    header = ",".join(KINDS[kind].header)

    @click.command(kind, help=f"CSV with the header\n\n\b\n{header}", short_help=f"CSV: {header[:60]}...")
    @FILES
    @EDITION
    @click.option(
        "--effective",
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="DATE",
        help="The first day it is valid for (default: any day; the rows carry their own dates).",
    )
    @BY
    @deployment_options
    def command(
        deployment: Deployment,
        files: tuple[Path, ...],
        edition: str | None,
        effective: datetime | None,
        by: str,
    ) -> None:
        load_rows(deployment, kind, files, edition, effective.date() if effective else ALWAYS_VALID_FROM, by)

    return command


def _documents(files: Sequence[Path]) -> dict[str, str]:
    """YAML texts by file name."""
    try:
        return {file.name: read_file(file).decode() for file in files}
    except UnicodeDecodeError as error:
        raise Failure("a file is not UTF-8 text; nothing was loaded") from error


@load.command("payer_profiles")
@FILES
@BY
@deployment_options
def payer_profiles(deployment: Deployment, files: tuple[Path, ...], by: str) -> None:
    """YAML profiles of payers or families, laid over those that are active.

    A document of the same level and name takes the place of the earlier one; what it does not say is
    inherited from its family, then from the default. Each document has cases of its own (a claim, and the
    path and last days it must come to); the cases of the whole set must pass.
    """
    try:
        data, _ = laid_over(deployment, files)
    except ProfileError as error:
        raise Failure(f"{error}; nothing was loaded") from error
    changed = publish_profiles(deployment, SITE, data, by)
    names = f"{len(files)} document{'' if len(files) == 1 else 's'}"
    click.echo(f"payer_profiles: {names} {'active' if changed else 'active already; nothing changed'}")


@load.command("rules")
@FILES
@BY
@deployment_options
def rules(deployment: Deployment, files: tuple[Path, ...], by: str) -> None:
    """YAML rules, laid over those that ship with Reclaim; their own cases must pass.

    A file of the same name takes the place of the shipped one.
    """
    try:
        data, _ = over_shipped(_documents(files))
        changed = publish_rules(deployment, SITE, data, by)
    except (RuleError, RuleCaseError) as error:
        raise Failure(f"{error}; nothing was loaded") from error
    click.echo(f"rules: {'active' if changed else 'active already; nothing changed'}")


@load.command("shipped")
@BY
@deployment_options
def shipped(deployment: Deployment, by: str) -> None:
    """The rules, profiles and code tables of this release, where the installation has not loaded its own.

    `reclaim run` does it by itself; where each service runs alone, it is done once a release.
    """
    published = publish_shipped(deployment, by)
    click.echo(f"shipped: {'active' if published else 'active already; nothing changed'}")


for _kind in KINDS:
    load.add_command(_table_command(_kind))
for _publication in PUBLICATIONS.values():
    load.add_command(table_command(_publication))
load.add_command(load_documentation)
load.add_command(load_folder)

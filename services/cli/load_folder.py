"""`reclaim load folder`: all tables of an installation at once, each in a file that is named by its kind."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import click

from services.cli.load_options import BY
from services.cli.load_rows import load_rows
from services.cli.load_tables import load_table
from services.cli.options import deployment_options
from services.cli.publications import PUBLICATIONS, Publication
from services.core.codes.loading import ALWAYS_VALID_FROM, KINDS
from services.deployment.faults import Failure, WrongUse
from services.deployment.opening import Deployment

_TABLES: Final[dict[str, tuple[Publication, str | None]]] = {
    publication.table(setting): (publication, setting)
    for publication in PUBLICATIONS.values()
    for setting in (publication.settings or (None,))
}


@click.command("folder", short_help="every KIND.csv of a folder, as mue_practitioner.csv")
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--effective",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The first day of the tables whose rows carry no dates.",
)
@BY
@deployment_options
def load_folder(
    deployment: Deployment, folders: tuple[Path, ...], effective: datetime | None, by: str
) -> None:
    """Every KIND.csv of the folders, in our own columns: providers.csv, mue_practitioner.csv, ...

    Other files are left alone. A table that is bad stops it; those before it stay loaded.
    """
    found = [file for folder in folders for file in sorted(folder.glob("*.csv"))]
    files = [file for file in found if file.stem in KINDS or file.stem in _TABLES]
    if not files:
        raise WrongUse(f"no file is named by a kind; kinds are {', '.join((*KINDS, *_TABLES))}")
    day = effective.date() if effective is not None else None
    if day is None and any(_undated(file.stem) for file in files):
        raise Failure("the rows of some of these tables carry no dates; give --effective DATE")
    for file in files:
        if file.stem in KINDS:
            load_rows(deployment, file.stem, (file,), None, ALWAYS_VALID_FROM, by)
            continue
        publication, setting = _TABLES[file.stem]
        begin = day if _undated(file.stem) else ALWAYS_VALID_FROM
        load_table(deployment, publication, (file,), None, begin, setting, by)


def _undated(kind: str) -> bool:
    return kind in _TABLES and not _TABLES[kind][0].dated_rows

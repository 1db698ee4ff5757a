"""`reclaim load` of published tables: read as a stream, packed, stored, published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Final

import click

from services.cli.load_options import BY, EDITION, FILES
from services.cli.options import deployment_options
from services.cli.progress import spinner
from services.cli.publications import Publication
from services.cli.sources import Source, cells, digest_of, opened_sources, readable, text_lines
from services.core.codes.loading import ALWAYS_VALID_FROM, FORMS, Form, parse_table
from services.core.codes.published import icd10cm, ncci, releases
from services.core.codes.published.releases import Release
from services.core.codes.rows import Row, TableError, rows_under
from services.deployment.definitions import StoredTable, Validity, publish_edition
from services.deployment.faults import Failure, WrongUse
from services.deployment.opening import Deployment
from services.runtime.sorting import sorted_lines

_SHOWN_EVERY: Final = 20_000
_HEAD: Final = 20
_WHOLE_REGISTRY: Final = "20050523"


def table_command(publication: Publication) -> click.Command:
    """`reclaim load KIND` of a published table."""
    what = publication.what[0].upper() + publication.what[1:]
    forms = "the file or the zip as it was published, or CSV" if publication.published else "CSV"
    help_ = f"{what}: {forms} with the header\n\n\b\n{','.join(publication.header)}"

    @click.command(publication.kind, help=help_, short_help=publication.what)
    @FILES
    @EDITION
    @click.option(
        "--effective",
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="DATE",
        help="The first day it is valid for (default: what the name of the published file says).",
    )
    @BY
    @deployment_options
    def command(
        deployment: Deployment,
        files: tuple[Path, ...],
        edition: str | None,
        effective: datetime | None,
        by: str,
        setting: str | None = None,
    ) -> None:
        begin = effective.date() if effective else None
        load_table(deployment, publication, files, edition, begin, setting, by)

    if publication.settings:
        option = click.Option(
            ["--setting"],
            type=click.Choice(publication.settings),
            help="Whose edits they are (default: what the file says).",
        )
        command.params.append(option)
    return command


def load_table(
    deployment: Deployment,
    publication: Publication,
    files: Sequence[Path],
    edition: str | None,
    effective: date | None,
    setting: str | None,
    by: str,
) -> None:
    """Load the files as one edition. Raises Failure, with nothing loaded, where a row is bad or no day is said."""
    kind = publication.kind
    with (
        spinner(f"reading {kind}") as show,
        opened_sources(files, publication.wanted, publication.extensions) as sources,
    ):
        validity = _validity(publication, sources, effective)
        table = publication.table(_setting(publication, sources, setting))
        form = FORMS[table]
        digests = tuple(dict.fromkeys(digest_of(file) for file in files))
        try:
            lines = _counted(form.lines(_rows(publication, form, sources)), kind, show)
            digest = deployment.blobs.put_chunks(form.packed(sorted_lines(lines)))
            rows = len(parse_table(table, deployment.blobs.map(digest)))
        except TableError as error:
            raise Failure(f"{error}; nothing was loaded") from error
        if rows == 0:
            raise Failure(f"{kind}: the files have no rows; nothing was loaded")
        stored = StoredTable(digest, rows, digests)
        name = publish_edition(deployment, table, edition, stored, validity, by)
    if name is None:
        click.echo(f"{table}: these {rows:,} rows are loaded already; nothing changed")
    else:
        click.echo(f"{table}: {rows:,} rows loaded as edition {name}{_words(validity)}")


def _words(validity: Validity) -> str:
    if validity.effective == ALWAYS_VALID_FROM:
        return ""
    through = f" through {validity.through}" if validity.through else ""
    release = f" (release {validity.release})" if validity.release else ""
    return f"{release}, valid from {validity.effective}{through}"


def _validity(publication: Publication, sources: Sequence[Source], effective: date | None) -> Validity:
    """From which day the files hold: what was asked for, else what their names say."""
    found: set[Release] = {r for source in sources if (r := publication.release(source.name)) is not None}
    if len(found) > 1 and effective is None:
        raise Failure(
            f"{publication.kind}: the files are of several releases "
            f"({', '.join(sorted(release.name for release in found))}); load them one by one"
        )
    if publication.kind == "nppes" and any(
        "npidata_pfile_" in source.name and _WHOLE_REGISTRY not in source.name for source in sources
    ):
        raise Failure("nppes: this is an update of a week, not the whole registry; nothing was loaded")
    release = found.pop() if len(found) == 1 else None
    begin = effective or (release.effective if release else None)
    if begin is None and publication.dated_rows:
        begin = ALWAYS_VALID_FROM
    if begin is None:
        raise Failure(
            f"{publication.kind}: nothing says from which day the table is valid; give --effective DATE"
        )
    through = releases.fiscal_year_end(begin) if publication.kind == "icd10cm" else None
    return Validity(begin, through, release.name if release else None)


def _setting(publication: Publication, sources: Sequence[Source], asked: str | None) -> str | None:
    """Whose edits they are: what was asked for, else what the names or the titles of the columns say."""
    if not publication.settings or asked is not None:
        return asked
    found: set[str | None] = set()
    for source in sources:
        said = ncci.setting(source.name)
        if said is None:
            with readable(source.name), source.open() as opened:
                titles = chain.from_iterable(row for _, row in islice(cells(source, opened), _HEAD))
                said = next((s for title in titles if (s := ncci.setting(title)) is not None), None)
        found.add(said)
    if len(found) == 1 and (only := found.pop()) is not None:
        return only
    raise WrongUse(
        f"{publication.kind}: the files do not say whose edits they are, or differ; "
        f"give --setting {'|'.join(publication.settings)}"
    )


def _counted(lines: Iterator[bytes], kind: str, show: Callable[[str], None]) -> Iterator[bytes]:
    for number, line in enumerate(lines, start=1):
        if number % _SHOWN_EVERY == 0:
            show(f"reading {kind}: {number:,} rows")
        yield line
    show(f"storing {kind}")


def _rows(publication: Publication, form: Form, sources: Sequence[Source]) -> Iterator[Row]:
    """All rows of all files, in rows of our own header."""
    if publication.kind == "icd10cm" and not all(_is_own(form, source) for source in sources):
        yield from _diagnoses(sources)
        return
    for place, source in enumerate(sources, start=1):
        try:
            with readable(f"file {place}"), source.open() as opened:
                numbered = cells(source, opened, fixed=publication.fixed)
                first = next(numbered, None)
                whole = numbered if first is None else chain((first,), numbered)
                if publication.read is None or (first is not None and _own(form, first[1])):
                    yield from rows_under(publication.kind, form.header, whole)
                else:
                    yield from publication.read(publication.kind, whole)
        except TableError as error:
            raise (
                error if len(sources) == 1 else TableError(f"file {place} of {len(sources)}: {error}")
            ) from error


def _own(form: Form, row: Sequence[str]) -> bool:
    return {cell.strip().lower() for cell in row} == set(form.header)


def _is_own(form: Form, source: Source) -> bool:
    with readable(source.name), source.open() as opened:
        return source.extension != ".xml" and _own(form, next(cells(source, opened), (0, []))[1])


def _diagnoses(sources: Sequence[Source]) -> Iterator[Row]:
    """One release of ICD-10-CM: the order file, and the tabular list where it was given."""
    tabular = [source for source in sources if source.extension == ".xml"]
    order = [source for source in sources if source.extension != ".xml"]
    if len(order) > 1 or len(tabular) > 1:
        raise Failure(
            f"icd10cm: {len(order)} order files and {len(tabular)} tabular lists; a release has one of each"
        )
    with ExitStack() as stack:
        stack.enter_context(readable("a file"))
        nodes: list[icd10cm.Node] = []
        for source in tabular:
            with source.open() as opened:
                nodes += icd10cm.tabular_nodes(opened.read())
        lines = (text_lines(stack.enter_context(source.open())) for source in order)
        numbered = enumerate(chain.from_iterable(lines), start=1)
        yield from icd10cm.rows(icd10cm.order_nodes(numbered), nodes)

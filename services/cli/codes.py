"""`reclaim codes`: what is known of one code on one day."""

from __future__ import annotations

from datetime import date, datetime

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from services.account.words import loading_kind
from services.cli.denials_page import page
from services.cli.lookups import LOOKUPS, Answer, Lookup
from services.cli.options import deployment_options
from services.cli.printing import wide_console
from services.core.codes.tables import Edition
from services.core.denials.knowledge import SHIPPED
from services.core.denials.playbook import PLAYBOOK
from services.deployment.control import loaded_tables
from services.deployment.faults import Failure, WrongUse
from services.deployment.opening import Deployment
from services.runtime.shipped_editions import ShippedEdition, shipped_editions, shipped_on


@click.command(
    epilog="KIND is one of: " + "; ".join(f"{kind} ({known.what})" for kind, known in LOOKUPS.items()) + "."
)
@click.argument("kind", required=False)
@click.argument("code", required=False)
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day it is asked for, such as the date of service (default: today).",
)
@click.option("--json", "as_json", is_flag=True, help="The same as one JSON document.")
@click.option(
    "--page", "as_page", is_flag=True, help="All denial codes as one page of Markdown (docs/denials.md)."
)
@deployment_options
def codes(
    deployment: Deployment,
    kind: str | None,
    code: str | None,
    day: datetime | None,
    as_json: bool,
    as_page: bool,
) -> None:
    """Tell what is known of CODE: from what ships and from what `reclaim load` took in."""
    if as_page:
        click.echo(page(SHIPPED, PLAYBOOK), nl=False)
        return
    if kind is None or code is None:
        raise WrongUse("name a kind and a code, such as `reclaim codes CARC 97`")
    name = kind.strip().lower()
    lookup = LOOKUPS.get(name)
    if lookup is None:
        raise WrongUse(f"{name} is no kind of code; known are {', '.join(LOOKUPS)}")
    on = (day or datetime.now().astimezone()).date()
    answer = lookup.look_up(_edition(deployment, name, lookup, on), code.strip(), on)
    if answer is None:
        raise Failure(f"{name} has no code {code.strip()} on {on.isoformat()}")
    if as_json:
        click.echo(answer.model_dump_json())
    else:
        _print(wide_console(), answer)


def _edition(deployment: Deployment, kind: str, lookup: Lookup, day: date) -> Edition | None:
    """The edition of the kind in force on the day. Raises Failure where one is needed and none is."""
    tables = loaded_tables(deployment, kind)
    found = tables.on(kind, day) or shipped_on(kind, day, deployment.blobs)
    if found is None and lookup.needs_edition:
        known: list[Edition | ShippedEdition] = [*tables.editions]
        known += [shipped for shipped in shipped_editions() if shipped.kind == kind]
        spans = sorted({f"{e.effective} to {e.through or 'the next'}" for e in known})
        there = f"there are {', '.join(spans)}" if spans else "there is none"
        raise Failure(
            f"no edition of {kind} for {day.isoformat()}; {there}: reclaim load {loading_kind(kind)} FILE"
        )
    return found


def _print(console: Console, answer: Answer) -> None:
    console.print(f"{answer.kind.upper()} {answer.code}: {answer.title}", style="bold", markup=False)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in answer.facts.items():
        grid.add_row(escape(name), escape(text.replace("_", " ")))
    grid.add_row("edition", escape(answer.edition))
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))

"""`reclaim packet`: what a person needs to take an appeal, a reopening, a dispute or an answer with records."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click
from jinja2 import Environment, PackageLoader, StrictUndefined

from schemas.acknowledgment import ClaimAcknowledged
from schemas.case import ClassifiedDenial
from schemas.recoding import EditValue, RecodingProposed
from services.account.exchange import carriers
from services.cli.options import deployment_options
from services.cli.printing import print_rows, wide_console
from services.core.codes.denial_lists import CARC, RARC
from services.core.codes.tables import Tables
from services.core.resubmission.packet import TITLES, Packet, PacketCode, make_packet
from services.deployment.control import loaded_tables
from services.deployment.faults import Failure, WrongUse
from services.deployment.opening import Deployment
from services.desk.wishes import lineages_of, open_proposals

_MODE: Final = 0o600
"""It names a patient."""


@click.command()
@click.argument("claim")
@click.option(
    "--proposal", "proposal_id", metavar="ID", help="Of which open proposal, where there are several."
)
@click.option("--json", "as_json", is_flag=True, help="The packet as one JSON document.")
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a page that can be printed.",
)
@deployment_options
def packet(
    deployment: Deployment, claim: str, proposal_id: str | None, as_json: bool, page: Path | None
) -> None:
    """Gather what is known of the denial of CLAIM for a person who takes it to the payer: facts, codes, policies,
    clocks, documents on file, and blanks for what only a person can say."""
    if as_json and page is not None:
        raise WrongUse("--json or --html, not both")
    made = _packet(deployment, claim, proposal_id)
    if as_json:
        click.echo(made.model_dump_json())
    elif page is not None:
        _write(page, render(made))
        click.echo(f"{made.title}: written")
    else:
        _print(made)


def _packet(deployment: Deployment, claim: str, proposal_id: str | None) -> Packet:
    key = deployment.claim_key(claim)
    found = [p for p in open_proposals(lineages_of(deployment, key)) if proposal_id in (None, p.proposal_id)]
    taken = [p for p in found if p.path in TITLES and p.frequency_code is None]
    if not found:
        raise Failure("this claim has no such open proposal; `reclaim explain CLAIM` shows how it stands")
    if not taken:
        raise Failure(f"the open proposal goes by {found[0].path}, and for that nobody needs a packet")
    if len(taken) > 1:
        listed = ", ".join(p.proposal_id for p in taken)
        raise WrongUse(f"several proposals want a packet, name one with --proposal: {listed}")
    proposal = taken[0]
    denial = _denial(deployment, key, proposal)
    if denial is None:
        raise Failure("the denial of this proposal is no longer on the log")
    tables = loaded_tables(deployment, CARC, RARC)
    said = [
        e.data
        for e in deployment.events_of(key, "claim-acknowledged")
        if isinstance(e.data, ClaimAcknowledged)
    ]
    made = make_packet(denial, proposal, _codes(denial, tables), said)
    if made is None:
        raise Failure("the proposal has changed; run it again")
    return made


def _denial(deployment: Deployment, key: str, proposal: RecodingProposed) -> ClassifiedDenial | None:
    """The denial that the proposal is about: the last of its revision."""
    found = [
        e.data
        for e in deployment.events_of(key, "denial-classified")
        if isinstance(e.data, ClassifiedDenial)
        and (e.data.lineage, e.data.revision) == (proposal.lineage, proposal.revision)
    ]
    return found[-1] if found else None


def _codes(denial: ClassifiedDenial, tables: Tables) -> list[PacketCode]:
    said = denial.adjudication
    day = said.remittance.payment_date or said.remittance.production_date
    return [
        PacketCode(code=c.code, line=c.line, amount=c.amount, says=c.listed or c.says)
        for c in carriers(said.adjustments, said.remarks, day, tables)
    ]


def render(made: Packet) -> str:
    """The packet as a page. Every value is escaped."""
    environment = Environment(
        loader=PackageLoader("services.cli"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["shown"] = _shown
    return environment.get_template("packet.html.jinja").render(packet=made, head=_head(made))


def _head(made: Packet) -> list[tuple[str, object]]:
    """Who, what and how much, in the order of a form."""
    return [
        ("Payer", made.payer.name or made.payer.id),
        ("Payer's number of the claim", made.payer_control_number),
        ("Claim", made.claim_number),
        ("Patient", made.patient),
        ("Member", made.member_id),
        ("Provider", made.provider),
        ("NPI", made.provider_npi),
        ("Tax identification", made.provider_tax_id),
        ("Remittance of", made.remitted),
        ("Trace number", made.trace_number),
        ("Charge, paid, denied", f"{made.charge}, {made.paid}, {made.denied}"),
        ("Diagnoses", ", ".join(made.diagnoses) or None),
    ]


def _shown(value: EditValue) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else ", ".join(value)


def _write(page: Path, text: str) -> None:
    """For its owner only."""
    try:
        descriptor = os.open(page, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Failure(f"the page cannot be written ({error.strerror}); name another place") from error


def _print(made: Packet) -> None:
    console = wide_console()
    console.print(made.title, markup=False)
    print_rows(console, "Facts", [(n, "not known" if v is None else str(v)) for n, v in _head(made)])
    codes = [(c.code, "claim" if c.line is None else f"line {c.line}", c.says) for c in made.codes]
    print_rows(console, "What the payer said", codes)
    print_rows(console, "Documents on file", [(d.date.isoformat(), d.kind, d.id) for d in made.documents])
    clocks = [
        (d.due.isoformat(), d.clock.replace("_", " "), f"{d.rule} ({d.source})") for d in made.deadlines
    ]
    print_rows(console, "Clocks", clocks)
    print_rows(console, "For a person to fill in", [(blank,) for blank in made.blanks])

"""`reclaim explain`: one claim for a person."""

from __future__ import annotations

from collections.abc import Sequence

import click

from schemas.envelope import Event
from schemas.recoding import RecodingProposed
from schemas.shape import Shape
from services.account.claim import CLAIM_LOGS, Account, give_account
from services.cli.options import deployment_options
from services.cli.printing import print_rows, wide_console
from services.cli.proofs import proof_lines
from services.cli.story import print_story
from services.core.codes.denial_lists import CARC, RARC
from services.deployment.control import loaded_tables
from services.deployment.faults import Failure
from services.deployment.opening import Deployment
from services.deployment.proofs import remake


@click.command()
@click.argument("claim")
@click.option("--json", "as_json", is_flag=True, help="The same as one JSON document.")
@click.option("--proof", "with_proof", is_flag=True, help="The proof of each proposal instead, made again.")
@deployment_options
def explain(deployment: Deployment, claim: str, as_json: bool, with_proof: bool) -> None:
    """Tell the story of CLAIM: what was billed, what came back, what was denied and why, what is proposed, what
    would settle it and what is not known."""
    key = deployment.claim_key(claim)
    told = deployment.events_of(key, *CLAIM_LOGS)
    account = give_account(claim.strip().upper(), key, told, loaded_tables(deployment, CARC, RARC))
    if account is None:
        raise Failure("nothing is known of this claim; check the number, or --data and --log")
    if with_proof:
        _print_proofs(deployment, told, account, as_json)
    elif as_json:
        click.echo(account.model_dump_json())
    else:
        print_story(wide_console(), account)


def _print_proofs(
    deployment: Deployment, told: Sequence[Event[Shape]], account: Account, as_json: bool
) -> None:
    """The proof of the latest proposal of each lineage; as JSON its canonical bytes, one a line."""
    latest = {lineage.proposal.proof for lineage in account.lineages if lineage.proposal is not None}
    events = {
        event.data.proof: event
        for event in told
        if isinstance(event.data, RecodingProposed) and event.data.proof in latest
    }
    if not events:
        raise Failure("this claim has no proposal, so there is nothing to prove")
    for event in events.values():
        remade = remake(deployment, event)
        if as_json and remade.proposed is not None:
            click.echo(remade.proposed.proof)
            continue
        console = wide_console()
        console.print(f"Claim {account.claim_number}, proposal {remade.original.proposal_id}", markup=False)
        for title, rows in proof_lines(remade):
            print_rows(console, title, rows)

"""`reclaim proof verify` and the proof that `reclaim explain --proof` shows: a proposal made again from the log.

The log keeps the digest of a proof and all that it follows from, not its bytes: facts in `denial-classified`, rules,
profiles and tables under their versions. Whoever can read the log can make the same bytes again, on any day.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import click

from services.cli.options import deployment_options
from services.deployment.faults import Failure, WrongUse
from services.deployment.opening import Deployment
from services.deployment.proofs import Remade, find_proposals, remake
from services.recoder.second_step import STEP

_ANOTHER: Final = (
    "facts and definitions of this log do not give it. Either they were changed, or another release made it"
)


@click.group()
def proof() -> None:
    """The proofs of proposals: what each follows from, to the byte."""


@proof.command("verify")
@click.argument("identity", metavar="ID")
@deployment_options
def verify(deployment: Deployment, identity: str) -> None:
    """Make the proposal of ID (a proposal or a proof, or how a proof begins) again from the log and compare it to the
    byte; ends with 1 where it is another."""
    found = list(find_proposals(deployment, identity))
    if not found:
        raise WrongUse("no proposal and no proof has this id; `reclaim explain CLAIM --json` shows both")
    for event in found:
        if event.data.step == STEP:
            click.echo(
                f"{event.data.proposal_id}: a second step, it follows from what was approved with the void"
            )
            continue
        remade = remake(deployment, event)
        name = f"{remade.original.proposal_id}: proof {remade.original.proof}"
        if not remade.same_proof:
            raise Failure(f"{name}: {_ANOTHER}")
        if not remade.same_event or remade.proposed is None:
            raise Failure(f"{name}: the proof holds, but the event says something else. It was changed")
        click.echo(f"{name}: the same {len(remade.proposed.proof):,} bytes, and the same event")


def proof_lines(remade: Remade) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """The proof as titled rows for a reviewer."""
    if remade.proposed is None:
        return
    told = json.loads(remade.proposed.proof)
    held = "made again from the log, to the byte" if remade.same_proof else f"NOT what was sealed: {_ANOTHER}"
    yield "Proof", [("sha256", remade.original.proof), ("verified", held)]
    yield (
        "Facts it stands on",
        [
            *(("fact", fact) for fact in told["facts"]),
            *((k, v or "none") for k, v in told["digests"].items()),
        ],
    )
    yield "Rules and profiles", sorted(told["context"].items())
    yield (
        "Code tables",
        [
            (kind, name, f"from {since}", f"sha256 {digest}")
            for kind, name, digest, since, _ in told["editions"]
        ],
    )
    yield "Rules that were tried", [row for rule in told["rules"] for row in _rule_rows(rule)]
    yield "Guard", [(name, result, reason) for name, result, reason in told["guards"]]


def _rule_rows(rule: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    taken = "taken" if rule["taken"] else "not taken"
    yield rule["cause"], rule["rule"], f"{rule['outcome']} ({rule['reason']}), {taken}"
    for label in ("missing", "rejected"):
        for value in rule[label]:
            yield "", label, value
    for source, place, value in rule["evidence"]:
        yield "", "evidence", f"{place} of {source}" + (f": {value}" if value else "")
    for name, value in rule["facts"]:
        yield "", "fact", f"{name} = {value}"

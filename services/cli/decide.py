"""`reclaim decide` and `reclaim override`: a person's decision of a claim's open proposal.

The recoder alone decides; the command sends the wish with the proposal and revision that it stands on, and
waits for the answer. On the embedded log, with no run active, it does the recoder's turn itself.
"""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Final

import click
import yaml
from pydantic import TypeAdapter, ValidationError

from schemas.codes import REASONS, Decision, Wish
from schemas.codes import Path as Way
from schemas.recoding import DecisionRequested, Edit, RecodingDecided, RecodingProposed
from services.cli.options import deployment_options
from services.cli.progress import spinner
from services.core.resubmission.path import CHOSEN
from services.deployment.faults import Failure, WrongUse
from services.deployment.opening import Deployment, os_user
from services.deployment.parts import work_off
from services.desk.wishes import (
    Reply,
    Seen,
    lineages_of,
    open_attention,
    open_proposals,
    seen_of,
    send_wish,
    wish_of,
)
from services.runtime.embedded import EmbeddedLog, ServicesRunningError

ANSWER_SECONDS: Final = 60.0
"""How long to wait for the answer of a run that is under way, before leaving the wish to it."""

LOOK_SECONDS: Final = 0.2

CHOSEN_PATHS: Final = [way.value for way in CHOSEN]

DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("claim")
@click.argument(
    "wish",
    type=click.Choice(
        [wish.value for wish in (Wish.APPROVE, Wish.REJECT, Wish.HOLD, Wish.ASSIGN, Wish.UNDO)]
    ),
)
@click.option("--by", required=True, metavar="WHO", help="Who decides.")
@click.option("--reason", required=True, metavar="CODE", help="Why; an unknown one lists them.")
@click.option(
    "--proposal", "proposal_id", metavar="ID", help="The proposal that was seen; a stale one is refused."
)
@click.option("--candidate", type=click.IntRange(1), metavar="N", help="Approve: the candidate to apply.")
@click.option(
    "--document", "documents", multiple=True, metavar="REF", help="Approve: a document that supports it."
)
@click.option(
    "--until", type=DAY, metavar="DATE", help="Hold: look at it again on this day (default: in 14)."
)
@click.option("--to", "owner", metavar="WHO", help="Assign: who works on it (default: --by).")
@deployment_options
def decide(
    deployment: Deployment,
    claim: str,
    wish: str,
    by: str,
    reason: str,
    proposal_id: str | None,
    candidate: int | None,
    documents: tuple[str, ...],
    until: datetime | None,
    owner: str | None,
) -> None:
    """Approve, reject, hold or assign the open proposal of CLAIM, or undo that where nothing has left yet.

    \b
    approve  documented, confirmed_in_record, payer_error; to write off or bill the patient also
             contract, not_recoverable, not_worth_it
    reject   not_supported, wrong_code, duplicate, not_worth_it, other
    hold     awaiting_documentation, awaiting_payer, compliance_review
    assign   mine, handed_over, put_back
    undo     mistake, new_information
    """
    wished = Wish(wish)
    _check_reason(wished, reason)
    if until is not None and wished is not Wish.HOLD:
        raise WrongUse("--until belongs to hold")
    if owner is not None and wished is not Wish.ASSIGN:
        raise WrongUse("--to belongs to assign")
    if (documents or candidate is not None) and wished is not Wish.APPROVE:
        raise WrongUse("--document and --candidate belong to approve")
    seen = _proposal(deployment, claim, proposal_id, decided=wished is Wish.UNDO)
    _send(
        deployment,
        claim,
        wish_of(
            seen,
            wished,
            by,
            os_user(),
            reason,
            documents,
            candidate=candidate,
            until=until.date() if until else None,
            owner=(owner or by) if wished is Wish.ASSIGN else None,
        ),
    )


@click.command()
@click.argument("claim")
@click.option("--edits", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, metavar="WHO", help="Who decides.")
@click.option("--reason", required=True, metavar="CODE", help="Why; an unknown one lists them.")
@click.option(
    "--proposal", "proposal_id", metavar="ID", help="The proposal that was seen; a stale one is refused."
)
@click.option("--document", "documents", multiple=True, metavar="REF", help="A document that supports it.")
@click.option(
    "--path",
    "path",
    type=click.Choice(CHOSEN_PATHS),
    help="The way that it takes instead; one that takes the claim back or leaves it needs no edits.",
)
@deployment_options
def override(
    deployment: Deployment,
    claim: str,
    edits: Path | None,
    by: str,
    reason: str,
    proposal_id: str | None,
    documents: tuple[str, ...],
    path: str | None,
) -> None:
    """Put your own edits, or another way, in the place of the proposal's, through the same guards.

    EDITS is a YAML or JSON list: {line: 2, field: "lines[2].modifiers", before: [], after: ["25"]}.
    """
    _check_reason(Wish.OVERRIDE, reason)
    if edits is None and path is None:
        raise WrongUse("--edits or --path: say what is to be different")
    seen = _proposal(deployment, claim, proposal_id)
    own = _read_edits(edits) if edits is not None else ()
    chosen = Way(path) if path is not None else None
    _send(
        deployment,
        claim,
        wish_of(seen, Wish.OVERRIDE, by, os_user(), reason, documents, edits=own, path=chosen),
    )


def _check_reason(wish: Wish, reason: str) -> None:
    if reason not in REASONS[wish]:
        raise WrongUse(f"--reason of {wish} is one of {', '.join(REASONS[wish])}")


def _read_edits(file: Path) -> tuple[Edit, ...]:
    try:
        return tuple(
            TypeAdapter(list[Edit]).validate_python(yaml.safe_load(file.read_text("utf-8")), strict=False)
        )
    except (yaml.YAMLError, UnicodeDecodeError, ValidationError):
        raise WrongUse(
            "--edits: a list of {line, field, before, after}; see `reclaim override --help`"
        ) from None


def _proposal(deployment: Deployment, claim: str, proposal_id: str | None, decided: bool = False) -> Seen:
    """What the decision is of: the proposal, or what waits without one, that was named; else the only open one, or with
    `decided` the only one that is not."""
    key = deployment.claim_key(claim)
    lineages = lineages_of(deployment, key)
    found = [seen_of(proposal) for proposal in open_proposals(lineages, decided=decided)]
    found += open_attention(lineages, decided=decided)
    if proposal_id is not None:
        named = [seen for seen in found if seen.proposal_id == proposal_id]
        return named[-1] if named else _earlier(deployment, key, proposal_id)
    if not found:
        raise WrongUse("this claim has no open proposal; `reclaim explain CLAIM` shows how it stands")
    if len(found) > 1:
        listed = "; ".join(f"{seen.proposal_id} ({seen.about})" for seen in found)
        raise WrongUse(f"this claim has several open proposals, name one with --proposal: {listed}")
    return found[0]


def _earlier(deployment: Deployment, key: str, proposal_id: str) -> Seen:
    """A proposal that is no longer open: the recoder says why it refuses it."""
    named = [
        event.data
        for event in deployment.events_of(key, "recoding-proposed")
        if isinstance(event.data, RecodingProposed) and event.data.proposal_id == proposal_id
    ]
    if not named:
        raise WrongUse("this claim never had that proposal; `reclaim explain CLAIM` shows the open one")
    return seen_of(named[-1])


def _send(deployment: Deployment, claim: str, request: DecisionRequested) -> None:
    """Publish the wish, wait for the answer, and say what it was."""
    key = deployment.claim_key(claim)
    reply = Reply(deployment, key, request.requested)
    send_wish(deployment, key, request)
    answer = _answer(deployment, reply)
    if answer is None:
        raise Failure("sent, but no run has answered yet; `reclaim explain CLAIM` will show the decision")
    if answer.decision is Decision.REFUSED:
        raise Failure(
            f"refused: {answer.reason}; nothing goes out. `reclaim explain CLAIM` shows the open proposal"
        )
    click.echo(f"{answer.decision}: {answer.reason}")


def _answer(deployment: Deployment, reply: Reply) -> RecodingDecided | None:
    """The recoder's answer; null where no run gave one in time."""
    if isinstance(deployment.log, EmbeddedLog):
        try:
            with deployment.log.service_lock():
                work_off(deployment)
            return reply.look()
        except ServicesRunningError:
            pass  # the run that is under way answers
    deadline = time.monotonic() + ANSWER_SECONDS
    with spinner("waiting for the answer"):
        while (answer := reply.look()) is None and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
    return answer

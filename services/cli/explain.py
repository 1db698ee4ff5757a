"""`reclaim explain`: one claim for a person."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from schemas.recoding import Candidate, Deadline, Edit, EditValue, RecodingProposed
from services.cli.account import CLAIM_LOGS, Account, CauseAccount, LineageAccount, give_account
from services.cli.deployment import Deployment, deployment_options
from services.cli.faults import Failure
from services.cli.rendering import CLAIM_WORDS, LADDER_WORDS, cause_words, dollars, wide_console
from services.monitor.summary import ZERO


@click.command()
@click.argument("claim")
@click.option("--json", "as_json", is_flag=True, help="The same as one JSON document.")
@deployment_options
def explain(deployment: Deployment, claim: str, as_json: bool) -> None:
    """Explain CLAIM: timeline, causes, proposal and proof, clocks, what is missing and what would settle it."""
    key = deployment.claim_key(claim)
    told = (event for topic in CLAIM_LOGS for event in deployment.events_of(topic, key))
    account = give_account(claim.strip().upper(), key, told)
    if account is None:
        raise Failure("nothing is known of this claim; check the number, or --data and --log")
    if as_json:
        click.echo(account.model_dump_json())
    else:
        _print(wide_console(), account)


def _print(console: Console, account: Account) -> None:
    console.print(f"Claim {account.claim_number}", style="bold", markup=False)
    for lineage in account.lineages:
        _print_lineage(console, lineage)
    for letter in account.open_letters:
        console.print(f"Blocked by dead letter {letter}", markup=False)
    _print_rows(console, "Timeline", [(m.date.isoformat(), m.event, m.what) for m in account.timeline])


def _print_rows(console: Console, title: str, rows: Sequence[tuple[str, ...]]) -> None:
    """A titled grid; nothing where there are no rows."""
    if not rows:
        return
    console.print()
    console.print(title, style="bold")
    grid = Table.grid(padding=(0, 2))
    for _ in rows[0][:-1]:
        grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*(escape(cell) for cell in row))
    console.print(Padding(grid, (0, 0, 0, 2)))


def _print_lineage(console: Console, lineage: LineageAccount) -> None:
    if lineage.payer is not None:
        name, number = lineage.payer.name or "without a name", lineage.payer.id or "no id"
        console.print(f"Payer {name} ({number})", markup=False)
    if lineage.claim_state is not None:
        state = CLAIM_WORDS.get(lineage.claim_state, lineage.claim_state)
        billed = "" if lineage.matched_claim else "; its 837 has not been seen"
        console.print(f"Now {state}, {dollars(lineage.denied_amount or ZERO)} denied{billed}", markup=False)
    _print_rows(console, "Why", [row for cause in lineage.causes for row in _cause_rows(cause)])
    if lineage.remit_quality:
        console.print(f"  The remittance itself is odd: {', '.join(lineage.remit_quality)}", markup=False)
    if lineage.proposal is not None:
        _print_proposal(console, lineage.proposal)
    outcome = [("decision", lineage.decision)] if lineage.decision else []
    outcome += [("in file", file) for file in lineage.sent]
    _print_rows(console, "Done", outcome)
    _print_rows(console, "What would settle it", [(step,) for step in lineage.settles])


def _cause_rows(cause: CauseAccount) -> list[tuple[str, ...]]:
    """The cause in plain words, then the codes that carry it, one a row."""
    words = f"{cause_words(cause.cause)}: {cause.label} ({cause.action.replace('_', ' ')}, {cause.recoverability})"
    return [(dollars(cause.amount), words), *(("", code) for code in cause.codes)]


def _print_proposal(console: Console, proposal: RecodingProposed) -> None:
    way = [("what", f"{proposal.action.replace('_', ' ')} by {proposal.path.replace('_', ' ')}")]
    if proposal.frequency_code is not None:
        reference = proposal.original_reference or "none"
        way.append(("claim", f"frequency {proposal.frequency_code}, the payer's number {reference}"))
    way += [
        ("how", f"{proposal.automation}: {LADDER_WORDS[proposal.automation]}"),
        ("why", proposal.explanation),
        ("rule", f"{proposal.rule.id} {proposal.rule.version}"),
        ("at stake", dollars(proposal.amount_at_stake)),
        ("id", proposal.proposal_id),
    ]
    _print_rows(console, "Proposed", way)
    _print_rows(console, "Changes", [row for edit in proposal.edits for row in _edit_rows(edit)])
    _print_rows(
        console,
        "Possible changes, not applied without what they need",
        [row for n, candidate in enumerate(proposal.candidates, 1) for row in _candidate_rows(n, candidate)],
    )
    _print_rows(console, "Missing", [(word,) for word in proposal.missing])
    _print_rows(
        console,
        "Guard",
        [(g.id, g.result, g.reason) for g in proposal.guards if g.result != "not_applicable"],
    )
    _print_rows(console, "Clocks", [_clock_row(clock) for clock in proposal.deadlines])


def _clock_row(clock: Deadline) -> tuple[str, ...]:
    example = " (an example: confirm it with the contract)" if clock.example else ""
    return (
        clock.clock.replace("_", " "),
        f"due {clock.due.isoformat()}, {clock.days_left} days left",
        f"{clock.rule}{example}",
    )


def _edit_rows(edit: Edit) -> list[tuple[str, ...]]:
    """Old beside new, then where it comes from."""
    evidence = "; ".join(f"{e.place} of {e.source}" for e in edit.evidence)
    return [(edit.field, f"{_shown(edit.before)} -> {_shown(edit.after)}"), ("", f"from {evidence}")]


def _candidate_rows(number: int, candidate: Candidate) -> list[tuple[str, ...]]:
    """The same with its number for `--candidate`, and what it needs."""
    change, source = _edit_rows(candidate.edit)
    return [(str(number), *change), ("", *source), ("", "", f"needs {', '.join(candidate.needs)}")]


def _shown(value: EditValue) -> str:
    if value is None:
        return "(none)"
    return value if isinstance(value, str) else ":".join(value) or "(none)"

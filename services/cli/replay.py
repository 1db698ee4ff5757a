"""`reclaim replay`: every past denial against candidate rules, before they come into force."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from schemas.recoding import Edit, EditValue, RecodingProposed
from schemas.shape import money_text
from services.account.quantities import counted, dollars
from services.account.words import LADDER_WORDS, plain, proposed_words
from services.cli.options import deployment_options
from services.cli.printing import print_rows, wide_console
from services.core.recoding.cases import RuleCaseError
from services.core.recoding.fields import SUBSCRIBER
from services.core.recoding.rule_set import RuleSet
from services.core.recoding.rules import RuleError
from services.core.recoding.structure_fields import NAMES
from services.deployment.faults import Failure
from services.deployment.opening import Deployment
from services.deployment.rule_sets import over_shipped, read_documents
from services.replay.comparison import Place, Replayed, Row, Sum, Tally
from services.replay.history import (
    DENIAL_GONE,
    EVENTS_GONE,
    NOT_PROPOSED,
    OTHER_RELEASE,
    UNREADABLE,
    History,
    LeftOut,
)

_LEFT_OUT_WORDS: Final = {
    DENIAL_GONE: "what it was proposed on is past retention",
    EVENTS_GONE: "all of it is past retention",
    NOT_PROPOSED: "no proposal of it lies in the log: past retention, or not made yet",
    OTHER_RELEASE: "another release proposed it: this one says something else under the rules of then",
    UNREADABLE: "its proposal cannot be read",
}


@click.command()
@click.option(
    "--rules",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="YAML rules, laid over those that ship, as `reclaim load rules` takes them.",
)
@click.option("--claim", metavar="NUMBER", help="Only the denials of this claim.")
@click.option(
    "--changes", is_flag=True, help="Also every changed denial, what was proposed beside what would be."
)
@click.option("--json", "as_json", is_flag=True, help="The same as one JSON document.")
@deployment_options
def replay(deployment: Deployment, folder: Path, claim: str | None, changes: bool, as_json: bool) -> None:
    """Look at every past denial again under the rules of DIR, before they come into force.

    Each is taken as it stood when it was last proposed on: the same facts, documentation, tables, payer profiles and
    day; only the rules are others. Nothing is published or kept. Ends with 0 when all was looked at or counted with
    a reason, whatever changes; with 1 when a rule of DIR does not load.
    """
    try:
        _, candidate = over_shipped(read_documents(folder))
    except (RuleError, RuleCaseError) as error:
        raise Failure(f"{error}; nothing was replayed") from error
    tally = Tally()
    changed: list[dict[str, Any]] = []
    paid: list[dict[str, Any]] = []
    key = deployment.claim_key(claim) if claim is not None else None
    for one in History(deployment, candidate, key).replayed():
        if isinstance(one, LeftOut):
            tally.leave_out(one.reason, one.count)
            continue
        tally.add(one)
        if one.differs and (one.paid or changes or claim is not None):
            (paid if one.paid else changed).append(_described(one))
    for listed in (changed, paid):
        listed.sort(key=lambda row: (row["claim_number"], row["proposal_id"]))
    if claim is not None and not (tally.looked_at.count or tally.left_out):
        raise Failure("no denial of this claim was proposed on; check the number, or --data and --log")
    if as_json:
        click.echo(json.dumps(_document(candidate, tally, changed, paid), indent=2))
    else:
        _print(wide_console(), candidate, tally, changed, paid, changes or claim is not None)


def _document(
    candidate: RuleSet, tally: Tally, changed: list[dict[str, Any]], paid: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "candidate": f"{candidate.name}@{candidate.version}",
        "denials": {
            "looked_at": _sum(tally.looked_at),
            "unchanged": tally.unchanged,
            "changed": _sum(tally.changed),
            "newly_fixable": _sum(tally.newly_fixable),
            "newly_blocked": _sum(tally.newly_blocked),
            "not_looked_at": dict(sorted(tally.left_out.items())),
        },
        "rungs": [{"from": old, "to": new, **_sum(s)} for (old, new), s in sorted(tally.moves.items())],
        "rules": [_row(place, row) for place, row in tally.ordered()],
        "paid": paid,
        "changes": changed,
    }


def _sum(of: Sum) -> dict[str, Any]:
    return {"count": of.count, "amount": money_text(of.amount)}


def _row(place: Place, row: Row) -> dict[str, Any]:
    before, after, payer = place
    return {
        "rule_before": before,
        "rule_after": after,
        "payer": payer or None,
        "changed": _sum(row.changed),
        "rung": row.rung,
        "action_or_path": row.way,
        "edits": row.edits,
        "newly_fixable": _sum(row.newly_fixable),
        "newly_blocked": _sum(row.newly_blocked),
    }


def _described(one: Replayed) -> dict[str, Any]:
    """A changed denial as data, and without what tells who the patient is."""
    return {
        "claim_number": one.before.claim_number,
        "proposal_id": one.before.proposal_id,
        "payer": one.before.payer.id,
        "cause": one.before.primary_cause,
        "amount": money_text(one.amount),
        "paid": one.paid,
        "differs": list(one.differs),
        "before": _answer(one.before),
        "after": _answer(one.after),
    }


def _answer(proposal: RecodingProposed) -> dict[str, Any]:
    return {
        "rule": proposal.rule.model_dump(),
        "automation": proposal.automation.value,
        "action": proposal.action.value,
        "path": proposal.path.value,
        "edits": [_edit(edit) for edit in (*proposal.edits, *proposal.path_edits)],
        "candidates": [{**_edit(one.edit), "needs": list(one.needs)} for one in proposal.candidates],
        "missing": list(proposal.missing),
        "guards": [f"{guard.id}:{guard.reason}" for guard in proposal.guards if guard.result == "veto"],
        "deadlines": {clock.clock: clock.due.isoformat() for clock in proposal.deadlines},
        "explanation": proposal.explanation,
    }


def _edit(edit: Edit) -> dict[str, Any]:
    """Old and new of an edit; of the subscriber and of another payer's loops only that they change."""
    name = edit.field.rpartition(".")[2]
    if name in SUBSCRIBER | NAMES:
        return {"line": edit.line, "field": edit.field}
    return {"line": edit.line, "field": edit.field, "before": edit.before, "after": edit.after}


def _print(
    console: Console,
    candidate: RuleSet,
    tally: Tally,
    changed: list[dict[str, Any]],
    paid: list[dict[str, Any]],
    listed: bool,
) -> None:
    left_out = sum(tally.left_out.values())
    console.print(f"Candidate {candidate.name}@{candidate.version}, {counted(len(candidate.rules), 'rule')}")
    rows = [
        ("looked at", *_cells(tally.looked_at)),
        ("unchanged", str(tally.unchanged), dollars(tally.looked_at.amount - tally.changed.amount)),
        ("changed", *_cells(tally.changed)),
        ("newly fixable", *_cells(tally.newly_fixable)),
        ("newly blocked", *_cells(tally.newly_blocked)),
        ("paid, and would be treated differently", str(len(paid)), dollars(_amount(paid))),
        ("not looked at", str(left_out), ""),
    ]
    print_rows(console, "Denials", rows)
    reasons = sorted(tally.left_out.items())
    print_rows(console, "Not looked at", [(str(count), _LEFT_OUT_WORDS[reason]) for reason, count in reasons])
    moves = [(f"{old} -> {new}", *_cells(of)) for (old, new), of in sorted(tally.moves.items())]
    print_rows(console, "Between rungs", moves)
    print_rows(console, "By rule and payer", [_words(place, row) for place, row in tally.ordered()])
    for title, of in (
        ("Paid, and would be treated differently", paid),
        ("Changed", changed if listed else []),
    ):
        print_rows(console, title, [cells for row in of for cells in _change_rows(row)])
    if tally.changed.count > len(paid) and not listed:
        console.print("\nEach changed denial, old beside new: --changes, or --claim NUMBER")


def _cells(of: Sum) -> tuple[str, str]:
    return str(of.count), dollars(of.amount)


def _amount(rows: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(row["amount"]) for row in rows), Decimal("0.00"))


def _words(place: Place, row: Row) -> tuple[str, ...]:
    before, after, payer = place
    counts = {"another rung": row.rung, "another action or path": row.way, "other edits": row.edits}
    told = [f"{count} {word}" for word, count in counts.items() if count]
    for word, of in (("newly fixable", row.newly_fixable), ("newly blocked", row.newly_blocked)):
        if of.count:
            told.append(f"{of.count} {word} ({dollars(of.amount)})")
    rule = before if before == after else f"{before} -> {after}"
    return rule, payer, *_cells(row.changed), ", ".join(told) or "other words, facts or clocks"


def _change_rows(row: dict[str, Any]) -> list[tuple[str, ...]]:
    """A changed denial: its number, then what was proposed beside what would be."""
    head = f"{row['payer'] or ''} {dollars(Decimal(row['amount']))}, differs in {', '.join(row['differs'])}"
    before, after = _answer_words(row["before"]), _answer_words(row["after"])
    if before == after:
        return [(row["claim_number"], head), ("", f"both    {before}")]
    return [(row["claim_number"], head), ("", f"before  {before}"), ("", f"after   {after}")]


def _answer_words(answer: dict[str, Any]) -> str:
    idle = (answer["automation"], answer["action"]) == ("A0", "none")
    told = [
        f"{answer['automation']} "
        + (LADDER_WORDS["A0"] if idle else proposed_words(answer["action"], answer["path"])),
        f"rule {answer['rule']['id']} {answer['rule']['version']}",
        *(_edit_words(edit) for edit in answer["edits"]),
        *(f"candidate {_edit_words(edit)}" for edit in answer["candidates"]),
        *(f"missing {plain(word)}" for word in answer["missing"]),
        *(f"vetoed by {guard}" for guard in answer["guards"]),
    ]
    return "; ".join(told)


def _edit_words(edit: dict[str, Any]) -> str:
    if "before" not in edit:
        return f"{edit['field']} (not shown)"
    return f"{edit['field']}: {_shown(edit['before'])} -> {_shown(edit['after'])}"


def _shown(value: EditValue) -> str:
    if value is None:
        return "(none)"
    return value if isinstance(value, str) else ":".join(value) or "(none)"

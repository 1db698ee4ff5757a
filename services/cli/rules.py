"""`reclaim rules test|list|show`: each rule's own cases; what ships, or what a folder holds."""

from __future__ import annotations

from pathlib import Path

import click

from services.account.rule import call_words, scope_words
from services.core.recoding.cases import RuleCaseError, run_cases
from services.deployment.faults import Failure
from services.deployment.rule_sets import read_rules


@click.group()
def rules() -> None:
    """Rules as data, with their own cases."""


@rules.command("test")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def test_rules(folder: Path | None) -> None:
    """Run the positive, negative and boundary cases of every rule in FOLDER (default: those that ship)."""
    loaded = read_rules(folder)
    try:
        results = [result for rule in loaded.rules for result in run_cases(rule)]
    except RuleCaseError as error:
        raise Failure(f"{error}; mend it and run `reclaim rules test` again") from error
    failed = [result for result in results if result.differences]
    for result in failed:
        click.echo(f"{result.rule}, {result.case}: {'; '.join(result.differences)}")
    click.echo(f"{len(loaded.rules)} rules, {len(results)} cases, {len(failed)} failed")
    if failed:
        raise Failure(f"{len(failed)} of {len(results)} cases failed; they are listed above")


@rules.command("list")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def list_rules(folder: Path | None) -> None:
    """Every rule of FOLDER (default: those that ship), in the order in which they are tried."""
    for rule in read_rules(folder).rules:
        speaks_of = "; ".join(scope_words(scope) for scope in rule.applies_to)
        click.echo(f"{rule.order:>5}  {rule.ceiling}  {rule.id} {rule.version}  {speaks_of}")


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def show_rule(rule_id: str, folder: Path | None) -> None:
    """One rule as a person reads it: what it speaks of, what must hold, what it does, what is never done."""
    rule = next((r for r in read_rules(folder).rules if r.id == rule_id), None)
    if rule is None:
        raise Failure(f"there is no rule {rule_id}; `reclaim rules list` names them")
    last = rule.effective.last.isoformat() if rule.effective.last is not None else "further notice"
    rows = [
        ("rule", f"{rule.id} {rule.version}, family {rule.family}, order {rule.order}"),
        ("source", rule.source),
        ("dates of service", f"{rule.effective.first.isoformat()} until {last}"),
        *(("speaks of", scope_words(scope)) for scope in rule.applies_to),
        *(("must hold", call_words(call)) for call in rule.checks),
        ("first move", (rule.step or "none named").replace("_", " ")),
        ("action", rule.action.value if rule.action is not None else "that of the cause"),
        ("ceiling", rule.ceiling.value),
        ("needs", ", ".join(rule.needs) or "nothing beside a decision"),
        ("never", ", ".join(word.replace("_", " ") for word in rule.never) or "nothing of its own"),
        ("explanation", rule.explanation),
        ("query", rule.query or "none"),
        *((kind, case.name) for kind, cases in rule.cases.by_kind() for case in cases),
    ]
    for name, value in rows:
        click.echo(f"{name:<17} {value}")

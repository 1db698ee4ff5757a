"""`reclaim rules test|list|show`: each rule's own cases; what ships, or what a folder holds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from schemas.control import RuleSetDefinition
from services.cli.claim_words import plain, said_of
from services.cli.definitions import RULES, in_force
from services.cli.deployment import Deployment
from services.cli.faults import Failure
from services.core.recoding.cases import CaseResult, RuleCaseError, run_cases
from services.core.recoding.rule_set import RuleSet, bundle, load_bundle
from services.core.recoding.rules import CheckCall, RuleError, Scope
from services.runtime.configuration import shipped_documents


def active_rules(deployment: Deployment) -> RuleSet:
    """The rules in force: those of this release where nothing was published yet."""
    active = in_force(deployment).rules
    if active is None:
        return _loaded(None)
    record = deployment.latest("rule-sets")[f"{active.name}@{active.version}"]
    digest = RuleSetDefinition.parse(record.value or b"").digest
    return load_bundle(deployment.blobs.get(digest), active.name)


@click.group()
def rules() -> None:
    """Rules as data, with their own cases."""


@rules.command("test")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def test_rules(folder: Path | None) -> None:
    """Run the positive, negative and boundary cases of every rule in FOLDER (default: those that ship)."""
    loaded = _loaded(folder)
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
    for rule in _loaded(folder).rules:
        speaks_of = "; ".join(scope_words(scope) for scope in rule.applies_to)
        click.echo(f"{rule.order:>5}  {rule.ceiling}  {rule.id} {rule.version}  {speaks_of}")


@rules.command("show")
@click.argument("rule_id", metavar="ID")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def show_rule(rule_id: str, folder: Path | None) -> None:
    """One rule as a person reads it: what it speaks of, what must hold, what it does, what is never done."""
    rule = next((r for r in _loaded(folder).rules if r.id == rule_id), None)
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


_SCOPE_WORDS: Final = {"carc": "CARC", "rarc": "RARC", "ceiling": "causes of at most"}


def scope_words(scope: Scope) -> str:
    """An alternative of what a rule applies to, in the words of the field."""
    named = scope.model_dump(mode="json", exclude_defaults=True)
    said = (f"{said_of(_SCOPE_WORDS, name)} {' '.join(map(plain, values))}" for name, values in named.items())
    return ", ".join(said) or "every denial"


def call_words(call: CheckCall) -> str:
    """A check with what it is given."""
    given = ", ".join(f"{plain(name)} {plain(_plain(value))}" for name, value in call.parameters.items())
    return f"{plain(call.name)} ({given})" if given else plain(call.name)


def _plain(value: object) -> str:
    return " ".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value)


def _loaded(folder: Path | None) -> RuleSet:
    documents = _documents(folder) if folder is not None else shipped_documents(RULES)
    try:
        return load_bundle(bundle(documents), "read")
    except RuleError as error:
        raise Failure(f"{error}; mend it and run `reclaim rules test` again") from error


def failed_cases(loaded: RuleSet) -> list[CaseResult]:
    """The cases that do not come to what they say. Raises RuleCaseError."""
    return [result for rule in loaded.rules for result in run_cases(rule) if result.differences]


def _documents(folder: Path) -> dict[str, str]:
    try:
        return {file.name: file.read_text("utf-8") for file in sorted(folder.glob("*.yaml"))}
    except (OSError, UnicodeDecodeError) as error:
        raise Failure("a rule file cannot be read as UTF-8 text") from error

"""`reclaim rules test`: each rule's own cases."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.definitions import RULES
from services.cli.faults import Failure
from services.core.recoding.cases import CaseResult, RuleCaseError, run_cases
from services.core.recoding.rules import RuleError, RuleSet, bundle, load_bundle
from services.runtime.configuration import shipped_documents


@click.group()
def rules() -> None:
    """Rules as data, with their own cases."""


@rules.command("test")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def test_rules(folder: Path | None) -> None:
    """Run the positive, negative and boundary cases of every rule in FOLDER (default: those that ship)."""
    documents = _documents(folder) if folder is not None else shipped_documents(RULES)
    try:
        loaded = load_bundle(bundle(documents), "tested")
        results = [result for rule in loaded.rules for result in run_cases(rule)]
    except (RuleError, RuleCaseError) as error:
        raise Failure(f"{error}; mend it and run `reclaim rules test` again") from error
    failed = [result for result in results if result.differences]
    for result in failed:
        click.echo(f"{result.rule}, {result.case}: {'; '.join(result.differences)}")
    click.echo(f"{len(loaded.rules)} rules, {len(results)} cases, {len(failed)} failed")
    if failed:
        raise Failure(f"{len(failed)} of {len(results)} cases failed; they are listed above")


def failed_cases(loaded: RuleSet) -> list[CaseResult]:
    """The cases that do not come to what they say. Raises RuleCaseError."""
    return [result for rule in loaded.rules for result in run_cases(rule) if result.differences]


def _documents(folder: Path) -> dict[str, str]:
    try:
        return {file.name: file.read_text("utf-8") for file in sorted(folder.glob("*.yaml"))}
    except (OSError, UnicodeDecodeError) as error:
        raise Failure("a rule file cannot be read as UTF-8 text") from error

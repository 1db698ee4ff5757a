"""Which set of rules is meant: the active one, that of this release, or a folder's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from schemas.control import RuleSetDefinition
from services.core.recoding.cases import CaseResult, RuleCaseError, run_cases
from services.core.recoding.rule_set import RuleSet, bundle, load_bundle
from services.core.recoding.rules import RuleError
from services.deployment.definitions import RULES, in_force
from services.deployment.faults import Failure
from services.deployment.opening import Deployment
from services.deployment.profile_sets import SITE
from services.runtime.configuration import shipped_documents


def active_rules(deployment: Deployment) -> RuleSet:
    """The rules in force: those of this release where nothing was published yet."""
    active = in_force(deployment).rules
    if active is None:
        return read_rules(None)
    record = deployment.latest("rule-sets")[f"{active.name}@{active.version}"]
    digest = RuleSetDefinition.parse(record.value or b"").digest
    return load_bundle(deployment.blobs.get(digest), active.name)


def read_rules(folder: Path | None) -> RuleSet:
    """The rules of a folder of YAML files; null: those that ship. Raises Failure."""
    documents = read_documents(folder) if folder is not None else shipped_documents(RULES)
    try:
        return load_bundle(bundle(documents), "read")
    except RuleError as error:
        raise Failure(f"{error}; mend it and run `reclaim rules test` again") from error


def over_shipped(documents: Mapping[str, str]) -> tuple[bytes, RuleSet]:
    """YAML rules by file name, laid over those that ship: a file of the same name takes the place of the shipped one.
    The set's canonical bytes and its rules. Raises RuleError, and RuleCaseError where a case fails."""
    data = bundle({**shipped_documents(RULES), **documents})
    loaded = load_bundle(data, SITE)
    if failed := failed_cases(loaded):
        raise RuleCaseError(f"{len(failed)} cases of the rules fail, `reclaim rules test` shows them")
    return data, loaded


def failed_cases(loaded: RuleSet) -> list[CaseResult]:
    """The cases that do not come to what they say. Raises RuleCaseError."""
    return [result for rule in loaded.rules for result in run_cases(rule) if result.differences]


def read_documents(folder: Path) -> dict[str, str]:
    """The YAML texts of a folder by file name. Raises Failure."""
    try:
        return {file.name: file.read_text("utf-8") for file in sorted(folder.glob("*.yaml"))}
    except (OSError, UnicodeDecodeError) as error:
        raise Failure("a rule file cannot be read as UTF-8 text") from error

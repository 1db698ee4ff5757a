"""Which set of rules is meant: the active one, that of this release, or a folder's."""

from __future__ import annotations

from pathlib import Path

from schemas.control import RuleSetDefinition
from services.core.recoding.rule_set import RuleSet, bundle, load_bundle
from services.core.recoding.rules import RuleError
from services.deployment.definitions import RULES, in_force
from services.deployment.faults import Failure
from services.deployment.opening import Deployment
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
    documents = _documents(folder) if folder is not None else shipped_documents(RULES)
    try:
        return load_bundle(bundle(documents), "read")
    except RuleError as error:
        raise Failure(f"{error}; mend it and run `reclaim rules test` again") from error


def _documents(folder: Path) -> dict[str, str]:
    try:
        return {file.name: file.read_text("utf-8") for file in sorted(folder.glob("*.yaml"))}
    except (OSError, UnicodeDecodeError) as error:
        raise Failure("a rule file cannot be read as UTF-8 text") from error

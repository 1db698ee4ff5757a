"""What the files of deploy/ are held against: the command, its settings, the map's principals."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

import click
import pytest

from services.cli.__main__ import reclaim
from services.runtime.settings import _NAMES, _SECRETS, load_settings
from topics.cluster import Cluster, read_cluster

PROJECT: Final = Path(__file__).resolve().parents[2]
DEPLOY: Final = PROJECT / "deploy"

KNOWN: Final = {
    *(f"RECLAIM_{name.upper()}" for name in _NAMES),
    *(f"RECLAIM_KAFKA_{field.name.upper()}" for field in fields(Cluster)),
    *(f"{secret}_FILE" for secret in _SECRETS),
    "RECLAIM_OBJECTIVES",
    "RECLAIM_CONFIG",
}


def check_variables(variables: Mapping[str, str], secrets: Path) -> None:
    """Each is a setting that is known, and together they can be read. `secrets`: a folder for stand-ins of files."""
    ours = {name: value for name, value in variables.items() if name.startswith("RECLAIM_")}
    assert ours.keys() <= KNOWN, ours.keys() - KNOWN
    stand_in = secrets / "secret"
    stand_in.write_text("ab" * 32)
    read = {name: str(stand_in) if name.endswith("_FILE") else value for name, value in ours.items()}
    assert read_cluster(load_settings(read).kafka).security_protocol in {"SASL_SSL", "SSL"}


def check_command(arguments: Sequence[str], folder: Path | None) -> None:
    """The command is there and takes these arguments. `folder` stands for the folders of a container."""
    taken = [str(folder) if folder and argument.startswith("/") else argument for argument in arguments]
    command: click.Command = reclaim
    context = None
    while True:
        context = command.make_context(command.name, list(taken), parent=context)
        if not isinstance(command, click.Group) or not context._protected_args:
            return
        name, *taken = [*context._protected_args, *context.args]
        found = command.get_command(context, name)
        assert found is not None, name
        command = found


def tool(name: str) -> str:
    """The path of a tool. `make check-deploy` installs them, and `.ci/run` calls it."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI") == "true" and os.environ.get("RECLAIM_DEPLOY_TOOLS") == "1":
            pytest.fail(f"{name} is not installed", pytrace=False)
        pytest.skip(f"{name} is not installed: make check-deploy")
    return found

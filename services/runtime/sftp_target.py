"""A partner's SFTP server as the configuration describes it: `[sftp.NAME]` of the TOML file, secrets of the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SCHEME: Final = "sftp://"

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,31}")
"""Also a part of the names of environment variables."""

_KEYS: Final = {
    "host": str,
    "port": int,
    "user": str,
    "known_hosts": str,
    "key_file": str,
    "deliver_to": str,
    "pick_up_from": str,
    "seconds": int,
}
_PASSWORD: Final = "RECLAIM_SFTP_{name}_PASSWORD"
_PASSPHRASE: Final = "RECLAIM_SFTP_{name}_PASSPHRASE"


class TargetError(Exception):
    """A server is described wrongly. The text names the setting and says what to do; never its value."""


@dataclass(frozen=True, slots=True)
class SftpTarget:
    """Who logs in where, and the folders that are used there. Without `key_file` and password the SSH agent signs."""

    name: str
    host: str
    user: str
    port: int = 22
    known_hosts: Path = field(default_factory=lambda: Path.home() / ".ssh" / "known_hosts")
    """OpenSSH's file; a host that it does not have, or has with another key, is refused"""
    key_file: Path | None = None
    password: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    """of the key file"""
    deliver_to: str | None = None
    """folder for our files"""
    pick_up_from: str | None = None
    """folder with theirs"""
    seconds: int = 30
    """deadline of each step: a log-in, a file up, a file down"""


def read_targets(document: object, environ: Mapping[str, str]) -> dict[str, SftpTarget]:
    """The table `[sftp]`: one table a server. Raises TargetError."""
    if not isinstance(document, dict):
        raise TargetError("sftp: a table for each server, [sftp.NAME]")
    return {str(name): _read(str(name), values, environ) for name, values in document.items()}


def _read(name: str, values: object, environ: Mapping[str, str]) -> SftpTarget:
    if not _NAME.fullmatch(name):
        raise TargetError("sftp: name a server with lower case letters, digits and _")
    place = f"sftp.{name}"
    if not isinstance(values, dict):
        raise TargetError(f"{place}: a table of settings")
    if {"password", "passphrase"} & values.keys():
        raise TargetError(f"{place}: secrets stand in {_variable(_PASSWORD, name)}, never in the file")
    for key, value in values.items():
        kind = _KEYS.get(key)
        if kind is None:
            raise TargetError(f"{place}.{key} is no setting; there are {', '.join(_KEYS)}")
        if not isinstance(value, kind) or isinstance(value, bool) or not value:
            raise TargetError(f"{place}.{key}: {'a whole number above 0' if kind is int else 'a text'}")
    for key in ("host", "user"):
        if key not in values:
            raise TargetError(f"{place}.{key} is missing")
    if not {"deliver_to", "pick_up_from"} & values.keys():
        raise TargetError(f"{place}: give deliver_to, pick_up_from or both")
    given: dict[str, Any] = dict(values)
    for key in ("known_hosts", "key_file"):
        if key in given:
            given[key] = Path(given[key]).expanduser()
    return SftpTarget(
        name=name,
        password=environ.get(_variable(_PASSWORD, name)) or None,
        passphrase=environ.get(_variable(_PASSPHRASE, name)) or None,
        **given,
    )


def _variable(pattern: str, name: str) -> str:
    return pattern.format(name=name.upper())

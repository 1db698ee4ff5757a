"""What an installation sets: from `RECLAIM_*` of the environment over an optional TOML file over defaults."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, cast

from services.runtime.sftp_target import SftpTarget, TargetError, read_targets

LogKind = Literal["embedded", "kafka"]

DEFAULT_DATA: Final = Path("reclaim-data")
DEFAULT_TENANT: Final = "main"

# Enough for eight workers of a service; a log cannot change it later, because keys would move.
DEFAULT_PARTITIONS: Final = 8

# Used where none is set, so that the same input gives the same keys on every machine; it protects nothing
# (docs/decisions/0001-key-secret.md).
DEVELOPMENT_SECRET: Final = b"reclaim development secret"

# How long a file that ends early must lie unchanged before it is taken as it is (protocol, "Files in pieces").
DEFAULT_TRUNCATED_AFTER: Final = timedelta(minutes=10)

# Metrics tell how a business goes: who wants them from outside says so.
LOOPBACK: Final = "127.0.0.1"

# A shorter key of an HMAC is within reach of guessing.
_LEAST_SECRET_BYTES: Final = 16

# A file that waits longer is lost from sight.
_A_WEEK: Final = 7 * 24 * 60 * 60

# The tenant opens every key, before a `|`.
_TENANT: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")

_KAFKA_PREFIX: Final = "RECLAIM_KAFKA_"
_NAMES: Final = (
    *("tenant", "data", "log", "partitions", "key_secret", "blobs", "truncated_after"),
    *("metrics_port", "metrics_host"),
)

_FILE: Final = "_FILE"
_CLIENT_SECRET: Final = "client_secret"
_PROVIDER_SECRET: Final = "RECLAIM_CONSOLE_CLIENT_SECRET"
_SECRETS: Final = (
    *("RECLAIM_KEY_SECRET", "RECLAIM_KAFKA_SASL_PASSWORD", "RECLAIM_KAFKA_SSL_PASSWORD"),
    _PROVIDER_SECRET,
)
"""Each may be named by file instead, as `<name>_FILE`: an environment is shown by many tools, a file is not."""


class SettingsError(Exception):
    """A setting is wrong. The text names the setting and says what to do; never its value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation. Every process of it must have the same `tenant`, `key_secret` and `blobs`."""

    tenant: str
    key_secret: bytes = field(repr=False)
    """key of the HMAC in claim keys"""
    data: Path
    """the embedded log, caches, and what else this machine keeps"""
    blobs: Path
    """the content-addressed store; on several machines a shared volume"""
    log: LogKind = "embedded"
    partitions: int = DEFAULT_PARTITIONS
    truncated_after: timedelta = DEFAULT_TRUNCATED_AFTER
    """how long intake waits for the rest of a file that ends early"""
    metrics_port: int | None = None
    """where a process that goes on serves its metrics; null: nowhere. 0 takes a free port"""
    metrics_host: str = LOOPBACK
    kafka: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """kafka-python's names and texts (`bootstrap_servers`, `security_protocol`, ...)"""
    sftp: Mapping[str, SftpTarget] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """partners' servers by name"""
    provider: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """`[console.provider]` of the file, where people sign in at the console; its client_secret is the environment's"""

    @property
    def secret_is_public(self) -> bool:
        """No `key_secret` was set: who knows a claim number can compute its key."""
        return self.key_secret == DEVELOPMENT_SECRET

    @property
    def log_path(self) -> Path:
        return self.data / "log.sqlite3"

    @property
    def caches(self) -> Path:
        return self.data / "caches"


def load_settings(
    environ: Mapping[str, str] | None = None,
    *,
    data: Path | None = None,
    log: str | None = None,
    file: Path | None = None,
) -> Settings:
    """The settings of this process; arguments go before the environment, it before the file.

    The file is the one given, else that of `RECLAIM_CONFIG`, else `reclaim.toml` in the data folder if it
    is there. Raises SettingsError.
    """
    env = _with_secrets(os.environ if environ is None else environ)
    folder = data or (Path(env["RECLAIM_DATA"]) if env.get("RECLAIM_DATA") else None)
    document = _read_file(file or _named_file(env), folder)
    values = {name: str(document[name]) for name in _NAMES if name in document}
    values |= {name: env[f"RECLAIM_{name.upper()}"] for name in _NAMES if env.get(f"RECLAIM_{name.upper()}")}
    root = folder or Path(values.get("data", DEFAULT_DATA))

    tenant = values.get("tenant", DEFAULT_TENANT)
    if not _TENANT.fullmatch(tenant):
        raise SettingsError("tenant: use lower case letters, digits, - and _")
    kind = log or values.get("log", "embedded")
    if kind not in ("embedded", "kafka"):
        raise SettingsError("log: use embedded or kafka")
    secret = values.get("key_secret")
    return Settings(
        tenant=tenant,
        key_secret=DEVELOPMENT_SECRET if secret is None else _parse_secret(secret),
        data=root,
        blobs=Path(values["blobs"]) if "blobs" in values else root / "blobs",
        log=cast(LogKind, kind),
        partitions=_parse_count(values.get("partitions")),
        truncated_after=_parse_seconds(values.get("truncated_after")),
        metrics_port=_parse_port(values.get("metrics_port")),
        metrics_host=values.get("metrics_host", LOOPBACK),
        kafka=MappingProxyType(_kafka(document, env)),
        sftp=MappingProxyType(_sftp(document, env)),
        provider=MappingProxyType(_provider(document, env)),
    )


def _with_secrets(env: Mapping[str, str]) -> Mapping[str, str]:
    """The environment with the secrets that it names by file."""
    read = dict(env)
    for name in _SECRETS:
        if not (file := env.get(f"{name}{_FILE}")):
            continue
        if env.get(name):
            raise SettingsError(f"{name}: set either it or {name}{_FILE}")
        try:
            read[name] = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name}{_FILE}: the file cannot be read") from error
        del read[f"{name}{_FILE}"]
    return read


def _named_file(env: Mapping[str, str]) -> Path | None:
    return Path(env["RECLAIM_CONFIG"]) if env.get("RECLAIM_CONFIG") else None


def _read_file(named: Path | None, data: Path | None) -> dict[str, object]:
    path = named or (data or DEFAULT_DATA) / "reclaim.toml"
    if named is None and not path.exists():
        return {}
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError("the configuration file cannot be read: check RECLAIM_CONFIG") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("the configuration file is no TOML") from error
    if unknown := sorted(document.keys() - {*_NAMES, "kafka", "sftp", "console"}):
        raise SettingsError(f"unknown setting in the configuration file: {', '.join(unknown)}")
    return document


def _kafka(document: Mapping[str, object], env: Mapping[str, str]) -> dict[str, str]:
    table = document.get("kafka", {})
    if not isinstance(table, dict):
        raise SettingsError("kafka: a table of settings")
    settings = {str(name): str(value) for name, value in table.items()}
    for name, value in env.items():
        if name.startswith(_KAFKA_PREFIX) and value:
            settings[name.removeprefix(_KAFKA_PREFIX).lower()] = value
    return settings


def _sftp(document: Mapping[str, object], env: Mapping[str, str]) -> dict[str, SftpTarget]:
    try:
        return read_targets(document.get("sftp", {}), env)
    except TargetError as error:
        raise SettingsError(str(error)) from error


def _provider(document: Mapping[str, object], env: Mapping[str, str]) -> dict[str, object]:
    console = document.get("console", {})
    if not isinstance(console, dict) or console.keys() - {"provider"}:
        raise SettingsError("console: holds the table [console.provider] and nothing else")
    provider = console.get("provider", {})
    if not isinstance(provider, dict) or _CLIENT_SECRET in provider:
        raise SettingsError(f"[console.provider]: a table; its secret is {_PROVIDER_SECRET}")
    secret = {_CLIENT_SECRET: env[_PROVIDER_SECRET]} if env.get(_PROVIDER_SECRET) else {}
    return {**provider, **secret} if provider else {}


def _parse_count(text: str | None) -> int:
    if text is None:
        return DEFAULT_PARTITIONS
    if not text.isdecimal() or not 1 <= int(text) <= 1024:
        raise SettingsError("partitions: a whole number from 1 to 1024")
    return int(text)


def _parse_seconds(text: str | None) -> timedelta:
    if text is None:
        return DEFAULT_TRUNCATED_AFTER
    if not text.isdecimal() or int(text) > _A_WEEK:
        raise SettingsError("truncated_after: whole seconds, at most 604800")
    return timedelta(seconds=int(text))


def _parse_port(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or int(text) > 65_535:
        raise SettingsError("metrics_port: a port, or 0 for a free one")
    return int(text)


def _parse_secret(text: str) -> bytes:
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        raise SettingsError("key_secret: hexadecimal digits") from None
    if len(secret) < _LEAST_SECRET_BYTES:
        raise SettingsError(f"key_secret: at least {2 * _LEAST_SECRET_BYTES} hexadecimal digits")
    return secret

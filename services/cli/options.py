"""The options that many commands have, and what a command is called with for them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from services.deployment.faults import WrongUse
from services.deployment.opening import opened
from services.runtime.settings import Settings, SettingsError, load_settings
from services.runtime.sftp_target import SCHEME

R = TypeVar("R")


def settings_options(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command `--data` and `--log`, and call it with the `settings` they make."""

    @click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Where the embedded log and caches live (RECLAIM_DATA, else ./reclaim-data).",
    )
    @click.option("--log", type=click.Choice(["embedded", "kafka"]), help="Which log (default: embedded).")
    @functools.wraps(command)
    def with_settings(*arguments: Any, data: Path | None, log: str | None, **named: Any) -> R:
        try:
            settings = load_settings(data=data, log=log)
        except SettingsError as error:
            raise WrongUse(str(error)) from error
        return command(*arguments, settings=settings, **named)

    return with_settings


def deployment_options(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command `--data` and `--log`, and call it with the opened `deployment`."""

    @settings_options
    @functools.wraps(command)
    def with_deployment(*arguments: Any, settings: Settings, **named: Any) -> R:
        with opened(settings) as deployment:
            return command(*arguments, deployment=deployment, **named)

    return with_deployment


class Inbox(click.ParamType):
    """A folder that is there, or `sftp://NAME` of the configuration."""

    name = "DIR|sftp://NAME"
    _folder = click.Path(exists=True, file_okay=False)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        return text if text.startswith(SCHEME) else str(self._folder.convert(text, param, ctx))

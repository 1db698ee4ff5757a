"""Exit statuses, and the two errors that a command ends with on purpose."""

from __future__ import annotations

from typing import Final

import click

EXIT_FAILED: Final = 1
EXIT_WRONG_USE: Final = 2
EXIT_QUARANTINED: Final = 3
"""with `--strict`, when anything was quarantined"""
EXIT_BREACHED: Final = 4
"""of `lag`: something waits longer, or for more dollars, than the objectives allow"""


class Failure(click.ClickException):
    """The command could not do what it was asked. The text says what to do next and holds no value of a claim."""

    exit_code = EXIT_FAILED


class WrongUse(click.ClickException):
    """The command was asked for something that makes no sense. The text lists what would."""

    exit_code = EXIT_WRONG_USE


def one_line(text: str) -> str:
    """The text with its line ends made spaces."""
    return " ".join(text.split())

"""The `reclaim` command. One module for each group of commands, imported only when it is called."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Final

import click

from schemas.registry import NewerVersionError
from services.deployment.faults import EXIT_FAILED, EXIT_WRONG_USE, one_line
from services.runtime.blobs import BlobMissingError
from services.runtime.configuration import DefinitionMissingError, ForeignDefinitionError
from services.runtime.log import FencedError, LogError, TransientLogError
from services.runtime.records import UndecodableError
from services.runtime.worker import BreakerOpenError, WorkerStoppedError

COMMANDS: Final[dict[str, str]] = {
    "run": "services.cli.run:run",
    "service": "services.cli.service:service",
    "ingest": "services.cli.ingest:ingest",
    "status": "services.cli.status:status",
    "outcomes": "services.cli.outcomes:show_outcomes",
    "events": "services.cli.events:events",
    "explain": "services.cli.explain:explain",
    "codes": "services.cli.codes:codes",
    "work": "services.cli.work:work",
    "decide": "services.cli.decide:decide",
    "override": "services.cli.decide:override",
    "packet": "services.cli.packet:packet",
    "hold": "services.cli.holds:hold",
    "release": "services.cli.holds:release",
    "deliver": "services.cli.deliver:deliver",
    "link": "services.cli.link:link",
    "dead-letters": "services.cli.letters:dead_letters",
    "audit": "services.cli.audit:audit",
    "proof": "services.cli.proofs:proof",
    "load": "services.cli.load:load",
    "rules": "services.cli.rules:rules",
    "replay": "services.cli.replay:replay",
    "payers": "services.cli.payers:payers",
    "risk": "services.cli.risk:risk",
    "topics": "services.cli.topics:topics",
    "lag": "services.cli.lag:lag",
    "console": "services.cli.console:console",
    "schemas": "services.cli.schemas:schemas_group",
}


STOPS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (TransientLogError, "the log cannot be reached or is busy: check that it runs, then try again"),
    (FencedError, "another process has taken this one's place: stop one of the two"),
    (LogError, "nothing of this was written"),
    (NewerVersionError, "a newer release has written to this log: use that one"),
    (BreakerOpenError, "something is wrong with this deployment: see `reclaim dead-letters list`"),
    (
        WorkerStoppedError,
        "nothing of the batch was kept: run it again, with RECLAIM_DEBUG=1 to see the trace",
    ),
    (BlobMissingError, "every machine needs the same blobs folder (RECLAIM_BLOBS): bring it back"),
    (DefinitionMissingError, "load it again"),
    (
        ForeignDefinitionError,
        "`reclaim load shipped` makes those of this release active; a proof is made again by the release that made it",
    ),
    (UndecodableError, "the log holds a record that this release cannot read"),
)
"""What stops a command on purpose, and what to do then. Their texts are codes and places, never values."""


COLLECTED_AFTER: Final = (50_000, 20, 100)
"""Events and states are trees without cycles, which reference counts free at once. Python's default looks through
them for cycles every 700 allocations; looking rarely takes 8 % off a run over the examples and costs no memory there."""


class Reclaim(click.Group):
    """The group of all commands; a command's module is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Reclaim, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="reclaim", prog_name="reclaim")
def reclaim() -> None:
    """Remittances in, explained denials and corrected claims out.

    \b
    Start with:  reclaim run --inbox DIR --outbox DIR --once
    Then look:   reclaim status   ·   reclaim explain CLAIM
    And decide:  reclaim decide CLAIM approve --by YOU --reason documented --document REF
    """


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit status.

    0 all accounted for, 1 failed, 2 wrong use, 3 quarantined something under `--strict`. Errors are one line
    on stderr; the text of an unforeseen one is never printed, it may hold a value of a claim.
    """
    gc.set_threshold(*COLLECTED_AFTER)
    sys.exit(_status(arguments))


def _status(arguments: list[str] | None) -> int:
    try:
        returned = reclaim.main(args=arguments, prog_name="reclaim", standalone_mode=False)
        return returned if isinstance(returned, int) else 0
    except click.exceptions.NoArgsIsHelpError as help_text:
        click.echo(help_text.format_message())
        return EXIT_WRONG_USE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "reclaim"
        message = one_line(error.format_message())
        return _fail(message if "--help" in message else f"{message} See {path} --help", EXIT_WRONG_USE)
    except click.ClickException as error:
        return _fail(one_line(error.format_message()), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted; what was committed stays, run the command again to go on", EXIT_FAILED)
    except BrokenPipeError:
        # `reclaim events ... | head`: nobody reads on. Python must not write to the pipe again on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        for foreseen, advice in STOPS:
            if isinstance(error, foreseen):
                return _fail(f"{one_line(str(error))}; {advice}", EXIT_FAILED)
        if os.environ.get("RECLAIM_DEBUG") == "1":
            traceback.print_exc()
        return _fail(
            f"unforeseen {type(error).__name__} at {_place(error)}; "
            "nothing uncommitted was kept. Run it again, with RECLAIM_DEBUG=1 to see the trace",
            EXIT_FAILED,
        )


def _place(error: BaseException) -> str:
    """File and line where an error arose, without a folder of the machine."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "an unknown place"
    ours = [frame for frame in frames if f"{os.sep}services{os.sep}" in frame.filename] or frames
    return f"{'/'.join(Path(ours[-1].filename).parts[-2:])}:{ours[-1].lineno}"


def _fail(message: str, status: int) -> int:
    click.echo(f"reclaim: {message}", err=True)
    return status


if __name__ == "__main__":
    main()

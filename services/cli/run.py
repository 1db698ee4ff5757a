"""`reclaim run`: the main job. Picks up files, runs every service, delivers; one process on either log."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from types import FrameType

import click

from services.cli.options import Inbox, deployment_options
from services.cli.printing import wide_console
from services.cli.progress import spinner
from services.cli.status import read_tally, strict_status
from services.cli.summary import print_examples, print_summary
from services.deployment.definitions import publish_shipped
from services.deployment.exported import monitored
from services.deployment.faults import Failure, WrongUse
from services.deployment.intake import open_intakes, uploads_of
from services.deployment.loop import drain, watch
from services.deployment.opening import Deployment, os_user
from services.deployment.parts import MEMBER, PROCESSORS, note_outbox, workers
from services.deployment.servers import ONCE_TRIES, failing_words
from services.resubmitter.gate import load_maps
from services.runtime.log import Log, TopicPartition, TransientLogError
from services.timekeeper.processor import EarlierDayError
from services.timekeeper.publisher import publish_day
from topics.map import load_map


@click.command()
@click.option(
    "--inbox",
    "inboxes",
    required=True,
    multiple=True,
    type=Inbox(),
    help="A folder, or sftp://NAME of the configuration; may be given several times.",
)
@click.option("--outbox", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--once", is_flag=True, help="Drain everything, print the summary, leave.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The business date for deadlines and code editions (default: today).",
)
@click.option("--strict", is_flag=True, help="With --once: end with 3 when anything was quarantined.")
@click.option(
    "--member", default=MEMBER, metavar="NAME", help="On Kafka: this process's lasting name in its groups."
)
@deployment_options
def run(
    deployment: Deployment,
    inboxes: tuple[str, ...],
    outbox: Path,
    once: bool,
    as_of: datetime | None,
    strict: bool,
    member: str,
) -> int:
    """Read every 835, 837, 277CA and 999 in --inbox, explain denials, write corrected claims to --outbox.

    Files are never moved or deleted, and the same file is never taken twice. Without --once it goes on until
    it is told to stop (SIGTERM, Ctrl-C), and leaves cleanly then.
    """

    def today() -> date:
        return local_day() if as_of is None else as_of.date()

    before = _ends(deployment.log)
    with deployment.sole_service(), stopping() as stop:
        prepare(deployment, today())
        note_outbox(deployment, outbox)
        with (
            ExitStack() as opened,
            workers(deployment, tuple(PROCESSORS), outbox, member, tries=ONCE_TRIES if once else 1) as parts,
            spinner("reading the inbox") as tell,
        ):
            intakes = open_intakes(deployment, (*inboxes, *_uploads(deployment)), once=once)
            for intake in intakes:
                opened.callback(intake.close)
            done = 0

            def progress(worked: int) -> None:
                nonlocal done
                done += worked
                tell(f"{done:,} files, events and calls handled")

            if once:
                drained = drain((*intakes, *parts.round), parts.seal, stop.is_set, progress)
            else:
                load_maps()
                round_ = (*intakes, *parts.round)
                with monitored(deployment, round_) as watched:
                    watch(watched, stop.is_set, progress, Calendar(deployment, today).look)
                drained = True
    if not once:
        return 0
    tally = read_tally(deployment)
    summary = tally.summary()
    console = wide_console()
    if _ends(deployment.log) == before:
        console.print("Nothing new: every file was read and every event handled before. So it stands:")
    print_summary(console, summary, str(outbox))
    if pieces := [path for intake in intakes for path in intake.in_pieces()]:
        console.print(f"{len(pieces)} files end early and are waited for: run it again when they are whole")
    if not drained:
        raise Failure("stopped before everything was handled; run it again to go on where it stopped")
    if console.is_terminal:  # names claims: what goes to a file or a log names none
        print_examples(console, tally.largest())
    failing = dict(parts.failing)
    for intake in intakes:
        failing |= intake.failing
    if failing:
        raise Failure(f"not everything came through; {failing_words(failing)}")
    if summary.waiting.person:
        console.print("Next: reclaim status --waiting, then reclaim explain CLAIM and reclaim decide CLAIM")
    if deployment.settings.secret_is_public:
        console.print("Note: RECLAIM_KEY_SECRET is not set, so who knows a claim number can compute its key")
    return strict_status(summary, strict)


def local_day() -> date:
    """The day of the machine's own calendar: deadlines are of the place where the biller sits."""
    return datetime.now().astimezone().date()


def prepare(deployment: Deployment, day: date) -> None:
    """Open the day, and make what ships active where nothing else is: before any other event is read."""
    open_day(deployment, day)
    publish_shipped(deployment, os_user())


def open_day(deployment: Deployment, day: date) -> None:
    """Open `day`; an earlier one than the log knows is wrong use."""
    try:
        publish_day(deployment.log, deployment.settings.tenant, day)
    except EarlierDayError as error:
        raise WrongUse(
            f"the log has opened {error.latest.isoformat()} already and time does not run backwards: "
            f"give --as-of {error.latest.isoformat()} or later, or another --data"
        ) from error


class Calendar:
    """Opens each day as it begins. Looks at the log only when the day has changed."""

    def __init__(self, deployment: Deployment, today: Callable[[], date]) -> None:
        self._deployment = deployment
        self._today = today
        self._opened = today()

    def look(self) -> None:
        """Open the day if it is another than at the last look; the next look tries again where the log cannot be
        reached."""
        if (day := self._today()) != self._opened:
            with suppress(TransientLogError):
                open_day(self._deployment, day)
                self._opened = day


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set; a second one ends the process at once, as it would without us."""
    stop = threading.Event()

    def note(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _uploads(deployment: Deployment) -> tuple[str, ...]:
    folder = uploads_of(deployment.settings.data)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return (str(folder),)


def _ends(log: Log) -> dict[TopicPartition, int]:
    return dict(log.ends(load_map().names))

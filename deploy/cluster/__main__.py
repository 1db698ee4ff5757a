"""A secured cluster on this machine: one broker with TLS, SCRAM and grants, every service as its own process under
its own principal, and the examples through it.

    python -m deploy.cluster up    [--home DIR] [--port N]    starts it; `make cluster-up`
    python -m deploy.cluster run   [--home DIR]               the examples through it, and what came out
    python -m deploy.cluster env SERVICE [--home DIR]         settings as that principal, for `eval`
    python -m deploy.cluster down  [--home DIR] [--wipe]      stops it

`make cluster` does all of it and stops at the end or at Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from deploy.cluster.secured import PROJECT, PROVISIONER, Secured, broker
from services.cli.service import NAMES
from services.deployment.businesses import CONSOLE
from services.deployment.monitoring import open_sampler
from services.deployment.opening import opened
from services.monitor.follower import now_ms
from services.runtime.settings import load_settings

DEFAULT_HOME: Final = Path("reclaim-data/cluster")
DEFAULT_PORT: Final = 9194
FIRST_METRICS_PORT: Final = 9465
EXAMPLES: Final = PROJECT / "examples"

# Eight processes start on two cores, and read 217 claims.
DRAIN_SECONDS: Final = 300.0
LOOK_SECONDS: Final = 3.0
STOP_SECONDS: Final = 30.0


ACTIONS: Final = ("up", "run", "all", "env", "down")


class ClusterFailedError(Exception):
    """The text says what to look at."""


def reclaim(environment: Mapping[str, str], *arguments: str, quiet: bool = False) -> None:
    """The command with these settings and none of the caller's."""
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", *arguments],
        cwd=PROJECT,
        env=_variables(environment),
        stdout=subprocess.DEVNULL if quiet else None,
        check=False,
    )
    if done.returncode != 0:
        raise ClusterFailedError(f"reclaim {' '.join(arguments[:2])} ended with {done.returncode}")


def provision(cluster: Secured) -> None:
    """Topics, grants and users; a second time changes nothing but the salts."""
    settings = cluster.provisioning()
    reclaim(settings, "topics", "apply", quiet=True)
    reclaim(settings, "topics", "acls", "--apply", quiet=True)
    reclaim(settings, "topics", "users", "--passwords", str(cluster.tls / "passwords"))
    reclaim(cluster.environment("cli"), "load", "shipped")


def commands(cluster: Secured, names: Sequence[str], day: date) -> dict[str, list[str]]:
    """How each service is started."""
    options = {
        "intake": ["--inbox", str(cluster.home / "inbox")],
        "delivery": ["--outbox", str(cluster.home / "outbox")],
        "timekeeper": ["--as-of", day.isoformat()],
    }
    return {
        name: [sys.executable, "-m", "services.cli", "service", name, *options.get(name, [])]
        for name in names
    }


def start_services(cluster: Secured, day: date) -> None:
    """Every service that is not running yet, each as its own principal."""
    for folder in ("inbox", "outbox", "logs", "pids", "blobs"):
        (cluster.home / folder).mkdir(exist_ok=True)
    # The monitor on Kafka is a Faust application, which is not installed with the rest.
    names = [name for name in NAMES if name != "monitor" or find_spec("faust")]
    for index, (name, command) in enumerate(commands(cluster, names, day).items()):
        if _running(cluster, name):
            continue
        over = {"RECLAIM_METRICS_PORT": str(FIRST_METRICS_PORT + index)}
        with (cluster.home / "logs" / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=_variables(cluster.environment(name, over)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _pid_file(cluster, name).write_text(str(process.pid), "ascii")


def run_examples(cluster: Secured) -> None:
    """Load what the examples need, hand them to intake, wait until all is handled, and print what came of it."""
    cli = cluster.environment("cli")
    reclaim(cli, "load", "folder", "examples", "examples/codes", "--effective", "2026-01-01", quiet=True)
    reclaim(cli, "load", "documentation", "examples/documentation.json", quiet=True)
    profiles = sorted(str(file) for file in (EXAMPLES / "payer_profiles").glob("*.yaml"))
    reclaim(cli, "load", "payer_profiles", *profiles, quiet=True)
    for file in sorted((EXAMPLES / "inbox").iterdir()):
        shutil.copy2(file, cluster.home / "inbox" / file.name)
    wait_until_handled(cluster, files=len(list((EXAMPLES / "inbox").iterdir())))
    reclaim(cli, "status")


def wait_until_handled(cluster: Secured, files: int) -> None:
    """Until so many files are taken in and nothing that is written is unread. Raises ClusterFailedError."""
    deadline = time.monotonic() + DRAIN_SECONDS
    settings = load_settings(_variables(cluster.environment("cli")))
    with opened(settings) as deployment:
        sampler = open_sampler(deployment, serving=False)
        before: object = None
        while time.monotonic() < deadline:
            if gone := [name for name in _started(cluster) if not _running(cluster, name)]:
                raise ClusterFailedError(f"{', '.join(gone)} stopped; see {cluster.home / 'logs'}")
            taken = len(deployment.latest("intake-files"))
            seen = [one for group in sampler.look(now_ms()).values() for one in group]
            now = (taken, [one.track.commits[-1].offset for one in seen])
            if taken >= files and now == before and all(one.unread_since is None for one in seen):
                return
            before = now
            time.sleep(LOOK_SECONDS)
    raise ClusterFailedError(f"not everything was handled in time; see {cluster.home / 'logs'}")


def stop_services(cluster: Secured) -> None:
    """SIGTERM to each: the batch that runs is committed first."""
    running = {name: process_id for name in _started(cluster) if (process_id := _running(cluster, name))}
    for process_id in running.values():
        os.kill(process_id, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while any(_running(cluster, name) for name in running) and time.monotonic() < deadline:
        time.sleep(0.2)
    for name in running:
        if process_id := _running(cluster, name):
            os.kill(process_id, signal.SIGKILL)
        _pid_file(cluster, name).unlink(missing_ok=True)


def _variables(environment: Mapping[str, str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("RECLAIM_")}
    return {**own, **environment}


def _pid_file(cluster: Secured, name: str) -> Path:
    return cluster.home / "pids" / name


def _started(cluster: Secured) -> list[str]:
    folder = cluster.home / "pids"
    return sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []


def _running(cluster: Secured, name: str) -> int | None:
    """The service's process, null where it has none. The command line tells it from a recycled number."""
    try:
        process_id = int(_pid_file(cluster, name).read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return None
    with_state = subprocess.run(
        ["ps", "-o", "stat=,args=", "-p", str(process_id)], capture_output=True, text=True, check=False
    ).stdout
    return process_id if f"service {name}" in with_state and not with_state.startswith("Z") else None


def _up(cluster: Secured, day: date) -> None:
    cluster.start()
    provision(cluster)
    start_services(cluster, day)


def _down(cluster: Secured, *, wipe: bool) -> None:
    stop_services(cluster)
    cluster.broker.stop()
    if wipe:
        shutil.rmtree(cluster.home, ignore_errors=True)


def _print_environment(cluster: Secured, service: str) -> None:
    settings = cluster.provisioning() if service == PROVISIONER else cluster.environment(service)
    for name, value in settings.items():
        print(f"export {name}={shlex.quote(value)}")


def main() -> int:
    parser = argparse.ArgumentParser(description="A secured cluster on this machine.")
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("service", nargs="?", choices=[*NAMES, "cli", CONSOLE, PROVISIONER], default="cli")
    parser.add_argument("--home", type=Path, default=DEFAULT_HOME)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="the clients'; 0: any free one")
    parser.add_argument(
        "--day", type=date.fromisoformat, help="the business date (default: that of the examples)"
    )
    parser.add_argument("--wipe", action="store_true", help="with down: forget its data and credentials too")
    arguments = parser.parse_args()
    cluster = Secured.of(arguments.home, arguments.port)
    day = arguments.day or date.fromisoformat((EXAMPLES / "day").read_text("ascii").strip())
    try:
        if arguments.action == "env":
            _print_environment(cluster, arguments.service)
        elif arguments.action == "down":
            _down(cluster, wipe=arguments.wipe)
        elif arguments.action == "run":
            run_examples(cluster)
        elif arguments.action == "up":
            _up(cluster, day)
            print(
                f"running; settings of a principal: python -m deploy.cluster env cli --home {arguments.home}"
            )
        else:
            try:
                _up(cluster, day)
                run_examples(cluster)
            finally:
                _down(cluster, wipe=False)
    except (broker.BrokerError, ClusterFailedError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; its data stay", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

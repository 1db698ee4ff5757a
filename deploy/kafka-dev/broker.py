"""One Apache Kafka broker for development and tests, from its jars: no Docker needed, Java 17 and Maven are.

    python deploy/kafka-dev/broker.py start [--home DIR] [--port N]    prints the bootstrap address
    python deploy/kafka-dev/broker.py stop  [--home DIR] [--wipe]
    python deploy/kafka-dev/broker.py status [--home DIR]

The jars are fetched once into `$RECLAIM_CACHE` (default `~/.cache/reclaim`). `--home` holds the broker's data,
its settings, its log (`server.log`) and its process id; a second start of the same home goes on with its data
and at its address. `make kafka-up`, `make kafka-down` and the tests all come through here.
"""

from __future__ import annotations

import argparse
import base64
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from filelock import FileLock

VERSION: Final = "4.3.1"
HERE: Final = Path(__file__).resolve().parent
DEFAULT_HOME: Final = Path("reclaim-data/kafka-dev")
DEFAULT_PORT: Final = 9092
# Five seconds on an idle machine; a busy one with two cores takes longer.
START_SECONDS: Final = 90.0
STOP_SECONDS: Final = 30.0
# 435 MB resident after load was measured with this.
JAVA_OPTIONS: Final = (
    "-Xmx768m",
    "-XX:+UseSerialGC",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)
# The optimizing compiler pays off after minutes of load; until then it takes a third of the broker's processor time.
QUICK_COMPILER: Final = "-XX:TieredStopAtLevel=1"
INSTALL: Final = "install Docker, or Java 17 and Maven, or set RECLAIM_KAFKA_BOOTSTRAP to a broker's address"
_PR_SET_PDEATHSIG: Final = 1


class BrokerError(Exception):
    """The broker cannot be had; the text says what to do."""


def cache() -> Path:
    """Where the jars of this version lie; outside the checkout."""
    root = os.environ.get("RECLAIM_CACHE")
    return (Path(root) if root else Path.home() / ".cache" / "reclaim") / f"kafka-{VERSION}"


def available() -> bool:
    """Whether a broker could be started here: Java, and the jars or Maven to fetch them."""
    return shutil.which("java") is not None and (
        (cache() / "libs").is_dir() or shutil.which("mvn") is not None
    )


def fetch() -> Path:
    """The folder of the jars, fetched through Maven the first time. Raises BrokerError."""
    if not available():
        raise BrokerError(INSTALL)
    libs = cache() / "libs"
    libs.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(str(libs.parent / "fetch.lock")):
        if libs.is_dir():
            return libs
        # Under another name first, so that a broken fetch is never taken for a whole one.
        partial = libs.with_name("libs.partial")
        shutil.rmtree(partial, ignore_errors=True)
        command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
        done = subprocess.run(
            [*command, f"-DoutputDirectory={partial}"], capture_output=True, text=True, check=False
        )
        if done.returncode != 0 or not any(partial.glob(f"kafka-server-{VERSION}.jar")):
            raise BrokerError(f"Maven could not fetch Kafka {VERSION}; see: {' '.join(command)}")
        partial.rename(libs)
    return libs


class Broker:
    """The broker of one home folder. `tied` ends it with this process (tests); `brief`: it runs for minutes only."""

    def __init__(
        self,
        home: Path,
        port: int = 0,
        *,
        tied: bool = False,
        brief: bool = False,
        over: Mapping[str, str] | None = None,
        client: Mapping[str, object] | None = None,
    ) -> None:
        """`over`: settings laid over `server.properties`, with its places in braces; `client`: what a client needs
        beside the address."""
        self.home = home.resolve()
        self._port = port
        self._tied = tied
        self._options = (*JAVA_OPTIONS, QUICK_COMPILER) if brief else JAVA_OPTIONS
        self._over = dict(over or {})
        self._client = dict(client or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str | None:
        """The bootstrap address, once the home is set up."""
        if not self._settings.exists():
            return None
        for line in self._settings.read_text("utf-8").splitlines():
            if line.startswith("advertised.listeners="):
                return line.partition("://")[2].partition(",")[0]
        return None

    @property
    def process_id(self) -> int | None:
        """The running broker's process, or null."""
        if self._process is not None:
            return self._process.pid if self._process.poll() is None else None
        try:
            process_id = int((self.home / "pid").read_text("ascii"))
            os.kill(process_id, 0)
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return None
        # Against a recycled number: the home stands in the broker's command line.
        command = subprocess.run(
            ["ps", "-o", "args=", "-p", str(process_id)], capture_output=True, text=True, check=False
        )
        return process_id if str(self.home) in command.stdout else None

    def start(self) -> str:
        """Start it, or find it running; returns the address when it answers. Raises BrokerError."""
        libs = fetch()
        self.home.mkdir(parents=True, exist_ok=True)
        if self.address is None:
            self._format(libs)
        address = self.address
        assert address is not None
        if self.process_id is None:
            with (self.home / "server.log").open("ab") as log:
                self._process = subprocess.Popen(
                    ["java", *self._options, "-cp", f"{libs}/*", "kafka.Kafka", str(self._settings)],
                    stdout=log,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                    preexec_fn=_die_with_parent() if self._tied else None,
                )
            (self.home / "pid").write_text(str(self._process.pid), "ascii")
        self._wait_until_it_answers(address)
        return address

    def stop(self, *, kill: bool = False) -> None:
        """Stop it (SIGTERM, or SIGKILL with `kill`) and wait until it is gone; its data stay."""
        process_id = self.process_id
        if process_id is None:
            return
        os.kill(process_id, signal.SIGKILL if kill else signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if self.process_id is None:
                break
            time.sleep(0.05)
        else:
            os.kill(process_id, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None
        (self.home / "pid").unlink(missing_ok=True)

    def wipe(self) -> None:
        """Stop it and forget its data."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def _settings(self) -> Path:
        return self.home / "server.properties"

    def _format(self, libs: Path) -> None:
        data = self.home / "data"
        shutil.rmtree(data, ignore_errors=True)
        wanted = settings(self._port or free_port(), free_port(), str(data), self._over)
        partial = self.home / "server.properties.partial"
        partial.write_text("".join(f"{name}={value}\n" for name, value in wanted.items()), "utf-8")
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        done = subprocess.run(
            [
                "java",
                "-cp",
                f"{libs}/*",
                "kafka.tools.StorageTool",
                "format",
                "-t",
                cluster,
                "-c",
                str(partial),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BrokerError(
                f"Kafka could not format its storage: {(done.stderr or done.stdout).strip()[-300:]}"
            )
        partial.rename(self._settings)

    def _wait_until_it_answers(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process_id is None:
                break
            if _answers(host, int(port), self._client):
                return
            time.sleep(0.1)
        raise BrokerError(f"the broker did not start; see {self.home / 'server.log'}")


def _answers(host: str, port: int, options: Mapping[str, object]) -> bool:
    """Whether the broker serves requests: the port alone opens before the broker has left its controller."""
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError

    try:
        with socket.create_connection((host, port), timeout=1.0):
            pass
        client = KafkaAdminClient(
            bootstrap_servers=f"{host}:{port}",
            request_timeout_ms=5000,
            bootstrap_timeout_ms=5000,
            **options,
        )
    except (OSError, KafkaError):
        return False
    try:
        return bool(client.describe_cluster().get("brokers"))
    except KafkaError:
        return False
    finally:
        client.close()


def settings(
    port: int, controller_port: int, data: str, over: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The broker's settings by Kafka's names: `server.properties`, what lies over it, the places filled in."""
    read = {}
    for line in (HERE / "server.properties").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            read[name] = value
    places = {"port": port, "controller_port": controller_port, "data": data}
    return {name: value.format(**places) for name, value in {**read, **(over or {})}.items()}


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _die_with_parent() -> Callable[[], None] | None:
    """Ask Linux to end the child with us, so that a killed test run leaves no broker behind."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return lambda: library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> int:
    parser = argparse.ArgumentParser(description="One Apache Kafka broker for development and tests.")
    parser.add_argument("action", choices=["start", "stop", "status"])
    parser.add_argument("--home", type=Path, default=DEFAULT_HOME)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0: any free one")
    parser.add_argument("--wipe", action="store_true", help="with stop: forget its data too")
    arguments = parser.parse_args()
    broker = Broker(arguments.home, arguments.port)
    try:
        if arguments.action == "start":
            print(broker.start())
        elif arguments.action == "stop":
            broker.wipe() if arguments.wipe else broker.stop()
        else:
            print(broker.address if broker.process_id else "not running")
    except BrokerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`make bench`: every benchmark in turn, into docs/benchmarks.md.

What stands there above the marker is written by people: what was to be reached, what was, and why not. What
stands below it is what this run printed. Kafka is the one that RECLAIM_KAFKA_BOOTSTRAP names, else a development
broker that is started for the run; with neither, the Kafka parts are left out and the page says so.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[1]
PAGE: Final = PROJECT / "docs" / "benchmarks.md"
MARKER: Final = "<!-- measured: written by make bench, not by hand -->"
BROKER: Final = PROJECT / "deploy" / "kafka-dev" / "broker.py"
PORT: Final = "19392"

SECTIONS: Final[tuple[tuple[str, tuple[str, ...], bool], ...]] = (
    ("Intake beside other readers", ("intake.py",), False),
    ("Propose and guard: 500 rules, a million code pairs", ("recoding.py",), False),
    ("Tables of code sets", ("editions.py",), False),
    ("Stages on the embedded log", ("stages.py",), False),
    ("Stages on Kafka, and stock Faust", ("kafka_faust.py",), True),
    ("The whole path, embedded log", ("path.py",), False),
    ("The whole path, Kafka", ("path.py", "--log", "kafka"), True),
)


@contextmanager
def kafka() -> Iterator[str | None]:
    """The address of a broker, null where there is none to be had."""
    if given := os.environ.get("RECLAIM_KAFKA_BOOTSTRAP"):
        yield given
        return
    with tempfile.TemporaryDirectory() as home:
        place = ["--home", home, "--port", PORT]
        started = subprocess.run([sys.executable, str(BROKER), "start", *place], check=False)
        try:
            yield f"127.0.0.1:{PORT}" if started.returncode == 0 else None
        finally:
            subprocess.run([sys.executable, str(BROKER), "stop", *place], check=False)


def measured(words: tuple[str, ...], bootstrap: str | None) -> str:
    """What one benchmark prints; it is shown as it comes."""
    environment = dict(os.environ)
    if bootstrap is not None:
        environment |= {"RECLAIM_KAFKA_BOOTSTRAP": bootstrap, "RECLAIM_KAFKA_REPLICATION": "1"}
    module = f"benchmarks.{words[0].removesuffix('.py')}"
    command = [sys.executable, "-m", module, *words[1:]]
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode != 0:
        raise SystemExit(f"{module} failed")
    return "".join(lines)


def main() -> None:
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else f"# Benchmarks\n\n{MARKER}\n"
    parts = [page.partition(MARKER)[0] + MARKER]
    parts.append(
        f"Measured on {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}. "
        "Ratios are of the same run; rates depend on the machine."
    )
    with kafka() as bootstrap:
        for title, words, needs_kafka in SECTIONS:
            if needs_kafka and bootstrap is None:
                parts.append(f"## {title}\n\nNot measured: no Kafka (Java 17 and Maven, or an address).")
                continue
            print(f"== {title}", flush=True)
            parts.append(f"## {title}\n\n{measured(words, bootstrap).rstrip()}")
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(f"written to {PAGE.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()

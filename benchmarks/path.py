"""The whole path: from a denial on the log to the claim that goes back, at 200 denials a second.

`reclaim run` works in a process of its own. 837 claims are taken from its inbox first; then this process appends
`claim-denied` events, as intake makes them of an 835, at an even pace. One denial in five was refused for a
missing authorization that is on file and goes back unattended. What is measured is the time between two records
of the log: the denial's and that of the `claim-resubmitted` of the same claim.

    python -m benchmarks.path [--denials 6000] [--rate 200] [--log embedded|kafka]

With `--log kafka` the brokers come from RECLAIM_KAFKA_*; topics are made under a prefix of their own.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from benchmarks.files import NPI, envelope
from services.core.x12.reader import read
from services.deployment.opening import open_log
from services.intake.processor import FileFacts, Reading
from services.runtime.log import Draft, Log
from services.runtime.records import encode_event, time_text, to_event
from services.runtime.settings import Settings, load_settings

DAY: Final = date(2026, 3, 2)
SERVED: Final = "20260210"
PAYER: Final = "PLAN01"
ONE_IN: Final = 5
"""Of so many denials one goes back unattended."""

PROFILE: Final = f"""\
kind: profile
level: payer
name: {PAYER}
inherits: commercial
values:
  automation: {{value: [prior_authorization], source: benchmark, date: 2026-01-01, example: false}}
cases: [{{name: a replacement, path: replacement}}]
"""


def claims(count: int) -> Iterator[bytes]:
    """An 837P of one-line claims."""
    head = [
        "BHT*0019*00*BATCH1*20260212*0900*CH",
        "NM1*41*2*EXAMPLE CLINIC*****46*SUB01",
        "PER*IC*BILLING OFFICE*TE*8005550100",
        "NM1*40*2*SYNTHETIC HEALTH PLAN*****46*PLAN01",
        "HL*1**20*1",
        f"NM1*85*2*EXAMPLE CLINIC*****XX*{NPI}",
        "N3*1 CLINIC STREET",
        "N4*SPRINGFIELD*IL*627010000",
        "REF*EI*123456789",
    ]
    body = [
        segment
        for number in range(count)
        for segment in (
            f"HL*{number + 2}*1*22*0",
            "SBR*P*18*******CI",
            f"NM1*IL*1*SYNTH*PAT{number % 977}****MI*MBR{number:09d}",
            "N3*1 PATIENT STREET",
            "N4*SPRINGFIELD*IL*627010000",
            "DMG*D8*19700101*F",
            f"NM1*PR*2*SYNTHETIC HEALTH PLAN*****PI*{PAYER}",
            f"CLM*P{number:08d}*125***11:B:1*Y*A*Y*Y",
            "HI*ABK:J069",
            "LX*1",
            "SV1*HC:G0463*125*UN*1***1",
            f"DTP*472*D8*{SERVED}",
            f"REF*6R*P{number:08d}L1",
        )
    ]
    return envelope("005010X222A1", "HC", iter([head + body]), "837")


def remittances(count: int) -> Iterator[bytes]:
    """An 835 that denies every one of them."""
    head = [
        "BPR*I*0*C*NON************20260301",
        "TRN*1*TRACE1*1512345678",
        "DTM*405*20260301",
        f"N1*PR*SYNTHETIC HEALTH PLAN*XV*{PAYER}",
        f"N1*PE*EXAMPLE CLINIC*XX*{NPI}",
        "LX*1",
    ]
    body = [
        segment
        for number in range(count)
        for segment in (
            f"CLP*P{number:08d}*1*125*0**12*PCN{number:08d}*11*1",
            f"NM1*QC*1*SYNTH*PAT{number % 977}****MI*MBR{number:09d}",
            "SVC*HC:G0463*125*0**1",
            f"DTM*472*{SERVED}",
            f"CAS*CO*{'197' if number % ONE_IN == 0 else '50'}*125",
            f"REF*6R*P{number:08d}L1",
        )
    ]
    return envelope("005010X221A1", "HP", iter([head + body]), "835")


def authorizations(count: int) -> str:
    header = (
        "authorization_number,payer_id,member_id,provider_npi,procedure,"
        "service_from,service_to,units_approved,units_used\n"
    )
    rows = (
        f"AUTH{n:08d},{PAYER},MBR{n:09d},{NPI},G0463,2026-01-01,2026-12-31,4,0\n"
        for n in range(0, count, ONE_IN)
    )
    return header + "".join(rows)


class _Alone:
    """Each claim number stands once in the file."""

    def of(self, claim_number: str) -> tuple[int, int]:  # noqa: ARG002
        return (1, 0)


def denials(settings: Settings, count: int) -> list[Draft]:
    """The `claim-denied` records, made by intake's own processor."""
    reading = Reading(FileFacts(settings.tenant, settings.key_secret, "0" * 64, _Alone(), frozenset()))
    outcomes = [outcome for item in read(remittances(count)) for outcome in reading.take(item).outcomes]
    seen = time_text(datetime.now(UTC))
    return [
        encode_event(to_event(outcome, settings.tenant, "intake"), seen)
        for outcome in outcomes
        if outcome.type == "claim-denied.v1"
    ]


def wait_for(log: Log, topic: str, count: int, seconds: float) -> None:
    """Until a topic holds so many records. Each is read once: what is measured should have the machine."""
    deadline = time.monotonic() + seconds
    next_ = dict.fromkeys(range(log.partition_count), 0)
    arrived = 0
    while True:
        for partition, start in next_.items():
            for record in log.read(topic, partition, start):
                arrived += 1
                next_[partition] = record.offset + 1
        if arrived >= count:
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"{topic} holds {arrived} of {count} records after {seconds:.0f} s")
        time.sleep(0.5)


def pace(log: Log, drafts: list[Draft], rate: int) -> float:
    """Append at `rate` a second, ten transactions a second; returns how long it took."""
    step = max(1, rate // 10)
    appender = log.appender("benchmark")
    started = time.monotonic()
    for first in range(0, len(drafts), step):
        due = started + first / rate
        if (early := due - time.monotonic()) > 0:
            time.sleep(early)
        appender.commit(drafts[first : first + step])
    appender.close()
    return time.monotonic() - started


def latencies(log: Log) -> list[float]:
    """Seconds from each denial to its `claim-resubmitted`."""
    denied = {record.key: record.timestamp for record in log.read("claim-denied")}
    return sorted((r.timestamp - denied[r.key]) / 1000 for r in log.read("claim-resubmitted"))


def cpu_seconds(process: int) -> float:
    """What a process has taken of a core so far; 0 where the system has no /proc."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    """The process of `command`, by its number."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield process.pid
        if process.poll() is not None:
            raise SystemExit("reclaim run left early")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--denials", type=int, default=6000)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--log", choices=("embedded", "kafka"), default="embedded")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inbox, outbox, data = folder / "inbox", folder / "outbox", folder / "data"
        inbox.mkdir()
        (inbox / "claims.837").write_bytes(b"".join(claims(asked.denials)))
        (folder / "authorizations.csv").write_text(authorizations(asked.denials))
        (folder / "profile.yaml").write_text(PROFILE)
        environment = {**os.environ, "RECLAIM_DATA": str(data), "RECLAIM_LOG": asked.log}
        environment["RECLAIM_KAFKA_PREFIX"] = f"path-{secrets.token_hex(4)}-"
        reclaim = [sys.executable, "-m", "services.cli"]

        def do(*words: str) -> None:
            subprocess.run([*reclaim, *words], env=environment, check=True, stdout=subprocess.DEVNULL)

        if asked.log == "kafka":
            do("topics", "apply")
        do("load", "authorizations", str(folder / "authorizations.csv"), "--effective", "2026-01-01")
        do("load", "payer_profiles", str(folder / "profile.yaml"))
        settings = load_settings(environment)
        log = open_log(settings)
        job = [*reclaim, "run", "--inbox", str(inbox), "--outbox", str(outbox), "--as-of", DAY.isoformat()]
        with running(job, environment) as process:
            wait_for(log, "claim-submitted", asked.denials, 120)
            wait_for(log, "claim-cases", asked.denials, 240)
            drafts = denials(settings, asked.denials)
            before = cpu_seconds(process)
            took = pace(log, drafts, asked.rate)
            wait_for(log, "claim-resubmitted", len(range(0, asked.denials, ONE_IN)), 240)
            cpu = cpu_seconds(process) - before
            found = latencies(log)
        log.close()
    cuts = statistics.quantiles(found, n=100)
    print(
        f"{asked.log}: {len(drafts)} denials at {len(drafts) / took:.0f}/s, {len(found)} went back; "
        f"p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, longest {found[-1] * 1000:.0f} ms; "
        f"{cpu / len(drafts) * 1000:.1f} ms of a core a denial"
    )


if __name__ == "__main__":
    main()

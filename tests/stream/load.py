"""A clearing house that never rests: claims into an inbox at an even pace, and their remittances a moment later.

    python -m tests.stream.load INBOX --rate 200 --seconds 600 [--first 0]

Every SLICE seconds one 837P of the claims of that slice, and one 835 that answers the slice before. One claim in
DENIED is denied, for one of five causes; the others are paid. All people are made up.
"""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from benchmarks.files import NPI, envelope

SLICE: Final = 2
"""Seconds of claims in one file."""

DENIED: Final = 5
"""One claim of so many is denied, as in benchmarks/files.py."""

PAYERS: Final = ("PLANA", "PLANB", "PLANC")

CAUSES: Final = ("CO*197", "CO*50", "CO*4", "PR*204", "CO*29")
"""Group and reason of a denial."""

CHARGE: Final = 125
SERVED: Final = "20260210"


def payer_of(number: int) -> str:
    return PAYERS[number // DENIED % len(PAYERS)]


def is_denied(number: int) -> bool:
    return number % DENIED == 0


def claims(first: int, count: int) -> Iterator[bytes]:
    """An 837P of one-line claims, one ST for each payer."""
    return envelope("005010X222A1", "HC", _by_payer(first, count, _submitted), "837")


def remittances(first: int, count: int) -> Iterator[bytes]:
    """An 835 that answers them, one ST for each payer."""
    return envelope("005010X221A1", "HP", _by_payer(first, count, _remitted), "835")


def _by_payer(first: int, count: int, made: Callable[[str, Sequence[int]], list[str]]) -> Iterator[list[str]]:
    numbers = sorted(range(first, first + count), key=lambda n: (payer_of(n), n))
    for payer, group in groupby(numbers, key=payer_of):
        yield made(payer, list(group))


def _submitted(payer: str, numbers: Sequence[int]) -> list[str]:
    head = [
        f"BHT*0019*00*BATCH{numbers[0]}*20260212*0900*CH",
        "NM1*41*2*EXAMPLE CLINIC*****46*SUB01",
        "PER*IC*BILLING OFFICE*TE*8005550100",
        f"NM1*40*2*SYNTHETIC HEALTH PLAN*****46*{payer}",
        "HL*1**20*1",
        f"NM1*85*2*EXAMPLE CLINIC*****XX*{NPI}",
        "N3*1 CLINIC STREET",
        "N4*SPRINGFIELD*IL*627010000",
        "REF*EI*123456789",
    ]
    for place, number in enumerate(numbers, 2):
        head += [
            f"HL*{place}*1*22*0",
            "SBR*P*18*******CI",
            f"NM1*IL*1*SYNTH*PAT{number % 977}****MI*MBR{number:09d}",
            "N3*1 PATIENT STREET",
            "N4*SPRINGFIELD*IL*627010000",
            "DMG*D8*19700101*F",
            f"NM1*PR*2*SYNTHETIC HEALTH PLAN*****PI*{payer}",
            f"CLM*S{number:08d}*{CHARGE}***11:B:1*Y*A*Y*Y",
            "HI*ABK:J069",
            "LX*1",
            f"SV1*HC:G0463*{CHARGE}*UN*1***1",
            f"DTP*472*D8*{SERVED}",
            f"REF*6R*S{number:08d}L1",
        ]
    return head


def _remitted(payer: str, numbers: Sequence[int]) -> list[str]:
    paid = CHARGE * sum(not is_denied(number) for number in numbers)
    segments = [
        f"BPR*I*{paid}*C*ACH*CCP*01*999999992*DA*1*1999999999**01*999999992*DA*2*20260301",
        f"TRN*1*TRACE{payer}{numbers[0]:08d}*1512345678",
        "DTM*405*20260301",
        f"N1*PR*SYNTHETIC HEALTH PLAN*XV*{payer}",
        f"N1*PE*EXAMPLE CLINIC*XX*{NPI}",
        "LX*1",
    ]
    for number in numbers:
        denied = is_denied(number)
        got, status = (0, 4) if denied else (CHARGE, 1)
        segments += [
            f"CLP*S{number:08d}*{status}*{CHARGE}*{got}**12*PCN{number:08d}*11*1",
            f"NM1*QC*1*SYNTH*PAT{number % 977}****MI*MBR{number:09d}",
            f"SVC*HC:G0463*{CHARGE}*{got}**1",
            f"DTM*472*{SERVED}",
            *([f"CAS*{CAUSES[number // DENIED % len(CAUSES)]}*{CHARGE}"] if denied else []),
            f"REF*6R*S{number:08d}L1",
        ]
    return segments


def put(inbox: Path, name: str, data: bytes) -> None:
    """Show a file whole."""
    hidden = inbox / f".{name}"
    hidden.write_bytes(data)
    hidden.rename(inbox / name)


def main() -> None:
    parser = argparse.ArgumentParser(description="Claims and remittances into an inbox at an even pace.")
    parser.add_argument("inbox", type=Path)
    parser.add_argument("--rate", type=int, required=True, help="claims a second")
    parser.add_argument("--seconds", type=int, default=1_000_000)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    each, started = asked.rate * SLICE, time.monotonic()
    slices = asked.seconds // SLICE
    for index in range(slices + 1):
        while (early := started + index * SLICE - time.monotonic()) > 0 and not stopped:
            time.sleep(min(early, 0.2))
        first = asked.first + index * each
        if index:
            put(asked.inbox, f"{first - each:09d}.835", b"".join(remittances(first - each, each)))
        if stopped or index == slices:
            break
        put(asked.inbox, f"{first:09d}.837", b"".join(claims(first, each)))


if __name__ == "__main__":
    main()

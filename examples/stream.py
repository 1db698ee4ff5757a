"""Keep files coming: `python examples/stream.py INBOX [--seconds N]`. Every few seconds an 837 of some of the examples'
claims under numbers of their own, and a little later the payer's 835 for them. Until it is stopped.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from examples.generator import remittance, submission  # noqa: E402
from examples.generator.claims import ANSWERED, Claim, build  # noqa: E402
from examples.generator.scenarios import load  # noqa: E402

CLAIMS = 8
"""Of one file."""

FIRST_NUMBER = 50_001
"""Of the control numbers, above those of the examples."""


def files() -> Iterator[tuple[str, bytes]]:
    """The files in the order in which they come, by name; without an end."""
    payers, scenarios = load(HERE / "scenarios.yaml")
    claims = [claim for claim in build(payers, scenarios) if claim.scenario.answer is not None]
    kinds = sorted({(claim.payer.key, claim.scenario.institutional) for claim in claims})
    numbers = itertools.count(FIRST_NUMBER)
    for series in itertools.count(1):
        for key, institutional in kinds:
            own = [c for c in claims if (c.payer.key, c.scenario.institutional) == (key, institutional)]
            for start in range(0, len(own), CLAIMS):
                batch = tuple(_again(claim, series) for claim in own[start : start + CLAIMS])
                payer, name = payers[key], f"{series:04}-{key}-{institutional:d}-{start:03}"
                yield f"{name}-837.edi", submission.file(payer, batch, next(numbers))
                answers = [(c, c.scenario.answer, False) for c in batch if c.scenario.answer is not None]
                yield (
                    f"{name}-835.edi",
                    remittance.file(payer, batch[0].provider, answers, ANSWERED, next(numbers), ()),
                )


def _again(claim: Claim, series: int) -> Claim:
    """The same claim as another one."""
    return replace(
        claim, number=f"{claim.number}S{series}", control_number=f"{claim.control_number}S{series}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("inbox", type=Path)
    parser.add_argument("--seconds", type=float, default=3.0, help="between two files")
    parser.add_argument("--files", type=int, default=None, help="stop after so many")
    given = parser.parse_args()
    inbox: Path = given.inbox
    inbox.mkdir(parents=True, exist_ok=True)
    for name, data in itertools.islice(files(), given.files):
        part = inbox / f".{name}"  # what begins with a dot is not looked at
        part.write_bytes(data)
        part.replace(inbox / name)
        time.sleep(given.seconds)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()

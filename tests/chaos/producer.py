"""A process that appends to a log while others are killed:
`python -m tests.chaos.producer embedded DATA COUNT [FIRST]`. SIGTERM ends it behind a transaction.

For the counting fold: `COUNT` events of some keys, every hundredth undecodable, half of the keys with a due
date. For the classifier: the facts of some claims, over its topics.
"""

from __future__ import annotations

import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from schemas.envelope import Event
from services.deployment.opening import open_log
from services.runtime.log import Draft, TransientLogError
from services.runtime.records import encode_event
from services.runtime.settings import load_settings
from tests import remitted
from tests.folds import INGESTED, TENANT, documented
from tests.remitted import adjudication, told

KEYS = 200
DUE = date(2025, 3, 1)

# More than are appended until somebody ends it.
WITHOUT_END = 1_000_000

# Appended together; the pause between two transactions keeps the backlog small while workers die.
_TOGETHER = 25
_PAUSE = 0.1


def drafts(count: int, first: int = 0) -> Iterator[Draft]:
    """What is appended, in its order."""
    for number in range(first, first + count):
        key = f"{TENANT}|{number % KEYS}"
        wishes = (f"due {DUE}",) if number % 2 else ()
        draft = documented(number, key, *wishes)
        yield replace(draft, value=b"{") if number % 100 == 99 else draft
        if number % 4 == 0:
            yield from (encode_event(event, INGESTED) for event in facts(number))


def facts(number: int) -> Sequence[Event[Any]]:
    """What files say of one claim: sent, denied, paid, in an order of its own."""
    name = f"CHAOS{number}"
    known = [
        told(remitted.submission(claim_number=name)),
        told(adjudication("CO-197 250.00", number=name, file=f"d{number}")),
        told(adjudication(paid="250", number=name, file=f"p{number}", trace="TRACE2", on=date(2026, 2, 1))),
    ]
    random.Random(number).shuffle(known)
    return [replace(event, key=f"{TENANT}|{name}") for event in known]


def main(arguments: Sequence[str]) -> None:
    kind, data, count, *first = arguments
    log = open_log(load_settings(data=Path(data), log=kind))
    appender = log.appender("producer")
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    waiting = drafts(int(count), *map(int, first))
    together = list(islice(waiting, _TOGETHER))
    while together and not stopped:
        try:
            appender.commit(together)
        except TransientLogError:
            # The same drafts again, as the port says.
            time.sleep(_PAUSE)
            continue
        together = list(islice(waiting, _TOGETHER))
        time.sleep(_PAUSE)
    appender.close()
    log.close()


if __name__ == "__main__":
    main(sys.argv[1:])

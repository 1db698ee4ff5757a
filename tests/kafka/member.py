"""A process that holds one session of every service until it is killed.

    python -m tests.kafka.member BOOTSTRAP PREFIX MEMBER

Subscribes as the services' workers do; prints what it holds as one JSON line a change.
"""

from __future__ import annotations

import json
import sys
from typing import Final

from services.audit.processor import PROCESSOR as AUDIT
from services.classifier.processor import PROCESSOR as CLASSIFIER
from services.delivery.processor import PROCESSOR as DELIVERY
from services.recoder.processor import PROCESSOR as RECODER
from services.resubmitter.processor import processor as resubmitter
from services.runtime.kafka import KafkaLog
from topics.cluster import Cluster
from topics.map import load_map


def _open(x12: bytes) -> tuple[str, ...]:
    """A gate that finds nothing: no claim is built here."""
    return ()


PROCESSORS: Final = (CLASSIFIER, RECODER, resubmitter(_open), DELIVERY, AUDIT)

# What every worker reads beside its processor's inputs.
_ALWAYS: Final = ("control", "dead-letters")

SESSION_SECONDS: Final = 3.0


def inputs() -> dict[str, tuple[str, ...]]:
    """What each service's worker subscribes to."""
    return {p.name: tuple(dict.fromkeys((*p.inputs, *_ALWAYS))) for p in PROCESSORS}


def main() -> None:
    bootstrap, prefix, member = sys.argv[1:]
    cluster = Cluster(bootstrap, prefix, replication=1, session_seconds=SESSION_SECONDS)
    log = KafkaLog(cluster, load_map())
    sessions = {
        name: log.session(
            name, member, topics, ("control",), on_assigned=lambda _: None, on_revoked=lambda _: None
        )
        for name, topics in inputs().items()
    }
    said: object = None
    while True:
        held = {}
        for name, session in sessions.items():
            session.poll(100, 0.05)
            held[name] = sorted(session.partitions)
        if held != said:
            said = held
            sys.stdout.write(json.dumps(held) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

"""The monitor on Kafka: the faust-streaming application, with what it exports."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Final

from services.deployment.exported import process_samples, serve_board
from services.deployment.faults import Failure, WrongUse
from services.deployment.monitoring import NAME, SHOW_SECONDS, load_objectives, open_sampler
from services.deployment.opening import Deployment
from services.monitor.follower import now_ms
from services.monitor.lag import measure
from services.monitor.samples import Payers, samples_of
from services.monitor.view import View
from services.runtime.exposition import Board
from services.runtime.kafka import KafkaLog
from topics.cluster import read_cluster

GSSAPI: Final = "GSSAPI"


def run_live(deployment: Deployment, log: KafkaLog) -> None:
    """Run until SIGTERM or Ctrl-C. Ends with 75 where it stands still, to be started anew."""
    try:
        import faust

        from services.monitor.live import Looks, make_app, provision
    except ImportError as error:
        raise Failure(
            "the monitor on Kafka needs faust-streaming: install requirements/monitor.lock"
        ) from error
    cluster = read_cluster(deployment.settings.kafka)
    if cluster.sasl_mechanism == GSSAPI:
        raise WrongUse("the monitor signs in with PLAIN or SCRAM; `reclaim lag` can use GSSAPI")
    objectives, payers = load_objectives(), Payers()
    board = Board((NAME,))
    board.sources.append(lambda: process_samples(board))
    shown = 0.0

    def show(view: View, looks: Looks) -> None:
        nonlocal shown
        board.moved(NAME)
        if time.monotonic() - shown >= SHOW_SECONDS:
            shown, now = time.monotonic(), now_ms()
            lag = measure(view.fold, objectives, looks.consumption, looks.sampler.paces, now, view.fold.day)
            board.show(samples_of(lag, payers, view.fold, looks.consumption, now))

    folder = deployment.settings.caches / NAME
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    provision(cluster, log.partition_count)
    with ExitStack() as opened:
        serve_board(deployment, board, opened)
        app = make_app(cluster, log, open_sampler(deployment, serving=True), show, folder)
        faust.Worker(app, loglevel="warning", redirect_stdouts=False).execute_from_commandline()

"""Logs let through what is on the list and nothing else."""

from __future__ import annotations

import io
import json

from services.runtime.logging import bind_logger, configure_logging


def test_a_field_that_is_not_on_the_list_is_dropped() -> None:
    lines = io.StringIO()
    configure_logging("info", lines)
    try:
        bind_logger(service="classifier").info("batch", records=3, claim_number="SECRET", key="SECRET")
    finally:
        configure_logging("warning")
    said = json.loads(lines.getvalue())
    assert (said["event"], said["service"], said["records"]) == ("batch", "classifier", 3)
    assert "SECRET" not in lines.getvalue()


def test_what_is_below_the_level_is_not_written() -> None:
    lines = io.StringIO()
    configure_logging("warning", lines)
    try:
        logger = bind_logger(service="classifier")
        logger.info("batch")
        logger.warning("transient")
    finally:
        configure_logging("warning")
    assert [json.loads(line)["event"] for line in lines.getvalue().splitlines()] == ["transient"]

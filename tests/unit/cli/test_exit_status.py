"""0 accounted for, 1 failed, 2 wrong use; one line on stderr, no traceback, no value of a claim."""

from __future__ import annotations

import pytest

from services.cli import status as status_command
from services.runtime.log import PermanentLogError
from tests.unit.cli.conftest import Reclaim

SECRET = "MRS EXAMPLE 1950-01-01"


def one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.startswith("reclaim: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-command",),
        ("status", "--no-such-option"),
        ("events",),
        ("events", "no-such-topic"),
        ("run", "--inbox", "no-such-folder", "--outbox", "o"),
        ("decide", "1", "approve", "--by", "me", "--reason", "because"),
        ("decide", "1", "reject", "--by", "me", "--reason", "other", "--document", "d"),
        ("decide", "1", "approve", "--by", "me", "--reason", "documented", "--until", "2026-01-01"),
        ("load", "authorizations", "no-such-file.csv"),
        ("dead-letters", "discard", "abc", "--by", "me", "--reason", "Mrs Example called"),
    ],
)
def test_wrong_use_is_2_and_one_line(reclaim: Reclaim, arguments: tuple[str, ...]) -> None:
    ended = reclaim(*arguments)
    assert (ended.status, one_line(ended.err), ended.out) == (2, True, "")


def test_an_unknown_reason_lists_the_known_ones(reclaim: Reclaim) -> None:
    ended = reclaim("decide", "1", "hold", "--by", "me", "--reason", "tired")
    assert "awaiting_documentation, awaiting_payer, compliance_review" in ended.err


def test_a_decision_without_an_open_proposal_is_wrong_use(reclaim: Reclaim) -> None:
    ended = reclaim("decide", "1", "approve", "--by", "me", "--reason", "documented")
    assert ended.status == 2
    assert "reclaim explain CLAIM" in ended.err


def test_a_claim_that_nobody_knows_is_1(reclaim: Reclaim) -> None:
    ended = reclaim("explain", "NOBODY")
    assert (ended.status, one_line(ended.err)) == (1, True)


def test_an_unforeseen_error_names_its_type_and_place_but_not_its_text(
    reclaim: Reclaim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ValueError(SECRET)

    monkeypatch.delenv("RECLAIM_DEBUG", raising=False)
    monkeypatch.setattr(status_command, "read_tally", fail)
    ended = reclaim("status")
    assert ended.status == 1
    assert one_line(ended.err)
    assert "ValueError at " in ended.err
    assert SECRET not in ended.err


def test_the_trace_is_shown_when_it_is_asked_for(reclaim: Reclaim, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ValueError

    monkeypatch.setenv("RECLAIM_DEBUG", "1")
    monkeypatch.setattr(status_command, "read_tally", fail)
    assert "Traceback" in reclaim("status").err


def test_an_error_of_the_log_is_1_and_one_line(reclaim: Reclaim, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise PermanentLogError("unknown topic: x")

    monkeypatch.setattr(status_command, "read_tally", fail)
    ended = reclaim("status")
    assert (ended.status, one_line(ended.err)) == (1, True)


def test_every_command_has_help(reclaim: Reclaim) -> None:
    listed = reclaim("--help").out
    from services.cli.__main__ import COMMANDS

    for command in COMMANDS:
        assert f"\n  {command} " in listed
        assert reclaim(command, "--help").status == 0

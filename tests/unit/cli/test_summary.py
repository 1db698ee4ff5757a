"""What `status` says of a proposal that was withdrawn, and of a file that is half published."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from schemas.records.intake_file import IntakeFile, IntakeStatus
from services.cli.summary import print_summary
from services.monitor.tally import Tally


def _told(*reasons: str) -> Tally:
    tally = Tally()
    for number, reason in enumerate(reasons):
        said = {"decision": "withdrawn", "reason": reason}
        tally.event(str(number), "recoding-decided.v1", "main|claim", json.dumps(said).encode())
    return tally


def _lines(tally: Tally) -> list[str]:
    out = io.StringIO()
    print_summary(Console(file=out, width=200), tally.summary())
    return [line.strip() for line in out.getvalue().splitlines()]


def _printed(*reasons: str) -> list[str]:
    return [line for line in _lines(_told(*reasons)) if "withdrawn" in line]


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("context_rule_set", "the rules changed"),
        ("context_profile", "what a payer's profile says changed"),
        ("context_edition", "a table on file changed"),
        ("clock_passed", "a clock ran out"),
        ("new_revision", "new facts came"),
        ("facts_changed", "new facts came"),
        ("overtaken", "new facts came"),
    ],
)
def test_why_a_proposal_was_made_anew_is_said(reason: str, why: str) -> None:
    (line,) = _printed(reason)
    assert line.endswith(f" 1 withdrawn and made anew, because {why}")


def test_what_was_not_made_anew_is_not_called_so() -> None:
    (line,) = _printed("case_paid")
    assert line.endswith("1 withdrawn, because what came since left no denial open")


def test_reasons_that_are_said_alike_are_one_line() -> None:
    (line,) = _printed("new_revision", "facts_changed")
    assert line.split()[1:3] == ["2", "withdrawn"]


def test_the_reasons_are_counted_for_a_program_as_they_are() -> None:
    summary = _told("context_profile", "new_revision", "context_profile").summary()
    assert (summary.withdrawn, summary.decisions["withdrawn"]) == (
        {"context_profile": 2, "new_revision": 1},
        3,
    )


def test_a_file_that_is_half_published_is_named() -> None:
    tally = Tally()
    file = IntakeFile(file="0a1b2c3d" * 8, size=1, status=IntakeStatus.PUBLISHING)
    tally.record("intake-files", file.file, file.encode())
    assert _lines(tally)[0].endswith("1 still being read (0a1b2c3d)")

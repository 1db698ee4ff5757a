"""The outbox writes a sealed interchange once, and does not guess after a crash."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from schemas.calls import BatchDue, FileUncertain, FileWritten
from schemas.records.interchange import Interchanges
from services.core.x12.interchange import assemble
from services.delivery.outbox import Outbox
from services.delivery.processor import waits
from tests.decisions import context, profiles
from tests.unit.delivery.test_batches import PAYER_KEY, Desk, resubmission


class View:
    """The worker's view of one payer."""

    def __init__(self, state: Interchanges | None) -> None:
        self._state = state

    def keys(self, tag: str) -> tuple[str, ...]:
        return (PAYER_KEY,) if self._state is not None and tag in waits(self._state).tags else ()

    def state(self, topic: str, key: str) -> Any:
        return self._state if (topic, key) == ("interchanges", PAYER_KEY) else None


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def calls(outbox: Outbox, desk: Desk) -> list[Any]:
    found = list(outbox.tend(View(desk.state)))
    assert {key for key, _ in found} <= {PAYER_KEY}
    return [event.data for _, event in found]


def reasons(outbox: Outbox, desk: Desk) -> list[str]:
    return [c.reason for c in calls(outbox, desk) if isinstance(c, BatchDue)]


def with_claims(*names: str, **values: object) -> Desk:
    settings = {
        "batch_max_claims": 3,
        "batch_max_age_minutes": 60,
        "partner_empties_folder": "true",
        **values,
    }
    desk = Desk(context=context(profiles=profiles(**settings)))
    for name in names:
        desk.tell(resubmission(name))
    return desk


def sealed_by(outbox: Outbox, **values: object) -> Desk:
    """A batch that this outbox asked to seal."""
    desk = with_claims("r1", **values)
    outbox.drain = True
    (due,) = calls(outbox, desk)
    desk.tell(due)
    outbox.drain = False
    return desk


def expected(desk: Desk) -> bytes:
    (sealed,) = desk.writing
    claims = [c.x12 for c in sealed.claims]
    return assemble(sealed.identity, "837P", sealed.control_number, sealed.day, claims).data


# When a batch is due


def test_a_young_small_batch_is_not_due(tmp_path: Path) -> None:
    assert calls(Outbox(tmp_path, Clock()), with_claims("r1")) == []


def test_a_batch_is_due_when_its_age_is_reached(tmp_path: Path) -> None:
    clock = Clock()
    outbox, desk = Outbox(tmp_path, clock), with_claims("r1")
    assert reasons(outbox, desk) == []
    clock.now += 59 * 60
    assert reasons(outbox, desk) == []
    clock.now += 60
    assert reasons(outbox, desk) == ["age"]


def test_a_due_batch_that_stays_open_is_asked_about_again_after_a_pause(tmp_path: Path) -> None:
    clock = Clock()
    outbox, held = Outbox(tmp_path, clock), with_claims("r1", "r2", "r3")
    assert reasons(outbox, held) == ["count"]
    assert reasons(outbox, held) == []
    clock.now += 5
    assert reasons(outbox, held) == ["count"]


def test_the_next_full_batch_does_not_wait_for_that_pause(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, Clock())
    assert reasons(outbox, with_claims("r1", "r2", "r3")) == ["count"]
    assert reasons(outbox, with_claims("r4", "r5", "r6")) == ["count"]


def test_the_age_of_a_new_batch_begins_anew(tmp_path: Path) -> None:
    clock = Clock()
    outbox = Outbox(tmp_path, clock)
    assert reasons(outbox, with_claims("r1")) == []
    clock.now += 3600
    assert reasons(outbox, with_claims("r2")) == []


def test_a_batch_is_due_when_it_holds_as_many_claims_as_the_payer_takes(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, Clock())
    assert reasons(outbox, with_claims("r1", "r2")) == []
    assert reasons(outbox, with_claims("r1", "r2", "r3")) == ["count"]


def test_a_batch_is_due_when_its_text_is_large(tmp_path: Path) -> None:
    desk = with_claims("r1")
    assert desk.state is not None
    long = desk.state.open[0].x12.model_copy(update={"claim": ("NTE*ADD*" + "X" * 250_000,)})
    large = desk.state.open[0].model_copy(update={"x12": long})
    desk.state = desk.state.model_copy(update={"open": (large,)})
    assert reasons(Outbox(tmp_path, Clock()), desk) == ["count"]


def test_every_open_batch_is_due_when_the_log_is_drained(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, Clock())
    outbox.drain = True
    assert reasons(outbox, with_claims("r1")) == ["drain"]


def test_a_batch_on_hold_is_not_asked_for(tmp_path: Path) -> None:
    desk = with_claims("r1")
    desk.under(holds=frozenset({"payer:EHP01"})).seal()
    outbox = Outbox(tmp_path, Clock())
    outbox.drain = True
    assert calls(outbox, desk) == []


# Writing


def test_a_sealed_interchange_is_written_where_its_record_says(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    desk = sealed_by(outbox)
    (written,) = calls(outbox, desk)
    (sealed,) = desk.writing
    assert written == FileWritten(control_number=sealed.control_number, digest=sealed.digest)
    assert (tmp_path / sealed.file).read_bytes() == expected(desk)


def test_nothing_but_the_file_is_left_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    desk = sealed_by(outbox)
    calls(outbox, desk)
    (path,) = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_was_written_is_reported_again_and_not_written_again(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    desk = sealed_by(outbox)
    (first,) = calls(outbox, desk)
    (tmp_path / desk.writing[0].file).unlink()
    assert calls(outbox, desk) == [first]
    assert not (tmp_path / desk.writing[0].file).exists()


@pytest.mark.parametrize("empties", ["true", "false"])
def test_a_file_that_an_earlier_process_wrote_is_recognized(tmp_path: Path, empties: str) -> None:
    desk = sealed_by(Outbox(tmp_path), partner_empties_folder=empties)
    target = tmp_path / desk.writing[0].file
    target.parent.mkdir(parents=True)
    target.write_bytes(expected(desk))
    assert [type(c) for c in calls(Outbox(tmp_path), desk)] == [FileWritten]


def test_a_missing_file_of_an_earlier_process_is_not_written_where_the_partner_empties_the_folder(
    tmp_path: Path,
) -> None:
    desk = sealed_by(Outbox(tmp_path), partner_empties_folder="true")
    assert [type(c) for c in calls(Outbox(tmp_path), desk)] == [FileUncertain]
    assert not [p for p in tmp_path.rglob("*.837")]


def test_a_missing_file_of_an_earlier_process_is_written_where_the_partner_never_empties_the_folder(
    tmp_path: Path,
) -> None:
    desk = sealed_by(Outbox(tmp_path), partner_empties_folder="false")
    assert [type(c) for c in calls(Outbox(tmp_path), desk)] == [FileWritten]
    assert (tmp_path / desk.writing[0].file).read_bytes() == expected(desk)


def test_an_unfinished_file_shows_that_nothing_was_taken(tmp_path: Path) -> None:
    desk = sealed_by(Outbox(tmp_path), partner_empties_folder="true")
    unfinished = tmp_path / ".unfinished" / f"{desk.writing[0].control_number}.837"
    unfinished.parent.mkdir()
    unfinished.write_bytes(expected(desk)[:100])
    assert [type(c) for c in calls(Outbox(tmp_path), desk)] == [FileWritten]
    assert (tmp_path / desk.writing[0].file).read_bytes() == expected(desk)
    assert not unfinished.exists()


def test_a_file_of_that_name_with_other_bytes_is_left_alone(tmp_path: Path) -> None:
    desk = sealed_by(Outbox(tmp_path), partner_empties_folder="false")
    target = tmp_path / desk.writing[0].file
    target.parent.mkdir(parents=True)
    target.write_bytes(b"somebody else's")
    assert [type(c) for c in calls(Outbox(tmp_path), desk)] == [FileUncertain]
    assert target.read_bytes() == b"somebody else's"


def test_an_uncertain_interchange_is_not_looked_at_again(tmp_path: Path) -> None:
    desk = sealed_by(Outbox(tmp_path), partner_empties_folder="true")
    outbox = Outbox(tmp_path)
    (uncertain,) = calls(outbox, desk)
    desk.tell(uncertain)
    assert calls(outbox, desk) == []

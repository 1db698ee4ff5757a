"""The outbox writes a sealed interchange once, and does not guess after a crash."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas.calls import BatchDue, FileReady, FileUncertain, FileWritten
from services.core.resubmission.identity import payer_slug
from services.core.x12.interchange import assemble
from services.delivery.batches import LARGEST_FILE
from services.delivery.outbox import ATTEMPTS, LONGEST_PAUSE, Outbox
from services.delivery.place import Folder, PlaceError, Temporary
from services.delivery.processor import waits
from tests.decisions import context, profiles
from tests.unit.delivery.test_batches import PAYER_KEY, Desk, resubmission

HOME = "0123abcd"


class View:
    """The worker's view of one payer, whose partition is the fourth of eight."""

    partitions = frozenset({3})
    count = 8
    home = HOME

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def keys(self, tag: str) -> tuple[str, ...]:
        state = self._desk.state
        return (PAYER_KEY,) if state is not None and tag in waits(state).tags else ()

    def states(self, tag: str) -> Iterator[Any]:
        return (file for file in self._desk.writing if tag in waits(file).tags)

    def state(self, topic: str, key: str) -> Any:
        return self._desk.state if (topic, key) == ("interchanges", PAYER_KEY) else None

    def below(self, topic: str, key: str, name: str) -> Any:
        return self._desk.below.get((topic, name)) if key == PAYER_KEY else None

    def first(self, key: str, tag: str, limit: int) -> Iterator[Any]:
        assert key == PAYER_KEY
        tagged = [(own, c) for c in self._desk.claims for own in waits(c).tags if own.startswith(tag)]
        return (claim for _, claim in sorted(tagged, key=lambda pair: pair[0])[:limit])


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def calls(outbox: Outbox, desk: Desk) -> list[Any]:
    found = list(outbox.tend(View(desk)))
    assert {key for key, _ in found} <= {PAYER_KEY}
    return [event.data for _, event in found]


def reasons(outbox: Outbox, desk: Desk) -> list[str]:
    return [due.reason for due in asked(outbox, desk)]


def asked(outbox: Outbox, desk: Desk) -> list[BatchDue]:
    return [c for c in calls(outbox, desk) if isinstance(c, BatchDue)]


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
    claims = desk.x12_of(sealed)
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
    desk.state = desk.state.model_copy(update={"size": LARGEST_FILE})
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


def test_the_claims_that_are_due_first_are_named_first(tmp_path: Path) -> None:
    desk = with_claims()
    for name, due in (("r1", None), ("r2", date(2026, 3, 9)), ("r3", date(2026, 2, 9))):
        desk.tell(resubmission(name).model_copy(update={"due": due}))
    (said,) = calls(Outbox(tmp_path, Clock()), desk)
    assert said.claims == ("r3", "r2", "r1")


def test_no_more_is_named_than_one_transaction_seals(tmp_path: Path) -> None:
    desk = with_claims(*(f"r{number}" for number in range(20)))
    (said,) = calls(Outbox(tmp_path, Clock()), desk)
    assert len(said.claims) == 4 * 3
    half = {place: c.model_copy(update={"size": LARGEST_FILE // 2}) for place, c in desk.below.items()}
    desk.below = {**half}
    (said,) = calls(Outbox(tmp_path, Clock()), desk)
    assert len(said.claims) == 2


def test_what_is_due_stays_due_until_all_of_it_is_sealed(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, Clock())
    desk = with_claims(*(f"r{number}" for number in range(14)))
    outbox.drain = True
    for _ in range(2):
        for said in calls(outbox, desk):
            if isinstance(said, BatchDue):
                desk.tell(said)
    assert desk.open == []


def test_nothing_more_is_sealed_while_many_files_are_not_at_their_place(tmp_path: Path) -> None:
    desk = with_claims(*(f"r{number}" for number in range(8)), batch_max_claims=1)
    for _ in range(2):
        (said,) = asked(Outbox(tmp_path, Clock()), desk)
        desk.tell(said)
    desk.tell(resubmission("r8"))
    outbox = Outbox(tmp_path, Clock())
    outbox.drain = True
    assert (len(desk.writing), reasons(outbox, desk)) == (8, [])
    desk.report()
    assert reasons(outbox, desk) == ["drain"]


def test_a_record_of_an_earlier_version_is_asked_for(tmp_path: Path) -> None:
    desk = with_claims("r1")
    (claim,) = desk.claims
    assert desk.state is not None
    desk.state, desk.below = desk.state.model_copy(update={"open": (claim,), "held": True}), {}
    assert reasons(Outbox(tmp_path, Clock()), desk) == ["earlier_record"]


# Files on their way


def go(outbox: Outbox, desk: Desk) -> list[Any]:
    """What the shell says in one round; the desk hears it."""
    said = calls(outbox, desk)
    for each in said:
        desk.tell(each)
    return [type(each) for each in said]


def ready_by(outbox: Outbox, **values: object) -> Desk:
    """A file that this outbox has put beside its place, and may move there."""
    desk = sealed_by(outbox, **values)
    assert go(outbox, desk) == [FileReady]
    return desk


def lying(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]


def test_a_sealed_interchange_lies_at_its_place_two_rounds_later(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    desk = sealed_by(outbox)
    (sealed,) = desk.writing
    assert (go(outbox, desk), (tmp_path / sealed.file).exists()) == ([FileReady], False)
    (written,) = calls(outbox, desk)
    assert written == FileWritten(control_number=sealed.control_number, digest=sealed.digest)
    assert (tmp_path / sealed.file).read_bytes() == expected(desk)


def test_nothing_but_the_file_is_left_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    go(outbox, ready_by(outbox))
    (path,) = lying(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_is_not_moved_where_its_mark_was_not_kept(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    desk = sealed_by(outbox)
    for _ in range(3):
        assert [type(c) for c in calls(outbox, desk)] == [FileReady]
    assert not (tmp_path / desk.writing[0].file).exists()


def test_a_hold_between_the_rounds_stops_the_move(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    desk = sealed_by(outbox)
    desk.under(holds=frozenset({"payer:EHP01"}))
    assert go(outbox, desk) == [FileReady]
    assert go(outbox, desk) == []
    assert not (tmp_path / desk.writing[0].file).exists()


def test_the_holds_are_looked_at_again_before_a_move_that_is_tried_again(tmp_path: Path) -> None:
    desk = ready_by(Outbox(tmp_path))
    desk.under(holds=frozenset({"payer:EHP01"}))
    later = Outbox(tmp_path)
    assert go(later, desk) == [FileReady]
    assert go(later, desk) == []
    assert not (tmp_path / desk.writing[0].file).exists()


def test_a_file_that_was_written_is_reported_again_and_not_written_again(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    desk = ready_by(outbox)
    (first,) = calls(outbox, desk)
    (tmp_path / desk.writing[0].file).unlink()
    assert calls(outbox, desk) == [first]
    assert not (tmp_path / desk.writing[0].file).exists()


@pytest.mark.parametrize("empties", ["true", "false"])
def test_a_file_that_an_earlier_process_moved_is_recognized(tmp_path: Path, empties: str) -> None:
    first = Outbox(tmp_path)
    desk = ready_by(first, partner_empties_folder=empties)
    calls(first, desk)
    later = Outbox(tmp_path)
    assert (go(later, desk), go(later, desk)) == ([FileReady], [FileWritten])


@pytest.mark.parametrize("empties", ["true", "false"])
def test_what_was_never_ready_is_made_anew_by_a_later_process(tmp_path: Path, empties: str) -> None:
    desk = sealed_by(Outbox(tmp_path), partner_empties_folder=empties)
    later = Outbox(tmp_path)
    assert (go(later, desk), [type(c) for c in calls(later, desk)]) == ([FileReady], [FileWritten])
    assert (tmp_path / desk.writing[0].file).read_bytes() == expected(desk)


@pytest.mark.parametrize("empties", ["true", "false"])
def test_a_temporary_file_of_an_earlier_process_was_never_taken_and_is_moved(
    tmp_path: Path, empties: str
) -> None:
    desk = ready_by(Outbox(tmp_path), partner_empties_folder=empties)
    later = Outbox(tmp_path)
    assert (go(later, desk), [type(c) for c in calls(later, desk)]) == ([FileReady], [FileWritten])
    assert [p.relative_to(tmp_path).as_posix() for p in lying(tmp_path)] == [desk.writing[0].file]


def taken(folder: Path, desk: Desk) -> None:
    """The partner takes the file before it is reported."""
    outbox = Outbox(folder)
    calls(outbox, desk)
    calls(outbox, desk)
    (folder / desk.writing[0].file).unlink()


def test_a_file_that_may_have_been_taken_is_not_written_again(tmp_path: Path) -> None:
    desk = ready_by(Outbox(tmp_path), partner_empties_folder="true")
    taken(tmp_path, desk)
    later = Outbox(tmp_path)
    assert (go(later, desk), go(later, desk)) == ([FileReady], [FileUncertain])
    assert lying(tmp_path) == []


def test_a_file_that_is_gone_is_written_again_where_the_partner_never_empties_the_folder(
    tmp_path: Path,
) -> None:
    desk = ready_by(Outbox(tmp_path), partner_empties_folder="false")
    taken(tmp_path, desk)
    later = Outbox(tmp_path)
    assert (go(later, desk), [type(c) for c in calls(later, desk)]) == ([FileReady], [FileWritten])
    assert (tmp_path / desk.writing[0].file).read_bytes() == expected(desk)


def test_the_temporary_file_of_another_process_is_not_taken_for_one_that_is_ready(tmp_path: Path) -> None:
    """A process that lost its partitions may still write; what it leaves must not be sent a second time."""
    desk = ready_by(Outbox(tmp_path), partner_empties_folder="true")
    taken(tmp_path, desk)
    stray = tmp_path / ".unfinished" / f"{desk.writing[0].control_number}.another.837"
    stray.write_bytes(expected(desk))
    later = Outbox(tmp_path)
    assert (go(later, desk), go(later, desk)) == ([FileReady], [FileUncertain])


def test_a_file_of_that_name_with_other_bytes_is_left_alone(tmp_path: Path) -> None:
    desk = sealed_by(Outbox(tmp_path), partner_empties_folder="false")
    target = tmp_path / desk.writing[0].file
    target.parent.mkdir(parents=True)
    target.write_bytes(b"somebody else's")
    assert [type(c) for c in calls(Outbox(tmp_path), desk)] == [FileUncertain]
    assert target.read_bytes() == b"somebody else's"


def test_an_uncertain_interchange_is_not_looked_at_again(tmp_path: Path) -> None:
    desk = ready_by(Outbox(tmp_path), partner_empties_folder="true")
    taken(tmp_path, desk)
    later = Outbox(tmp_path)
    go(later, desk)
    go(later, desk)
    assert calls(later, desk) == []


# Temporary files that no record keeps


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / ".unfinished").iterdir())


def a_stray(folder: Path, number: str, home: str = HOME, age: float = 0) -> str:
    """A temporary file of a process that is gone."""
    path = folder / ".unfinished" / f"{number}.{home}-{'f' * 32}.837"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"claims")
    written = time.time() - age
    os.utime(path, (written, written))
    return path.name


def test_a_restart_between_writing_and_the_mark_leaves_no_temporary_file(tmp_path: Path) -> None:
    desk = sealed_by(Outbox(tmp_path))
    assert [type(c) for c in calls(Outbox(tmp_path), desk)] == [FileReady]  # and it ends before the commit
    later = Outbox(tmp_path)
    assert go(later, desk) == [FileReady]
    assert len(left(tmp_path)) == 2
    assert go(later, desk) == [FileWritten]
    assert [p.relative_to(tmp_path) for p in lying(tmp_path)] == [
        Path(payer_slug("EHP01"), "2026-02-03", "000000004.837")
    ]


def test_a_temporary_file_is_removed_where_the_move_was_never_reported(tmp_path: Path) -> None:
    desk = sealed_by(Outbox(tmp_path))
    calls(Outbox(tmp_path), desk)
    dies = Outbox(tmp_path)
    dies._strays.clear = lambda *_: None  # type: ignore[method-assign]
    go(dies, desk)
    calls(dies, desk)
    assert len(left(tmp_path)) == 1
    later = Outbox(tmp_path)
    assert (go(later, desk), go(later, desk), left(tmp_path)) == ([FileReady], [FileWritten], [])


def test_a_temporary_file_whose_mark_is_kept_stays(tmp_path: Path) -> None:
    desk = ready_by(Outbox(tmp_path))
    (kept,) = left(tmp_path)
    os.utime(tmp_path / ".unfinished" / kept, (0, 0))
    go(Outbox(tmp_path), desk)
    assert left(tmp_path) == [kept]


def test_an_old_temporary_file_of_no_record_is_removed_and_a_young_one_stays(tmp_path: Path) -> None:
    a_stray(tmp_path, "000000012", age=3_700)
    young = a_stray(tmp_path, "000000020", age=60)
    desk = ready_by(Outbox(tmp_path))
    assert young in left(tmp_path)
    assert len(left(tmp_path)) == 2
    assert desk.writing


def test_a_temporary_file_of_another_installation_or_partition_is_left_alone(tmp_path: Path) -> None:
    others = {
        a_stray(tmp_path, "000000012", home="ffffffff", age=9_999),
        a_stray(tmp_path, "000000013", age=9_999),
    }
    outbox = Outbox(tmp_path)
    go(outbox, ready_by(outbox))
    assert set(left(tmp_path)) == others


def test_a_stray_that_cannot_be_removed_makes_no_file_doubtful(tmp_path: Path) -> None:
    class Stubborn(Folder):
        def discard(self, _: Temporary) -> None:
            raise PlaceError("permission")

    server = Stubborn(tmp_path / "server")
    desk = sealed_by(Outbox(tmp_path), delivery_target="clearinghouse")
    calls(Outbox(tmp_path, targets={"clearinghouse": server}), desk)
    later = Outbox(tmp_path, targets={"clearinghouse": server})
    assert (go(later, desk), go(later, desk)) == ([FileReady], [FileWritten])


def test_a_place_that_cannot_be_listed_gets_its_file(tmp_path: Path) -> None:
    class Blind(Folder):
        def temporaries(self) -> Iterator[Temporary]:
            raise PlaceError("permission")

    outbox = Outbox(tmp_path, targets={"clearinghouse": Blind(tmp_path / "server")})
    desk = sealed_by(outbox, delivery_target="clearinghouse")
    assert (go(outbox, desk), go(outbox, desk)) == ([FileReady], [FileWritten])


def test_a_process_that_was_put_out_cannot_move_what_its_successor_moved(tmp_path: Path) -> None:
    """Both have the same mark from the record: one temporary file, one move."""
    first = Outbox(tmp_path)
    desk = ready_by(first, partner_empties_folder="true")
    later = Outbox(tmp_path)
    go(later, desk)
    old = View(desk)
    assert [type(event.data) for _, event in later.tend(View(desk))] == [FileWritten]
    (tmp_path / desk.writing[0].file).unlink()  # the partner takes it
    assert [type(event.data) for _, event in first.tend(old)] == [FileUncertain]  # and the log refuses that
    assert lying(tmp_path) == []


def test_a_temporary_file_can_be_moved_once(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.stage("payer/1.837", "mark", b"claims")
    folder.move("payer/1.837", "mark")
    (tmp_path / "payer" / "1.837").unlink()
    with pytest.raises(PlaceError, match="moved"):
        folder.move("payer/1.837", "mark")


# Places that cannot be worked with


class Unreachable(Folder):
    """A server that does not answer, until it does."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.visits = 0
        self.up = False

    def find(self, file: str) -> str | None:
        self.visits += 1
        if not self.up:
            raise PlaceError("unreachable")
        return super().find(file)


def away(tmp_path: Path) -> tuple[Outbox, Clock, Unreachable, Desk]:
    clock, server = Clock(), Unreachable(tmp_path / "server")
    outbox = Outbox(tmp_path, clock, {"clearinghouse": server})
    desk = sealed_by(outbox, delivery_target="clearinghouse")
    return outbox, clock, server, desk


def test_a_server_that_fails_rests_longer_each_time(tmp_path: Path) -> None:
    outbox, clock, server, desk = away(tmp_path)
    visited = []
    for _ in range(100):
        before = server.visits
        calls(outbox, desk)
        if server.visits > before:
            visited.append(int(clock.now) - 1000)
        clock.now += 1
    assert visited == [0, 5, 15, 35, 75]
    assert outbox.failing == {"clearinghouse": "unreachable"}


def test_a_file_that_failed_too_often_is_a_persons(tmp_path: Path) -> None:
    outbox, clock, server, desk = away(tmp_path)
    said: list[Any] = []
    while not said:
        said = calls(outbox, desk)
        clock.now += LONGEST_PAUSE
    assert (server.visits, said[0].doubt) == (ATTEMPTS, "unreachable")


def test_a_server_that_answers_again_gets_its_file(tmp_path: Path) -> None:
    outbox, clock, server, desk = away(tmp_path)
    assert go(outbox, desk) == []
    server.up = True
    clock.now += 5
    assert (go(outbox, desk), go(outbox, desk)) == ([FileReady], [FileWritten])
    assert outbox.failing == {}


def test_a_server_that_fails_does_not_keep_the_files_of_others(tmp_path: Path) -> None:
    outbox, _, _, desk = away(tmp_path)
    calls(outbox, desk)
    other = sealed_by(outbox)
    assert (go(outbox, other), go(outbox, other)) == ([FileReady], [FileWritten])


def test_a_server_that_the_configuration_does_not_have_is_named(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    desk = sealed_by(outbox, delivery_target="nobody")
    assert calls(outbox, desk) == []
    assert outbox.failing == {"nobody": "unknown_target"}

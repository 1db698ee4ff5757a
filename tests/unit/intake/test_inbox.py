"""When a file of the inbox is whole."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.intake.inbox import Inbox

NOW = datetime.now(UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path, timedelta(minutes=10))


def names(inbox: Inbox, now: datetime) -> list[str]:
    return [sighting.path.name for sighting in inbox.ready(now)]


def test_a_new_file_is_whole_when_it_lay_unchanged_for_two_seconds(inbox: Inbox) -> None:
    (inbox.root / "a").write_bytes(b"x")
    inbox.look(NOW)
    inbox.look(after(1.9))
    assert names(inbox, after(1.9)) == []
    inbox.look(after(2.1))
    assert names(inbox, after(2.1)) == ["a"]


def test_a_file_that_grows_begins_to_wait_again(inbox: Inbox) -> None:
    path = inbox.root / "a"
    path.write_bytes(b"x")
    inbox.look(NOW)
    path.write_bytes(b"xy")
    inbox.look(after(1.5))
    inbox.look(after(3))
    assert names(inbox, after(3)) == []
    assert names(inbox, after(3.6)) == ["a"]


def test_a_file_that_is_old_is_whole_at_the_first_look(inbox: Inbox) -> None:
    (inbox.root / "a").write_bytes(b"x")
    later = datetime.now(UTC) + timedelta(seconds=61)
    inbox.look(later)
    assert names(inbox, later) == ["a"]


def test_an_old_modification_time_alone_is_not_believed(inbox: Inbox) -> None:
    path = inbox.root / "a"
    path.write_bytes(b"x")
    os.utime(path, (0, 0))
    inbox.look(NOW)
    assert names(inbox, NOW) == []


def test_a_file_in_pieces_waits_for_its_rest(inbox: Inbox) -> None:
    (inbox.root / "a").write_bytes(b"x")
    inbox.look(NOW)
    inbox.sightings[inbox.root / "a"].in_pieces = True
    inbox.look(after(599))
    assert names(inbox, after(599)) == []
    assert inbox.in_pieces() == [inbox.root / "a"]


def test_a_file_in_pieces_is_taken_when_nobody_wrote_to_it_for_ten_minutes(inbox: Inbox) -> None:
    (inbox.root / "a").write_bytes(b"x")
    inbox.look(NOW)
    inbox.sightings[inbox.root / "a"].in_pieces = True
    assert names(inbox, after(601)) == ["a"]


def test_a_file_in_pieces_that_grows_is_looked_at_anew(inbox: Inbox) -> None:
    path = inbox.root / "a"
    path.write_bytes(b"x")
    inbox.look(NOW)
    inbox.sightings[path].in_pieces = True
    path.write_bytes(b"xy")
    inbox.look(after(10))
    assert names(inbox, after(13)) == ["a"]


def test_an_answered_file_is_left_alone_until_it_changes(inbox: Inbox) -> None:
    path = inbox.root / "a"
    path.write_bytes(b"x")
    inbox.look(NOW)
    inbox.sightings[path].answered = True
    assert names(inbox, after(60)) == []
    path.write_bytes(b"xy")
    inbox.look(after(60))
    assert names(inbox, after(63)) == ["a"]


def test_files_are_found_in_nested_folders_and_hidden_ones_are_not(inbox: Inbox) -> None:
    (inbox.root / "b" / "c").mkdir(parents=True)
    (inbox.root / "b" / "c" / "deep").write_bytes(b"x")
    (inbox.root / ".hidden").write_bytes(b"x")
    (inbox.root / "a").write_bytes(b"x")
    inbox.look(NOW)
    assert names(inbox, after(3)) == ["a", "deep"]


def test_a_link_is_seen_so_that_it_can_be_reported(inbox: Inbox) -> None:
    (inbox.root / "link").symlink_to("/nowhere")
    inbox.look(NOW)
    assert names(inbox, after(3)) == ["link"]


def test_a_drain_waits_for_a_file_to_settle_but_not_for_one_that_keeps_growing(inbox: Inbox) -> None:
    path = inbox.root / "a"
    path.write_bytes(b"x")
    inbox.look(NOW)
    assert inbox.settling(NOW)
    path.write_bytes(b"xy")
    inbox.look(after(1))
    assert not inbox.settling(after(1))

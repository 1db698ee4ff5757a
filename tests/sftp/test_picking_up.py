"""Files of a server become whole copies in a spool; nothing on the server changes."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.intake.fetching import LOOK_AGAIN, Fetching
from services.intake.inbox import SETTLED_AFTER
from services.runtime.sftp import Sftp
from tests.sftp.sshd import Sshd

DATA = b"ISA" + bytes(300_000)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 2, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(sshd: Sshd, tmp_path: Path, clock: Clock) -> Callable[[], Fetching]:
    """A process that picks up."""
    target = sshd.target()
    assert target.pick_up_from is not None
    return lambda: Fetching(Sftp(target), str(target.pick_up_from), tmp_path / "spool", now=clock)


def put(sshd: Sshd, name: str, data: bytes = DATA) -> Path:
    path = sshd.root / "outbound" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def copies(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_file_is_fetched_when_two_visits_saw_it_unchanged(
    sshd: Sshd, tmp_path: Path, clock: Clock, start: Callable[[], Fetching]
) -> None:
    put(sshd, "a.835")
    put(sshd, "deep/b.835", b"B")
    fetching = start()
    assert (fetching.look(), fetching.settling()) == (0, True)
    clock.pass_by(SETTLED_AFTER)
    assert (fetching.look(), fetching.settling()) == (2, False)
    assert copies(tmp_path / "spool") == {"a.835": DATA, "deep/b.835": b"B"}


def test_nothing_on_the_server_changes(sshd: Sshd, clock: Clock, start: Callable[[], Fetching]) -> None:
    put(sshd, "a.835")
    before = {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in sshd.root.rglob("*")}
    fetching = start()
    for _ in range(3):
        fetching.look()
        clock.pass_by(SETTLED_AFTER)
    assert {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in sshd.root.rglob("*")} == before


def test_a_file_that_grows_is_left_until_it_rests(
    sshd: Sshd, tmp_path: Path, clock: Clock, start: Callable[[], Fetching]
) -> None:
    growing = put(sshd, "a.835", b"1")
    fetching = start()
    fetching.look()
    for size in range(2, 5):
        clock.pass_by(LOOK_AGAIN)
        growing.write_bytes(b"1" * size)
        assert (fetching.look(), fetching.settling()) == (0, False)
    assert copies(tmp_path / "spool") == {}
    clock.pass_by(LOOK_AGAIN)
    assert fetching.look() == 1
    assert copies(tmp_path / "spool") == {"a.835": b"1111"}


def test_a_file_that_changes_while_it_is_fetched_is_thrown_away(
    sshd: Sshd, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = put(sshd, "a.835")
    sftp = Sftp(sshd.target())
    fetch = sftp.fetch

    def fetched(path: str, into: object) -> None:
        fetch(path, into)  # type: ignore[arg-type]
        with growing.open("ab") as file:
            file.write(b"more")

    monkeypatch.setattr(sftp, "fetch", fetched)
    fetching = Fetching(sftp, str(sshd.root / "outbound"), tmp_path / "spool", now=clock)
    fetching.look()
    clock.pass_by(SETTLED_AFTER)
    assert fetching.look() == 0
    assert copies(tmp_path / "spool") == {}


def test_what_the_spool_has_is_not_fetched_again_by_a_later_process(
    sshd: Sshd, clock: Clock, start: Callable[[], Fetching]
) -> None:
    put(sshd, "a.835")
    for fetched in (1, 0):
        fetching = start()
        fetching.look()
        clock.pass_by(SETTLED_AFTER)
        assert fetching.look() == fetched


def test_a_file_that_was_replaced_on_the_server_is_fetched_anew(
    sshd: Sshd, tmp_path: Path, clock: Clock, start: Callable[[], Fetching]
) -> None:
    put(sshd, "a.835", b"1")
    fetching = start()
    fetching.look()
    clock.pass_by(SETTLED_AFTER)
    fetching.look()
    put(sshd, "a.835", b"22")
    for _ in range(2):
        clock.pass_by(LOOK_AGAIN)
        fetching.look()
    assert copies(tmp_path / "spool") == {"a.835": b"22"}


def test_a_copy_that_broke_off_is_made_anew(
    sshd: Sshd, tmp_path: Path, clock: Clock, start: Callable[[], Fetching], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(sshd, "a.835")
    fetching = start()
    fetching.look()
    clock.pass_by(SETTLED_AFTER)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            fetching.look()
    assert [n for n in copies(tmp_path / "spool") if not n.startswith(".unfinished/")] == []
    again = start()
    again.look()
    clock.pass_by(SETTLED_AFTER)
    assert again.look() == 1
    assert copies(tmp_path / "spool") == {"a.835": DATA}


def test_a_server_without_news_is_visited_after_a_pause(
    sshd: Sshd, clock: Clock, start: Callable[[], Fetching]
) -> None:
    fetching = start()
    fetching.look()
    put(sshd, "a.835")
    clock.pass_by(LOOK_AGAIN - SETTLED_AFTER)
    assert (fetching.look(), fetching.settling()) == (0, False)
    clock.pass_by(SETTLED_AFTER)
    assert (fetching.look(), fetching.settling()) == (0, True)
    clock.pass_by(SETTLED_AFTER)
    assert fetching.look() == 1


def test_a_server_that_is_down_is_noted_and_visited_again(
    sshd: Sshd, clock: Clock, start: Callable[[], Fetching]
) -> None:
    put(sshd, "a.835")
    sshd.stop()
    fetching = start()
    assert (fetching.look(), fetching.failing, fetching.settling()) == (0, "unreachable", False)
    sshd.start()
    for _ in range(2):
        clock.pass_by(LOOK_AGAIN)
        fetched = fetching.look()
    assert (fetched, fetching.failing) == (1, None)

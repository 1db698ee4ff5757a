"""Visits to a real sshd: who may log in, what is written whole, what is refused."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.delivery.server import Server
from services.runtime.sftp import Sftp, SftpError
from tests.sftp.sshd import Sshd

DATA = bytes(range(256)) * 700


@pytest.fixture
def visit(sshd: Sshd) -> Iterator[Sftp]:
    sftp = Sftp(sshd.target())
    yield sftp
    sftp.close()


def code(sftp: Sftp) -> str:
    """Why a visit fails."""
    with pytest.raises(SftpError) as error:
        sftp.read("nothing")
    return error.value.code


def test_what_was_put_is_there_to_the_byte(sshd: Sshd, visit: Sftp) -> None:
    visit.put(str(sshd.root / "inbound/a.part"), DATA)
    assert (sshd.root / "inbound/a.part").read_bytes() == DATA


def test_an_upload_that_broke_off_is_continued(sshd: Sshd, visit: Sftp) -> None:
    part = sshd.root / "inbound/a.part"
    part.write_bytes(DATA[:100_000])
    before = part.stat().st_ino
    visit.put(str(part), DATA)
    assert (part.read_bytes(), part.stat().st_ino) == (DATA, before)


@pytest.mark.parametrize("left", [b"something else", DATA + b"more", b""])
def test_what_is_no_beginning_of_it_is_replaced(sshd: Sshd, visit: Sftp, left: bytes) -> None:
    part = sshd.root / "inbound/a.part"
    part.write_bytes(left)
    visit.put(str(part), DATA)
    assert part.read_bytes() == DATA


def test_a_file_is_never_renamed_over_another(sshd: Sshd, visit: Sftp) -> None:
    for name in ("a", "b"):
        (sshd.root / name).write_text(name)
    with pytest.raises(SftpError):
        visit.rename(str(sshd.root / "a"), str(sshd.root / "b"))
    assert (sshd.root / "b").read_text() == "b"


def test_a_file_that_is_not_there_reads_as_nothing(sshd: Sshd, visit: Sftp) -> None:
    assert visit.read(str(sshd.root / "a")) is None


def test_a_folder_is_listed_with_what_is_below_it(sshd: Sshd, visit: Sftp) -> None:
    below = sshd.root / "outbound/deep"
    below.mkdir()
    (below / "x y.835").write_text("12")
    (sshd.root / "outbound/a.835").write_text("1")
    (sshd.root / "outbound/.b").write_text("hidden")
    (sshd.root / "outbound/link").symlink_to(below)
    assert [(f.path, f.size) for f in visit.files(str(sshd.root / "outbound"))] == [
        ("a.835", 1),
        ("deep/x y.835", 2),
    ]


def test_a_large_file_comes_whole(sshd: Sshd, visit: Sftp) -> None:
    (sshd.root / "a").write_bytes(DATA * 10)
    copy = io.BytesIO()
    visit.fetch(str(sshd.root / "a"), copy)
    assert copy.getvalue() == DATA * 10


def test_a_host_that_is_not_known_is_refused(sshd: Sshd) -> None:
    sshd.known_hosts.write_text("")
    assert code(Sftp(sshd.target())) == "host_key"


def test_a_host_with_another_key_is_refused(sshd: Sshd) -> None:
    sshd.trust("stranger")
    assert code(Sftp(sshd.target())) == "host_key"


def test_a_missing_known_hosts_is_named(sshd: Sshd, tmp_path: Path) -> None:
    assert code(Sftp(sshd.target(known_hosts=tmp_path / "none"))) == "known_hosts"


def test_a_stranger_may_not_log_in(sshd: Sshd) -> None:
    assert code(Sftp(sshd.target(key_file=sshd.home / "stranger"))) == "login"


def test_a_password_is_tried_and_no_key(sshd: Sshd) -> None:
    """The server takes no passwords: one that fell back to a key of the machine would get in."""
    assert code(Sftp(sshd.target(key_file=None, password="secret"))) == "login"


def test_the_agent_signs_where_neither_key_nor_password_is_given(
    sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("ssh-agent") is None:
        pytest.skip("no ssh-agent on this machine")
    socket = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            assert agent.poll() is None
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        subprocess.run(["ssh-add", "-q", sshd.home / "user"], check=True)
        visit = Sftp(sshd.target(key_file=None))
        assert visit.exists(str(sshd.root))
        visit.close()
    finally:
        agent.terminate()
        agent.wait()


def test_a_key_with_a_passphrase_is_opened_with_it(sshd: Sshd) -> None:
    key = str(sshd.home / "user")
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "opensesame", "-f", key], check=True)
    assert code(Sftp(sshd.target())) == "key"
    visit = Sftp(sshd.target(passphrase="opensesame"))
    assert visit.exists(str(sshd.root))
    visit.close()


def test_a_server_that_is_down_is_asked_again(sshd: Sshd) -> None:
    sshd.stop()
    assert code(Sftp(sshd.target())) == "unreachable"
    visit = Sftp(sshd.target(), tries=3)
    sshd.start()
    assert visit.exists(str(sshd.root))
    visit.close()


def test_a_connection_that_breaks_is_made_anew_by_the_next_call(sshd: Sshd, visit: Sftp) -> None:
    assert visit.exists(str(sshd.root))
    sshd.stop()
    assert code(visit) == "unreachable"
    sshd.start()
    assert visit.exists(str(sshd.root))


def test_a_folder_that_is_not_there_is_named(sshd: Sshd) -> None:
    server = Server(Sftp(sshd.target()), str(sshd.root / "none"))
    with pytest.raises(Exception, match="no_folder"):
        server.stage("p/d/000000001.837", "m", b"x")
    server.rest()

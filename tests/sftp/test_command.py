"""`reclaim run` against a real sshd: remittances come from it, corrected claims go to it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.deployment.faults import WrongUse
from services.deployment.servers import open_fetching
from services.runtime.embedded import EmbeddedLog
from services.runtime.records import decode_event
from services.runtime.settings import load_settings
from tests.e2e.denied_claims import CLAIM, DAY, PROFILE, load_master_data, remittance, submitted
from tests.e2e.installation import Installation
from tests.forked import Ended
from tests.sftp.sshd import Sshd
from tests.submitted import submitted_claims
from topics.map import load_map

TO_SERVER = PROFILE.replace(
    "values:\n",
    'values:\n  delivery_target: {value: clearinghouse, source: "the clinic", date: 2026-01-05, example: true}\n',
)
SERVER_INBOX = "sftp://clearinghouse"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Everything is on file for the denied claim; its payer's files go to the server."""
    made = Installation(tmp_path_factory.mktemp("loaded"))
    load_master_data(made, TO_SERVER)
    made.inbox.mkdir()
    return made


@pytest.fixture
def reclaim(tmp_path: Path, sshd: Sshd, loaded: Installation) -> Installation:
    """An installation that knows the server."""
    made = loaded.copy(tmp_path / "reclaim")
    sshd.configure(made)
    return made


def run(reclaim: Installation, *inboxes: str | Path) -> Ended:
    options = [option for inbox in inboxes for option in ("--inbox", str(inbox))]
    return reclaim("run", *options, "--outbox", reclaim.outbox, "--once", "--as-of", DAY)


def events(reclaim: Installation, topic: str) -> list[Any]:
    """What a topic says."""
    log = EmbeddedLog(reclaim.data / "log.sqlite3", load_map())
    try:
        return [decode_event(record).data for record in log.read(topic)]
    finally:
        log.close()


def delivered(sshd: Sshd) -> list[Path]:
    return sorted((sshd.root / "inbound").iterdir())


def test_a_denial_comes_from_the_server_and_its_correction_goes_there_once(
    sshd: Sshd, reclaim: Installation
) -> None:
    reclaim.put("claims.837", submitted())
    (sshd.root / "outbound/remittance.835").write_bytes(remittance())
    assert run(reclaim, SERVER_INBOX, reclaim.inbox).status == 0
    (file,) = delivered(sshd)
    assert [(c.claim_number, c.frequency_code) for c in submitted_claims(file.read_bytes())] == [(CLAIM, "7")]
    (event,) = events(reclaim, "claim-delivered")
    assert event.digest == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (event.target, Path(event.file).name) == ("clearinghouse", file.name)
    assert reclaim.outgoing() == []
    again = run(reclaim, SERVER_INBOX, reclaim.inbox)
    assert (again.status, "Nothing new" in again.out, delivered(sshd)) == (0, True, [file])


def test_a_host_that_is_not_known_is_named_in_one_line_and_gets_its_file_when_it_is(
    sshd: Sshd, reclaim: Installation
) -> None:
    reclaim.put("claims.837", submitted())
    reclaim.put("remittance.835", remittance())
    known = sshd.known_hosts.read_text()
    sshd.known_hosts.write_text("")
    ended = run(reclaim, reclaim.inbox)
    (line,) = [line for line in ended.err.splitlines() if not line.startswith("{")]
    assert (ended.status, "clearinghouse: its host key is not in known_hosts" in line) == (1, True)
    assert delivered(sshd) == events(reclaim, "claim-delivered") == []
    sshd.known_hosts.write_text(known)
    assert run(reclaim, reclaim.inbox).status == 0
    assert len(delivered(sshd)) == len(events(reclaim, "claim-delivered")) == 1
    assert events(reclaim, "resubmission-refused") == []


def test_a_server_that_the_configuration_does_not_have_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"needs \[sftp.NAME\]"):
        open_fetching(load_settings({}, data=tmp_path), "sftp://nobody", once=True)


def test_user_host_password_and_paths_appear_in_no_line_and_no_event(
    sshd: Sshd, reclaim: Installation
) -> None:
    reclaim.put("claims.837", submitted())
    reclaim.put("remittance.835", remittance())
    (sshd.root / "inbound").rmdir()  # every delivery fails, so that it is spoken of
    secret = {"RECLAIM_SFTP_CLEARINGHOUSE_PASSWORD": "OPENSESAME"}
    ended = run(replace(reclaim, environment=secret), SERVER_INBOX, reclaim.inbox)
    said = ended.out + ended.err
    assert "no_folder" in said
    kept = b"".join(path.read_bytes() for path in reclaim.data.glob("log.sqlite3*"))
    for secret in ("OPENSESAME", str(sshd.home), "127.0.0.1"):
        assert secret not in said
        assert secret.encode() not in kept

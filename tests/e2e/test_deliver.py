"""A file of which nobody knows whether the partner has it: `reclaim deliver list|confirm|resend`."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from services.delivery.outbox import Outbox
from services.deployment.opening import open_log
from services.deployment.parts import PROCESSORS
from services.runtime.settings import load_settings
from services.runtime.worker import Worker
from tests.e2e.denied_claims import CLAIM, DAY, remittance, submitted
from tests.e2e.installation import Installation
from tests.submitted import submitted_claims


class Crash(BaseException):
    """The process is gone."""


def lose_a_file(reclaim: Installation) -> str:
    """The last step of a run, by hand: the file is moved, the partner takes it, and the process dies before it
    reports. Gives its control number."""
    settings = load_settings({}, data=reclaim.data)
    log = open_log(settings)
    outbox = Outbox(reclaim.outbox)
    outbox.drain = True
    worker = Worker(PROCESSORS["delivery"], log, member="1", settings=settings, tend=dying(outbox))
    number = ""
    try:
        for _ in range(20):
            worker.step()
    except Crash as crash:
        number = str(crash)
    worker.close()
    log.close()
    assert number, "no file was moved"
    for file in reclaim.outgoing():
        shutil.move(file, reclaim.home / "taken.837")
    return number


def dying(outbox: Outbox) -> Any:
    """What the shell tends to, until it reports a file as written."""

    def tend(view: Any) -> Any:
        for key, call in outbox.tend(view):
            if call.type == "file-written":
                raise Crash(call.data.control_number)
            yield key, call

    return tend


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory, loaded: Installation) -> tuple[Installation, str]:
    """A file that was taken, or not: the next run could not tell."""
    made = loaded.copy(tmp_path_factory.mktemp("lost"))
    made.put("claims.837", submitted())
    made.put("remittance.835", remittance())
    made.ok("hold", "payer", "EHP01", "--by", "tester")
    assert made.run(DAY).status == 0
    made.ok("release", "payer", "EHP01", "--by", "tester")
    send_only(made)
    number = lose_a_file(made)
    assert made.run(DAY).status == 0
    return made, number


def send_only(reclaim: Installation) -> None:
    """The turns of recoder and resubmitter, without delivery."""
    settings = load_settings({}, data=reclaim.data)
    log = open_log(settings)
    for name in ("recoder", "resubmitter"):
        worker = Worker(PROCESSORS[name], log, member="1", settings=settings)
        for _ in range(20):
            worker.step()
        worker.close()
    log.close()


@pytest.fixture
def reclaim(tmp_path: Path, lost: tuple[Installation, str]) -> Installation:
    copied = lost[0].copy(tmp_path)
    (copied.data / "outbox.path").write_text(str(copied.outbox.absolute()))
    return copied


@pytest.fixture
def number(lost: tuple[Installation, str]) -> str:
    return lost[1]


def test_it_is_listed_and_its_claim_waits(reclaim: Installation, number: str) -> None:
    (line,) = reclaim.ok("deliver", "list", "--json").splitlines()
    listed = json.loads(line)
    said = (listed["interchange_control_number"], listed["uncertain"], listed["doubt"], listed["claims"])
    assert said == (number, True, "gone", 1)
    assert [e["data"]["reason"] for e in reclaim.recorded("resubmission-refused")][-1] == "delivery_uncertain"
    assert reclaim.outgoing() == []


def test_what_the_partner_has_is_delivered_with_the_digest_of_what_it_took(
    reclaim: Installation, number: str
) -> None:
    told = reclaim.ok("deliver", "confirm", number, "--by", "j.rivera", "--reason", "acknowledged")
    assert "delivered" in told
    (event,) = reclaim.recorded("claim-delivered")
    taken = (reclaim.home / "taken.837").read_bytes()
    assert event["data"]["digest"] == hashlib.sha256(taken).hexdigest()
    assert event["data"]["confirmed_by"] == "j.rivera"
    assert reclaim.outgoing() == []
    trail = [e["data"] for e in reclaim.recorded("audit-trail")]
    assert ("delivery-confirm", "j.rivera") in {(t["action"], t["actor"]) for t in trail}
    after = reclaim("deliver", "resend", number, "--by", "j.rivera", "--reason", "not_received")
    assert (after.status, "uncertain" in after.err) == (2, True)


def test_what_the_partner_never_got_is_written_again_byte_for_byte(
    reclaim: Installation, number: str
) -> None:
    reclaim.ok("deliver", "resend", number, "--by", "j.rivera", "--reason", "not_received")
    (file,) = reclaim.outgoing()
    assert file.read_bytes() == (reclaim.home / "taken.837").read_bytes()
    assert [c.claim_number for c in submitted_claims(file.read_bytes())] == [CLAIM]
    assert len(reclaim.recorded("claim-delivered")) == 1
    after = reclaim("deliver", "confirm", number, "--by", "j.rivera", "--reason", "acknowledged")
    assert after.status == 2
    assert reclaim.run(DAY).status == 0
    assert (len(reclaim.outgoing()), len(reclaim.recorded("claim-delivered"))) == (1, 1)


def test_what_was_answered_meanwhile_is_not_sent_again(reclaim: Installation, number: str) -> None:
    answer = remittance(control_number="EHPCLM0002", trace="EFT901", day="20260301", paid=True)
    reclaim.put("answer.835", answer)
    assert reclaim.run("2026-03-02").status == 0
    reclaim.ok("deliver", "resend", number, "--by", "j.rivera", "--reason", "not_received")
    assert reclaim.outgoing() == []
    assert reclaim.recorded("claim-delivered") == []


def test_an_unknown_reason_is_wrong_use(reclaim: Installation, number: str) -> None:
    ended = reclaim("deliver", "confirm", number, "--by", "j.rivera", "--reason", "because")
    assert (ended.status, "confirmed_by_partner" in ended.err) == (2, True)

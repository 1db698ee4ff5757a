"""Files as they really come: copies, gzip, pieces, growing, links, two inboxes."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.files import claim_file, remittance_file
from schemas.acknowledgment import GroupRecorded
from schemas.records.intake_file import IntakeStatus
from schemas.remittance import Adjudication, ClaimAdjudicated, ClaimDenied
from services.intake.pickup import InboxTakenError, Intake
from services.runtime.settings import DEFAULT_TRUNCATED_AFTER
from tests.intakes import CLAIM_TOPICS, Bench, bench, drain, write

REMITTANCE = b"".join(remittance_file(20))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path / "data") as made:
        yield made


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def outcomes(desk: Bench, inbox: Path) -> dict[str, str]:
    return {account.path.name: account.outcome for account in desk.drain(inbox)}


def claims(desk: Bench) -> int:
    return len(desk.records(*CLAIM_TOPICS))


def test_the_same_bytes_at_two_places_are_one_file(desk: Bench, inbox: Path) -> None:
    write(inbox / "a.835", [REMITTANCE])
    write(inbox / "b" / "copy.txt", [REMITTANCE])
    assert outcomes(desk, inbox) == {"a.835": "published", "copy.txt": "duplicate"}
    assert claims(desk) == 20
    assert [record.duplicates for record in desk.files().values()] == [1]


def test_a_second_run_counts_no_copy_twice(desk: Bench, inbox: Path) -> None:
    write(inbox / "a.835", [REMITTANCE])
    write(inbox / "b.835", [REMITTANCE])
    desk.drain(inbox)
    before = desk.log.ends(["intake-files"])
    assert outcomes(desk, inbox) == {"a.835": "known", "b.835": "known"}
    assert desk.log.ends(["intake-files"]) == before


def test_a_gzip_is_the_same_file_as_its_content(desk: Bench, inbox: Path) -> None:
    write(inbox / "a.835", [REMITTANCE])
    write(inbox / "b.835.gz", [gzip.compress(REMITTANCE)])
    assert sorted(outcomes(desk, inbox).values()) == ["duplicate", "published"]


def test_a_file_without_its_end_is_left_for_now(desk: Bench, inbox: Path) -> None:
    write(inbox / "a.835", [REMITTANCE[:-200]])
    assert outcomes(desk, inbox) == {"a.835": "in_pieces"}
    assert desk.files() == {}


def test_a_file_whose_end_comes_is_taken_whole(desk: Bench, inbox: Path) -> None:
    path = write(inbox / "a.835", [REMITTANCE[:-200]])
    intake = Intake(desk.log, desk.settings, inbox)
    drain(intake)
    with path.open("ab") as file:
        file.write(REMITTANCE[-200:])
    later = datetime.now(UTC) + timedelta(seconds=5)
    rounds = [intake.round(later + timedelta(seconds=second)) for second in range(6)]
    intake.close()
    [account] = [account for result in rounds for account in result.finished]
    assert account.record is not None
    assert not account.record.truncated
    assert claims(desk) == 20


def test_a_file_that_stays_without_its_end_is_taken_as_truncated(desk: Bench, inbox: Path) -> None:
    path = write(inbox / "a.835", [REMITTANCE[:-200]])
    intake = Intake(desk.log, desk.settings, inbox)
    drain(intake)
    [account] = drain(intake, datetime.now(UTC) + DEFAULT_TRUNCATED_AFTER)
    intake.close()
    assert account.path == path
    assert account.record is not None
    assert account.record.truncated
    assert (
        account.record.held.claims
        == account.record.claims_published + account.record.claims_quarantined
        == 20
    )


def test_an_old_file_without_its_end_is_taken_at_once(desk: Bench, inbox: Path) -> None:
    path = write(inbox / "a.835", [REMITTANCE[:-200]])
    old = (datetime.now(UTC) - DEFAULT_TRUNCATED_AFTER).timestamp()
    os.utime(path, (old, old))
    assert outcomes(desk, inbox) == {"a.835": "published"}


def test_a_drain_takes_a_file_that_lacks_its_trailer_alone(desk: Bench, inbox: Path) -> None:
    write(inbox / "a.835", [REMITTANCE[: REMITTANCE.index(b"IEA")]])
    [account] = desk.drain(inbox)
    assert account.record is not None
    assert (account.outcome, account.record.truncated, claims(desk)) == ("published", True, 20)


def test_a_gzip_that_ends_behind_its_last_group_may_still_grow(desk: Bench, inbox: Path) -> None:
    packed = gzip.compress(REMITTANCE[: REMITTANCE.index(b"IEA")])
    write(inbox / "a.835.gz", [packed[:-4]])
    assert outcomes(desk, inbox) == {"a.835.gz": "in_pieces"}


def test_without_a_drain_a_file_waits_for_its_trailer(desk: Bench, inbox: Path) -> None:
    write(inbox / "a.835", [REMITTANCE[: REMITTANCE.index(b"IEA")]])
    intake = Intake(desk.log, desk.settings, inbox)
    later = datetime.now(UTC)
    rounds = [intake.round(later + timedelta(seconds=5 * number)) for number in range(4)]
    intake.close()
    assert [account.outcome for result in rounds for account in result.finished] == ["in_pieces"]


def test_an_old_gzip_that_ends_early_gives_what_it_holds(desk: Bench, inbox: Path) -> None:
    whole = b"".join(remittance_file(500))
    path = write(inbox / "a.835.gz", [gzip.compress(whole)[:-1000]])
    old = (datetime.now(UTC) - DEFAULT_TRUNCATED_AFTER).timestamp()
    os.utime(path, (old, old))
    [account] = desk.drain(inbox)
    assert account.record is not None
    assert account.record.truncated
    assert 0 < claims(desk) < 500


def test_an_upload_is_taken_as_it_is(desk: Bench, tmp_path: Path) -> None:
    [account] = desk.ingest(write(tmp_path / "a.835", [REMITTANCE[:-200]]))
    assert account.outcome == "published"


def test_what_cannot_be_read_is_named_and_the_others_go_on(desk: Bench, inbox: Path) -> None:
    write(inbox / "README", [b"no interchange here"])
    write(inbox / "broken.gz", [gzip.compress(REMITTANCE)[:-8] + b"\0" * 8])
    (inbox / "link").symlink_to(write(inbox / "a.835", [REMITTANCE]))
    os.mkfifo(inbox / "pipe")
    accounts = {account.path.name: (account.outcome, account.reason) for account in desk.drain(inbox)}
    assert accounts == {
        "README": ("unreadable", "no_interchange"),
        "a.835": ("published", None),
        "broken.gz": ("unreadable", "gzip_corrupt"),
        "link": ("unreadable", "symlink"),
        "pipe": ("unreadable", "not_a_regular_file"),
    }


def test_what_cannot_be_read_is_counted_once(desk: Bench, inbox: Path) -> None:
    (inbox / "link").symlink_to(inbox)
    desk.drain(inbox)
    desk.drain(inbox)
    assert [record.status for record in desk.files().values()] == [IntakeStatus.UNREADABLE]
    assert len(desk.records("intake-files")) == 1


def test_a_path_that_becomes_readable_is_no_longer_counted_as_unreadable(desk: Bench, inbox: Path) -> None:
    path = inbox / "a.835"
    path.symlink_to(inbox)
    desk.drain(inbox)
    path.unlink()
    write(path, [REMITTANCE])
    desk.drain(inbox)
    assert [record.status for record in desk.files().values()] == [IntakeStatus.PUBLISHED]


def test_the_inbox_is_left_as_it_was(desk: Bench, inbox: Path) -> None:
    write(inbox / "a.835", [REMITTANCE])
    write(inbox / "b" / "c.837", claim_file(3))
    before = [(path, path.lstat().st_mtime_ns, path.lstat().st_size) for path in sorted(inbox.rglob("*"))]
    desk.drain(inbox)
    assert [(p, p.lstat().st_mtime_ns, p.lstat().st_size) for p in sorted(inbox.rglob("*"))] == before


def test_one_intake_owns_an_inbox(desk: Bench, inbox: Path) -> None:
    first = Intake(desk.log, desk.settings, inbox)
    with pytest.raises(InboxTakenError):
        Intake(desk.log, desk.settings, inbox)
    first.close()
    Intake(desk.log, desk.settings, inbox).close()


def test_two_inboxes_with_the_same_bytes_publish_them_once(desk: Bench, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        write(folder / "a.835", remittance_file(1_200))
    intakes = [Intake(desk.log, desk.settings, folder) for folder in folders]
    now = datetime.now(UTC)
    while any(intake.pending() for intake in intakes):
        for intake in intakes:
            intake.round(now, drain=True)
        now += timedelta(seconds=1)
    for intake in intakes:
        intake.close()
    assert claims(desk) == 1_200
    assert [record.duplicates for record in desk.files().values()] == [1]


def test_a_file_that_changes_after_its_first_claims_is_superseded_and_read_anew(
    desk: Bench, inbox: Path
) -> None:
    path = write(inbox / "a.835", remittance_file(2_500))
    intake = Intake(desk.log, desk.settings, inbox)
    now = datetime.now(UTC) + timedelta(seconds=70)
    while not claims(desk):
        intake.round(now, drain=True)
    first = claims(desk)
    write(path, remittance_file(100, seed=2))
    outcome = [account.outcome for account in drain(intake, now + timedelta(seconds=70))]
    intake.close()
    assert outcome == ["superseded", "published"]
    assert claims(desk) == first + 100
    assert all(r.kept.claims == r.claims_published for r in desk.files().values())


def test_no_transaction_holds_more_than_a_thousand_claims(desk: Bench, tmp_path: Path) -> None:
    paths = [write(tmp_path / str(n), remittance_file(1_100, seed=n)) for n in range(2)]
    intake = Intake(desk.log, desk.settings)
    sizes: list[int] = []
    intake.ingest(paths, sizes.append)
    intake.close()
    assert sum(sizes) == 2_200
    assert max(sizes) <= 1_000


def test_a_small_file_does_not_wait_for_a_large_one(desk: Bench, inbox: Path) -> None:
    write(inbox / "a-large.835", remittance_file(2_500))
    write(inbox / "b-small.835", remittance_file(10, seed=2))
    assert list(outcomes(desk, inbox)) == ["b-small.835", "a-large.835"]


def test_siblings_are_counted_before_the_first_claim_is_published(desk: Bench, tmp_path: Path) -> None:
    text = REMITTANCE.replace(b"CLM00000019", b"clm00000000")
    desk.ingest(write(tmp_path / "a.835", [text]))
    remitted: list[Adjudication] = [
        *desk.payloads("claim-adjudicated", ClaimAdjudicated),
        *desk.payloads("claim-denied", ClaimDenied),
    ]
    siblings = {claim.position.index: claim.siblings for claim in remitted if claim.siblings != 1}
    assert siblings == {1: 2, 20: 2}


def test_a_group_of_claims_is_recorded_in_parts(desk: Bench, tmp_path: Path) -> None:
    desk.ingest(write(tmp_path / "a.837", claim_file(4_500, per_transaction=3_000)))
    # Each transaction set is recorded under its own BHT03 too.
    parts = [
        GroupRecorded.parse(record.value)
        for record in desk.log.read("group-recorded")
        if record.key.split("|")[1] == "group" and record.value is not None
    ]
    numbers = {
        part.part: [(t.control_number, len(t.claims), t.claim_numbers[0]) for t in part.transactions]
        for part in parts
    }
    assert numbers == {
        1: [("0001", 2_000, "CLM00000000")],
        2: [("0001", 1_000, "CLM00002000"), ("0002", 1_000, "CLM00003000")],
        3: [("0002", 500, "CLM00004000")],
    }

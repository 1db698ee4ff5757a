"""The content-addressed store."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from services.runtime.blobs import BlobMissingError, Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


def only_file(folder: Path) -> Path:
    (path,) = [path for path in folder.rglob("*") if path.is_file()]
    return path


def test_bytes_are_found_again_under_their_digest(blobs: Blobs) -> None:
    digest = blobs.put(b"a table")
    assert digest == sha256(b"a table").hexdigest()
    assert blobs.get(digest) == b"a table"


def test_the_same_bytes_twice_are_one_blob(blobs: Blobs, tmp_path: Path) -> None:
    assert blobs.put(b"a table") == blobs.put(b"a table")
    only_file(tmp_path)


def test_only_its_owner_can_read_a_blob(blobs: Blobs, tmp_path: Path) -> None:
    blobs.put(b"a table")
    assert stat.S_IMODE(only_file(tmp_path).stat().st_mode) == 0o600


def test_what_was_never_stored_is_missing(blobs: Blobs) -> None:
    with pytest.raises(BlobMissingError):
        blobs.get("0" * 64)


def test_what_is_no_digest_is_no_path(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    with pytest.raises(BlobMissingError):
        blobs.get("../secret")


def test_a_blob_that_was_damaged_is_not_given_out(blobs: Blobs, tmp_path: Path) -> None:
    digest = blobs.put(b"a table")
    only_file(tmp_path).write_bytes(b"a tab1e")
    with pytest.raises(BlobMissingError):
        blobs.get(digest)


def test_chunks_are_one_blob(blobs: Blobs, tmp_path: Path) -> None:
    assert blobs.put_chunks(chunk for chunk in (b"a ", b"table")) == blobs.put(b"a table")
    only_file(tmp_path)


def test_chunks_that_break_off_leave_nothing(blobs: Blobs, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"a "
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  # as the source raised it
        blobs.put_chunks(broken())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("data", [b"a table", b""])
def test_a_mapped_blob_is_its_bytes(blobs: Blobs, data: bytes) -> None:
    assert bytes(blobs.map(blobs.put(data))) == data


def test_a_damaged_blob_is_not_mapped(blobs: Blobs, tmp_path: Path) -> None:
    digest = blobs.put(b"a table")
    only_file(tmp_path).write_bytes(b"a tabel")
    with pytest.raises(BlobMissingError, match="damaged"):
        blobs.map(digest)


@pytest.mark.parametrize("digest", ["0" * 64, "../../etc/passwd"])
def test_what_is_not_there_is_not_mapped(blobs: Blobs, digest: str) -> None:
    with pytest.raises(BlobMissingError):
        blobs.map(digest)
    assert digest == "../../etc/passwd" or not blobs.holds(digest)

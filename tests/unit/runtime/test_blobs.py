"""The content-addressed store."""

from __future__ import annotations

import stat
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

"""The bytes of a file, whatever they are packed in."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from services.intake.content import CHUNK, Content, ContentError

TEXT = os.urandom(3 * CHUNK // 2) + b"\0" * (2 * CHUNK)


def read(path: Path) -> tuple[bytes, bool]:
    with Content(path) as content:
        return b"".join(content.chunks()), content.ended_early


def written(folder: Path, data: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(data)
    return path


def test_a_plain_file_is_given_as_it_is(tmp_path: Path) -> None:
    assert read(written(tmp_path, TEXT)) == (TEXT, False)


def test_a_gzip_is_known_by_its_bytes_and_inflated(tmp_path: Path) -> None:
    assert read(written(tmp_path, gzip.compress(TEXT))) == (TEXT, False)


def test_all_members_of_a_gzip_are_read(tmp_path: Path) -> None:
    packed = gzip.compress(TEXT[:1000]) + b"\0" * 512 + gzip.compress(TEXT[1000:])
    assert read(written(tmp_path, packed)) == (TEXT, False)


@pytest.mark.parametrize("cut", [1, 8, 9, 200_000])
def test_a_gzip_that_ends_early_gives_what_it_holds_and_says_so(tmp_path: Path, cut: int) -> None:
    inflated, ended_early = read(written(tmp_path, gzip.compress(TEXT)[:-cut]))
    assert ended_early
    assert TEXT.startswith(inflated)


def test_a_gzip_with_a_wrong_check_sum_is_not_trusted(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[-6] ^= 1
    with pytest.raises(ContentError, match=r"^gzip_corrupt$"):
        read(written(tmp_path, bytes(packed)))


def test_no_chunk_is_larger_than_the_limit_however_well_it_is_packed(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(b"\0" * 20_000_000))
    with Content(path) as content:
        assert max(map(len, content.chunks())) <= CHUNK


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(written(tmp_path, TEXT))
    with pytest.raises(ContentError, match=r"^symlink$"):
        Content(link)


def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ContentError, match=r"^not_a_regular_file$"):
        Content(pipe)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"^not_a_regular_file$"):
        Content(tmp_path)


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"^vanished$"):
        Content(tmp_path / "gone")


def test_a_write_behind_our_back_is_seen(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT)
    with Content(path) as content:
        assert content.unchanged()
        with path.open("ab") as file:
            file.write(b"more")
        assert not content.unchanged()

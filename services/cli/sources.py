"""Files as they come from a publisher: a zip, a zip in a zip, text, a spreadsheet."""

from __future__ import annotations

import csv
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from typing import IO, Final

from openpyxl import load_workbook

from services.core.codes.rows import Numbered, TableError
from services.deployment.faults import Failure

# A quarterly zip of CMS may hold one zip for each part; deeper ones are no publication.
_DEEPEST: Final = 3

# Enough to see whether tabs separate the columns, below any notice.
_HEAD: Final = 60

_BLOCK: Final = 1 << 20

Wanted = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read, of the folder or out of a zip."""

    name: str
    open: Callable[[], IO[bytes]]

    @property
    def extension(self) -> str:
        return PurePosixPath(self.name).suffix.lower()


def digest_of(file: Path) -> str:
    """sha256 of a file, read in pieces."""
    found = sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


@contextmanager
def opened_sources(
    files: Iterable[Path], wanted: Wanted, extensions: tuple[str, ...]
) -> Iterator[list[Source]]:
    """What is wanted of the files: each plain file, and of each zip the members with a wanted name.

    Of members that are one table in several forms, those of the first of `extensions` that the zip has are
    taken. Raises Failure where a zip holds nothing of it, or is damaged.
    """
    with ExitStack() as stack:
        found: list[Source] = []
        for place, file in enumerate(files, start=1):
            with readable(f"file {place}"):
                if zipfile.is_zipfile(file) and file.suffix.lower() not in (".xlsx", ".xlsm"):
                    archive = stack.enter_context(zipfile.ZipFile(file))
                    members = _members(archive, wanted, extensions, stack, _DEEPEST)
                    if not members:
                        names = ", ".join(
                            sorted({PurePosixPath(n).suffix.lower() for n in archive.namelist()})
                        )
                        raise Failure(
                            f"file {place}: the zip holds no such file ({len(archive.namelist())} files: {names}); "
                            "nothing was loaded"
                        )
                    found += members
                else:
                    found.append(Source(file.name, _opener(file)))
        yield found


@contextmanager
def readable(place: str) -> Iterator[None]:
    """What goes wrong with reading a file, as one line."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Failure(
            f"{place}: is damaged, or packed in a way that cannot be read; nothing was loaded"
        ) from error
    except OSError as error:
        raise Failure(f"{place}: cannot be read ({error.strerror}); nothing was loaded") from error


def _opener(file: Path) -> Callable[[], IO[bytes]]:
    return lambda: file.open("rb")


def _members(
    archive: zipfile.ZipFile, wanted: Wanted, extensions: tuple[str, ...], stack: ExitStack, depth: int
) -> list[Source]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    found = [
        Source(PurePosixPath(info.filename).name, _member_opener(archive, info))
        for info in infos
        if wanted(PurePosixPath(info.filename).name)
    ]
    for extension in extensions:
        best = [source for source in found if source.extension == extension]
        if best:
            return best
    if found or depth == 0:
        return found
    for info in infos:
        if info.filename.lower().endswith(".zip"):
            inner = tempfile.TemporaryFile()  # noqa: SIM115  # the stack closes it
            stack.callback(inner.close)
            with archive.open(info) as packed:
                while block := packed.read(_BLOCK):
                    inner.write(block)
            inner_archive = stack.enter_context(zipfile.ZipFile(inner))
            found += _members(inner_archive, wanted, extensions, stack, depth - 1)
    return found


def _member_opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    def opener() -> IO[bytes]:
        try:
            return archive.open(info)
        except RuntimeError as error:  # it wants a password
            raise zipfile.BadZipFile from error

    return opener


def text_lines(opened: IO[bytes]) -> Iterator[str]:
    """Lines with their ends, UTF-8 or, where a line is none, Latin-1; without a byte order mark."""
    for number, line in enumerate(opened):
        if number == 0 and line.startswith(b"\xef\xbb\xbf"):
            line = line[3:]
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            yield line.decode("latin-1")


def cells(source: Source, opened: IO[bytes], *, fixed: bool = False) -> Iterator[Numbered]:
    """The rows of a file: of a spreadsheet its first sheet; of text split at tabs where it has any, else at commas.

    `fixed`: a line of a `.txt` without tabs is one cell. Raises Failure where a spreadsheet is none, TableError
    where a row is no CSV.
    """
    if source.extension in (".xlsx", ".xlsm"):
        yield from _sheet(opened)
        return
    lines = text_lines(opened)
    head = list(islice(lines, _HEAD))
    whole = chain(head, lines)
    if any("\t" in line for line in head):
        for number, line in enumerate(whole, start=1):
            yield number, [_unquoted(cell) for cell in line.rstrip("\r\n").split("\t")]
    elif fixed and source.extension == ".txt":
        for number, line in enumerate(whole, start=1):
            yield number, [line.rstrip("\r\n")]
    else:
        number = 0
        try:
            for number, row in enumerate(csv.reader(whole), start=1):
                yield number, row
        except csv.Error:
            raise TableError(f"row {number + 1}: is not valid CSV") from None


def _unquoted(cell: str) -> str:
    return cell.strip().strip('"')


def _sheet(opened: IO[bytes]) -> Iterator[Numbered]:
    try:
        workbook = load_workbook(opened, read_only=True, data_only=True)
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise Failure("a file is no spreadsheet; nothing was loaded") from error
    for number, row in enumerate(workbook.worksheets[0].iter_rows(values_only=True), start=1):
        yield number, [_text(value) for value in row]


def _text(value: object) -> str:
    """A cell as it stands in the text form of the same file."""
    match value:
        case None:
            return ""
        case datetime():
            return f"{value:%Y%m%d}"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)

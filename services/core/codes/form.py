"""What every packed table has: its own CSV, the key and cells of a row, and how its buffer is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from datetime import date
from mmap import mmap

from services.core.codes.buffer import Buffer, line, pack
from services.core.codes.rows import Row, TableError, read_rows

Entry = tuple[str, tuple[str, ...]]
"""A key and the cells of one row under it."""


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of packed table.

    Published files are brought into rows of `header` first, so that each rule about a cell stands once:
    in `entries`, which raises TableError with the place of a bad cell, never its value.
    """

    name: str
    header: tuple[str, ...]
    width: int
    entries: Callable[[Iterable[Row]], Iterator[Entry]]
    open: Callable[[Buffer], Sized]
    share_last: bool = False

    def lines(self, rows: Iterable[Row]) -> Iterator[bytes]:
        """The rows as `pack` takes them, not sorted yet."""
        for key, cells in self.entries(rows):
            try:
                yield line(key, cells, self.width)
            except ValueError:
                raise TableError(f"{self.name}: a key is not of letters and digits, or too long") from None

    def packed(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The bytes of the table, of sorted lines."""
        return pack(self.name, self.width, lines, share_last=self.share_last)

    def opened(self, data: bytes | mmap) -> Sized:
        """The table over its bytes. Raises TableError."""
        return self.open(Buffer(self.name, data))

    def parse(self, data: bytes) -> Sized:
        """The table of a CSV with the header of this kind. Raises TableError."""
        return self.opened(b"".join(self.packed(sorted(self.lines(read_rows(self.name, self.header, data))))))


def day_text(day: date | None) -> str:
    """A date as a cell."""
    return "" if day is None else day.isoformat()


def day_of(cell: str) -> date | None:
    """A cell as a date."""
    return date.fromisoformat(cell) if cell else None


def in_force(day: date, effective: date | None, ended: date | None) -> bool:
    """Whether a row with these dates, both inclusive, holds on a day. A null date is open."""
    return (effective is None or effective <= day) and (ended is None or day <= ended)


def plain(code: str) -> str:
    """A code as keys have it: upper case, without blanks and dots."""
    return code.strip().upper().replace(".", "")

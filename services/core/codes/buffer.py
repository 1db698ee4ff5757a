"""A table as one immutable run of bytes: rows under sorted keys, found by bisection, nothing parsed to open it.

Layout: `MAGIC`; the rows of each key as UTF-8 (a row is its cells with `CELL` between, rows have a line feed
between); the keys, each `width` bytes; where each key's rows end, four bytes each, little-endian; a JSON object;
its length in four bytes. The core only slices what it is given: bytes, or a file that the runtime has mapped.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from mmap import mmap
from typing import Any, Final

from services.core.codes.rows import TableError

MAGIC: Final = b"reclaim table 1\n"

CELL: Final = "\x1f"
ITEM: Final = "\x1e"
"""Between the items of a list in a cell."""

LOOKED_UP: Final = 4_096
"""How many codes that were looked up a table remembers. Claims repeat some thousand, and diagnoses inherit from some
hundred categories; one with its notes is about 2 kB."""

_CELL: Final = CELL.encode()
_END: Final = 4
_LARGEST: Final = 2**32 - 1
_CHUNK: Final = 1 << 20

# Every so many keys one is kept at hand: bisection over those runs in C, and so does the search of one block.
_BLOCK: Final = 128

# No cell may hold what separates cells, items or rows.
_CLEAN: Final = {code: " " for code in range(32) if chr(code) not in (CELL, ITEM)}


def line(key: str, cells: tuple[str, ...], width: int) -> bytes:
    """One row as `pack` takes it: lines sort by key, then by content. Raises ValueError where the key does not fit."""
    encoded = key.encode("ascii")
    if not 0 < len(encoded) <= width:
        raise ValueError("the key does not fit")
    text = CELL.join([cell.replace(CELL, " ") for cell in cells] if any(CELL in c for c in cells) else cells)
    return encoded.ljust(width) + text.translate(_CLEAN).encode()


def pack(kind: str, width: int, lines: Iterable[bytes], *, share_last: bool = False) -> Iterator[bytes]:
    """The bytes of a table, in chunks, of lines in ascending order; a line that stands twice counts once.

    With `share_last` the last cell, which few values fill, is kept once for all rows. Memory: the keys and
    their ends, not the rows. Raises TableError where the rows outgrow four bytes.
    """
    keys, ends = bytearray(), bytearray()
    words: dict[bytes, int] = {}
    rows = size = 0
    chunk = bytearray(MAGIC)
    last = before = b""
    for text in lines:
        if text == before:
            continue
        before = text
        rows += 1
        key, cells = text[:width], text[width:]
        if share_last:
            rest, _, word = cells.rpartition(_CELL)
            cells = b"%s%s%d" % (rest, _CELL, words.setdefault(word, len(words)))
        if key != last:
            if last:
                ends += size.to_bytes(_END, "little")
            keys += key
            last = key
        else:
            cells = b"\n" + cells
        chunk += cells
        size += len(cells)
        if size > _LARGEST:
            raise TableError(f"{kind}: the table is too large for one edition")
        if len(chunk) >= _CHUNK:
            yield bytes(chunk)
            chunk.clear()
    if last:
        ends += size.to_bytes(_END, "little")
    tail: dict[str, Any] = {"kind": kind, "width": width, "rows": rows, "size": size}
    if share_last:
        tail["words"] = [word.decode() for word in words]
    encoded = json.dumps(tail, separators=(",", ":")).encode()
    yield bytes(chunk) + bytes(keys)
    yield bytes(ends) + encoded + len(encoded).to_bytes(_END, "little")


class Buffer:
    """A packed table, opened. `rows` counts its rows; a look-up costs one bisection and two small slices.

    Raises TableError where the bytes are no table of this kind.
    """

    __slots__ = ("_count", "_data", "_ends", "_keys", "_marks", "_words", "kind", "rows", "width")

    def __init__(self, kind: str, data: bytes | mmap) -> None:
        tail = _tail(kind, data)
        self._data = data
        self.kind = kind
        self.rows: int = tail["rows"]
        self.width: int = tail["width"]
        self._words: list[str] | None = tail.get("words")
        self._keys: int = len(MAGIC) + tail["size"]
        self._count: int = (tail["start"] - self._keys) // (self.width + _END)
        self._ends = self._keys + self._count * self.width
        if self._ends + self._count * _END != tail["start"]:
            raise TableError(f"{kind}: the edition is damaged")
        self._marks = [self[place] for place in range(0, self._count, _BLOCK)]

    def __len__(self) -> int:
        """How many keys there are."""
        return self._count

    def __getitem__(self, place: int) -> bytes:
        """The key in this place, as wide as all."""
        start = self._keys + place * self.width
        return self._data[start : start + self.width]

    def find(self, key: str) -> tuple[tuple[str, ...], ...]:
        """The cells of each row of a key; none where there is no such key. Never raises."""
        wanted = key.encode("ascii", "replace").ljust(self.width)
        block = (bisect_right(self._marks, wanted) - 1) * _BLOCK
        if block < 0 or len(wanted) > self.width:
            return ()
        start = self._keys + block * self.width
        keys = self._data[start : min(start + _BLOCK * self.width, self._ends)]
        at = keys.find(wanted)
        while at % self.width and at > 0:
            at = keys.find(wanted, at + 1)
        return self._rows(block + at // self.width) if at >= 0 else ()

    def under(self, prefix: str) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
        """Each key that begins with `prefix`, in order, with its rows."""
        wanted = prefix.encode("ascii", "replace")
        for place in range(bisect_left(self, wanted), self._count):
            key = self[place]
            if not key.startswith(wanted):
                return
            yield key.decode().rstrip(), self._rows(place)

    def keys(self) -> Iterator[str]:
        for place in range(self._count):
            yield self[place].decode().rstrip()

    def _end(self, place: int) -> int:
        at = self._ends + place * _END
        return int.from_bytes(self._data[at : at + _END], "little")

    def _rows(self, place: int) -> tuple[tuple[str, ...], ...]:
        start = len(MAGIC)
        text = self._data[start + (self._end(place - 1) if place else 0) : start + self._end(place)].decode()
        found = [row.split(CELL) for row in text.split("\n")]
        if self._words is not None:
            for row in found:
                row[-1] = self._words[int(row[-1])]
        return tuple(tuple(row) for row in found)


def _tail(kind: str, data: bytes | mmap) -> dict[str, Any]:
    length = int.from_bytes(data[-_END:], "little")
    start = len(data) - _END - length
    try:
        if data[: len(MAGIC)] != MAGIC or start < len(MAGIC):
            raise ValueError
        tail: dict[str, Any] = json.loads(data[start : len(data) - _END])
    except ValueError:
        raise TableError(f"{kind}: the edition is damaged") from None
    if tail.get("kind") != kind:
        raise TableError(f"{kind}: the edition is of another kind")
    tail["start"] = start
    return tail

"""`read`: the bytes of one file to its items. The one way into X12 for the rest of the project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.core.x12.envelope import Envelope
from services.core.x12.items import Item, StrayData, Unreadable
from services.core.x12.tokenizer import DEFAULT_LIMITS, Limits, Run, Stray, split


def read(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> Iterator[Item]:
    """The items of a file (decompressed bytes, in chunks of any size), in file order.

    Never raises on bytes and reads each byte once; memory is flat. Every segment is counted in exactly one
    item, every CLM and CLP of a processed kind is one SubmittedClaim, RemittedClaim or QuarantinedClaim. A file
    in which no interchange can be found yields one Unreadable and nothing else. The same bytes give the same
    items, however they are cut into chunks.
    """
    out: list[Item] = []
    envelope = Envelope(limits, out)
    for part in split(chunks, limits):
        if isinstance(part, Run):
            envelope.take(part)
        elif isinstance(part, Stray):
            envelope.lose(part)
        elif part.reason == "file_too_large":
            envelope.end()
            out.append(StrayData(part.offset, 0, part.reason, part.data))
            yield from out
            return
        else:
            yield Unreadable(part.offset, 0, part.reason)
            return
        yield from out
        out.clear()
    envelope.end()
    yield from out

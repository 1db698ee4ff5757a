"""Which partition a key goes to: murmur2 as the Java client and kafka-python compute it, on both logs."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_MASK: Final = 0xFFFFFFFF
_SEED: Final = 0x9747B28C
_MULTIPLIER: Final = 0x5BD1E995

# A batch asks for the same few hundred keys again and again (input, outcomes, state).
_REMEMBERED_KEYS: Final = 65_536


def murmur2(data: bytes) -> int:
    """The 32-bit murmur2 of Kafka's default partitioner (`org.apache.kafka.common.utils.Utils.murmur2`)."""
    length = len(data)
    whole = length & ~3
    h = _SEED ^ length
    for at in range(0, whole, 4):
        k = (int.from_bytes(data[at : at + 4], "little") * _MULTIPLIER) & _MASK
        k = ((k ^ (k >> 24)) * _MULTIPLIER) & _MASK
        h = ((h * _MULTIPLIER) & _MASK) ^ k
    if rest := data[whole:]:
        h = ((h ^ int.from_bytes(rest, "little")) * _MULTIPLIER) & _MASK
    h = ((h ^ (h >> 13)) * _MULTIPLIER) & _MASK
    return h ^ (h >> 15)


@lru_cache(maxsize=_REMEMBERED_KEYS)
def partition_of(key: str, partitions: int) -> int:
    """The partition index of a record key among `partitions`."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def key_below(key: str, name: str) -> str:
    """The key of the record `name` below `key`. It lies in the partition of `key`, not in its own."""
    return f"{key}|{name}"

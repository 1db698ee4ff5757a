"""Keys go where Kafka's own partitioner sends them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as kafkas_murmur2

from services.runtime.partitioning import murmur2, partition_of


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
def test_murmur2_is_that_of_the_java_client(key: str, hashed: int) -> None:
    """The values of `UtilsTest.testMurmur2` of Apache Kafka."""
    assert murmur2(key.encode()) == hashed & 0xFFFFFFFF


@given(st.binary(max_size=80))
def test_murmur2_is_that_of_kafka_python(data: bytes) -> None:
    assert murmur2(data) == kafkas_murmur2(data)


@given(st.text(max_size=40), st.integers(1, 64))
def test_a_key_has_one_partition_among_those_there_are(key: str, partitions: int) -> None:
    assert partition_of(key, partitions) == (kafkas_murmur2(key.encode()) & 0x7FFFFFFF) % partitions

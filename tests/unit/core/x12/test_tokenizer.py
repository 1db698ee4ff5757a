"""Bytes to segments: lossless, whatever the separators, the decoration and the chunks are."""

from __future__ import annotations

import pytest

from services.core.x12.header import Delimiters
from services.core.x12.tokenizer import BLOCK, RUN, Limits, Run, Stop, Stray, join, split
from tests.x12_text import ISA


def _file(*segments: str, end: str = "~") -> bytes:
    return "".join(segment + end for segment in (ISA, *segments)).encode()


def _texts(data: bytes, limits: Limits | None = None) -> list[str]:
    parts = split([data], limits or Limits())
    return [text for part in parts if isinstance(part, Run) for text in part.texts]


def _runs(data: bytes) -> list[Run]:
    return [part for part in split([data]) if isinstance(part, Run)]


@pytest.mark.parametrize(
    "end", ["~", "~\n", "~\r\n", "~\r\n\r\n", "~  ", "\n", "\r\n", "'", "'\n", "\x1d", "\r"]
)
def test_any_terminator_and_any_decoration_is_read(end: str) -> None:
    data = _file("GS*HC*A*B", "ST*837*1", "SE*2*1", end=end)
    assert _texts(data) == [ISA, "GS*HC*A*B", "ST*837*1", "SE*2*1"]
    assert join(split([data])) == data


@pytest.mark.parametrize("lead", [b"\xef\xbb\xbf", b"\r\n\r\n", b"\xef\xbb\xbf \n", b"junk before it\n"])
def test_what_stands_before_the_first_isa_is_kept_and_reported(lead: bytes) -> None:
    parts = list(split([lead + _file("GS*HC")]))
    assert isinstance(parts[0], Stray)
    assert parts[0].data == lead
    assert parts[0].reason == ("data_before_interchange" if b"junk" in lead else "leading_blank")
    assert join(parts) == lead + _file("GS*HC")


@pytest.mark.parametrize(
    ("isa", "finding"),
    [
        (ISA.replace("SENDER         ", "SENDER"), "isa_length"),
        (ISA.replace("*00*          *00*          ", "*00**00*"), "isa_length"),
        (ISA.removesuffix(":"), "isa_component_missing"),
    ],
)
def test_an_isa_of_another_length_is_read_and_found(isa: str, finding: str) -> None:
    data = f"{isa}~GS*HC*A~SE*1~".encode()
    (run,) = _runs(data)
    assert run.texts[1:] == ["GS*HC*A", "SE*1"]
    assert finding in run.findings
    assert run.delimiters.component == ":"


def test_delimiters_are_read_anew_at_every_isa() -> None:
    other = ISA.replace("*", "|").replace(":", ">").replace("^", "!")
    data = _file("GS*HC*A*B", "IEA*1*1") + f"{other}\nGS|HP|C\nIEA|1|1\n".encode()
    first, second = _runs(data)
    assert first.delimiters == Delimiters("*", ":", "^", "~")
    assert second.delimiters == Delimiters("|", ">", "!", "\n")
    assert second.elements[1] == ["GS", "HP", "C"]
    assert first.opens
    assert second.opens


@pytest.mark.parametrize("end", ["~", "~\n", "\r\n"])
def test_a_block_of_many_segments_comes_in_short_runs_without_a_gap(end: str) -> None:
    data = _file(*[f"REF*EA*{n}" for n in range(3 * RUN)], end=end).removesuffix(end.encode())
    runs = _runs(data)
    assert max(len(run.texts) for run in runs) == RUN
    assert [run.opens for run in runs] == [True, False, False, False]
    assert [run.terminated for run in runs] == [True, True, True, False]
    segments = [run.segment(n) for run in runs for n in range(len(run.texts))]
    assert b"".join(segment.raw for segment in segments) == data
    assert all(data.startswith(segment.raw, segment.offset) for segment in segments)


@pytest.mark.parametrize("shift", range(-8, 112, 3))
def test_a_block_may_end_anywhere_around_an_isa(shift: int) -> None:
    first = _file("GS*HC*A", "REF*EA*", "IEA*1*1", end="~\n")
    first = first.replace(b"REF*EA*", b"REF*EA*" + b"X" * (BLOCK - len(first) + shift))
    second = ISA.replace("*", "|").replace(":", ">") + "\nGS|HP|C\nIEA|1|1\n"
    runs = _runs(first + second.encode() + b"\n" * BLOCK)
    assert [run.delimiters.element for run in runs if run.opens] == ["*", "|"]
    assert [e[0] for run in runs for e in run.elements] == ["ISA", "GS", "REF", "IEA", "ISA", "GS", "IEA"]


def test_an_isa_behind_a_segment_without_terminator_begins_a_new_interchange() -> None:
    data = (_file("GS*HC*A", "CLP*1").removesuffix(b"~")) + b"\n" + _file("GS*HC*B")
    first, second = _runs(data)
    assert first.texts[-1] == "CLP*1"
    assert not first.terminated
    assert second.opens
    assert join([first, second]) == data


def test_an_element_that_ends_in_isa_begins_no_interchange() -> None:
    data = _file("NM1*IL*1*LISA*ISA*X", "REF*EA*ISA*2")
    assert _texts(data)[1:] == ["NM1*IL*1*LISA*ISA*X", "REF*EA*ISA*2"]


def test_repetition_is_null_where_isa11_is_no_separator() -> None:
    (run,) = _runs(_file("GS*HC").replace(b"*^*00501", b"*U*00401"))
    assert run.delimiters.repetition is None


def test_text_is_utf8_else_latin1_segment_by_segment() -> None:
    data = _file("NM1*IL*1*MU\u00d1OZ") + b"NM1*IL*1*MU\xd1OZ~" + b"N3*PLAIN~"
    (run,) = _runs(data)
    assert run.texts[1:] == ["NM1*IL*1*MUÑOZ", "NM1*IL*1*MUÑOZ", "N3*PLAIN"]
    assert run.latin == {2}
    assert join([run]) == data


def test_each_segment_knows_its_offset_and_its_bytes() -> None:
    data = b"\n" + _file("GS*HC*A", "N3*RU\u00c9", "SE*1", end="~\r\n")
    for run in _runs(data):
        for n in range(len(run.texts)):
            segment = run.segment(n)
            assert data[segment.offset : segment.end] == segment.raw
            assert segment.raw.startswith(segment.text.encode())


def test_the_last_segment_without_terminator_is_marked() -> None:
    (run,) = _runs(_file("GS*HC", "IEA*1*000000007").removesuffix(b"~"))
    assert run.texts[-1] == "IEA*1*000000007"
    assert not run.segment(2).terminated
    assert run.segment(1).terminated


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"PK\x03\x04 no EDI at all", "no_interchange"),
        (b"ST*835*0001~SE*2*0001~", "no_interchange"),
        (ISA.encode(), "no_terminator"),
        (b"ISA*00*", "no_terminator"),
        (b"ISABELLA*" * 3, "no_interchange"),
    ],
)
def test_a_file_without_an_interchange_stops_at_once(data: bytes, reason: str) -> None:
    (stop,) = split([data])
    assert isinstance(stop, Stop)
    assert stop.reason == reason


def test_a_segment_over_the_limit_is_taken_out_and_the_rest_is_read() -> None:
    data = _file("GS*HC", "NTE*ADD*" + "X" * 500, "SE*1")
    limits = Limits(segment_bytes=200)
    parts = list(split([data], limits))
    assert [part.reason for part in parts if isinstance(part, Stray)] == ["segment_too_long"]
    assert _texts(data, limits)[1:] == ["GS*HC", "SE*1"]
    assert join(parts) == data


def test_a_segment_without_end_is_passed_by_in_pieces() -> None:
    """No terminator for longer than memory is meant to be: pieces, the first of which counts as a segment."""
    data = _file("GS*HC") + b"NTE*" + b"X" * (4 * BLOCK) + b"~SE*1~"
    parts = list(split([data], Limits(segment_bytes=BLOCK)))
    strays = [part for part in parts if isinstance(part, Stray)]
    assert [stray.segments for stray in strays] == [1] + [0] * (len(strays) - 1)
    assert max(len(stray.data) for stray in strays) <= 3 * BLOCK
    assert _texts(data, Limits(segment_bytes=BLOCK))[1:] == ["GS*HC", "SE*1"]
    assert join(parts) == data


def test_a_file_over_the_limit_ends_with_a_stop() -> None:
    data = _file(*[f"REF*EA*{n}" for n in range(40_000)])
    parts = list(split((data[n : n + 1000] for n in range(0, len(data), 1000)), Limits(file_bytes=200_000)))
    assert isinstance(parts[-1], Stop)
    assert parts[-1].reason == "file_too_large"
    assert data.startswith(join(parts))


@pytest.mark.parametrize("size", [1, 3, 106, 4096, BLOCK - 1, BLOCK, BLOCK + 1])
def test_chunks_do_not_matter(size: int) -> None:
    data = _file("GS*HC", *[f"REF*EA*{n}\u00e9" for n in range(size * 20 // 10 if size < 100 else 40_000)])
    whole = [part.data for part in split([data])]
    cut = [part.data for part in split(data[n : n + size] for n in range(0, len(data), size))]
    assert b"".join(cut) == b"".join(whole) == data
    pieces = split(data[n : n + size] for n in range(0, len(data), size))
    assert [t for p in pieces if isinstance(p, Run) for t in p.texts] == _texts(data)

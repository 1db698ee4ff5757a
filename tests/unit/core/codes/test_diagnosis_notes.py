"""Which codes a note of ICD-10-CM names."""

from __future__ import annotations

import pytest

from services.core.codes.diagnosis_notes import written_note


@pytest.mark.parametrize(
    ("text", "named", "others"),
    [
        ("type 1 diabetes mellitus (E10.-)", ["E10", "E1065"], ["E11", "E1"]),
        ("disorders of newborn (P35-P39)", ["P35", "P371", "P399"], ["P34", "P40"]),
        ("gestational diabetes (O24.4-)", ["O2441", "O24410"], ["O243", "O24"]),
        ("tuberculosis (A15.0, B90.9)", ["A150", "B909"], ["A151", "B90"]),
        ("injury (S00.0-S09.9)", ["S001", "S0990XA"], ["S10"]),
        ("a newer category (QA0.-)", ["QA01"], ["Q01"]),
        ("disease by virus (HIV), elsewhere (NEC)", [], ["HIV"]),
        ("see body system-related chapters", [], ["A00"]),
        ("congenital (Q00-Q99) and acquired (M95.-)", ["Q05", "M952"], ["M96"]),
    ],
)
def test_codes_and_ranges_in_parentheses_are_named(text: str, named: list[str], others: list[str]) -> None:
    note = written_note("excludes1", text, "X")
    assert [code for code in (*named, *others) if note.names(code)] == named
    assert not note.qualified


def test_words_beside_the_codes_make_a_note_qualified() -> None:
    note = written_note("use_additional", "adverse effect (T36-T50 with fifth or sixth character 5)", "X")
    assert note.names("T365X5A")
    assert note.qualified

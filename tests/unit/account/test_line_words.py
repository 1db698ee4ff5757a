"""Lines that become several or are left out, in words."""

from __future__ import annotations

import pytest

from schemas.case import Evidence
from schemas.recoding import Edit, EditValue
from services.account.line_words import lines_in_words


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (("1",), ("1", "1"), "line 1 becomes lines 1 and 2"),
        (("1", "2"), ("1", "2", "1", "1"), "line 1 becomes lines 1, 3 and 4"),
        (("1", "2"), ("1", "2", "2", "1"), "line 2 becomes lines 2 and 3; line 1 becomes lines 1 and 4"),
        (("1", "2", "3"), ("1", "3"), "line 2 is left out"),
        (("1", "2", "3"), ("2",), "lines 1 and 3 are left out"),
    ],
)
def test_lines_are_told_in_words(before: EditValue, after: EditValue, words: str) -> None:
    assert lines_in_words(_edit("lines", before, after)) == words


def test_another_field_is_told_by_its_values() -> None:
    assert lines_in_words(_edit("lines[1].modifiers", ("LT",), ("RT",))) is None


def _edit(field: str, before: EditValue, after: EditValue) -> Edit:
    place = Evidence(source="claim-submitted", place="LX 1")
    return Edit(line=None, field=field, before=before, after=after, evidence=(place,))

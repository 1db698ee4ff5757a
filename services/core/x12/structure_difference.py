"""The part of the difference check that reads whole segments: condition codes, notes, other payers' decisions.

Both texts are read apart into these and the rest. Where they say the same in both, they stay in the rest and are
compared there with everything else; where they do not, the difference is named here and the rest is compared without
them. It shares no place-finding with the editor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.recoding import EditValue

Named = tuple[str, str | None, EditValue, EditValue]
"""Place, field, before and after of one difference."""

_HEAD: Final = "2300"
_PAYER: Final = "2320"
_LINE: Final = "2400"
_DECISION: Final = "2430"


@dataclass(slots=True)
class _Text:
    """A claim read once: its parts in the order of the text, each with the loop that it stands in."""

    segments: Sequence[str]
    conditions: list[str] = field(default_factory=list)
    notes: list[tuple[str, ...]] = field(default_factory=list)
    payers: list[list[str]] = field(default_factory=list)
    decisions: dict[int, list[str]] = field(default_factory=dict)
    lines: int = 0
    rest: list[str] = field(default_factory=list)
    """what is none of these"""


def differences(
    before: Sequence[str], after: Sequence[str], lines: Sequence[int], element: str, component: str
) -> tuple[list[Named], Sequence[str], Sequence[str]]:
    """What differs among whole segments, and both texts as they are to be compared further.

    `lines`: the LX numbers of the original, in their order.
    """
    if list(before) == list(after):
        return [], before, after
    old, new = (_read(text, element, component) for text in (before, after))
    found: list[Named] = []
    if old.conditions != new.conditions:
        found.append(
            ("2300 HI*BG", "condition_codes", tuple(old.conditions) or None, tuple(new.conditions) or None)
        )
    if old.notes != new.notes:
        found.append(("2300 NTE", *_note(old.notes, new.notes)))
    for number in range(1, max(len(old.payers), len(new.payers)) + 1):
        was, now = (tuple(t.payers[number - 1]) if number <= len(t.payers) else None for t in (old, new))
        if was != now:
            found.append((f"2320[{number}]", f"other_payers[{number}].decision", was, now))
    if old.lines == new.lines == len(lines):
        for at, line in enumerate(lines):
            was, now = (tuple(t.decisions.get(at, ())) or None for t in (old, new))
            if was != now:
                found.append((f"2430 of line {line}", f"lines[{line}].other_payers", was, now))
    elif old.decisions or new.decisions:
        # Lines were left out: what the other payer said of those that stay cannot be told apart here.
        found.append(("2430", None, None, None))
    if not found:
        return [], before, after
    return found, old.rest, new.rest


def responsibility(
    before: Sequence[str], after: Sequence[str], element: str, component: str
) -> tuple[list[Named], tuple[str, ...]]:
    """A change of loop 2000B that names another payer, whole, or one of its SBR01; and the loop after it with what
    stood there before."""
    if _payer_id(before, element) != _payer_id(after, element):
        whole = [
            tuple(_plain(s.split(element), component) for s in loop if not s.startswith(f"HL{element}"))
            for loop in (before, after)
        ]
        return [("2000B", "billed_payer", whole[0], whole[1])], tuple(before)
    found: list[Named] = []
    rest = list(after)
    if len(before) == len(after):
        for at, (was, now) in enumerate(zip(before, after, strict=True)):
            old, new = was.split(element), now.split(element)
            if old[0] == new[0] == "SBR" and old[1:2] != new[1:2] and old[2:] == new[2:]:
                found.append(("2000B SBR01", "payer_responsibility", old[1] or None, new[1] or None))
                rest[at] = was
    return found, tuple(rest)


def _payer_id(loop: Iterable[str], element: str) -> str:
    """NM109 of loop 2010BB."""
    names = (s.split(element) for s in loop)
    return next(("".join(s[9:10]) for s in names if s[:2] == ["NM1", "PR"]), "")


def _read(segments: Iterable[str], element: str, component: str) -> _Text:
    text = _Text(list(segments))
    loop = _HEAD
    head = True
    for written in text.segments:
        segment = written.split(element)
        name = segment[0]
        if name == "LX":
            loop, head = _LINE, False
            text.lines += 1
        elif name == "SBR" and loop in (_HEAD, _PAYER):
            loop, head = _PAYER, False
            text.payers.append([])
        elif name == "NM1":
            head = False
        elif name == "SVD" and loop in (_LINE, _DECISION):
            loop = _DECISION
        elif name in ("LQ", "FRM"):
            loop = _LINE
        if loop == _PAYER:
            text.payers[-1].append(_plain(segment, component))
        elif loop == _DECISION:
            text.decisions.setdefault(text.lines - 1, []).append(_plain(segment, component))
        elif head and name == "NTE":
            text.notes.append(tuple(segment[1:]))
        elif head and name == "HI" and all(c.split(component)[0] == "BG" for c in segment[1:]):
            text.conditions += [component.join(c.split(component)[1:]) for c in segment[1:]]
        else:
            text.rest.append(written)
    return text


def _note(
    before: list[tuple[str, ...]], after: list[tuple[str, ...]]
) -> tuple[str | None, EditValue, EditValue]:
    """One note more is an edit; any other change of notes is none."""
    added = [note for note in after if note not in before]
    if len(added) == 1 and [note for note in after if note is not added[0]] == before:
        return "note", None, added[0]
    return None, None, None


def _plain(segment: list[str], component: str) -> str:
    return "*".join(segment).replace(component, ":")

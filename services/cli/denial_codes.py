"""CARC and RARC for `reclaim codes`: what ships, in our words, and the user's licensed list laid over it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from services.cli.lookup_answer import Answer
from services.cli.rendering import LADDER_WORDS, cause_words
from services.core.codes.denial_lists import CARC, RARC, CodeList, ListedCode
from services.core.codes.tables import Edition, Tables
from services.core.denials.knowledge import SHIPPED, Meaning, ReasonClass, Row, reason_code, remark_code
from services.core.denials.playbook import PLAYBOOK

NOT_OURS: Final = "not in our table: a person decides"


def look_up_carc(edition: Edition | None, code: str, day: date) -> Answer | None:
    """An adjustment reason code, as payers may write it."""
    normal = reason_code(code)
    row = SHIPPED.reasons.get(normal)
    listed = _listed(edition, normal)
    if row is None and listed is None:
        return None
    facts: dict[str, str] = {}
    if row is not None:
        facts["class"] = row.class_
        facts |= _meaning(row)
        if row.class_ is not ReasonClass.NOT_DENIAL and (play := PLAYBOOK.play(row.cause, [row.code])):
            facts |= {"first": play.first, "never": play.never}
        if row.groups:
            facts["group"] = " or ".join(row.groups) + " only"
        if row.needs_remark:
            facts["remark"] = "must come with a remark code that is no alert"
        if row.class_ is ReasonClass.BY_REMARK:
            facts["decides"] = "the remark beside it; alone it is a person's"
    return _answer(CARC, normal, row, listed, edition, facts, day)


def look_up_rarc(edition: Edition | None, code: str, day: date) -> Answer | None:
    """A remark code, as payers may write it."""
    normal = remark_code(code)
    row = SHIPPED.remarks.get(normal)
    listed = _listed(edition, normal)
    if row is None and listed is None:
        return None
    facts: dict[str, str] = {}
    if row is not None:
        if row.alert:
            facts["alert"] = "informational, never the reason of an adjustment"
        if row.directive is not None:
            facts["directs"] = row.directive
        if row.says is not None:
            facts |= _meaning(row.says)
        if row.place is not None:
            facts["place in the 837"] = row.place
    return _answer(RARC, normal, row, listed, edition, facts, day)


class Said(NamedTuple):
    """What a code means: in our words, and in those of the user's list."""

    label: str
    listed: str | None


def say_carc(code: str, day: date | None, tables: Tables) -> Said:
    """An adjustment reason code in words."""
    normal = reason_code(code)
    return _said(SHIPPED.reasons.get(normal), _on(CARC, normal, day, tables))


def say_rarc(code: str, day: date | None, tables: Tables) -> Said:
    """A remark code in words."""
    normal = remark_code(code)
    return _said(SHIPPED.remarks.get(normal), _on(RARC, normal, day, tables))


def _on(kind: str, code: str, day: date | None, tables: Tables) -> ListedCode | None:
    return _listed(tables.on(kind, day), code) if day is not None else None


def _said(row: Row | None, listed: ListedCode | None) -> Said:
    return Said(
        row.label if row is not None else NOT_OURS, listed.description if listed is not None else None
    )


def _listed(edition: Edition | None, code: str) -> ListedCode | None:
    return edition.table.find(code) if edition is not None and isinstance(edition.table, CodeList) else None


def _meaning(meaning: Meaning) -> dict[str, str]:
    scenario = SHIPPED.scenarios.get(meaning.cause)
    told = {"scenario": f"CORE {scenario.number}, {scenario.label}"} if scenario is not None else {}
    return {
        **told,
        "cause": f"{meaning.cause} ({cause_words(meaning.cause)})",
        "fix": meaning.fix,
        "action": meaning.action,
        "automation": f"{meaning.ceiling} at most ({LADDER_WORDS[meaning.ceiling]})",
        "recoverability": meaning.recoverability,
    }


def _answer(
    kind: str,
    code: str,
    row: Row | None,
    listed: ListedCode | None,
    edition: Edition | None,
    facts: dict[str, str],
    day: date,
) -> Answer:
    names = [f"shipped {SHIPPED.edition}"] if row is not None else []
    if edition is not None:
        names.append(edition.name)
    if row is not None:
        facts |= _dates(row)
    if listed is not None:
        facts |= dict(_said_by_list(listed, day))
    title = row.label if row is not None else NOT_OURS
    return Answer(kind=kind, code=code, title=title, edition=", ".join(names), facts=facts)


def _dates(row: Row) -> dict[str, str]:
    found: dict[str, str] = {}
    if row.start is not None:
        found["from"] = row.start.isoformat()
    if row.stop is not None:
        found["deactivated"] = f"after {row.stop.isoformat()}"
    elif row.stopped:
        since = f", still listed on {row.listed.isoformat()}" if row.listed is not None else ""
        found["deactivated"] = f"yes{since}"
    if row.successors:
        found["instead"] = ", ".join(row.successors)
    return {**found, "source": SHIPPED.sources[row.source]}


def _said_by_list(listed: ListedCode, day: date) -> Iterator[tuple[str, str]]:
    yield "your list says", listed.description
    if listed.start is not None:
        yield "your list: from", listed.start.isoformat()
    if listed.stop is not None:
        yield "your list: until", listed.stop.isoformat()
    if not listed.valid_on(day):
        yield "your list: on that day", f"not valid on {day.isoformat()}"
    if listed.notes is not None:
        yield "your list: notes", listed.notes

"""CARC and RARC for `reclaim codes`: what ships, in our words, and the user's licensed list laid over it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.account.denial_codes import NOT_OURS, listed_in
from services.account.words import LADDER_WORDS, cause_words
from services.cli.lookup_answer import Answer
from services.core.codes.denial_lists import CARC, RARC, ListedCode
from services.core.codes.tables import Edition
from services.core.denials.knowledge import SHIPPED, Meaning, ReasonClass, Row, reason_code, remark_code
from services.core.denials.playbook import PLAYBOOK


def look_up_carc(edition: Edition | None, code: str, day: date) -> Answer | None:
    """An adjustment reason code, as payers may write it."""
    normal = reason_code(code)
    row = SHIPPED.reasons.get(normal)
    listed = listed_in(edition, normal)
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
    listed = listed_in(edition, normal)
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

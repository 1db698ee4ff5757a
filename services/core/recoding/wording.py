"""A proposal in words: the rule's explanation, what keeps a machine from doing more, the question to a provider."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from schemas.codes import Automation
from services.core.recoding.answers import Answer
from services.core.recoding.draft import Draft
from services.core.resubmission.limits import MAX_ATTEMPTS, PAPER_ONLY, PASSED

_CLOCKS: Final = {
    "corrected_claim": "a corrected claim",
    "appeal": "an appeal",
    "filing_limit": "filing",
    "records": "the records",
    "reopening": "a reopening",
}

_NO_RULE: Final = "No rule of the active set speaks of this, so a person decides."


def explanation(leading: Answer | None, draft: Draft, rung: Automation, waits: Sequence[str]) -> str:
    """The rule's explanation, and what keeps a machine from doing more. `waits`: those that do not pass by
    themselves."""
    if leading is None or leading.ruling is None:
        said = [_NO_RULE]
    else:
        said = [_filled(leading.ruling.rule.explanation, leading)]
    if rung is Automation.A0:
        return said[0]
    if draft.unresolved and (draft.edits or draft.candidates):
        said.append("Another cause of this denial stays open, so this alone may be denied again.")
    if draft.barred:
        said.append(f"The guard bars a change that a rule wanted ({', '.join(draft.barred)}).")
    if draft.clash:
        said.append("Two causes want different values in one place.")
    if draft.way.reason.startswith("remark "):
        said.append(f"The path follows {draft.way.reason}.")
    said += _limits(draft)
    if draft.stopped:
        said.append("The payer or the matter says stop: nothing goes back from here.")
    if waits:
        said.append(f"A person must look first: {', '.join(wait.replace('_', ' ') for wait in waits)}.")
    return " ".join(said)


def question(leading: Answer | None, draft: Draft) -> str | None:
    """The question of the leading rule, where something is open that only the record can tell."""
    if leading is None or leading.ruling is None or draft.edits:
        return None
    asked = leading.ruling.rule.query
    if asked is None or not any(leading.ruling is one for one in draft.asking):
        return None
    return _filled(asked, leading)


def _limits(draft: Draft) -> Iterator[str]:
    """What of the payer's limits ends the way."""
    due = {clock.clock: clock.due for clock in draft.deadlines}
    for word in draft.way.missing:
        clock = word.removeprefix(PASSED)
        if clock != word and clock in due:
            name = _CLOCKS.get(clock, clock)
            yield f"The time for {name} ended on {due[clock].isoformat()}, so nothing goes back this way."
        elif word == MAX_ATTEMPTS:
            yield "The claim was sent back as often as this payer takes it."
        elif word == PAPER_ONLY:
            yield "This payer takes paper only, so a person sends it."


def _filled(text: str, answer: Answer) -> str:
    if "{" not in text and "}" not in text:
        return text
    facts = dict(answer.ruling.facts) if answer.ruling is not None else {}
    return text.format_map({**facts, "label": answer.cause.label, "lines": _lines(answer.cause.lines)})


def _lines(lines: Sequence[int]) -> str:
    """The lines of a cause in words; a cause at claim level has none."""
    if not lines:
        return "the claim as a whole"
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"

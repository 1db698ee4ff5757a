"""A proposal in words: the rule's explanation, what keeps a machine from doing more, the question to a provider."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from schemas.codes import Automation
from services.core.recoding.answers import Answer
from services.core.recoding.draft import Draft
from services.core.recoding.guards import STOP_LIST, said_by
from services.core.resubmission.limits import MAX_ATTEMPTS, PAPER_ONLY, PASSED
from services.core.resubmission.path import FORWARDED_BY

_CLOCKS: Final = {
    "corrected_claim": "a corrected claim",
    "appeal": "an appeal",
    "filing_limit": "filing",
    "records": "the records",
    "reopening": "a reopening",
}

_BARRED: Final = {
    "G4:diagnosis_not_documented": "That diagnosis is not documented for this encounter, so nobody may put it on the "
    "claim before it is (G4).",
}
_STOPS: Final = {
    "provider_excluded": "a provider of the claim is on the exclusion list for the day of service",
    "appeal_open": "an appeal of it is open",
    "dispute_resolution_open": "a dispute about it is open",
    "litigation_open": "a lawsuit about it is open",
}
"""Reasons of the guard's stop list (G7)."""

_WAITS: Final = {
    "ambiguous_lineage": "more than one claim fits this number",
    "claim_of_another_payer": "the claim at hand was sent to another payer",
    "refused_as_duplicate": "somebody sent the claim again, and the payer refused it as a duplicate",
    "unbalanced": "the amounts of the remittance do not add up",
    "unmatched_claim": "the submitted claim is not known",
    "unreadable_claim": "the corrected claim in force cannot be read back",
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
        said += [
            _BARRED.get(word, f"The guard bars a change that the rule wanted ({word}).")
            for word in draft.barred
        ]
    if draft.clash:
        said.append("Two causes want different values in one place.")
    if draft.way.reason.startswith("remark ") and not draft.stopped:
        said.append(f"The path follows {draft.way.reason}.")
    if draft.way.reason.startswith(FORWARDED_BY):
        forwarder = draft.way.reason.removeprefix(FORWARDED_BY)
        said.append(
            f"The profile {forwarder} says that this payer forwards the claim to the next one by itself, so it waits."
        )
    if draft.way.missing:
        said += _limits(draft)
    if draft.stopped:
        said.insert(0, f"{_stop(draft)}: nothing goes back from here. What the denial is about all the same:")
    if waits:
        said.append(
            f"A person must look first: {'; '.join(_WAITS.get(wait, wait.replace('_', ' ')) for wait in waits)}."
        )
    return " ".join(said)


def _stop(draft: Draft) -> str:
    """What on the stop list it is, in words."""
    reason = said_by(STOP_LIST, draft.guards).reason
    what, _, code = reason.partition("_")
    if what in ("remark", "reason"):
        return f"Stop, by {what} {code} of the payer"
    return f"Stop, {_STOPS.get(reason, reason.replace('_', ' '))}"


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
    clocks = {clock.clock: clock for clock in draft.deadlines}
    for word in draft.way.missing:
        clock = clocks.get(word.removeprefix(PASSED)) if word.startswith(PASSED) else None
        if clock is not None:
            name = _CLOCKS.get(clock.clock, clock.clock)
            there = f" at payer {clock.of}" if clock.of is not None else ""
            yield f"The time for {name}{there} ended on {clock.due.isoformat()}, so nothing goes back this way."
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
        return "this claim"
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"

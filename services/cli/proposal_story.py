"""A proposal as a biller reads it: the way back, why, what would change, which clocks run."""

from __future__ import annotations

from rich.console import Console

from schemas.case import Evidence
from schemas.codes import Action, Automation, Path
from schemas.recoding import Candidate, Deadline, Edit, EditValue, RecodingProposed
from services.account.line_words import lines_in_words
from services.account.next_step import TABLE
from services.account.quantities import counted
from services.account.words import ACTION_WORDS, CLOCK_WORDS, LADDER_WORDS, plain, said_of, table_words
from services.cli.printing import print_rows
from services.core.codes.denial_lists import CARC, RARC
from services.core.recoding.confidence import WORDS
from services.core.x12.structure import BILLED


def print_proposal(console: Console, proposal: RecodingProposed) -> None:
    """Print what is proposed, the changes with where they come from, and the clocks."""
    way = [("what", _way(proposal)), ("why", proposal.explanation)]
    if proposal.original_reference is not None:
        number = f"the payer's number {proposal.original_reference}"
        way.append(("claim", f"frequency {proposal.frequency_code}, {number}"))
    elif proposal.frequency_code is not None:
        way.append(("claim", f"frequency {proposal.frequency_code}, without a number of the payer"))
    way.append(("who", f"{proposal.automation}: {LADDER_WORDS[proposal.automation]}"))
    if proposal.confidence is not None:
        way.append(("how sure", WORDS[proposal.confidence.word]))
    vetoes = [f"{plain(g.reason)} ({g.id})" for g in proposal.guards if g.result == "veto"]
    if vetoes:
        way.append(("held back", "by the guard: " + ", ".join(vetoes)))
    if proposal.payer_profile:
        way.append(("payer", proposal.payer_profile))
    way.append(("rule", f"{proposal.rule.id} {proposal.rule.version}, proposal {proposal.proposal_id}"))
    print_rows(console, "What is proposed", way)
    print_rows(console, "Changes", [row for edit in proposal.edits for row in _edit(edit)])
    print_rows(console, "Changes of the way itself", [row for e in proposal.path_edits for row in _edit(e)])
    print_rows(
        console,
        "Possible changes, not applied without what they need",
        [row for n, candidate in enumerate(proposal.candidates, 1) for row in _candidate(n, candidate)],
    )
    print_rows(
        console, "Clocks", [_clock(clock) for clock in sorted(proposal.deadlines, key=lambda c: c.due)]
    )


def _way(proposal: RecodingProposed) -> str:
    """`corrected claim, as a replacement`; what a path adds to its action, and nothing twice."""
    if proposal.automation is Automation.A0:
        return "nothing"
    action = ACTION_WORDS[proposal.action]
    told_by_action = (Path.NONE, Path.WRITE_OFF, Path.WAIT, Path.PATIENT_BILL, Path.RECORDS_RESPONSE)
    if proposal.path in told_by_action:
        return action
    return (
        f"{action}, as a {plain(proposal.path)}"
        if proposal.action is not Action.NONE
        else plain(proposal.path)
    )


def _clock(clock: Deadline) -> tuple[str, ...]:
    example = "; an example, confirm it with the contract" if clock.example else ""
    moved = f"; {clock.moved_from.isoformat()} is a day off" if clock.moved_from is not None else ""
    source = f" ({clock.source})" if clock.source else ""
    payer = f"payer {clock.of}, " if clock.of is not None else ""
    return (
        clock.due.isoformat(),
        time_left(clock),
        said_of(CLOCK_WORDS, clock.clock),
        f"{payer}{clock.rule}{source}{moved}{example}",
    )


def time_left(clock: Deadline) -> str:
    """`27 days left`, `passed 3 days ago`."""
    if clock.days_left < 0:
        return f"passed {counted(-clock.days_left, 'day')} ago"
    return f"{counted(clock.days_left, 'day')} left"


def _edit(edit: Edit) -> list[tuple[str, ...]]:
    """Old beside new, then where it comes from."""
    evidence = "; ".join(dict.fromkeys(filter(None, map(_source, edit.evidence))))
    # Whole loops: they name the insured person, and an account of a claim names nobody.
    if edit.field == BILLED:
        return [(edit.field, "the payer after this one, as the claim names it"), ("", f"from {evidence}")]
    if "other_payers" in edit.field:
        return [(edit.field, "as the prior payer's own remittance says"), ("", f"from {evidence}")]
    words = lines_in_words(edit) or f"{_shown(edit.before)} -> {_shown(edit.after)}"
    return [(edit.field, words), ("", f"from {evidence}")]


def _source(evidence: Evidence) -> str | None:
    """Where a change comes from: a place in a file, or in a loaded table; the code tables say why, not what."""
    kind = evidence.source.removeprefix(TABLE).partition("@")[0]
    if kind == evidence.source:
        return evidence.place
    return None if kind in (CARC, RARC) else f"{evidence.place} of the {table_words(kind)}"


def _candidate(number: int, candidate: Candidate) -> list[tuple[str, ...]]:
    """The same with its number for `--candidate`, and what it needs."""
    change, source = _edit(candidate.edit)
    return [
        (str(number), *change),
        ("", *source),
        ("", "", f"needs {', '.join(map(plain, candidate.needs))}"),
    ]


def _shown(value: EditValue) -> str:
    if value is None:
        return "(none)"
    return value if isinstance(value, str) else ":".join(value) or "(none)"

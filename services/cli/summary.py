"""The summary as a biller reads it: files, claims, denials by cause with dollars, what was done, what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.codes import Decision
from services.account.quantities import counted, dollars
from services.account.words import CLAIM_WORDS, DECISION_WORDS, LADDER_WORDS, cause_words
from services.monitor.summary import Summary, Unaccounted, Untied, WaitingClaim

WITHDRAWN_WORDS: Final = {
    "context_rule_set": "withdrawn and made anew, because the rules changed",
    "context_profile": "withdrawn and made anew, because what a payer's profile says changed",
    "context_edition": "withdrawn and made anew, because a table on file changed",
    "clock_passed": "withdrawn and made anew, because a clock ran out",
}
"""By the reason of a withdrawal that no new fact of the claim caused."""

_CLOSED: Final = "case_"
"""How the reason of a withdrawal begins after which no denial is open."""


def print_summary(console: Console, summary: Summary, outbox: str | None = None) -> None:
    """Print the summary; `outbox` is the folder that outgoing files lie in, where it is known."""
    sheet = Table.grid(padding=(0, 2))
    sheet.add_column(style="bold", no_wrap=True)
    sheet.add_column()
    sheet.add_row("Files", _files(summary))
    sheet.add_row("Claims", _claims(summary))
    sheet.add_row("Denied", _denials(summary))
    rungs = {rung: f"{rung}  {words}" for rung, words in LADDER_WORDS.items()}
    sheet.add_row("Proposed", _counts(summary.proposals, rungs))
    if any(summary.decisions.values()):
        sheet.add_row("Decided", _decided(summary))
    sheet.add_row("Sent back", _sent(summary, outbox))
    sheet.add_row("Waiting", _waiting(summary))
    if summary.untied:
        sheet.add_row("About nothing", "\n".join(_untied(one) for one in summary.untied))
    if summary.quarantine or summary.unreadable or summary.dead_letters:
        sheet.add_row("Set aside", _set_aside(summary))
    if summary.unaccounted:
        sheet.add_row("Not accounted", "\n".join(_unaccounted(one) for one in summary.unaccounted))
    console.print(sheet)


def print_examples(console: Console, largest: Mapping[str, str]) -> None:
    """Print what to type to read the story of one claim of each rung."""
    for number, (rung, claim) in enumerate(largest.items()):
        console.print(
            f"{'Look:' if number == 0 else '     '} reclaim explain {claim}   ({rung}: {LADDER_WORDS[rung]})",
            markup=False,
        )


def print_worklist(console: Console, waiting: Sequence[WaitingClaim]) -> None:
    """Print the claims that wait for a person, with what to type next."""
    if not waiting:
        console.print("no claim waits for a person")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("claim", "payer", "at stake", "why", "proposed", "due"):
        table.add_column(column, justify="right" if column == "at stake" else "left", no_wrap=column != "why")
    for item in waiting:
        table.add_row(
            escape(item.claim_number),
            escape(item.payer or ""),
            dollars(item.amount),
            cause_words(item.cause),
            f"{item.automation} {item.action.replace('_', ' ')}" + (", held" if item.held else ""),
            item.due.isoformat() if item.due else "",
        )
    console.print(table)
    console.print(
        "Next: reclaim explain CLAIM, then reclaim decide CLAIM approve|reject|hold --by YOU --reason CODE"
    )


def _counts(counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    """One line a word; what did not happen is not told."""
    return "\n".join(f"{n:>5,} {words.get(word, word)}" for word, n in counts.items() if n) or "    0"


def _decided(summary: Summary) -> str:
    """What was decided; of what was withdrawn, why."""
    counts: Counter[str] = Counter()
    for decision, count in summary.decisions.items():
        if decision != Decision.WITHDRAWN:
            counts[DECISION_WORDS.get(decision, decision)] += count
            continue
        for reason, times in summary.withdrawn.items():
            counts[_withdrawn(reason)] += times
    return _counts(counts, {})


def _withdrawn(reason: str) -> str:
    if reason.startswith(_CLOSED):
        return "withdrawn, because what came since left no denial open"
    return WITHDRAWN_WORDS.get(reason, "withdrawn and made anew, because new facts came")


def _files(summary: Summary) -> str:
    intake = summary.intake
    kinds = ", ".join(f"{count} {kind}" for kind, count in intake.by_kind.items())
    notes = [
        f"{count} {word}"
        for count, word in (
            (intake.duplicate_files, "seen before"),
            (intake.unreadable_files, "unreadable"),
            (intake.files_in_progress, f"still being read ({', '.join(summary.being_read)})"),
        )
        if count
    ]
    return (
        f"{intake.files:>5,}" + (f"  ({kinds})" if kinds else "") + (f", {', '.join(notes)}" if notes else "")
    )


def _claims(summary: Summary) -> str:
    intake = summary.intake
    states = _counts(summary.claims, CLAIM_WORDS)
    return (
        f"{intake.claims_in:>5,} in = {intake.claims_published:,} taken + {intake.claims_quarantined:,} set aside; "
        f"{intake.segments_kept:,} of {intake.segments_in:,} segments kept\n{states}"
    )


def _denials(summary: Summary) -> Table | str:
    if not summary.denials:
        return "    0"
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", min_width=5)
    table.add_column(justify="right")
    table.add_column()
    for cause, total in summary.denials.items():
        table.add_row(f"{total.count:,}", dollars(total.amount), cause_words(cause))
    all_amounts = sum((total.amount for total in summary.denials.values()), Decimal(0))
    table.add_row(
        f"{sum(t.count for t in summary.denials.values()):,}", dollars(all_amounts), "together", style="bold"
    )
    return table


def _sent(summary: Summary, outbox: str | None) -> str:
    back = summary.resubmissions
    later = [
        f"{count} {word}"
        for count, word in (
            (back.acknowledged, "accepted by the payer"),
            (back.paid, "paid since"),
            (back.denied_again, "denied again"),
            (back.rejected, "turned away"),
            (back.reversed, "taken back"),
            (summary.waiting.undelivered, "not in a file yet"),
        )
        if count
    ]
    head = f"{back.published:>5,} corrected claim{'' if back.published == 1 else 's'}"
    if summary.outgoing:
        head += f" in {counted(len(summary.outgoing), 'file')}" + (f" below {outbox}" if outbox else "")
    if later:
        head += f"; {', '.join(later)}"
    if back.recovered:
        head += f"; {dollars(back.recovered)} more than before"
    return "\n".join([head, *(f"      {file}" for file in summary.outgoing)])


def _waiting(summary: Summary) -> str:
    waiting = summary.waiting
    lines = [f"{waiting.person:>5,} for a person, {dollars(waiting.person_amount)} at stake"]
    if waiting.held:
        lines.append(f"{waiting.held:>5,} of these held until later")
    lines += [f"{n:>5,} for the machine: {what.replace('_', ' ')}" for what, n in waiting.machine.items()]
    lines += [f"      {hold} is on hold" for hold in summary.holds]
    return "\n".join(lines)


def _untied(one: Untied) -> str:
    amount = f", {dollars(one.amount)}" if one.amount is not None else ""
    return f"{one.count:>5,} {one.kind}{amount}: {one.reason}"


def _unaccounted(one: Unaccounted) -> str:
    return (
        f"      file {one.file}: of {counted(one.claims_in, 'claim')} {one.claims_published:,} taken and "
        f"{one.claims_quarantined:,} set aside; {one.segments_kept:,} of {one.segments_in:,} segments kept"
    )


def _set_aside(summary: Summary) -> str:
    lines = [f"      claim {q.index} of file {q.file}: {q.reason}" for q in summary.quarantine]
    lines += [f"      file {u.file} is unreadable: {u.reason}" for u in summary.unreadable]
    if summary.dead_letters:
        lines.append(f"{summary.dead_letters:>5,} dead letters; see `reclaim dead-letters list`")
    return "\n".join(lines)

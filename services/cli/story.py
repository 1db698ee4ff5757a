"""The story of one claim as a biller reads it: what was billed, what came back, why, what to do, what is open."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from schemas.claim import Payer
from schemas.codes import Automation, ClaimState
from services.account.claim import Account
from services.account.exchange import AnswerAccount, AnsweredLine, BilledAccount, CodeAccount
from services.account.lineage import CauseAccount, LineageAccount
from services.account.quantities import counted, dollars
from services.account.words import (
    CLAIM_WORDS,
    CLOCK_WORDS,
    DECISION_WORDS,
    LINE_WORDS,
    NEXT_WORDS,
    QUALITY_WORDS,
    UNCLEAR,
    cause_words,
    plain,
    said_of,
)
from services.cli.aftermath import attempt_rows, recoupment_rows
from services.cli.printing import print_rows
from services.cli.proposal_story import print_proposal, time_left
from services.core.recoding.guards import GENERATION_UNANSWERED
from services.core.resubmission.deadlines import pressing

ZERO: Final = Decimal(0)
FREQUENCY_WORDS: Final = {"7": "replacement", "8": "void"}
MANY_LINES: Final = 12
"""From so many lines on, those that were simply paid are only counted."""

OURS: Final = frozenset(
    {
        "claim-submitted",
        "claim-acknowledged",
        "claim-denied",
        "claim-adjudicated",
        "remittance-adjusted",
        "claim-documented",
        "decision-requested",
        "claim-resubmitted",
        "resubmission-refused",
        "claim-delivered",
        "case-flagged",
        "dead-letter",
    }
)
"""The events that a person would write into the account notes; the machine's own steps are in `--json`."""


def print_story(console: Console, account: Account) -> None:
    """Print the whole account."""
    console.print(f"Claim {account.claim_number}", style="bold", markup=False)
    for line in _headlines(account):
        console.print(line, markup=False)
    for letter in account.open_letters:
        console.print(f"Blocked by dead letter {letter}: nothing is automated or sent", markup=False)
    print_rows(console, "What was billed", [row for claim in account.billed for row in _billed(claim)])
    answers = [
        (
            r.came.isoformat(),
            f"not taken in ({r.kind}{', ' + ', '.join(r.reasons) if r.reasons else ''}): nothing was decided",
        )
        for r in account.rejections
    ]
    print_rows(
        console, "What came back", [*answers, *(row for answer in account.answers for row in _answer(answer))]
    )
    for number, lineage in enumerate(account.lineages, start=1):
        if len(account.lineages) > 1:
            console.print()
            console.print(
                f"Life {number} of this number, {_payer(lineage.payer)}", style="bold", markup=False
            )
        _print_lineage(console, lineage)
    print_rows(
        console,
        "Timeline",
        [
            (m.date.isoformat(), plain(m.event.replace("-", " ")), m.what)
            for m in account.timeline
            if m.event in OURS
        ],
    )


def _headlines(account: Account) -> Iterable[str]:
    """Where it stands, in a sentence a lineage; without a denial, what the last answer said."""
    told = [line for lineage in account.lineages if (line := _headline(lineage)) is not None]
    if told:
        yield from told
    elif account.answers:
        last = account.answers[-1]
        if last.state == "reversed":
            yield f"{_payer(last.payer)} took its answer back; nothing is decided now."
            return
        state = _sentence(CLAIM_WORDS.get(last.state, plain(last.state)))
        yield f"{state} by {_payer(last.payer)}: {dollars(last.paid)} of {dollars(last.charge)}. No denial is open."
    elif account.rejections:
        yield "Not taken in by the payer: mend it and send it as a first claim; it was never decided."
    elif account.billed:
        last_sent = account.billed[-1]
        yield f"Billed to {_payer(last_sent.payer)}, {dollars(last_sent.charge)}; no answer has come yet."


_UNANSWERED: Final = "A corrected claim was sent, and new facts came before its answer: what is approved now waits for that answer"


def _headline(lineage: LineageAccount) -> str | None:
    if lineage.claim_state is None:
        return None
    if not lineage.open:
        how = {"paid": "paid since", "reversed": "taken back by the payer"}.get(
            lineage.change or "", "settled since"
        )
        was = "turned away" if lineage.claim_state == ClaimState.REJECTED else "denied"
        return f"Was {was} by {_payer(lineage.payer)}; {how}. Nothing is open."
    state = _sentence(CLAIM_WORDS.get(lineage.claim_state, plain(lineage.claim_state)))
    idle = lineage.proposal is not None and lineage.proposal.automation is Automation.A0
    amount = f"{dollars(lineage.denied_amount or ZERO)} {'denied' if idle else 'are at stake'}"
    text = f"{state} by {_payer(lineage.payer)}: {amount}."
    if lineage.sent and lineage.decision is not None:
        return f"{text} A corrected claim was sent; its answer has not come."
    if lineage.decision is not None and lineage.decision != "withdrawn":
        text += f" {_sentence(DECISION_WORDS.get(lineage.decision, lineage.decision))}."
    elif lineage.proposal is not None:
        unanswered = any(guard.reason == GENERATION_UNANSWERED for guard in lineage.proposal.guards)
        text += f" {_UNANSWERED if unanswered else NEXT_WORDS[lineage.proposal.automation]}."
    proposal = lineage.proposal
    clocks = pressing(proposal.deadlines, proposal.action, proposal.path) if proposal is not None else ()
    if clocks:
        first = min(clocks, key=lambda clock: clock.due)
        text += (
            f" First clock: {said_of(CLOCK_WORDS, first.clock)}, {first.due.isoformat()}, {time_left(first)}."
        )
    return text


def _billed(claim: BilledAccount) -> Iterable[tuple[str, ...]]:
    again = FREQUENCY_WORDS.get(claim.frequency_code or "", "")
    served = f" for {claim.served.isoformat()}" if claim.served is not None else ""
    yield (
        claim.sent.isoformat(),
        f"{claim.transaction} {again + ' ' if again else ''}to {_payer(claim.payer)}{served}: "
        f"{dollars(claim.charge)}, {counted(len(claim.lines), 'line')}"
        + (f", diagnoses {', '.join(claim.diagnoses)}" if claim.diagnoses else ""),
    )
    for line in claim.lines[:MANY_LINES]:
        units = f" x {line.units.normalize():f}" if line.units is not None else ""
        yield "", f"line {line.line}  {line.code}{units}  {dollars(line.charge)}"
    if len(claim.lines) > MANY_LINES:
        yield "", f"and {counted(len(claim.lines) - MANY_LINES, 'line')} more"


def _answer(answer: AnswerAccount) -> Iterable[tuple[str, ...]]:
    state = CLAIM_WORDS.get(answer.state, plain(answer.state))
    parts = [f"{dollars(answer.paid)} paid of {dollars(answer.charge)}"]
    parts += [f"{dollars(answer.denied)} denied"] if answer.denied else []
    parts += [f"{dollars(answer.pended)} pended"] if answer.pended else []
    parts += [f"the patient owes {dollars(answer.patient)}"] if answer.patient else []
    number = f" (its number {answer.payer_control_number})" if answer.payer_control_number else ""
    if answer.state == "reversed":
        taken = f"{dollars(-answer.charge)} billed, {dollars(-answer.paid)} paid"
        yield (
            answer.came.isoformat(),
            f"{_payer(answer.payer)}{number}: takes an earlier answer back ({taken})",
        )
        return
    yield answer.came.isoformat(), f"{_payer(answer.payer)}{number}: {state}, {', '.join(parts)}"
    for code in answer.codes:
        yield "", f"whole claim  {_code(code)}"
    plainly_paid = 0
    for line in answer.lines:
        if len(answer.lines) > MANY_LINES and line.state == "paid":
            plainly_paid += 1
            continue
        yield from _answered_line(line)
    if plainly_paid:
        yield "", f"and {counted(plainly_paid, 'line')} paid"


def _answered_line(line: AnsweredLine) -> Iterable[tuple[str, ...]]:
    yield (
        "",
        f"line {line.line}  {line.code}  {said_of(LINE_WORDS, line.state)}: {dollars(line.paid)} of {dollars(line.charge)}",
    )
    for code in line.codes:
        yield "", f"        {_code(code)}"


def _code(code: CodeAccount) -> str:
    """`CO-45 $20.00 charge above the fee schedule or contract`."""
    amount = f" {dollars(code.amount)}" if code.amount is not None else ""
    listed = f' (your list: "{code.listed}")' if code.listed is not None else ""
    return f"{code.code}{amount}  {code.says}{listed}"


def _print_lineage(console: Console, lineage: LineageAccount) -> None:
    turned = "turned away" if lineage.claim_state == ClaimState.REJECTED else "denied"
    was = "Why" if lineage.open else f"Why it was {turned} then"
    print_rows(console, was, [row for cause in lineage.causes for row in _cause(cause)])
    odd = [
        f"The remittance is odd: {said_of(QUALITY_WORDS, word)}."
        for word in lineage.remit_quality
        if word not in UNCLEAR
    ]
    for text in odd if lineage.open else ():
        console.print(Padding(escape(text), (0, 0, 0, 2)))
    print_rows(console, "What came of it", list(attempt_rows(lineage.attempts)))
    print_rows(
        console,
        "Taken outside the claim",
        list(recoupment_rows(lineage.recoupments, lineage.silent)),
    )
    if not lineage.open:
        return
    if lineage.proposal is not None:
        print_proposal(console, lineage.proposal)
    print_rows(console, "What would settle it", [("-", step) for step in lineage.settles])
    print_rows(console, "What is not known", [("-", doubt) for doubt in lineage.not_known])
    print_rows(console, "Sent", [(file,) for file in lineage.sent])


def _cause(cause: CauseAccount) -> Iterable[tuple[str, ...]]:
    """The cause in plain words, the codes that carry it and where they stood, the first move and the wrong one."""
    hope = "may be put right" if cause.recoverability == "soft" else "final unless the payer changes its mind"
    yield dollars(cause.amount), f"{cause_words(cause.cause)}: {cause.label} ({hope})"
    for code in cause.carriers:
        place = "on the whole claim" if code.line is None else f"on line {code.line}"
        yield "", f"{place}: {_code(code)}"
    if cause.first is not None:
        yield "", f"First: {cause.first}"
    if cause.never is not None:
        yield "", f"Never: {cause.never}"


def _payer(payer: Payer | None) -> str:
    if payer is None:
        return "a payer without a name"
    if payer.name is None:
        return f"payer {payer.id}" if payer.id else "a payer without a name"
    return f"{payer.name} ({payer.id})" if payer.id else payer.name


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]

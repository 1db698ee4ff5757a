"""docs/denials.md: the code tables and the playbook as the page that a denial specialist has on the wall."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from schemas.codes import Action, Automation
from services.account.words import ACTION_WORDS, FIX_WORDS, cause_words
from services.core.denials.knowledge import Knowledge, Reason, ReasonClass, RemarkMeaning
from services.core.denials.playbook import Playbook

STAR: Final = "\\*"
"""An asterisk that is no Markdown."""

REFUSING: Final = (ReasonClass.DENIAL, ReasonClass.BY_REMARK)

DIRECTIVES: Final[dict[str, str]] = {
    "new_claim": "send a new claim: frequency 1, without the payer's number; where the claim could not be processed there is no appeal",
    "replacement": "send a replacement: frequency 7 with the payer's number",
    "void_then_new": "void first (frequency 8); when the void is answered, a new claim",
    "hold": "send nothing until the claim is final",
    "fix_replacement": "our replacement lacked its frequency or the payer's number",
    "fix_reference": "the payer's number was wrong: take the latest (CLP07)",
    "close": "close it: nothing further is accepted",
    "new_reference": "the adjustment has a new number: follow it",
    "stop": "do not resubmit",
    "wait": "wait for the payer, its letter or the premium",
    "no_appeal": "no appeal; a corrected claim may still be right",
    "appeal_open": "an appeal or review is open: start its clock",
    "appeal_only": "appeal the earlier decision; no corrected claim",
    "clinical_review": "a talk between physicians is offered",
    "records": "send what was asked for",
    "integrity": "program integrity: no change by a machine, a person in compliance",
    "surprise_billing": "surprise billing law: negotiation and dispute clocks, no corrected claim",
    "forwarded": "the next payer has it: send no secondary claim",
}
"""What a directive of the remark table means for the way back."""


def page(knowledge: Knowledge, playbook: Playbook) -> str:
    """The whole page as Markdown. The same data give the same text."""
    active = [row for row in knowledge.reasons.values() if not row.stopped]
    parts = [
        _head(knowledge),
        *_wall(knowledge, playbook, active),
        _by_code(knowledge, playbook),
        *_codes(knowledge, active),
        _directives(knowledge),
        _informing(knowledge),
        _benign(active),
        _old(knowledge),
    ]
    return "\n\n".join(parts) + "\n"


def _head(knowledge: Knowledge) -> str:
    stopped = sum(row.stopped for row in knowledge.reasons.values())
    return (
        "# Denials on one page\n\n"
        "The reason code (CARC) says why, the remark code (RARC) what exactly, the group who bears it, REF\\*0K under"
        " which policy. A remark that directs the path goes before everything; the most specific remark that is no"
        " alert decides the cause; then the reason. Several causes on one claim are all kept.\n\n"
        "**At most** is how far a machine may go: A0 nothing to do, A1 a person decides, A2 the machine proposes and a"
        " person approves, A3 it may leave alone where the payer's profile allows it and every guard passes. CO and PI:"
        " the patient may not be billed. PR: what is not covered is the patient's or the next payer's. Windows and"
        " appeal rights follow the payer's contract.\n\n"
        f"{len(knowledge.reasons)} reasons ({stopped} of them old) and {len(knowledge.remarks)} remarks, lists of"
        f" {knowledge.edition}, in our own words. Made by `reclaim codes --page`; one code: `reclaim codes CARC 97`."
        " What counts as a denial: [what a denial is](what-is-a-denial.md)."
    )


def _wall(knowledge: Knowledge, playbook: Playbook, active: Sequence[Reason]) -> Iterator[str]:
    """One table a business scenario: the causes with their codes and plays."""
    causes = _causes(knowledge, active)
    scenarios = sorted({s.number: s for s in knowledge.scenarios.values()}.values(), key=lambda s: s.number)
    sections = [
        (f"{s.number}. {_sentence(s.label)}", [c for c in causes if c in s.causes]) for s in scenarios
    ]
    sections.append(("Beside these", [c for c in causes if c not in knowledge.scenarios]))
    for title, members in sections:
        rows = []
        for cause in sorted(members, key=cause_words):
            own = _reasons(active, cause)
            said = [row.says for row in _remarks(knowledge, cause) if row.says is not None]
            play = playbook.by_cause[cause]
            ceilings = sorted({meaning.ceiling for meaning in (*own, *said)})
            rows.append(
                (
                    cause_words(cause),
                    ", ".join(_reason(row) for row in own) or "remarks only",
                    play.first,
                    play.never,
                    play.clock,
                    _span(ceilings),
                )
            )
        yield f"## {title}\n\n" + _table(("cause", "CARC", "first", "never", "clock", "at most"), rows)


def _causes(knowledge: Knowledge, active: Sequence[Reason]) -> list[str]:
    """Every cause that a reason or a remark in force refuses money for."""
    causes = dict.fromkeys(row.cause for row in active if row.class_ in REFUSING)
    causes |= dict.fromkeys(
        row.says.cause for row in knowledge.remarks.values() if row.says is not None and _speaks(row)
    )
    return list(causes)


def _reasons(active: Iterable[Reason], cause: str) -> list[Reason]:
    """The reasons of a cause, in the order of their codes."""
    own = (row for row in active if row.cause == cause and row.class_ in REFUSING)
    return sorted(own, key=lambda row: _place(row.code))


def _remarks(knowledge: Knowledge, cause: str) -> list[RemarkMeaning]:
    return [
        row
        for row in knowledge.remarks.values()
        if row.says is not None and row.says.cause == cause and _speaks(row)
    ]


def _speaks(row: RemarkMeaning) -> bool:
    """The remark decides a cause: it is in force, no alert, and more than a note on a price."""
    return not row.alert and not row.stopped and row.says is not None and row.says.cause != "pricing"


def _place(code: str) -> tuple[str, int]:
    """16 before 100, numbers before letters."""
    letters = code.rstrip("0123456789")
    digits = code[len(letters) :]
    return letters, int(digits) if digits else 0


def _by_code(knowledge: Knowledge, playbook: Playbook) -> str:
    plays = {id(play): play for play in playbook.by_code.values()}.values()
    rows = [
        (
            ", ".join(play.codes),
            knowledge.reasons[play.codes[0]].label,
            play.first,
            play.never,
        )
        for play in sorted(plays, key=lambda play: _place(play.codes[0]))
    ]
    return "## Codes with a first move of their own\n\n" + _table(("CARC", "says", "first", "never"), rows)


def _reason(row: Reason) -> str:
    """The code, marked where a remark decides, with the groups it must have."""
    mark = "*" if row.class_ is ReasonClass.BY_REMARK else ""
    groups = f" ({'/'.join(row.groups)})" if row.groups else ""
    if row.groups_of_workers_compensation:
        other = "/".join(row.groups_of_workers_compensation)
        groups = f" ({'/'.join(row.groups)}; workers' compensation {other})"
    return f"{row.code}{mark}{groups}"


def _codes(knowledge: Knowledge, active: Sequence[Reason]) -> Iterator[str]:
    yield (
        "## Code by code\n\nA reason marked \\* leaves the cause to its remark; one marked † must come with a remark that is no alert."
    )
    for cause in sorted(_causes(knowledge, active), key=cause_words):
        own, remarks = _reasons(active, cause), _remarks(knowledge, cause)
        tables = []
        if own:
            tables.append(
                _table(
                    ("CARC", "says", "mended by", "then", "at most"),
                    [
                        (
                            _reason(row) + ("†" if row.needs_remark else ""),
                            row.label,
                            FIX_WORDS[row.fix],
                            ACTION_WORDS[row.action],
                            row.ceiling,
                        )
                        for row in own
                    ],
                )
            )
        if remarks:
            tables.append(
                _table(("RARC", "where in the 837", "then", "at most"), list(_grouped(remarks))),
            )
        yield f"### {_sentence(cause_words(cause))}\n\n" + "\n\n".join(tables)


def _grouped(remarks: Sequence[RemarkMeaning]) -> Iterator[tuple[str, ...]]:
    """Remarks that ask for the same in the same place share a row."""

    def kind(row: RemarkMeaning) -> tuple[str, Action, str]:
        assert row.says is not None
        return (row.place or "", row.says.action, row.says.ceiling)

    for (place, action, ceiling), rows in groupby(sorted(remarks, key=kind), key=kind):
        said = "; ".join(f"{row.code} {row.label}" for row in rows)
        yield said, place, ACTION_WORDS[action], ceiling


def _directives(knowledge: Knowledge) -> str:
    rows = []
    for directive, words in DIRECTIVES.items():
        carriers = [row for row in knowledge.remarks.values() if row.directive == directive]
        if carriers:
            rows.append((words, "; ".join(f"{row.code} {row.label}" for row in carriers)))
    return "## What a remark directs\n\n" + _table(("the way back", "RARC"), rows)


def _informing(knowledge: Knowledge) -> str:
    """Remarks that neither decide a cause nor direct the path."""
    rest = [
        row
        for row in knowledge.remarks.values()
        if not row.stopped and row.directive is None and not _speaks(row)
    ]
    kinds = (
        ("says that nothing was refused", [row for row in rest if row.class_ is ReasonClass.NOT_DENIAL]),
        ("says that the payer still decides", [row for row in rest if row.class_ is ReasonClass.PEND]),
        (
            "alert: never the reason of an adjustment",
            [row for row in rest if row.alert and row.class_ is None],
        ),
        ("how it was priced or answered", [row for row in rest if not row.alert and row.class_ is None]),
    )
    rows = [(words, "; ".join(f"{row.code} {row.label}" for row in own)) for words, own in kinds if own]
    return "## Remarks for information\n\n" + _table(("what", "RARC"), rows)


def _benign(active: Sequence[Reason]) -> str:
    """Reasons that refuse nothing, and those that only say that the payer still decides."""
    rows = []
    for class_, words in ((ReasonClass.NOT_DENIAL, "no denial"), (ReasonClass.PEND, "payer still decides")):
        own = sorted((row for row in active if row.class_ is class_), key=lambda row: _place(row.code))
        for cause in sorted({row.cause for row in own}, key=cause_words):
            said = "; ".join(f"{_reason(row)} {row.label}" for row in own if row.cause == cause)
            rows.append((words, cause_words(cause), said))
    masking = ", ".join(row.code for row in active if row.whole_charge_is_denial)
    return (
        "## No denials\n\n"
        f"Reductions, cost share and reports. {masking} over the whole charge with nothing paid hide a denial.\n\n"
        + _table(("class", "what", "CARC"), rows)
    )


def _old(knowledge: Knowledge) -> str:
    rows = []
    for row in (*knowledge.reasons.values(), *knowledge.remarks.values()):
        if row.stopped:
            until = row.stop or row.listed
            known = "" if row.stop is not None else "after "
            rows.append(
                (
                    row.code,
                    row.label.removesuffix(" (old code)"),
                    f"{known}{until.isoformat()}" if until is not None else "",
                    ", ".join(row.successors),
                )
            )
    return "## Old codes that are still met\n\n" + _table(("code", "says", "stopped", "now"), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('*', STAR) for cell in cells)} |" for cells in lines)


def _span(ceilings: Sequence[Automation]) -> str:
    return ceilings[0] if len(ceilings) == 1 else f"{ceilings[0]} to {ceilings[-1]}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]

"""What the lists of the worklist's filters offer, in words, with how many claims each has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.account.words import ACTION_WORDS, CLOCK_WORDS, cause_words, plain, said_of
from services.console.pages.needed import needed_words
from services.console.queries.filters import Filter
from services.console.queries.worklist import Row

Option = tuple[str, str]
"""The value in an address, and its words."""

DAYS: Final[list[Option]] = [
    ("past", "run out"),
    ("0-7", "within 7 days"),
    ("0-14", "within 14 days"),
    ("0-30", "within 30 days"),
    ("31-90", "31 to 90 days"),
    ("91-", "more than 90 days"),
    ("none", "no clock known"),
]
AMOUNTS: Final[list[Option]] = [
    ("-99", "under $100"),
    ("100-499", "$100 to $499"),
    ("500-999", "$500 to $999"),
    ("1000-4999", "$1,000 to $4,999"),
    ("5000-", "$5,000 and more"),
]
AGES: Final[list[Option]] = [
    ("0-30", "0 to 30 days"),
    ("31-60", "31 to 60 days"),
    ("61-90", "61 to 90 days"),
    ("91-120", "91 to 120 days"),
    ("121-", "121 days and more"),
]
REPEATS: Final[list[Option]] = [("first", "first denial"), ("repeat", "denied again")]
STATES: Final[list[Option]] = [
    ("ready", "waits, not on hold"),
    ("held", "held"),
    ("approved", "approved"),
    ("waiting", "approved, waits"),
    ("sent", "sent"),
    ("taken", "a person's own work"),
    ("rejected", "rejected"),
    ("any", "all of them"),
]
PROOF_WORDS: Final = {
    "complete": "facts complete",
    "needs": "needs a document",
    "vetoed": "held back by the guard",
}

EVENT_WORDS: Final = {
    "recoding-proposed": "proposed",
    "recoding-decided": "decided",
    "denial-classified": "classified",
    "decision-requested": "asked for",
    "claim-denied": "denied",
    "claim-adjudicated": "answered",
    "claim-documented": "documented",
    "claim-resubmitted": "built",
    "claim-delivered": "sent",
    "claim-acknowledged": "acknowledged",
    "case-flagged": "flagged",
    "case-changed": "changed",
    "resubmission-refused": "not sent",
}
"""The last event of a row, in one word."""


@dataclass(frozen=True, slots=True)
class Options:
    """One list a filter."""

    payers: list[Option]
    causes: list[Option]
    days: list[Option]
    actions: list[Option]
    proofs: list[Option]
    owners: list[Option]
    amounts: list[Option]
    carcs: list[Option]
    rarcs: list[Option]
    groups: list[Option]
    procedures: list[Option]
    providers: list[Option]
    rules: list[Option]
    files: list[Option]
    clocks: list[Option]
    ages: list[Option]
    repeats: list[Option]
    states: list[Option]


def options_of(counted: Mapping[str, list[tuple[str, int]]], filter_: Filter) -> Options:
    """The lists; a value that is asked for stands in its list even where nothing has it any more."""

    def offer(name: str, words: Mapping[str, str] | None = None) -> list[Option]:
        told = [(v, f"{_words(v, words)} ({n:,})") for v, n in counted.get(name, [])]
        asked = str(getattr(filter_, {"proof_state": "proof"}.get(name, name), ""))
        if asked and asked not in {v for v, _ in told}:
            told.append((asked, _words(asked, words)))
        return told

    causes = {v: cause_words(v) for v, _ in counted.get("cause", [])}
    owners = [option for option in offer("owner") if option[0] != "nobody"]
    return Options(
        payers=offer("payer"),
        causes=offer("cause", causes),
        days=_with(DAYS, filter_.days),
        actions=offer("action", {str(k.value): words for k, words in ACTION_WORDS.items()}),
        proofs=offer("proof_state", PROOF_WORDS),
        owners=[("nobody", "nobody"), *owners],
        amounts=_with(AMOUNTS, filter_.amount),
        carcs=offer("carc"),
        rarcs=offer("rarc"),
        groups=offer("group"),
        procedures=[(v, f"begins with {words}") for v, words in offer("procedure")],
        providers=offer("provider"),
        rules=offer("rule"),
        files=[(v, f"{v[:10]}… {words.partition(' ')[2]}") for v, words in offer("file")],
        clocks=offer("clock", CLOCK_WORDS),
        ages=_with(AGES, filter_.age),
        repeats=REPEATS,
        states=STATES,
    )


def proof_words(row: Row) -> str:
    """The state of a proposal's proof, with what the guard says."""
    if row.proof_state == "vetoed" and row.vetoes:
        guard, _, reason = row.vetoes[0].partition(":")
        return f"{plain(reason)} ({guard})"
    if row.proof_state == "needs" and row.needs:
        return f"needs {needed_words(row.needs[0])}"
    return PROOF_WORDS.get(row.proof_state, plain(row.proof_state))


def days_words(days: int | None) -> str:
    """`12 d`, `run out`, `no clock`."""
    if days is None:
        return "no clock"
    return f"{days} d" if days >= 0 else "run out"


def tone_of(days: int | None) -> str:
    """How pressing it is; the words say the same."""
    if days is None or days >= 21:
        return ""
    return "bad" if days < 7 else "warn"


def other_clock(row: Row) -> str:
    """The second clock in a few words."""
    if not row.other_clock or row.other_days is None:
        return ""
    return f"{said_of(CLOCK_WORDS, row.other_clock)} {days_words(row.other_days)}"


def _with(options: list[Option], asked: str) -> list[Option]:
    return options if not asked or asked in {v for v, _ in options} else [*options, (asked, asked)]


def _words(value: str, words: Mapping[str, str] | None) -> str:
    return value if words is None else words.get(value, plain(value))

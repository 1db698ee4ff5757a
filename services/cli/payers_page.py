"""docs/payers.md: the keys of a payer profile, and the families and clocks that ship, made from the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from services.account.payer import KEY_WORDS
from services.core.profile_difference import shown
from services.core.resubmission.profile_documents import DEFAULT, KEYS
from services.core.resubmission.profiles import Profiles

_INTRO: Final = """# Payers and their clocks

A payer profile is YAML. What a payer does not say it inherits from its family, the family from the one above it, and all from the default. Every value has its `source` and `date`; `example: true` marks what a contract must confirm. A key without a value is not known, and what it would decide is a person's decision.

- `reclaim payers list` and `reclaim payers show ID` print what is in force, each value with where it comes from. `show ID --filing-indicator MB` tells what holds for a payer that has no profile; `--decided DATE` adds the last days of the appeal ladder.
- `reclaim payers diff OLD NEW` prints what changed between two sets and which open claims it touches: `active`, `shipped`, `NAME@VERSION` of an earlier load, or files that are not loaded yet.
- `reclaim load payer_profiles FILE...` lays documents over the active set. It takes effect while Reclaim runs: open proposals that come to something else are withdrawn and proposed anew. Each document has `cases` (a claim, and the path and last days that it must come to); one without, or with one that fails, is not loaded. `examples/payers/` has five to begin with, all of them examples.
- `reclaim risk` prints the dollars whose binding clock ends in the next 90 days, by payer and path.

An unknown payer gets the profile of its family by filing indicator (SBR09, CLP06) and, for Medicaid, its state; the proposal and `reclaim explain` say so. A payer that serves several lines of business names no family: then the claim's filing indicator leads to it, and `by_family` holds what is different there.

## How days are counted

A span is a number of days, or `1 year`, `12 months`, `30 business days`. A calendar year ends on the same date, after 29 February on 28 February. Business days leave out weekends and federal holidays. It starts at the last (`dos`) or first (`dos_from`) date of service, at the date of the remittance (`remit`), five days after it (`receipt`, the presumed receipt of a notice), or at the date of the remittance of the payer before (`prior_remit`). A later remittance moves no clock that starts at the service. The last day is within the time; a last day on a day off stays where it is, unless a source moves it (`moved_off_days_off`).

The clocks that run against what is proposed bind it. The day after one of them the proposal is withdrawn and made anew for a person, with `clock_passed:` and the clock; what was approved before and has not left is refused by the resubmitter. 14, 7 and 2 days before, `case-flagged` says so once, also for an appeal that lapses while a corrected claim is under way. Remarks go before the payer's own counts: they start, replace or end a clock.

A claim that goes to the payer after the one that denied is on that payer's filing limit, by that payer's profile, and its own says what is too late: `reclaim explain` and the proposal name the payer whose clock it is. Where the claim does not name the next payer, the filing limit of the one that denied stands for it and ends nothing.
"""


def page(profiles: Profiles) -> str:
    """The whole page, Markdown."""
    parts = [
        _INTRO,
        "## Keys\n",
        *_keys(),
        "\n## Families that ship\n",
        *_families(profiles),
        "\n## Clocks that ship\n",
    ]
    return "\n".join([*parts, *_clocks(profiles)]) + "\n"


def _keys() -> Iterator[str]:
    yield from _table(("key", "what it says"), ((f"`{key}`", KEY_WORDS[key]) for key in KEYS))


def _families(profiles: Profiles) -> Iterator[str]:
    names = sorted(n for n, d in profiles.documents.items() if d.level == "family")
    rows = []
    for name in names:
        document, profile = profiles.documents[name], profiles.own(name)
        rows.append(
            (
                f"`{name}`",
                f"`{document.inherits or DEFAULT}`",
                " ".join([*document.filing_indicators, *document.states]) or "by `inherits` only",
                shown(profile.corrected_claim_path).replace("_", " "),
                shown(profile.appeal_path).replace("_", " "),
                str(sum(told.example for told in profile.sources.values())),
            )
        )
    yield from _table(("family", "inherits", "claims with", "corrected claim", "appeal", "to confirm"), rows)


def _clocks(profiles: Profiles) -> Iterator[str]:
    """Each clock once, at the document that says it."""
    rows: dict[tuple[str, str], tuple[str, ...]] = {}
    for name in sorted(profiles.documents, key=lambda n: (n != DEFAULT, n)):
        for rule in profiles.own(name).clock_rules:
            place, _, span = rule.said.partition(": ")
            under = [*sorted(rule.remarks), *sorted(rule.reasons)]
            if rule.level is not None and rule.level > 1:
                under.append(f"at level {rule.level}")
            moved = ", next business day" if rule.moved else ""
            rows.setdefault(
                (place, span),
                (
                    f"`{place}`",
                    rule.clock.replace("_", " "),
                    f"{span}{moved}",
                    " ".join(under),
                    rule.source,
                    "example" if rule.example else "",
                ),
            )
    yield from _table(("rule", "clock", "how long", "under", "source", ""), rows.values())


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"

"""docs/payers.md: the keys of a payer profile, and the families and clocks that ship, made from the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from services.core.profile_difference import shown
from services.core.resubmission.profile_documents import DEFAULT, KEYS
from services.core.resubmission.profiles import Profiles

KEY_WORDS: Final[dict[str, str]] = {
    "automation": "rule families that may act unattended for this payer",
    "accepts_7": "takes replacements (CLM05-3 7); without it no replacement is built",
    "accepts_8": "takes voids (CLM05-3 8); without it no void is built",
    "denied_claim_freq": "`1`: a claim denied in full comes again as an original; `7`: as a replacement",
    "corrected_claim_path": "the path of a corrected claim",
    "path_after_window": "its path once the window has passed, as a reopening; without it a person decides",
    "appeal_path": "the path of a first appeal",
    "appeal_levels": "the ladder of appeals: name, span, path, amount in controversy, and the remark or CARC that tells the level",
    "sendable_paths": "paths that Reclaim itself sends; all others are a person's work",
    "capitated": "services are paid by capitation, so CARC 24 is no denial",
    "unprocessable_lines_only": "the new claim of an unprocessable one has only the lines that were not processed",
    "claim_change_codes": "replacements and voids of an institutional claim take exactly one claim change condition code",
    "wait_days": "days of waiting for the payer after which it is a person's again",
    "requires_note": "a replacement or void needs a note (NTE)",
    "note_qualifier": "NTE01 of that note",
    "corrected_claim_days": "the window of a corrected claim",
    "corrected_claim_anchor": "where it starts",
    "max_attempts": "how often a claim may come again; after that a person decides",
    "paper_only": "nothing electronic is taken; a person sends it",
    "crossover_partner": "the payer to whom this one forwards a claim by itself: it gets no second one",
    "appeal_days": "the time for a first appeal",
    "appeal_anchor": "where it starts",
    "timely_filing_days": "the filing limit",
    "timely_filing_anchor": "where it starts: the last date of service, or the first (`dos_from`)",
    "secondary_filing_days": "the filing limit of a claim that another payer decided first; without it the usual one holds for that too",
    "secondary_filing_anchor": "where it starts: the remittance of the payer before (`prior_remit`), unless a date of service is named",
    "new_claim_clocks": "the clocks that a denied claim keeps when it comes again as an original",
    "moved_off_days_off": "clocks whose last day moves to the next business day where it is a day off; all others keep it",
    "batch_max_claims": "claims in one file",
    "batch_max_age_minutes": "the longest that a claim waits for its file",
    "partner_empties_folder": "the partner takes files away: a missing one may have been taken",
    "stop_reasons": "CARCs with which no machine goes on",
    "payer_hints": "remarks in which the payer hints at another code, which is no evidence",
    "modifier_25_59_path": "where 25, 59 and their like on a billed code are taken only on this path",
    "accepts_x_modifiers": "takes XE, XP, XS, XU",
    "bilateral_style": "both sides of a service: `one_line` with 50, `two_lines` of which the second has 50, `rt_lt`",
    "telehealth_style": "what tells telehealth: a `modifier`, or only the `place_of_service`",
    "attachment_with_claim": "records go with a corrected claim, not after it",
    "excluded_providers": "NPIs for which nothing goes out",
    "two_people_for_unknown": "two people approve also where the loaded fees do not tell whether the payment rises",
    "delivery_target": "the `[sftp.NAME]` that files go to; without it the outbox folder",
    "payment_floor_days": "days after a send in which the payer works a claim without a word",
}

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

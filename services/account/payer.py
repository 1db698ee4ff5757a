"""A payer's profile as rows for a person: its values, its clocks, its appeals, each with where it is written."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from services.core.profile_difference import shown
from services.core.resubmission.profile_documents import KEYS
from services.core.resubmission.profiles import Profile, Profiles
from services.core.resubmission.spans import read_span

CONFIRM: Final = "example"
"""A value that a contract must confirm."""


_RECEIPT_DAYS: Final = 5


def profile_rows(profiles: Profiles) -> list[dict[str, Any]]:
    """Every payer, then every family, with whom it inherits from and how many of its values a contract must confirm."""
    return [
        {
            "name": document.name,
            "level": document.level,
            "inherits": document.inherits,
            "filing_indicators": list(document.filing_indicators),
            "states": list(document.states),
            "aliases": list(document.aliases),
            "own_values": len(document.values) + len(document.clocks),
            "examples": sum(told.example for told in profiles.own(document.name).sources.values()),
            "cases": len(document.cases),
        }
        for document in sorted(profiles.documents.values(), key=lambda d: (d.level != "payer", d.name))
    ]


def value_rows(profile: Profile) -> list[dict[str, Any]]:
    """Every key of a profile with its value and who says so; `from` is empty where nobody does."""
    rows = []
    for key in KEYS:
        told = profile.sources.get(key)
        rows.append(
            {
                "key": key,
                "value": shown(getattr(profile, key)),
                "from": told.document if told is not None else "",
                "source": told.source if told is not None else "no document says it",
                "date": told.date.isoformat() if told is not None else "",
                "": CONFIRM if told is not None and told.example else "",
            }
        )
    return rows


def clock_rows(profile: Profile) -> list[dict[str, Any]]:
    """The clocks of a profile, with their sources."""
    return [
        {
            "clock": rule.clock,
            "rule": rule.said,
            "under": " ".join(
                [
                    *sorted(rule.remarks),
                    *sorted(rule.reasons),
                    *([f"level {rule.level}"] if rule.level else []),
                ]
            ),
            "source": rule.source,
            "": CONFIRM if rule.example else "",
        }
        for rule in profile.clock_rules
    ]


def appeal_rows(profile: Profile, decided: date | None) -> list[dict[str, Any]]:
    """The levels of appeal. `decided`: the date of the decision that each would answer."""
    rows = []
    for number, level in enumerate(profile.appeal_levels, start=1):
        within = level.within if level.within is not None else profile.appeal_days
        receipt = level.within is not None or profile.appeal_anchor == "receipt"
        last = ""
        if decided is not None and within is not None:
            start = date.fromordinal(decided.toordinal() + (_RECEIPT_DAYS if receipt else 0))
            due = read_span(within).after(start)
            last = due.isoformat() if due is not None else ""
        rows.append(
            {
                "level": f"{number} {level.name.replace('_', ' ')}",
                "within": f"{read_span(within)} from {'receipt' if receipt else 'the notice'}"
                if within
                else "not known",
                "amount in controversy": f"${level.minimum_amount}"
                if level.minimum_amount is not None
                else "",
                "path": level.path or (profile.appeal_path if number == 1 else None) or "a person",
                "last day": last,
            }
        )
    return rows


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

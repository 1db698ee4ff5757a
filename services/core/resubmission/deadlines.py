"""Clocks of a denied claim: until when a corrected claim, an appeal, a claim at all is taken.

The day counts are those of the payer's profile. A later remittance does not move a clock that starts at the date
of service.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from schemas.case import ClassifiedDenial
from schemas.codes import Action, Path
from schemas.recoding import Deadline
from services.core.resubmission.profiles import Profile

# A notice is presumed to be received five days after its date (42 CFR 405.942).
_PRESUMED_RECEIPT: Final = timedelta(days=5)

ALARM_DAYS: Final = (14, 7, 2)
"""How many days before a clock runs out an alarm is raised, widest first."""


def clocks(denial: ClassifiedDenial, profile: Profile, today: date | None) -> tuple[Deadline, ...]:
    """The clocks that run, by due date. Empty before the first day is known; a clock without its anchor or its
    day count does not appear."""
    if today is None:
        return ()
    remittance = denial.adjudication.remittance
    remitted = remittance.payment_date or remittance.production_date
    anchors = {"dos": _last_service(denial), "remit": remitted, "receipt": remitted}
    wanted = (
        (
            "corrected_claim",
            "corrected_claim_days",
            profile.corrected_claim_days,
            profile.corrected_claim_anchor,
        ),
        ("appeal", "appeal_days", profile.appeal_days, profile.appeal_anchor),
        ("filing_limit", "timely_filing_days", profile.timely_filing_days, "dos"),
    )
    found = []
    for clock, key, days, kind in wanted:
        anchor = anchors.get(kind or "")
        source = profile.sources.get(key)
        if days is None or anchor is None or source is None:
            continue
        due = anchor + timedelta(days=days) + (_PRESUMED_RECEIPT if kind == "receipt" else timedelta())
        found.append(
            Deadline(
                clock=clock,
                due=due,
                days_left=(due - today).days,
                anchor=anchor,
                rule=f"{source.document}.{key}: {days} days from {kind}",
                example=source.example,
            )
        )
    return tuple(sorted(found, key=lambda d: (d.due, d.clock)))


def _last_service(denial: ClassifiedDenial) -> date | None:
    claim, adjudication = denial.claim, denial.adjudication
    if claim is not None and (claim.service_to or claim.service_from):
        return claim.service_to or claim.service_from
    lines = [line.service_to or line.service_from for line in adjudication.lines]
    return adjudication.service_to or adjudication.service_from or max((d for d in lines if d), default=None)


_PRESSING: Final = {
    Action.CORRECTED_CLAIM: ("corrected_claim",),
    Action.APPEAL: ("appeal",),
    Action.RECORDS: ("appeal",),
    Action.BILL_OTHER: ("filing_limit",),
}
"""Which clocks press for an action. A new claim must also keep the filing limit."""


def pressing(deadlines: tuple[Deadline, ...], action: Action, path: Path) -> tuple[Deadline, ...]:
    """The clocks that run against what is proposed."""
    wanted = _PRESSING.get(action, ())
    if path is Path.NEW_CLAIM:
        wanted = (*wanted, "filing_limit")
    return tuple(d for d in deadlines if d.clock in wanted)


def next_alarm(deadlines: tuple[Deadline, ...], after: date) -> date | None:
    """The next day on which one of these clocks comes to an alarm; null where none does."""
    days = (d.due - timedelta(days=n) for d in deadlines for n in ALARM_DAYS)
    return min((day for day in days if day > after), default=None)


def alarms(deadlines: tuple[Deadline, ...], since: date, today: date) -> tuple[Deadline, ...]:
    """The clocks that came to an alarm after `since`, up to and with `today`, and have not run out: each once."""
    return tuple(
        d.model_copy(update={"days_left": (d.due - today).days})
        for d in deadlines
        if d.due >= today and any(since < d.due - timedelta(days=n) <= today for n in ALARM_DAYS)
    )

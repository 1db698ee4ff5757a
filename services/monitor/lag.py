"""The document of `reclaim lag --json`, and how it follows from the fold. Pure: now and the business day are given.

Two clocks: waits are measured in the time of the log, from when a record was appended (or, for what the classifier
has not read, from when intake saw it) to `now`; silence is counted in business days, up to the business day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from math import inf
from typing import Final

from schemas.shape import Money, Shape
from services.monitor.consumers import Status
from services.monitor.fold import FIRST_READER, Fold
from services.monitor.groups import Consumption, GroupLag, group_lag
from services.monitor.objectives import ALL, LEAST, PACES, Objective, Objectives
from services.monitor.pace import Pace, Rates, catch_up
from services.monitor.silence import silent_days
from services.monitor.stages import MINUTE, STAGES, Stage
from services.monitor.windows import MINUTE_MS, Ended, Minute, minute_of

RATE_MINUTES: Final[Mapping[Stage, int]] = {
    **dict.fromkeys(STAGES, 2),
    **dict.fromkeys((Stage.DECIDED, Stage.ACKNOWLEDGED, Stage.ANSWERED), 360),
}
"""Over how many minutes a stage's rate is taken. Machines go evenly, and two minutes after a restart the time before
it is forgotten; people and payers answer in batches."""

CAUSE_WINDOWS: Final = (60, 360)
"""Minutes over which causes are counted."""

_CENT: Final = Decimal("0.01")
_ALARMING: Final = (Status.STALL, Status.STOP, Status.REWIND)


class StageLag(Shape):
    """One stage and payer (`all`: all payers together)."""

    stage: str
    payer: str
    waiting: int
    amount: Money
    """dollars that wait"""
    oldest_minutes: float | None
    """how long the oldest waits; null where nothing does"""
    reasons: dict[str, int] = {}
    """of those that wait, why: payer_on_hold, ..."""
    entered_per_minute: float
    ended_per_minute: float
    catch_up_minutes: float | None
    """until nothing waits, at these rates; 0 where nothing does, null where it never comes to that"""
    objective_minutes: int | None = None
    objective_amount: Money | None = None
    breached: tuple[str, ...] = ()
    """minutes, dollars"""
    burns: dict[int, float] = {}
    """by the minutes of a window: how many times faster than its budget allows the objective is missed in it"""


class Alert(Shape):
    """An objective whose budget burns too fast in both windows of a pace."""

    severity: str
    stage: str
    payer: str
    long_minutes: int
    long_burn: float
    short_minutes: int
    short_burn: float


class PayerSilence(Shape):
    payer: str
    last: date
    """business day of the latest remittance"""
    business_days: int
    limit: int | None
    silent: bool


class CauseRate(Shape):
    """Classifications of one cause in the last `minutes`."""

    minutes: int
    cause: str
    count: int
    amount: Money


class Lag(Shape):
    """What waits where, since when, for how many dollars, and whether that is within the objectives."""

    now: str
    """the moment to which waits are measured"""
    business_day: date | None
    stages: tuple[StageLag, ...]
    alerts: tuple[Alert, ...]
    silence: tuple[PayerSilence, ...]
    causes: tuple[CauseRate, ...]
    consumers: tuple[GroupLag, ...]
    breached: bool
    """something is beyond an objective, an alert burns, a payer is silent, or a group stands still"""


@dataclass(slots=True)
class _Waiting:
    """What waits in one stage for one payer."""

    count: int = 0
    amount: Decimal = Decimal(0)
    oldest: int | None = None
    overdue: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


def measure(
    fold: Fold,
    objectives: Objectives,
    consumption: Mapping[str, Sequence[Consumption]],
    paces: Mapping[str, Pace],
    now: int,
    business_day: date | None,
) -> Lag:
    """The lag at `now` (ms since the epoch). Of a fold that was fed to the end, else of where it is. `consumption` and
    `paces`: what was seen of each group."""
    waiting = _waiting(fold, objectives, now)
    windows = _windows(fold, now)
    places = _places(waiting, windows.values())
    consumers = tuple(
        group_lag(name, seen, now, paces.get(name, Pace())) for name, seen in sorted(consumption.items())
    )
    first = next((group for group in consumers if group.group == FIRST_READER), None)
    stages = tuple(_stage(place, waiting, windows, objectives, now, first) for place in places)
    alerts = tuple(
        alert
        for place, stage in zip(places, stages, strict=True)
        if (alert := _alert(stage, waiting.get(place, _Waiting()).overdue, windows)) is not None
    )
    silence = _silence(fold, objectives, business_day)
    return Lag(
        now=datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        business_day=business_day,
        stages=stages,
        alerts=alerts,
        silence=silence,
        causes=_causes(windows),
        consumers=consumers,
        breached=bool(
            alerts
            or any(stage.breached for stage in stages)
            or any(payer.silent for payer in silence)
            or any(group.status in _ALARMING for group in consumers)
        ),
    )


Place = tuple[Stage, str]


def _waiting(fold: Fold, objectives: Objectives, now: int) -> dict[Place, _Waiting]:
    found: dict[Place, _Waiting] = {}
    bounds: dict[Place, float] = {}
    for wait in fold.waits():
        if (wait.stage, wait.payer) not in bounds:
            objective = objectives.of(wait.stage, wait.payer)
            minutes = objective.minutes if objective is not None else None
            bounds[wait.stage, wait.payer] = inf if minutes is None else minutes * MINUTE_MS
        overdue = now - wait.since > bounds[wait.stage, wait.payer]
        for payer in (wait.payer, ALL):
            place = found.setdefault((wait.stage, payer), _Waiting())
            place.count += 1
            place.amount += wait.amount
            place.oldest = wait.since if place.oldest is None else min(place.oldest, wait.since)
            place.overdue += overdue
            if wait.reason:
                place.reasons[wait.reason] = place.reasons.get(wait.reason, 0) + 1
    return found


def _lengths() -> set[int]:
    paces = {minutes for pace in PACES for minutes in (pace.long, pace.short)}
    return {*paces, *RATE_MINUTES.values(), *CAUSE_WINDOWS}


def _windows(fold: Fold, now: int) -> dict[int, Minute]:
    """The last minutes of each length, the one that runs among them; all payers together too."""
    lengths, until = _lengths(), minute_of(now) + 1
    by_minute, together = fold.by_minute(until - max(lengths), until), Minute()
    found = {}
    for back in range(1, max(lengths) + 1):
        if (minute := by_minute.get(until - back)) is not None:
            together.merge(minute)
        if back in lengths:
            window = found[back] = Minute()
            window.merge(together)
            for (stage, _), count in together.entered.items():
                window.entered[stage, ALL] = window.entered.get((stage, ALL), 0) + count
            for (stage, _), ended in together.ended.items():
                window.ended.setdefault((stage, ALL), Ended()).merge(ended)
    return found


def _places(waiting: Mapping[Place, _Waiting], windows: Iterable[Minute]) -> list[Place]:
    """Every stage for all payers, also where nothing waits; and each payer of which anything is known."""
    seen = {*waiting, *((stage, ALL) for stage in STAGES)}
    for window in windows:
        seen |= {*window.entered, *window.ended}
    return sorted(seen, key=lambda place: (STAGES.index(place[0]), place[1] != ALL, place[1]))


def _stage(
    place: Place,
    waiting: Mapping[Place, _Waiting],
    windows: Mapping[int, Minute],
    objectives: Objectives,
    now: int,
    first: GroupLag | None,
) -> StageLag:
    """`first`: the group whose position ends the first stage. It reads more than denials, so that all it has to read,
    and not how many denials end, says when it is through."""
    here = waiting.get(place, _Waiting())
    minutes = RATE_MINUTES[place[0]]
    # The last minute of the window has only begun.
    elapsed = minutes - 1 + (now % MINUTE_MS) / MINUTE_MS
    window = windows[minutes]
    ended = window.ended[place].count / elapsed if place in window.ended and elapsed else 0.0
    entered = window.entered.get(place, 0) / elapsed if elapsed else 0.0
    oldest = None if here.oldest is None else max(0.0, (now - here.oldest) / MINUTE_MS)
    objective = objectives.of(*place)
    return StageLag(
        stage=place[0],
        payer=place[1],
        waiting=here.count,
        amount=here.amount.quantize(_CENT),
        oldest_minutes=None if oldest is None else round(oldest, 1),
        reasons=dict(sorted(here.reasons.items())),
        entered_per_minute=round(entered, 2),
        ended_per_minute=round(ended, 2),
        catch_up_minutes=first.catch_up_minutes
        if first is not None and place[0] is Stage.CLASSIFIED and here.count
        else catch_up(here.count, Rates(ended, entered)),
        objective_minutes=objective.minutes if objective is not None else None,
        objective_amount=objective.dollars if objective is not None else None,
        breached=() if objective is None else objective.breaches(oldest, here.amount),
        burns=_burns(place, here, windows, objective),
    )


def _burns(
    place: Place, waiting: _Waiting, windows: Mapping[int, Minute], objective: Objective | None
) -> dict[int, float]:
    """How fast the budget of an objective burns, by the minutes of each window of a pace."""
    if objective is None or objective.minutes is None:
        return {}
    bound, burns = objective.minutes * MINUTE, {}
    for minutes in sorted({minutes for pace in PACES for minutes in (pace.long, pace.short)}):
        ended = windows[minutes].ended.get(place, Ended())
        burns[minutes] = round(objective.burn(ended.count, ended.longer_than(bound), waiting.overdue), 1)
    return burns


def _alert(stage: StageLag, overdue: int, windows: Mapping[int, Minute]) -> Alert | None:
    """The most urgent alert of an objective, null where its budget lasts."""
    place = (Stage(stage.stage), stage.payer)
    for pace in PACES if stage.burns else ():
        many = windows[pace.long].ended.get(place, Ended()).count + overdue >= LEAST
        if many and min(stage.burns[pace.long], stage.burns[pace.short]) >= pace.burn:
            return Alert(
                severity=pace.severity,
                stage=stage.stage,
                payer=stage.payer,
                long_minutes=pace.long,
                long_burn=stage.burns[pace.long],
                short_minutes=pace.short,
                short_burn=stage.burns[pace.short],
            )
    return None


def _silence(fold: Fold, objectives: Objectives, day: date | None) -> tuple[PayerSilence, ...]:
    if day is None:
        return ()
    found = []
    for payer, last in sorted(fold.remitted.items()):
        days, limit = silent_days(last, day), objectives.silent_after(payer)
        found.append(
            PayerSilence(
                payer=payer,
                last=last,
                business_days=days,
                limit=limit,
                silent=limit is not None and days >= limit,
            )
        )
    return tuple(found)


def _causes(windows: Mapping[int, Minute]) -> tuple[CauseRate, ...]:
    found = []
    for minutes in CAUSE_WINDOWS:
        together: dict[str, tuple[int, Decimal]] = {}
        for (cause, _), denied in windows[minutes].causes.items():
            count, amount = together.get(cause, (0, Decimal(0)))
            together[cause] = (count + denied.count, amount + denied.amount)
        found += [
            CauseRate(minutes=minutes, cause=cause, count=count, amount=amount.quantize(_CENT))
            for cause, (count, amount) in sorted(together.items(), key=lambda item: (-item[1][1], item[0]))
        ]
    return tuple(found)

"""The fold as bytes and back: whole for a file, piece by piece for a table. No claim number and no name is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from schemas.shape import money_text
from services.monitor.accounts import FILES, HOLDS, LETTERS, Accounts, File, Letter
from services.monitor.consumers import Commit, Track
from services.monitor.flow import Flow
from services.monitor.fold import Fold
from services.monitor.marks import Mark
from services.monitor.pace import Look, Pace
from services.monitor.stages import Stage
from services.monitor.windows import Denied, Ended, Minute

FORMAT: Final = 2
"""Raised when what is kept changes: a snapshot of another format is built anew from the log."""


class UnreadableSnapshotError(Exception):
    """The bytes are no snapshot of this format."""


def encode_flow(flow: Flow) -> bytes:
    """The marks of one claim."""
    return _bytes([flow.partition, *sorted(flow.marks.values())])


def decode_flow(data: bytes) -> Flow:
    partition, *marks = json.loads(data)
    return Flow(partition, {mark[0]: Mark(*mark) for mark in marks})


def encode_minute(minute: Minute) -> bytes:
    """What ended in one minute."""
    return _bytes(_minute(minute))


def decode_minute(data: bytes) -> Minute:
    return _read_minute(json.loads(data))


def encode_fold(fold: Fold) -> bytes:
    """The whole fold; the same fold gives the same bytes."""
    return _bytes(
        {
            "format": FORMAT,
            "flows": [
                [key, flow.partition, *sorted(flow.marks.values())]
                for key, flow in sorted(fold.flows.items())
            ],
            "floors": [[*place, offset] for place, offset in sorted(fold.floors.items())],
            "positions": [[*place, offset] for place, offset in sorted(fold.positions.items())],
            "classified_to": sorted(fold.classified_to.items()),
            "minutes": [[*place, _minute(minute)] for place, minute in sorted(fold.minutes.items())],
            "day": fold.day.isoformat() if fold.day is not None else None,
            "remitted": [[payer, day.isoformat()] for payer, day in sorted(fold.remitted.items())],
            "accounts": _accounts(fold.accounts),
        }
    )


def encode_account(accounts: Accounts, topic: str, name: str) -> bytes | None:
    """What an account holds under a name, null where it holds nothing."""
    kept = _of(accounts, topic).get(name)
    return None if kept is None else _bytes(kept)


def put_account(accounts: Accounts, topic: str, name: str, value: Any) -> None:
    """Take over what was kept under a name: a decoded JSON value."""
    if topic == FILES:
        accounts.files[name] = File(*value)
    elif topic == HOLDS:
        accounts.holds[name] = int(value)
    elif topic == LETTERS:
        accounts.letters[name] = Letter(*value)


def decode_fold(data: bytes) -> Fold:
    """Raises UnreadableSnapshotError."""
    try:
        document = json.loads(data)
        if document["format"] != FORMAT:
            raise UnreadableSnapshotError
        fold = Fold(
            floors={(topic, index): offset for topic, index, offset in document["floors"]},
            positions={(topic, index): offset for topic, index, offset in document["positions"]},
            classified_to=dict(document["classified_to"]),
            minutes={(index, number): _read_minute(rest) for index, number, rest in document["minutes"]},
            day=date.fromisoformat(document["day"]) if document["day"] else None,
            remitted={payer: date.fromisoformat(day) for payer, day in document["remitted"]},
        )
        for topic, name, value in document["accounts"]:
            put_account(fold.accounts, topic, name, value)
        for key, partition, *marks in document["flows"]:
            fold.restore(key, Flow(partition, {mark[0]: Mark(*mark) for mark in marks}))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise UnreadableSnapshotError from error
    return fold


def encode_looks(tracks: Mapping[tuple[str, str, int], Track], paces: Mapping[str, Pace]) -> bytes:
    """The commits that were seen of each group, topic and partition, and the pace of each group."""
    return _bytes(
        {
            "format": FORMAT,
            "tracks": [
                [
                    *place,
                    track.ends,
                    [[c.at, c.offset, c.lag] for c in track.commits],
                    track.moved,
                    track.alive,
                ]
                for place, track in sorted(tracks.items())
            ],
            "paces": [
                [group, [[look.at, look.read, look.end] for look in pace.looks]]
                for group, pace in sorted(paces.items())
            ],
        }
    )


def decode_looks(data: bytes) -> tuple[dict[tuple[str, str, int], Track], dict[str, Pace]]:
    """Raises UnreadableSnapshotError."""
    try:
        document = json.loads(data)
        if document["format"] != FORMAT:
            raise UnreadableSnapshotError
        tracks = {
            (group, topic, index): Track(tuple(Commit(*c) for c in commits), tuple(ends), moved, alive)
            for group, topic, index, ends, commits, moved, alive in document["tracks"]
        }
        paces = {group: Pace(tuple(Look(*look) for look in looks)) for group, looks in document["paces"]}
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableSnapshotError from error
    return tracks, paces


def _of(accounts: Accounts, topic: str) -> Mapping[str, Any]:
    if topic == FILES:
        return accounts.files
    return accounts.holds if topic == HOLDS else accounts.letters


def _accounts(accounts: Accounts) -> list[list[Any]]:
    return [
        [topic, name, value]
        for topic in (FILES, HOLDS, LETTERS)
        for name, value in sorted(_of(accounts, topic).items())
    ]


def _minute(minute: Minute) -> dict[str, Any]:
    return {
        "entered": [[*place, count] for place, count in sorted(minute.entered.items())],
        "ended": [
            [
                stage,
                payer,
                ended.count,
                money_text(ended.amount),
                ended.milliseconds,
                ended.classes,
            ]
            for (stage, payer), ended in sorted(minute.ended.items())
        ],
        "causes": [
            [cause, payer, denied.count, money_text(denied.amount)]
            for (cause, payer), denied in sorted(minute.causes.items())
        ],
    }


def _read_minute(document: dict[str, Any]) -> Minute:
    return Minute(
        entered={(Stage(stage), payer): count for stage, payer, count in document["entered"]},
        ended={
            (Stage(stage), payer): Ended(count, Decimal(amount), list(classes), milliseconds)
            for stage, payer, count, amount, milliseconds, classes in document["ended"]
        },
        causes={
            (cause, payer): Denied(count, Decimal(amount))
            for cause, payer, count, amount in document["causes"]
        },
    )


def _bytes(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()

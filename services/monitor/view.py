"""The fold beside a table that outlives the process: what changes is written, whole, under a key of its own.

A key is one of: a claim and its marks; a counted minute; the floor of a topic; a payer's latest remittance; the day;
a file, a hold, an open dead letter.
Each belongs to one partition. After a crash between any two writes, and with the records told again that were not
acknowledged, the fold of the table is the same: marks are known by their ids, and a minute is written before the
claims that it was counted from are deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, MutableMapping
from datetime import date

from services.monitor.accounts import ACCOUNT_TOPICS
from services.monitor.fold import CONTROL, Advanced, Fold
from services.monitor.marks import REMITTANCE_TOPICS
from services.monitor.snapshot import (
    decode_flow,
    decode_minute,
    encode_account,
    encode_flow,
    encode_minute,
    put_account,
)
from services.monitor.windows import minute_of


class View:
    """The fold beside the table that it is kept in."""

    def __init__(self, table: MutableMapping[bytes, bytes]) -> None:
        self.fold = Fold()
        self._table = table
        self._through: dict[int, int] = {}
        self._advanced: dict[int, int] = {}
        self._told: dict[str, date] = {}

    def rebuild(self) -> None:
        """Take up what the table holds."""
        self.fold = restored(self._table.items())
        self._told.clear()
        self._advanced.clear()

    def read_through(self, moments: Mapping[int, int], handled: Mapping[int, int]) -> None:
        """By partition: everything that was appended before the moment (ms) is folded and committed, and the
        classifier has committed `claim-denied` up to an offset."""
        self._through.update(moments)
        for partition, offset in handled.items():
            self.fold.handled(partition, offset)

    def take(
        self,
        topic: str,
        partition: int,
        offset: int,
        key: str | None,
        value: bytes | None,
        headers: Mapping[str, str],
        appended: int,
    ) -> None:
        """Fold one record, as Fold.take, and keep what it changed."""
        if topic in ACCOUNT_TOPICS:
            name = self.fold.account(topic, partition, offset, key, value, headers, appended)
            if name is not None:
                self._keep_account(partition, topic, name)
            return
        changed = self.fold.take(topic, partition, offset, key, value, headers, appended)
        if changed and topic == CONTROL and self.fold.day is not None:
            self._table[_key("day", partition)] = self.fold.day.isoformat().encode()
        elif changed and key is not None:
            if (flow := self.fold.flows.get(key)) is not None:
                self._table[_key("claim", partition, key)] = encode_flow(flow)
            if topic in REMITTANCE_TOPICS:
                self._tell_payers(partition)
        through = self._through.get(partition, 0)
        if minute_of(through) > self._advanced.get(partition, 0):
            self._advanced[partition] = minute_of(through)
            self._keep(partition, self.fold.advance(partition, through))

    def _keep_account(self, partition: int, topic: str, name: str) -> None:
        place = _key("account", partition, f"{topic}/{name}")
        kept = encode_account(self.fold.accounts, topic, name)
        if kept is None:
            self._table.pop(place, None)
        else:
            self._table[place] = kept

    def _tell_payers(self, partition: int) -> None:
        for payer, day in self.fold.remitted.items():
            if self._told.get(payer) != day:
                self._told[payer] = day
                self._table[_key("payer", partition, payer)] = day.isoformat().encode()

    def _keep(self, partition: int, advanced: Advanced) -> None:
        for number in advanced.minutes:
            minute = encode_minute(self.fold.minutes[partition, number])
            self._table[_key("minute", partition, str(number))] = minute
        for (topic, index), offset in self.fold.floors.items():
            if index == partition and advanced.gone:
                self._table[_key("floor", partition, topic)] = str(offset).encode()
        for key in advanced.gone:
            self._table.pop(_key("claim", partition, key), None)
        kept = {_key("minute", partition, str(number)) for index, number in self.fold.minutes}
        mine = _key("minute", partition)
        for name in [name for name in self._table if name.startswith(mine) and name not in kept]:
            self._table.pop(name, None)


def restored(items: Iterable[tuple[bytes, bytes]]) -> Fold:
    """The fold of a table's items."""
    fold = Fold()
    for name, value in items:
        kind, index, rest = name.decode().split("/", 2)
        partition = int(index)
        match kind:
            case "claim":
                fold.restore(rest, decode_flow(value))
            case "minute":
                fold.minutes[partition, int(rest)] = decode_minute(value)
            case "floor":
                fold.floors[rest, partition] = int(value)
            case "account":
                topic, _, kept = rest.partition("/")
                put_account(fold.accounts, topic, kept, json.loads(value))
            case "payer":
                fold.remittance((rest, date.fromisoformat(value.decode())))
            case "day":
                fold.open_day(date.fromisoformat(value.decode()))
    return fold


def _key(kind: str, partition: int, rest: str = "") -> bytes:
    return f"{kind}/{partition}/{rest}".encode()

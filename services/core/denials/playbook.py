"""What to do first about a denial, what never to do, and which clock runs: by cause, sharper for some codes.

Advice to a person, in our own words; no rule and no guard reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ConfigDict

from services.core.denials.knowledge import SHIPPED, Knowledge, reason_code, shipped_text


class Play(BaseModel):
    """`first`: the right first move; `never`: the tempting wrong one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: str
    never: str


class CausePlay(Play):
    cause: str
    clock: str
    """the clocks that run on it, in words"""


class CodePlay(Play):
    codes: tuple[str, ...]
    """CARCs for which this one goes before that of their cause"""


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    causes: tuple[CausePlay, ...]
    codes: tuple[CodePlay, ...]


@dataclass(frozen=True, slots=True)
class Playbook:
    by_cause: Mapping[str, CausePlay]
    by_code: Mapping[str, CodePlay]
    own_cause: Mapping[str, str]
    """CARC -> the cause of its row"""

    def play(self, cause: str, reasons: Iterable[str]) -> Play | None:
        """The play of a cause that these CARCs carry: that of the codes where the cause is their own and all have
        one and the same; a remark that sharpened it makes it the cause's."""
        plays = [
            self.by_code.get(code) if self.own_cause.get(code) == cause else None
            for code in map(reason_code, reasons)
        ]
        if plays and all(play is not None and play is plays[0] for play in plays):
            return plays[0]
        return self.by_cause.get(cause)


def load(text: str, knowledge: Knowledge) -> Playbook:
    """Read the playbook. Raises ValueError where a cause of the code tables has no play, or a play no row."""
    document = _Document.model_validate(json.loads(text))
    by_cause = {play.cause: play for play in document.causes}
    by_code = {code: play for play in document.codes for code in play.codes}
    causes = {row.cause for row in knowledge.reasons.values()}
    causes |= {row.says.cause for row in knowledge.remarks.values() if row.says is not None}
    if bare := sorted(causes - set(by_cause)):
        raise ValueError(f"playbook: causes without a play: {', '.join(bare)}")
    if astray := sorted((set(by_cause) - causes) | (set(by_code) - set(knowledge.reasons))):
        raise ValueError(f"playbook: plays without a row: {', '.join(astray)}")
    own_cause = {code: row.cause for code, row in knowledge.reasons.items()}
    return Playbook(MappingProxyType(by_cause), MappingProxyType(by_code), MappingProxyType(own_cause))


PLAYBOOK: Final[Playbook] = load(shipped_text("playbook.json"), SHIPPED)

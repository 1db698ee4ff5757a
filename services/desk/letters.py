"""Open dead letters, and a person's answer to one: handled again, or given up."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from services.core.processing import Outcome
from services.deployment.faults import WrongUse
from services.deployment.opening import Deployment
from services.intake.processor import SERVICE as INTAKE
from services.runtime.log import Record
from services.runtime.records import decode_event

REASON: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""A code: a free text could carry what a log must not hold."""


@dataclass(frozen=True, slots=True)
class OpenLetter:
    """A letter that is neither replayed nor discarded, and the record that holds it."""

    letter: DeadLetter
    record: Record


def open_letters(deployment: Deployment) -> list[OpenLetter]:
    """The open letters, oldest first within a partition."""
    found: dict[str, OpenLetter] = {}
    for record in deployment.log.read("dead-letters"):
        data = decode_event(record).data
        if isinstance(data, DeadLetter):
            found[data.letter] = OpenLetter(data, record)
        elif isinstance(data, LetterReplayed | LetterDiscarded):
            found.pop(data.letter, None)
    return list(found.values())


def replay_letter(deployment: Deployment, letter_id: str, by: str, reason: str) -> OpenLetter:
    """Ask for the original to be handled again; returns the letter. Raises WrongUse."""
    found = _find(deployment, letter_id, reason)
    if found.letter.service == INTAKE:
        raise WrongUse(
            "intake would say the same of these segments again; ingest a repaired file, then discard the letter"
        )
    answer = LetterReplayed(letter=found.letter.letter, service=found.letter.service, by=by, reason=reason)
    _answer(deployment, found, "letter-replayed.v1", answer, by, reason)
    return found


def discard_letter(deployment: Deployment, letter_id: str, by: str, reason: str) -> OpenLetter:
    """Give the letter up; returns it. Raises WrongUse."""
    found = _find(deployment, letter_id, reason)
    answer = LetterDiscarded(letter=found.letter.letter, service=found.letter.service, by=by, reason=reason)
    _answer(deployment, found, "letter-discarded.v1", answer, by, reason)
    return found


def _find(deployment: Deployment, letter_id: str, reason: str) -> OpenLetter:
    """The open letter that the id, or its beginning, names."""
    if not REASON.fullmatch(reason):
        raise WrongUse("--reason: a code of small letters, digits and _ (free text could hold patient data)")
    found = [o for o in open_letters(deployment) if o.letter.letter.startswith(letter_id)]
    if len(found) != 1:
        many = "several open letters begin" if found else "no open letter begins"
        raise WrongUse(f"{many} with this id; `reclaim dead-letters list` shows them")
    return found[0]


def _answer(
    deployment: Deployment,
    found: OpenLetter,
    type_: str,
    answer: LetterReplayed | LetterDiscarded,
    by: str,
    reason: str,
) -> None:
    """Beside the letter itself, so that its service and all who wait for it read the answer in order."""
    key = found.record.key or found.letter.letter
    outcome = Outcome(
        type=type_, key=key, natural_key=found.letter.letter, time=datetime.now(UTC), data=answer
    )
    action = type_.removesuffix(".v1")
    deployment.publish(
        [
            deployment.draft(outcome, found.record.partition),
            deployment.action(action, f"letter:{found.letter.letter}", by, reason, secrets.token_hex(8)),
        ]
    )

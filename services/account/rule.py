"""A rule in words: what it speaks of, what must hold, what came of it."""

from __future__ import annotations

from typing import Final

from services.account.words import plain, said_of
from services.core.recoding.rules import CheckCall, Scope
from services.monitor.outcomes import Outcome

_SCOPE_WORDS: Final = {"carc": "CARC", "rarc": "RARC", "ceiling": "causes of at most"}


def scope_words(scope: Scope) -> str:
    """An alternative of what a rule applies to, in the words of the field."""
    named = scope.model_dump(mode="json", exclude_defaults=True)
    said = (f"{said_of(_SCOPE_WORDS, name)} {' '.join(map(plain, values))}" for name, values in named.items())
    return ", ".join(said) or "every denial"


def call_words(call: CheckCall) -> str:
    """A check with what it is given."""
    given = ", ".join(f"{plain(name)} {plain(_plain(value))}" for name, value in call.parameters.items())
    return f"{plain(call.name)} ({given})" if given else plain(call.name)


def _plain(value: object) -> str:
    return " ".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value)


def outcome_words(row: Outcome) -> str:
    """`12 of 14 paid`, with a share only where the answers allow one."""
    chance = row.chance
    if not chance.of:
        return "no answer yet"
    plain = f"{chance.paid} of {chance.of} paid"
    return f"{plain}, too few to say" if chance.share is None else f"{plain}, {chance.share:.0%}"

"""What a proposal lacks, in words: the code words of `missing` and `needs`."""

from __future__ import annotations

from typing import Final

from services.cli.claim_words import missing_part, plain

_PLACES: Final = {
    "claim": "on the claim",
    "documented": "documented",
    "profile": "in the payer's profile",
    "clock_passed": "an exception, the time is over:",
}
"""Where the thing is looked for, by the first part of a word."""


def needed_words(word: str) -> str:
    """`table:mpfs.row`, `profile.attachment_with_claim`, `document` as a person says it."""
    if word.startswith("table:"):
        kind, _, part = word.removeprefix("table:").partition(".")
        return missing_part(kind, part)
    place, dot, thing = word.replace(":", ".", 1).partition(".")
    if not dot or place not in _PLACES:
        return plain(word)
    thing = thing.replace(".", " ")
    return (
        f"{_PLACES[place]} {plain(thing)}"
        if place in ("clock_passed", "documented")
        else f"{plain(thing)} {_PLACES[place]}"
    )

"""What a proposal lacks, in words: the code words of `missing` and `needs`."""

from __future__ import annotations

from typing import Final

from services.account.words import missing_part, plain, wanted_words

_WORDS: Final = {
    "advance_notice": "a notice given in advance",
    "attestation": "an attestation",
    "document": "a document",
    "documented_diagnosis": "a diagnosis of the record",
    "documented.counts": "the units that the record counts",
    "documented.counts.modifiers": "the modifiers that the record tells",
    "documented.documented_diagnoses": "the diagnoses of the record",
    "documented.documents": "a document of the record",
    "documented.drugs": "the drug that the record names",
    "documented.drugs.wasted": "how much of the drug was discarded",
    "documented.levels": "the level of the visit in the record",
    "documented.levels.minutes": "the minutes of the visit in the record",
    "documented.places": "the place of service in the record",
    "documented.surgeries": "the operation in the record",
    "profile.appeal_path": "the payer's path of an appeal (profile)",
    "profile.attachment_with_claim": "whether the payer takes records with the claim (profile)",
    "profile.bilateral_style": "how the payer wants both sides billed (profile)",
    "profile.corrected_claim_path": "the payer's path of a corrected claim (profile)",
    "profile.telehealth_style": "what tells the payer of telehealth (profile)",
}

_PLACES: Final = {
    "claim": "on the claim",
    "documented": "documented",
    "profile": "in the payer's profile",
    "clock_passed": "an exception, the time is over:",
}
"""Where the thing is looked for, by the first part of a word."""


def needed_words(word: str) -> str:
    """`table:mpfs.row`, `profile.attachment_with_claim`, `document` as a person says it."""
    if word in _WORDS:
        return _WORDS[word]
    if word.startswith("table:"):
        kind, _, part = word.removeprefix("table:").partition(".")
        return missing_part(kind, part)
    place, dot, thing = word.replace(":", ".", 1).partition(".")
    if not dot or place not in _PLACES:
        return wanted_words(word)
    thing = thing.replace(".", " ")
    return (
        f"{_PLACES[place]} {plain(thing)}"
        if place in ("clock_passed", "documented")
        else f"{plain(thing)} {_PLACES[place]}"
    )

"""Payer profiles as data: default <- family <- payer, every value with its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """The resolved values for one payer."""

    payer_id: str | None
    family: str


@dataclass(frozen=True, slots=True)
class Profiles:
    """A named, versioned set of payer profiles."""

    name: str
    version: str

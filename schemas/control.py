"""`control` (time and configuration as events), the configuration topics, `operator-actions`."""

from __future__ import annotations

from datetime import date

from schemas.shape import Shape


class DayOpened(Shape):
    day: date


class EditionLoaded(Shape):
    """A table was loaded. `name` finds it in `code-editions`."""

    kind: str
    name: str
    digest: str
    effective: date
    through: date | None = None
    """the last day it is valid for; null where nothing says one"""
    release: str | None = None
    """what its publisher calls it"""


class RuleSetActivated(Shape):
    name: str
    version: str


class ProfileChanged(Shape):
    """The payer profiles were changed: the whole set has one name and version."""

    name: str
    version: str


class HoldChanged(Shape):
    subject: str
    """`payer:<id>`"""
    held: bool
    by: str


class CodeEdition(Shape):
    """`code-editions`, key `<kind>@<name>`: where a table's bytes lie."""

    version: int = 2
    kind: str
    name: str
    digest: str
    """sha256 of the bytes in the content-addressed store"""
    effective: date
    rows: int
    source: str
    through: date | None = None
    release: str | None = None
    files: tuple[str, ...] = ()
    """sha256 of each file that it was loaded from"""


class RuleSetDefinition(Shape):
    """`rule-sets`, key `<name>@<rule_set_version>`: kept for ever, proofs need it."""

    version: int = 1
    name: str
    rule_set_version: str
    digest: str
    """sha256 of the canonical bundle in the content-addressed store"""
    rules: int


class PayerProfiles(Shape):
    """`payer-profiles`, key `<name>@<profile_version>`."""

    version: int = 1
    name: str
    profile_version: str
    digest: str
    profiles: int


class Hold(Shape):
    """`holds`, key `payer:<id>`; a tombstone releases it."""

    version: int = 1
    subject: str
    by: str
    since: date


class OperatorAction(Shape):
    """What a person did to the system, or opened."""

    action: str
    subject: str
    by: str
    os_user: str
    reason: str | None = None
    requested: str

"""The examples as `make run` leaves them, drained once; tests that decide work on a copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.site import House, console
from tests.e2e.installation import PROJECT, Installation

EXAMPLES = PROJECT / "examples"


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The installation over the examples; nobody changes it."""
    made = Installation(tmp_path_factory.mktemp("console-examples"))
    made.ok("load", "folder", EXAMPLES, EXAMPLES / "codes", "--effective", "2026-01-01")
    made.ok("load", "documentation", EXAMPLES / "documentation.json")
    made.ok("load", "payer_profiles", *sorted((EXAMPLES / "payer_profiles").glob("*.yaml")))
    day = (EXAMPLES / "day").read_text().strip()
    made.ok("run", "--inbox", EXAMPLES / "inbox", "--outbox", made.outbox, "--once", "--as-of", day)
    with console(made.data):
        pass  # its read model is copied with it: no test that works on a copy makes it anew
    return made


@pytest.fixture
def house(examples: Installation, tmp_path: Path) -> Iterator[House]:
    """A console over a copy of the examples."""
    copied = examples.copy(tmp_path / "installation")
    with console(copied.data) as made:
        yield made

"""What each example claim comes to, one line for each: pinned in goldens/example_outcomes.yaml.

`python -m tests.example_outcomes DATA` writes that file from the data folder of a `make run`. Who changes a line
reads the section of the reference that justifies it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from examples.generate import HERE
from examples.generator.claims import build
from examples.generator.scenarios import load
from tests.e2e.installation import Installation

OUTCOMES: Final = Path(__file__).parent / "goldens" / "example_outcomes.yaml"


@cache
def _scenarios() -> Mapping[str, str]:
    """Claim number -> the name of its scenario."""
    return {claim.number: claim.scenario.name for claim in build(*load(HERE / "scenarios.yaml"))}


def numbers_of(scenario: str) -> tuple[str, ...]:
    """The claim numbers of a scenario."""
    return tuple(number for number, name in _scenarios().items() if name == scenario)


def outcomes(proposals: Iterable[Mapping[str, Any]], changes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Scenario -> what its claims came to: `A3 auth replacement authorization-on-file`, else the state of the claim."""
    found = {change["data"]["claim_number"]: _state(change["data"]) for change in changes}
    found |= {p["data"]["claim_number"]: _said(p["data"]) for p in proposals}
    return {
        name: "; ".join(sorted({found.get(number, "no answer") for number in numbers_of(name)}))
        for name in dict.fromkeys(_scenarios().values())
    }


def _said(proposal: Mapping[str, Any]) -> str:
    return " ".join(
        (proposal["automation"], proposal["primary_cause"], proposal["path"], proposal["rule"]["id"])
    )


def _state(change: Mapping[str, Any]) -> str:
    return str(change["claim_state"] or change["change"])


def main(arguments: list[str]) -> None:
    made = Installation(Path(arguments[0]).parent)
    found = outcomes(made.events("recoding-proposed"), made.events("case-changed"))
    OUTCOMES.write_text(yaml.safe_dump(found, sort_keys=False, width=200), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

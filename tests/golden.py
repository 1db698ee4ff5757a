"""What is said of the claims of an 835, as codes and amounts: for the golden file, and to be read by eye.

`python -m tests.golden FILE...` prints it; `python -m tests.golden --write` writes it into the golden file anew, the
reasons kept. Who changes what is said there reads the reference again, and the reason beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import yaml

from schemas.case import Cause
from schemas.shape import money_text
from tests.judged import Judged, judged_alone

PROJECT: Final = Path(__file__).resolve().parents[1]
CORPUS: Final = PROJECT.parent / "shared" / "corpus"
GOLDEN: Final = PROJECT / "tests" / "goldens" / "denials.yaml"
ROOTS: Final = {"corpus": CORPUS, "examples": PROJECT / "examples" / "inbox", "written": GOLDEN.parent}
"""The first part of a name in the golden file, and the folder it stands for."""


def path_of(name: str) -> Path:
    root, _, rest = name.partition("/")
    return ROOTS[root] / rest


def said_of(judged: Judged) -> dict[str, Any]:
    """State, dollars, lines, causes (the primary one first), directives and quality of one claim."""
    remitted, denial = judged.remitted, judged.classified
    said: dict[str, Any] = {"state": remitted.claim_state.value}
    for name in ("denied_amount", "pended_amount"):
        amount: Decimal = getattr(remitted, name)
        if amount:
            said[name.removesuffix("_amount")] = money_text(amount)
    if remitted.lines:
        said["lines"] = [line.state.value for line in remitted.lines]
    if denial is not None:
        said["causes"] = [_cause(cause) for cause in denial.causes]
        if denial.directives:
            said["directives"] = list(denial.directives)
    quality = denial.remit_quality if denial is not None else remitted.remit_quality
    if quality:
        said["quality"] = list(quality)
    return said


def _cause(cause: Cause) -> str:
    """`auth: auth, corrected_claim, soft, A2, 620.00 of line 2 by CO-197 M62`"""
    codes = [f"{a.group}-{a.reason}" for a in cause.adjustments] + [r.code for r in cause.remarks]
    where = "line " + ", ".join(map(str, cause.lines)) if cause.lines else "the claim"
    words = (cause.fix, cause.action, cause.recoverability, cause.ceiling)
    return f"{cause.cause}: {', '.join(words)}, {money_text(cause.amount)} of {where} by {' '.join(dict.fromkeys(codes))}"


def claims_of(path: Path) -> dict[int, dict[str, Any]]:
    """What is said of each claim of a file, by its place in the file."""
    return {j.remitted.position.index: said_of(j) for j in judged_alone(path.read_bytes())}


def entries() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
    return found


def write() -> None:
    known = entries()
    files = {name: claims_of(path_of(name)) for name in {entry["file"] for entry in known}}
    for entry in known:
        entry["said"] = files[entry["file"]][entry["claim"]]
    text = yaml.safe_dump(known, sort_keys=False, width=118, allow_unicode=True)
    GOLDEN.write_text(text.replace("\n- file:", "\n\n- file:"), encoding="utf-8")


def show(names: Iterable[str]) -> None:
    for name in names:
        for index, said in claims_of(Path(name)).items():
            sys.stdout.write(f"{Path(name).name} {index}: {said}\n")


if __name__ == "__main__":
    write() if sys.argv[1:] == ["--write"] else show(sys.argv[1:])

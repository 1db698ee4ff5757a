"""The proof of a proposal: everything that it follows from, as canonical bytes. The same inputs give the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.case import ClassifiedDenial
from schemas.recoding import GuardResult
from services.core.recoding.ruling import Ruling


def prove(
    denial: ClassifiedDenial,
    tried: Sequence[tuple[str, Ruling]],
    chosen: Sequence[Ruling],
    guards: Sequence[GuardResult],
    *,
    context: Mapping[str, str],
    editions: Mapping[str, str],
    answer: Mapping[str, Any],
) -> bytes:
    """The canonical JSON of what a proposal rests on: facts with their digests, every rule that was tried on which
    cause and what it came to, what was missing, which alternatives were rejected and why, what the guards said,
    rule set, profile and editions, and the answer.

    The revision is no part of it: it depends on the order of arrival, the proof does not.
    """
    claim = denial.claim
    body = {
        "facts": list(denial.facts),
        "digests": {
            "claim": _digest(claim.encode()) if claim is not None else None,
            "adjudication": _digest(denial.adjudication.encode()),
            "causes": _digest(b"\n".join(cause.encode() for cause in denial.causes)),
            "documented": _digest(denial.documented.encode()) if denial.documented is not None else None,
            "attempts": _digest(b"\n".join(attempt.encode() for attempt in denial.attempts)),
        },
        "lineage": denial.lineage,
        "waits": list(denial.waits),
        "directives": list(denial.directives),
        "context": dict(context),
        "editions": dict(editions),
        "rules": [
            {
                "cause": cause,
                "rule": f"{ruling.rule.id}@{ruling.rule.version}",
                "outcome": ruling.outcome.value,
                "reason": ruling.reason,
                "missing": list(ruling.missing),
                "rejected": list(ruling.rejected),
                "evidence": [[e.source, e.place, e.value] for e in ruling.evidence],
                "taken": any(ruling is c for c in chosen),
            }
            for cause, ruling in tried
        ],
        "guards": [[g.id, g.result, g.reason] for g in guards],
        "answer": dict(answer),
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def seal(proof: bytes) -> str:
    """The id of a proof: sha256 of its bytes, hex."""
    return _digest(proof)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

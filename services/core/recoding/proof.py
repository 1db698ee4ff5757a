"""The proof of a proposal: everything that it follows from, as canonical bytes. The same inputs give the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schemas.case import ClassifiedDenial
from schemas.claim import ClaimSubmitted
from schemas.recoding import GuardResult
from schemas.shape import money_text
from services.core.codes.tables import Edition
from services.core.recoding.ruling import Ruling


def prove(
    denial: ClassifiedDenial,
    tried: Sequence[tuple[str, Ruling]],
    chosen: Sequence[Ruling],
    guards: Sequence[GuardResult],
    *,
    context: Mapping[str, str],
    editions: Sequence[Edition],
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
            "claim": _digest_of(*_texts(claim)) if claim is not None else None,
            "adjudication": _digest_of(denial.adjudication.segments),
            "documented": _digest(denial.documented.encode()) if denial.documented is not None else None,
        },
        "causes": [
            [
                cause.cause,
                cause.ceiling.value,
                list(cause.lines),
                [[a.line, a.group, a.reason, money_text(a.amount)] for a in cause.adjustments],
                [[r.line, r.code, r.place] for r in cause.remarks],
            ]
            for cause in denial.causes
        ],
        "attempts": [
            [a.resubmission_id, a.generation, list(a.causes), a.path, a.outcome] for a in denial.attempts
        ],
        "lineage": denial.lineage,
        "waits": list(denial.waits),
        "directives": list(denial.directives),
        "context": dict(context),
        "editions": [
            [e.kind, e.name, e.digest, e.effective.isoformat(), e.through.isoformat() if e.through else None]
            for e in editions
        ],
        "rules": [
            {
                "cause": cause,
                "rule": f"{ruling.rule.id}@{ruling.rule.version}",
                "outcome": ruling.outcome.value,
                "reason": ruling.reason,
                "missing": list(ruling.missing),
                "rejected": list(ruling.rejected),
                "evidence": [[e.source, e.place, e.value] for e in ruling.evidence],
                "facts": [list(fact) for fact in ruling.facts],
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


def _texts(claim: ClaimSubmitted) -> Iterator[tuple[str, ...]]:
    """Every segment that the coded facts of a claim follow from."""
    yield claim.loops.billing
    yield claim.loops.subscriber
    yield claim.loops.patient
    yield claim.segments


def _digest_of(*texts: tuple[str, ...]) -> str:
    # Segments hold no control characters that a payer did not put there; a line feed keeps them apart.
    return _digest("\n".join("\n".join(text) for text in texts).encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

"""The proof of a proposal: everything that it follows from, as canonical bytes. The same inputs give the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from schemas.case import ClassifiedDenial
from schemas.claim import ClaimSubmitted
from schemas.recoding import GuardResult
from schemas.shape import money_text
from services.core.recoding.canonical import canonical
from services.core.recoding.in_force import InForce
from services.core.recoding.ruling import Ruling


def prove(
    denial: ClassifiedDenial,
    tried: Sequence[tuple[str, Ruling]],
    taken: Sequence[Ruling],
    guards: Sequence[GuardResult],
    *,
    context: Mapping[str, str],
    in_force: InForce,
    answer: Mapping[str, Any],
) -> bytes:
    """The canonical JSON of what a proposal rests on: facts with their digests, every rule that was tried on which
    cause and what it came to, what was missing, which alternatives were rejected and why, what the guards said,
    rule set, profile and editions, and the answer. `context` and `answer` have their keys in order.

    The revision is no part of it: it depends on the order of arrival, the proof does not.
    """
    claim, documented = denial.claim, denial.documented
    before = {
        "answer": answer,
        "attempts": [[a.resubmission_id, a.generation, a.causes, a.path, a.outcome] for a in denial.attempts],
        "causes": [
            [
                cause.cause,
                cause.ceiling,
                cause.lines,
                [[a.line, a.group, a.reason, money_text(a.amount)] for a in cause.adjustments],
                [[r.line, r.code, r.place] for r in cause.remarks],
            ]
            for cause in denial.causes
        ],
        "context": context,
        "digests": {
            "adjudication": _digest("\n".join(denial.adjudication.segments).encode()),
            "claim": _digest(_written(claim)) if claim is not None else None,
            "documented": _digest(documented.encode()) if documented is not None else None,
        },
        "directives": denial.directives,
    }
    after = {
        "facts": denial.facts,
        "guards": [[g.id, g.result, g.reason] for g in guards],
        "lineage": denial.lineage,
    }
    chosen = {id(ruling) for ruling in taken}
    rules = [
        b'{"cause":%s,%s,"taken":%s}'
        % (_word(cause), ruling.written or ruling.proved(), b"true" if id(ruling) in chosen else b"false")
        for cause, ruling in tried
    ]
    # One object in the order of its keys. Editions and most rulings, which are most of its bytes, are written once for
    # many denials.
    return b'%s,"editions":%s,%s,"rules":[%s],"waits":%s}' % (
        canonical(before)[:-1],
        in_force.proved,
        canonical(after)[1:-1],
        b",".join(rules),
        canonical(denial.waits),
    )


def seal(proof: bytes) -> str:
    """The id of a proof: sha256 of its bytes, hex."""
    return _digest(proof)


@lru_cache(maxsize=1_024)
def _word(text: str) -> bytes:
    return canonical(text)


def _written(claim: ClaimSubmitted) -> bytes:
    """Every segment that the coded facts of a claim follow from."""
    loops = claim.loops
    # Segments hold no control characters that a payer did not put there; a line feed keeps them apart.
    parts = (loops.billing, loops.subscriber, loops.patient, claim.segments)
    return "\n".join(["\n".join(part) for part in parts]).encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

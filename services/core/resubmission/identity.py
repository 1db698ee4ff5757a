"""The names of what goes back: the id of a resubmission, and where one payer's claims meet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

from schemas.envelope import content_id
from schemas.recoding import Edit

_NOT_SAFE: Final = re.compile(r"[^a-z0-9]")
_SLUG_WIDTH: Final = 24
_HASH_WIDTH: Final = 8


def resubmission_id(
    payer_id: str,
    claim_key: str,
    lineage: str,
    payer_control_number: str | None,
    causes: Iterable[str],
    edits: Sequence[Edit],
    generation: int,
) -> str:
    """The id of a resubmission: the same claim, answered the same way for the same causes, has the same id.

    Neither the order of causes and edits nor the evidence of an edit makes another resubmission.
    """
    changes = sorted(json.dumps([e.field, e.before, e.after], separators=(",", ":")) for e in edits)
    return content_id(
        *("resubmission", payer_id.strip().upper(), claim_key, lineage, payer_control_number or ""),
        *(json.dumps(sorted(set(causes))), json.dumps(changes), str(generation)),
    )


def payer_slug(payer_id: str) -> str:
    """A payer id as a part of keys and paths: letters, digits and a short hash that keeps two ids apart."""
    canonical = payer_id.strip().upper()
    return f"{_NOT_SAFE.sub('', canonical.lower())[:_SLUG_WIDTH]}-{content_id(canonical)[:_HASH_WIDTH]}"


def outbound_key(tenant: str, payer_id: str, transaction: str) -> str:
    """The key of `outbound` and `interchanges`: tenant, payer and kind (837P | 837I)."""
    return f"{tenant}|payer|{payer_slug(payer_id)}|{transaction}"

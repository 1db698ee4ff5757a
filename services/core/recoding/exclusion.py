"""Providers whom the loaded exclusion list names on days of service (domain reference 2.1, G7 and G8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from schemas.claim import ClaimSubmitted
from services.core.codes.exclusions import KIND, Exclusions
from services.core.codes.tables import Edition, Tables


def claim_providers(claim: ClaimSubmitted) -> set[str]:
    """The NPIs of a claim, in any role."""
    found = {npi for npi in (claim.billing_npi, *(p.npi for p in claim.providers)) if npi}
    return found | {line.rendering_npi for line in claim.lines if line.rendering_npi}


def excluded(
    npis: Iterable[str], first: date | None, last: date | None, tables: Tables
) -> tuple[tuple[str, ...], Edition | None]:
    """Those that were excluded on a day from `first` through `last`, and the edition that says so. Where none is
    loaded nothing is known, and nobody is taken for excluded."""
    last = last or first
    edition = tables.on(KIND, last) if last is not None else None
    if last is None or edition is None or not isinstance(edition.table, Exclusions):
        return (), None
    begin = first or last
    found = (npi for npi in sorted(set(npis)) if any(e.between(begin, last) for e in edition.table.find(npi)))
    return tuple(found), edition

"""From the bytes of an edition to its table, by kind."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import dataclass
from datetime import date
from mmap import mmap
from typing import Final

from services.core.codes import (
    addon,
    authorizations,
    chargemaster,
    cpt,
    denial_lists,
    drugs,
    eligibility,
    exclusions,
    fees,
    hcpcs,
    icd10cm,
    icd10cm_conversion,
    mpfs,
    mue,
    nppes,
    ordering,
    poa_exempt,
    pos,
    providers,
    ptp,
    trading_partners,
)
from services.core.codes.buffer import MAGIC
from services.core.codes.form import Form
from services.core.codes.rows import TableError


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table that is kept as its CSV and parsed when it is opened: small, and dated row by row."""

    name: str
    header: tuple[str, ...]
    parse: Callable[[bytes], Sized]


OWN: Final = (
    Kind(authorizations.REFERRALS, authorizations.REFERRAL_HEADER, authorizations.parse_referrals),
    Kind(eligibility.KIND, eligibility.HEADER, eligibility.parse),
    Kind(chargemaster.KIND, chargemaster.HEADER, chargemaster.parse),
    Kind(drugs.KIND, drugs.HEADER, drugs.parse),
    Kind(poa_exempt.KIND, poa_exempt.HEADER, poa_exempt.parse),
    Kind(icd10cm_conversion.KIND, icd10cm_conversion.HEADER, icd10cm_conversion.parse),
    Kind(ordering.KIND, ordering.HEADER, ordering.parse),
)
"""The small tables of a user that checks look into."""

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(authorizations.KIND, authorizations.HEADER, authorizations.parse),
        Kind(providers.KIND, providers.HEADER, providers.parse),
        *OWN,
        Kind(denial_lists.CARC, denial_lists.HEADER, denial_lists.parse_carc),
        Kind(denial_lists.RARC, denial_lists.HEADER, denial_lists.parse_rarc),
        Kind(trading_partners.KIND, trading_partners.HEADER, trading_partners.parse),
    )
}

FORMS: Final[dict[str, Form]] = {
    form.name: form
    for module in (addon, cpt, exclusions, fees, hcpcs, icd10cm, mpfs, mue, nppes, pos, ptp)
    for form in module.FORMS
}
"""Kinds that are packed when they are loaded, so that opening one costs no parsing."""

# The rows of these kinds carry their own dates, so an edition without a date of its own has always been valid.
ALWAYS_VALID_FROM: Final = date(1900, 1, 1)


def header_of(kind: str) -> tuple[str, ...]:
    """The columns of our own CSV of a kind."""
    return (FORMS.get(kind) or KINDS[kind]).header


def parse_table(kind: str, data: bytes | mmap) -> Sized:
    """The table in the bytes of an edition, or in a CSV of ours; its length is its count of rows.

    Raises TableError: one line that names row and column, never a value.
    """
    if (form := FORMS.get(kind)) is not None:
        return form.opened(data) if data[: len(MAGIC)] == MAGIC else form.parse(bytes(data))
    if (known := KINDS.get(kind)) is not None:
        return known.parse(bytes(data))
    raise TableError(f"{kind}: not a kind of table; known are {', '.join((*KINDS, *FORMS))}")


__all__ = ["ALWAYS_VALID_FROM", "FORMS", "KINDS", "Form", "Kind", "TableError", "header_of", "parse_table"]

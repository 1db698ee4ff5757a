"""The taxonomy of a billing or rendering provider, by the provider master, else by the national file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from schemas.case import Evidence
from schemas.claim import ClaimSubmitted
from schemas.codes import Automation
from schemas.recoding import Edit
from services.core.codes.npi import valid_npi
from services.core.codes.nppes import NationalProviders
from services.core.codes.providers import KIND, Providers
from services.core.recoding.check import Check, Parameters
from services.core.recoding.field_values import valid_taxonomy
from services.core.recoding.fields import BILLING, RENDERING, rendering
from services.core.recoding.lookups import opened
from services.core.recoding.offers import field_edit
from services.core.recoding.situation import Situation, row_evidence
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks


class TaxonomyParameters(Parameters):
    """`remark_roles`: whose taxonomy a remark speaks of, by NM101; of no other remark anything is changed."""

    remark_roles: dict[str, str]


def taxonomy_on_file(situation: Situation, parameters: TaxonomyParameters) -> Verdict:
    """The one taxonomy on file for the NPI is not on the claim. Where the claim has none, or one that is malformed, it
    is given; in the place of another one it is a candidate."""
    claim, day = situation.claim, situation.day
    if claim is None or day is None:
        return lacks("claim" if claim is None else "claim.service_from")
    roles = {parameters.remark_roles[c] for c in situation.remarks if c in parameters.remark_roles}
    if not roles:
        return fails("the_remark_names_no_provider")
    edits: list[Edit] = []
    candidates: list[Edit] = []
    reason = "the_claim_says_the_same"
    for path, place, npi, before in _places(situation, claim, roles):
        if not valid_npi(npi):
            return lacks(f"claim.{path.replace('taxonomy', 'npi')}")
        known = _on_file(situation, npi or "", day)
        if known is None:
            return lacks(f"table:{KIND}", "table:nppes")
        if len(known) != 1:
            reason = "several_taxonomies_on_file" if known else "no_taxonomy_on_file"
            continue
        [(code, proof)] = known.items()
        edit = field_edit(situation, path, code, place, (proof,))
        if edit is not None:
            (candidates if before is not None and valid_taxonomy(before) else edits).append(edit)
    if not edits and not candidates:
        return fails(reason)
    return Verdict(
        Outcome.PASSES,
        "taxonomy_on_file" if edits else "another_taxonomy_on_file",
        edits=tuple(edits),
        candidates=tuple(candidates),
        evidence=tuple(e.evidence[1] for e in (*edits, *candidates)),
        ceiling=Automation.A2 if candidates else Automation.A3,
    )


def _places(
    situation: Situation, claim: ClaimSubmitted, roles: set[str]
) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Field, place, NPI and what stands there."""
    if BILLING in roles:
        yield "billing_taxonomy", "2000A PRV03", claim.billing_npi, claim.billing_taxonomy
    if RENDERING not in roles:
        return
    own = rendering(claim)
    if own is not None:
        yield "rendering_taxonomy", "2310B PRV03", own.npi, own.taxonomy
    for line in situation.lines() or ():
        of_line = rendering(claim, line.line)
        if of_line is not None:
            path = f"lines[{line.line}].rendering_taxonomy"
            yield path, f"LX {line.line} 2420A PRV03", of_line.npi, of_line.taxonomy


def _on_file(situation: Situation, npi: str, day: date) -> dict[str, Evidence] | None:
    """Taxonomies of an NPI, each with its row: by the master where it has any; null where no table is loaded."""
    master = situation.edition(KIND, day)
    found: dict[str, Evidence] = {}
    if master is not None and isinstance(master.table, Providers):
        for row in master.table.of_npi(npi):
            if row.taxonomy and row.active_on(day):
                found.setdefault(row.taxonomy.upper(), row_evidence(master, row.row, row.taxonomy.upper()))
    if found:
        return found
    national = opened(situation, "nppes", NationalProviders, day)
    if national is None:
        return found if master is not None else None
    provider = national.table.find(npi)
    if provider is not None and provider.primary:
        found[provider.primary] = national.evidence(npi, provider.primary)
    return found


CHECKS: Final = {"taxonomy_on_file": Check(TaxonomyParameters, taxonomy_on_file)}

"""What the user's own lists of codes (`reclaim load carc|rarc`) change in a classified denial: the flags for codes
that are unknown or deactivated on the day of the payment, and evidence that names the edition.

What is a denial and why stays with the tables that ship, so that the same release judges the same claim the same
way. The words of a licensed list go into no event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from schemas.case import CaseChanged, Cause, ClassifiedDenial, Evidence
from services.core.codes.denial_lists import CARC, RARC, CodeList, ListedCode
from services.core.codes.tables import Edition, Tables
from services.core.denials.knowledge import SHIPPED, Row, reason_code, remark_code


def with_lists(change: CaseChanged | ClassifiedDenial, tables: Tables) -> CaseChanged | ClassifiedDenial:
    """The change under the lists in force on the day of its payment; itself where none says anything."""
    if not isinstance(change, ClassifiedDenial):
        return change
    remittance = change.adjudication.remittance
    day = remittance.payment_date or remittance.production_date
    if day is None:
        return change
    for kind, shipped, sent, normal in (
        (CARC, SHIPPED.reasons, [a.reason for a in change.adjudication.adjustments], reason_code),
        (RARC, SHIPPED.remarks, [r.code for r in change.adjudication.remarks], remark_code),
    ):
        edition = tables.on(kind, day)
        if edition is not None and isinstance(edition.table, CodeList):
            codes = {normal(code): edition.table.find(normal(code)) for code in sent}
            change = change.model_copy(
                update={
                    "remit_quality": _quality(change.remit_quality, kind, codes, shipped, day),
                    "causes": tuple(_evident(cause, edition, codes, normal) for cause in change.causes),
                }
            )
    return change


def _quality(
    quality: Iterable[str],
    kind: str,
    codes: Mapping[str, ListedCode | None],
    shipped: Mapping[str, Row],
    day: date,
) -> tuple[str, ...]:
    """The list has the last word on the codes that it holds, what ships on the others.

    `unmapped_carc` takes the place of `unknown_carc` where the list knows a reason that the tables of Reclaim
    give no meaning: a person looks at it still.
    """
    found = set(quality) - {f"deactivated_{kind}"}
    if any(_deactivated(listed, shipped.get(code), day) for code, listed in codes.items()):
        found.add(f"deactivated_{kind}")
    new = {code for code in codes if code not in shipped}
    if kind == CARC and any(codes[code] is not None for code in new):
        found.add("unmapped_carc")
        if all(codes[code] is not None for code in new):
            found.discard("unknown_carc")
    return tuple(sorted(found))


def _deactivated(listed: ListedCode | None, row: Row | None, day: date) -> bool:
    if listed is not None:
        return not listed.valid_on(day)
    return row is not None and row.stopped_on(day)


def _evident(
    cause: Cause,
    edition: Edition,
    codes: Mapping[str, ListedCode | None],
    normal: Callable[[str], str],
) -> Cause:
    sent = [a.reason for a in cause.adjustments] if edition.kind == CARC else [r.code for r in cause.remarks]
    named = dict.fromkeys(code for s in sent if codes.get(code := normal(s)) is not None)
    if not named:
        return cause
    source = f"table:{edition.kind}@{edition.name}"
    return cause.model_copy(
        update={"evidence": (*cause.evidence, *(Evidence(source=source, place=code) for code in named))}
    )

"""Why a claim was denied: causes with evidence, one of them primary (domain reference 1.4).

A remark that directs the path is named; the most specific remark that is no alert decides the cause of the
adjustment it belongs to; where there is none, the adjustment's own code does. All causes are kept: a corrected
claim that mends one of two is denied again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from schemas.case import Cause, Evidence
from schemas.codes import Action, Automation, Fix, Recoverability
from schemas.remittance import Adjudication, Adjustment, Remark, RemittedLine
from services.core.denials.knowledge import (
    SHIPPED,
    Knowledge,
    Meaning,
    ReasonClass,
    reason_code,
    remark_code,
)
from services.core.denials.state import (
    KNOWN_GROUPS,
    ZERO,
    cut_units,
    decide,
    explained_places,
    lacks_remark,
)

OTHER: Final = "other"
DUPLICATE: Final = "duplicate"
NO_CAUSE_OF_DENIAL: Final = frozenset({"pricing", "reporting"})
"""what such a remark explains is a reduction, not why money was refused"""


PATIENT_BEARS: Final = frozenset({"med_nec", "non_covered", "benefit_max"})
"""what in group PR is the patient's or a secondary payer's bill and no corrected claim (domain reference 3.4)"""
PROVIDER_BEARS: Final = frozenset({"CO", "PI"})
"""groups in which the patient may not be billed (domain reference 1.2)"""


@dataclass(frozen=True, slots=True)
class Classification:
    primary_cause: str
    causes: tuple[Cause, ...]
    """the primary one first; their amounts add up to the denied amount"""
    directives: tuple[str, ...]
    """remark codes that fix the path, sorted"""
    remit_quality: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one code says of one adjustment. `rank`: smaller is stronger where amounts are equal."""

    says: Meaning
    label: str
    rank: tuple[int, int]


_PERSON: Final = Meaning(
    cause=OTHER, fix=Fix.NONE, action=Action.NONE, ceiling=Automation.A1, recoverability=Recoverability.SOFT
)
"""what is not understood goes to a person"""


@dataclass(slots=True)
class _Item:
    """A denied adjustment (null: a denial without any) and the remarks that explain it."""

    adjustment: Adjustment | None
    line: int | None
    amount: Decimal
    own: _Verdict
    open_to_remarks: bool
    """its own code does not say why"""
    deaf: bool
    """no remark sharpens it: its code is not in the table"""
    remark_missing: bool
    remarks: list[Remark] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    """A cause while it is put together. `verdict` is that of its strongest part."""

    verdict: _Verdict
    weight: tuple[Decimal, tuple[int, int]]
    ceiling: Automation
    amount: Decimal = ZERO
    whole_claim: bool = False
    lines: set[int] = field(default_factory=set)
    adjustments: list[Adjustment] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)

    def keep(self, item: _Item, remark: Remark | None, knowledge: Knowledge) -> None:
        """Note what carries the cause: lines, adjustments, remarks and table rows, each once."""
        if item.line is None:
            self.whole_claim = True
        else:
            self.lines.add(item.line)
        if item.adjustment is not None:
            if not any(known is item.adjustment for known in self.adjustments):
                self.adjustments.append(item.adjustment)
            code = reason_code(item.adjustment.reason)
            if code in knowledge.reasons and ("carc", code) not in self.rows:
                self.rows.append(("carc", code))
        if remark is not None:
            if remark not in self.remarks:
                self.remarks.append(remark)
            if ("rarc", remark_code(remark.code)) not in self.rows:
                self.rows.append(("rarc", remark_code(remark.code)))


def classify(
    adjudication: Adjudication,
    source: str,
    earlier: Sequence[Evidence] = (),
    knowledge: Knowledge = SHIPPED,
) -> Classification:
    """The causes of a denied adjudication. `source`: the id of its event, for evidence. `earlier`: adjudications
    and attempts before it, which a denial as duplicate points to."""
    decided = decide(adjudication)
    explained = explained_places(adjudication.remarks)
    items = [
        _item(adjustment, place in decided.masked, explained, knowledge)
        for place, (adjustment, class_) in enumerate(
            zip(adjudication.adjustments, decided.classes, strict=True)
        )
        if class_ is ReasonClass.DENIAL and adjustment.amount != ZERO
    ]
    # The order of CAS segments and triplets says nothing.
    items.sort(key=_place_of)
    if not items:
        items = [_unexplained(adjudication)]
    _assign(adjudication.remarks, items, knowledge)
    drafts: dict[tuple[str, Fix, Action], _Draft] = {}
    for item in items:
        _add(item, drafts, knowledge)
    ordered = sorted(
        drafts.values(),
        key=lambda d: (-d.amount, d.verdict.rank, d.verdict.says.cause, d.verdict.says.action),
    )
    causes = tuple(_cause(draft, adjudication, source, earlier, knowledge) for draft in ordered)
    return Classification(
        primary_cause=causes[0].cause,
        causes=causes,
        directives=_directives(adjudication.remarks, knowledge),
        remit_quality=tuple(sorted({*adjudication.remit_quality, *decided.remit_quality})),
    )


def _item(
    adjustment: Adjustment, masked: bool, explained: frozenset[int | None], knowledge: Knowledge
) -> _Item:
    code = reason_code(adjustment.reason)
    row = knowledge.reasons.get(code)
    priority = knowledge.reason_priority.get(code, len(knowledge.reasons))
    if row is None:
        own = _Verdict(_PERSON, "an adjustment reason that is not in the table: ask the payer", (1, priority))
    elif masked:
        own = _Verdict(
            _PERSON, "a contractual reduction over the whole charge with nothing paid: ask why", (1, priority)
        )
    else:
        own = _Verdict(row, row.label, (1, priority))
    return _Item(
        adjustment=adjustment,
        line=adjustment.line,
        amount=adjustment.amount,
        own=own,
        open_to_remarks=masked or (row is not None and row.class_ is ReasonClass.BY_REMARK),
        deaf=row is None,
        remark_missing=row is not None and row.needs_remark and lacks_remark(adjustment.line, explained),
    )


def _unexplained(adjudication: Adjudication) -> _Item:
    """Nothing was paid and no adjustment says why: the amount is what is missing."""
    missing = (
        adjudication.charge - adjudication.paid - sum((a.amount for a in adjudication.adjustments), ZERO)
    )
    return _Item(
        adjustment=None,
        line=None,
        amount=missing,
        own=_Verdict(_PERSON, "nothing was paid and no reason is given: ask the payer", (1, 0)),
        open_to_remarks=True,
        deaf=False,
        remark_missing=False,
    )


def _assign(remarks: Sequence[Remark], items: Sequence[_Item], knowledge: Knowledge) -> None:
    """Give each remark that says why to the adjustments that it explains.

    It goes to those of its place whose own code leaves the cause open or has the same cause. Where there is
    none, a line's remark goes to the largest of its line, a claim's to every adjustment; but a claim's remark
    never to one that a remark of its own line explains. A remark of a line without a denial reaches those of
    the claim level.
    """
    hearing = [item for item in items if not item.deaf]
    for remark in sorted(remarks, key=lambda r: r.line is None):
        row = knowledge.remarks.get(remark_code(remark.code))
        if row is None or row.alert or row.says is None or row.says.cause in NO_CAUSE_OF_DENIAL:
            continue
        fitting = [item for item in hearing if item.open_to_remarks or item.own.says.cause == row.says.cause]
        if remark.line is None:
            explains = [i for i in fitting or hearing if all(r.line is None for r in i.remarks)]
        else:
            place = [item for item in hearing if item.line == remark.line]
            place = place or [item for item in hearing if item.line is None]
            largest = sorted(place, key=lambda item: (-item.amount, item.own.rank))[:1]
            explains = [item for item in place if item in fitting] or largest
        for item in explains:
            item.remarks.append(remark)


def _add(item: _Item, drafts: dict[tuple[str, Fix, Action], _Draft], knowledge: Knowledge) -> None:
    """Put an adjustment under its causes. Its amount counts once, with the strongest."""
    parts: list[tuple[_Verdict, Remark | None]] = []
    for remark in sorted(item.remarks, key=lambda r: _specificity(r, knowledge)):
        row = knowledge.remarks[remark_code(remark.code)]
        if row.says is not None:
            rank = (0, knowledge.remark_priority[row.code])
            parts.append((_Verdict(row.says, row.label, rank), remark))
    group = item.adjustment.group.strip().upper() if item.adjustment is not None else ""
    for place, (coded, explaining) in enumerate(parts or [(item.own, None)]):
        verdict = replace(coded, says=_borne(coded.says, group))
        amount = item.amount if place == 0 else ZERO
        # Never more automation than the adjustment's own code allows.
        ceiling = min(verdict.says.ceiling, item.own.says.ceiling)
        if item.remark_missing or (item.open_to_remarks and not parts) or group not in KNOWN_GROUPS:
            # Never act on a code alone that leaves the cause to a remark, nor where nobody can say who bears it.
            ceiling = min(ceiling, Automation.A1)
        key = (verdict.says.cause, verdict.says.fix, verdict.says.action)
        draft = drafts.get(key)
        if draft is None:
            draft = drafts[key] = _Draft(verdict, (amount, verdict.rank), ceiling)
        elif (-amount, verdict.rank) < (-draft.weight[0], draft.weight[1]):
            draft.verdict = verdict
            draft.weight = (amount, verdict.rank)
        draft.ceiling = min(draft.ceiling, ceiling)
        draft.amount += amount
        draft.keep(item, explaining, knowledge)


def _borne(says: Meaning, group: str) -> Meaning:
    """The next step under who bears the money: in PR what is not covered is the patient's, in CO and PI the patient
    may not be billed."""
    if group == "PR" and says.cause in PATIENT_BEARS and says.action in _PROVIDERS_STEPS:
        return _with(says, Fix.NONE, Action.BILL_PATIENT)
    if group in PROVIDER_BEARS and says.action is Action.BILL_PATIENT:
        return _with(says, says.fix, Action.APPEAL)
    return says


_PROVIDERS_STEPS: Final = frozenset({Action.APPEAL, Action.WRITE_OFF, Action.CORRECTED_CLAIM})


def _with(says: Meaning, fix: Fix, action: Action) -> Meaning:
    return Meaning(
        cause=says.cause,
        fix=fix,
        action=action,
        ceiling=min(says.ceiling, Automation.A1),
        recoverability=says.recoverability,
    )


def _place_of(item: _Item) -> tuple[object, ...]:
    """Lines first and in their order, then what a line has in an order of its own."""
    adjustment = item.adjustment
    line = (item.line is None, item.line or 0)
    return (line, item.own.rank, -item.amount, "" if adjustment is None else adjustment.group)


def _specificity(remark: Remark, knowledge: Knowledge) -> tuple[bool, bool, int, str]:
    """The line's before the claim's, those that name a place of the 837 before others, then table order."""
    row = knowledge.remarks[remark_code(remark.code)]
    return (remark.line is None, row.place is None, knowledge.remark_priority[row.code], remark.place)


def _cause(
    draft: _Draft, adjudication: Adjudication, source: str, earlier: Sequence[Evidence], knowledge: Knowledge
) -> Cause:
    lines = () if draft.whole_claim else tuple(sorted(draft.lines))
    evidence = [
        Evidence(source=source, place=_place("CAS", a.line), value=reason_code(a.reason))
        for a in draft.adjustments
    ]
    evidence += [
        Evidence(source=source, place=_place(r.place, r.line), value=remark_code(r.code))
        for r in draft.remarks
    ]
    evidence += [
        Evidence(source=source, place=_place("REF*0K", p.line), value=p.id)
        for p in sorted(adjudication.policies, key=lambda p: (p.line or 0, p.id))
        if p.line is None or not lines or p.line in lines
    ]
    for line in adjudication.lines:
        if line.line in lines:
            evidence += _answered_otherwise(line, source)
    if draft.verdict.says.cause == DUPLICATE:
        evidence += earlier
    evidence += [
        Evidence(source=f"table:{kind}@{knowledge.edition}", place=code) for kind, code in draft.rows
    ]
    return Cause(
        cause=draft.verdict.says.cause,
        fix=draft.verdict.says.fix,
        action=draft.verdict.says.action,
        recoverability=draft.verdict.says.recoverability,
        ceiling=draft.ceiling,
        lines=lines,
        adjustments=tuple(draft.adjustments),
        remarks=tuple(draft.remarks),
        amount=draft.amount,
        label=draft.verdict.label,
        evidence=tuple(evidence),
    )


def _answered_otherwise(line: RemittedLine, source: str) -> list[Evidence]:
    """Where the payer counted other units or another procedure than were submitted (SVC05 to SVC07)."""
    found = []
    if cut_units(line):
        for element, units in (("SVC05", line.units_paid), ("SVC07", line.units_submitted)):
            value = None if units is None else f"{units.normalize():f}"
            found.append(Evidence(source=source, place=_place(element, line.line), value=value))
    if line.submitted_procedure and line.submitted_procedure != line.procedure:
        for element, code in (("SVC01", line.procedure), ("SVC06", line.submitted_procedure)):
            found.append(Evidence(source=source, place=_place(element, line.line), value=code))
    return found


def _place(element: str, line: int | None) -> str:
    """The X12 place: loop 2100 is the claim's, 2110 a line's (counted from 1)."""
    return f"2100 {element}" if line is None else f"2110[{line}] {element}"


def _directives(remarks: Sequence[Remark], knowledge: Knowledge) -> tuple[str, ...]:
    codes = {remark_code(remark.code) for remark in remarks}
    return tuple(
        sorted(
            c for c in codes if (row := knowledge.remarks.get(c)) is not None and row.directive is not None
        )
    )

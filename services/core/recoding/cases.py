"""A rule's own cases: the standard situation, what a case changes in it, and whether the rule comes to what it says.

The standard situation is a professional claim of one line, made up whole, denied in full. A case names only what
differs. Tables are written as rows and read by the same loader as those of a user.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pydantic import TypeAdapter

from schemas.case import Cause, ClassifiedDenial, LineMatch, PayerAnswer
from schemas.claim import ClaimSubmitted, Delimiters, LoopContext, Payer, Position
from schemas.codes import ClaimState, LineState
from schemas.documentation import ClaimDocumented
from schemas.remittance import Adjudication, Adjustment, Remark, Remittance, RemittedLine
from services.core.codes.loading import TableError, header_of, parse_table
from services.core.codes.tables import NO_TABLES, Edition, Tables
from services.core.recoding.rules import Rule, RuleCase
from services.core.recoding.ruling import Ruling, apply
from services.core.recoding.situation import Situation
from services.core.resubmission.profiles import Profile

_PAYER: Final = {"id": "99999", "name": "EXAMPLE HEALTH"}
_SERVICE: Final = "2026-03-02"
_POSITION: Final = Position(file="0" * 64, interchange=1, group=1, transaction=1, index=1)

_CLAIM: Final[dict[str, Any]] = {
    "claim_number": "CASE-1",
    "transaction": "837P",
    "guide": "005010X222A1",
    "billing_npi": "1234567893",
    "billing_tax_id": "123456789",
    "payer": _PAYER,
    "filing_indicator": "CI",
    "payer_responsibility": "P",
    "member_id": "M100",
    "frequency_code": "1",
    "original_reference": None,
    "place_of_service": "11",
    "total_charge": "100.00",
    "service_from": _SERVICE,
    "service_to": _SERVICE,
    "diagnoses": [{"qualifier": "ABK", "code": "R6889"}],
    "providers": [{"role": "85", "npi": "1234567893", "tax_id": "123456789", "name": "EXAMPLE PRACTICE"}],
    "delimiters": Delimiters(element="*", component=":", repetition="^", terminator="~").model_dump(),
    "loops": LoopContext(
        interchange="ISA", group="GS", transaction=("ST",), billing=("HL",), subscriber=("HL",)
    ).model_dump(),
    "segments": ["CLM*CASE-1*100***11:B:1*Y*A*Y*Y"],
    "position": _POSITION.model_dump(),
}

_LINE: Final[dict[str, Any]] = {
    "control_number": None,
    "procedure": "G0463",
    "procedure_qualifier": "HC",
    "modifiers": [],
    "charge": "100.00",
    "units": "1",
    "unit_basis": "UN",
    "pointers": [1],
    "service_from": _SERVICE,
    "service_to": _SERVICE,
}

_CAUSE: Final[dict[str, Any]] = {
    "cause": "other",
    "fix": "none",
    "action": "none",
    "recoverability": "soft",
    "ceiling": "A3",
    "lines": [1],
    "amount": "100.00",
    "label": "the label of the cause",
    "evidence": [{"source": "claim-denied", "place": "CAS"}],
}

_PRIOR: Final[dict[str, Any]] = {
    "responsibility": "primary",
    "claim_state": "paid",
    "charge": "100.00",
    "paid": "80.00",
    "remitted": "2026-03-20",
    "adjusted": [{"group": "PR", "reason": "2", "amount": "20.00"}],
}

# Loose on types: a case is YAML, where a date is a date and a code may look like a number.
_claim_adapter: Final = TypeAdapter(ClaimSubmitted)
_cause_adapter: Final = TypeAdapter(Cause)
_remitted_adapter: Final = TypeAdapter(RemittedLine)
_documented_adapter: Final = TypeAdapter(ClaimDocumented)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case of one rule. `differences` is empty where it came to what it says."""

    rule: str
    case: str
    differences: tuple[str, ...]


def run_cases(rule: Rule) -> tuple[CaseResult, ...]:
    """Every case of a rule. Raises RuleCaseError where a case does not describe a situation."""
    return tuple(CaseResult(rule.id, case.name, _differences(rule, case)) for case in rule.cases)


class RuleCaseError(Exception):
    """A case does not describe a situation: one line with rule, case and what is wrong."""


def situation_of(case: RuleCase) -> Situation:
    """The standard situation with what the case changes."""
    claim = None
    if case.claim is not None:
        lines = [{"line": n, **_LINE, **line} for n, line in enumerate(case.lines, start=1)]
        claim = _claim_adapter.validate_python({**_CLAIM, **case.claim, "lines": lines}, strict=False)
    cause = _cause(case.cause)
    return Situation(
        denial=_denial(case, claim, cause),
        cause=cause,
        profile=_profile(case),
        tables=_tables(case.tables),
    )


def _cause(changes: dict[str, Any]) -> Cause:
    changes = dict(changes)
    carc, rarc, group = changes.pop("carc", "16"), changes.pop("rarc", ()), changes.pop("group", "CO")
    whole = {**_CAUSE, **changes}
    if "statuses" in changes:
        # What was turned away has no adjustment.
        whole.setdefault("adjustments", [])
    line = whole["lines"][0] if whole["lines"] else None
    whole.setdefault(
        "adjustments",
        [Adjustment(line=line, group=group, reason=str(carc), amount=Decimal("100.00")).model_dump()],
    )
    whole.setdefault(
        "remarks", [Remark(line=line, code=code, place="LQ").model_dump() for code in _listed(rarc)]
    )
    return _cause_adapter.validate_python(whole, strict=False)


def _listed(value: object) -> list[Any]:
    return [value] if isinstance(value, str) else list(value) if isinstance(value, list | tuple) else []


def _profile(case: RuleCase) -> Profile:
    known: dict[str, Any] = {"payer_id": _PAYER["id"], "family": case.payer_family, "version": "case"}
    values = {key: frozenset(v) if isinstance(v, list | tuple) else v for key, v in case.profile.items()}
    return Profile(**{**known, **values})


def _denial(case: RuleCase, claim: ClaimSubmitted | None, cause: Cause) -> ClassifiedDenial:
    said = tuple(Remark(line=None, code=code, place="MOA03") for code in case.remarks)
    payer = Payer(**_PAYER)
    remitted = date.fromisoformat("2026-04-01")
    adjudication = Adjudication(
        claim_number="CASE-1",
        claim_state=ClaimState.DENIED_FULL,
        status_code="4",
        payer=payer,
        filing_indicator="CI",
        payer_control_number="ICN1",
        charge=Decimal("100.00"),
        paid=Decimal("0.00"),
        patient_responsibility=Decimal("0.00"),
        denied_amount=Decimal("100.00"),
        pended_amount=Decimal("0.00"),
        remittance=Remittance(trace_number="T1", payment_date=remitted, production_date=remitted),
        adjustments=cause.adjustments,
        remarks=(*cause.remarks, *said),
        lines=_remitted(case, claim),
        guide="005010X221A1",
        delimiters=Delimiters(element="*", component=":", repetition="^", terminator="~"),
        segments=("CLP*CASE-1*4*100*0",),
        position=_POSITION,
    )
    return ClassifiedDenial(
        claim_number="CASE-1",
        lineage="case",
        revision=1,
        answers=None,
        payer=payer,
        filing_indicator="CI",
        claim_state=ClaimState.DENIED_FULL,
        denied_amount=Decimal("100.00"),
        primary_cause=cause.cause,
        causes=(cause,),
        generation=0,
        matched_claim=claim is not None,
        facts=("case",),
        claim=claim,
        adjudication=adjudication,
        matches=tuple(
            LineMatch(remitted_line=n, submitted_line=n, score=100) for n in range(1, len(case.lines) + 1)
        )
        if claim is not None
        else (),
        documented=_documented(case),
        other_payers=_prior(case, claim) if case.prior is not None else (),
        later_payers=(Payer(id="22222", name="SECOND PLAN"),) if case.later else (),
    )


def _prior(case: RuleCase, claim: ClaimSubmitted | None) -> tuple[PayerAnswer, ...]:
    """The payer before this one, by its own remittance of line 1."""
    told = {**_PRIOR, **(case.prior or {})}
    charge, paid = Decimal(told["charge"]), Decimal(told["paid"])
    day = date.fromisoformat(told["remitted"]) if told["remitted"] is not None else None
    line = claim.lines[0] if claim is not None else None
    payer = Payer(id="11111", name="FIRST PLAN")
    said = Adjudication(
        claim_number="CASE-1",
        claim_state=ClaimState(told["claim_state"]),
        status_code="1",
        payer=payer,
        filing_indicator="CI",
        payer_control_number="ICN0",
        charge=charge,
        paid=paid,
        patient_responsibility=Decimal("0.00"),
        denied_amount=Decimal("0.00"),
        pended_amount=Decimal("0.00"),
        remittance=Remittance(trace_number="T0", payment_date=day, production_date=day),
        adjustments=tuple(
            Adjustment(line=1, group=a["group"], reason=a["reason"], amount=Decimal(a["amount"]))
            for a in told["adjusted"]
        ),
        lines=(
            RemittedLine(
                line=1,
                control_number=line.control_number if line is not None else None,
                procedure=line.procedure if line is not None else None,
                charge=charge,
                paid=paid,
                units_paid=Decimal(1),
                state=LineState.PAID,
            ),
        ),
        guide="005010X221A1",
        delimiters=Delimiters(element="*", component=":", repetition="^", terminator="~"),
        segments=("CLP*CASE-1*1*100*80",),
        position=_POSITION,
    )
    return (
        PayerAnswer(
            lineage="prior",
            payer=payer,
            responsibility=told["responsibility"],
            claim_state=said.claim_state,
            charge=charge,
            paid=paid,
            patient_responsibility=None,
            payer_control_number="ICN0",
            remitted=day,
            fact="prior",
            adjudication=said,
        ),
    )


def _documented(case: RuleCase) -> ClaimDocumented | None:
    if not case.documented:
        return None
    known = {"claim_number": "CASE-1", "documented": _SERVICE}
    return _documented_adapter.validate_python({**known, **case.documented}, strict=False)


def _remitted(case: RuleCase, claim: ClaimSubmitted | None) -> tuple[RemittedLine, ...]:
    """Each submitted line as the 835 answers it: denied whole, but for what the case says."""
    if claim is None:
        return ()
    standard = {"paid": "0.00", "state": "denied_full"}
    return tuple(
        _remitted_adapter.validate_python(
            {
                "line": line.line,
                "procedure": line.procedure,
                "modifiers": line.modifiers,
                "charge": line.charge,
                **standard,
                **case.remitted.get(line.line, {}),
            },
            strict=False,
        )
        for line in claim.lines
    )


def _tables(rows_by_kind: dict[str, tuple[dict[str, str], ...]]) -> Tables:
    tables = NO_TABLES
    for kind, rows in sorted(rows_by_kind.items()):
        written = io.StringIO(newline="")
        writer = csv.DictWriter(written, header_of(kind), restval="")
        writer.writeheader()
        writer.writerows(rows)
        table = parse_table(kind, written.getvalue().encode())
        tables = tables.with_edition(Edition(kind, "case", "0" * 64, date(1900, 1, 1), table))
    return tables


def _differences(rule: Rule, case: RuleCase) -> tuple[str, ...]:
    try:
        situation = situation_of(case)
    except (ValueError, TypeError, LookupError, TableError) as wrong:
        said = str(wrong) if isinstance(wrong, TableError) else type(wrong).__name__
        raise RuleCaseError(f"{rule.id}: {case.name}: {said}") from None
    ruling = apply(rule, situation)
    expect = case.expect
    seen: dict[str, tuple[object, object]] = {"outcome": (expect.outcome, outcome_of(ruling))}
    if ruling is not None:
        if expect.reason is not None:
            seen["reason"] = (expect.reason, ruling.reason)
        if expect.missing is not None:
            seen["missing"] = (expect.missing, ruling.missing)
        if expect.ceiling is not None:
            seen["ceiling"] = (expect.ceiling, ruling.ceiling)
        if expect.edits is not None:
            seen["edits"] = (expect.edits, {e.field: e.after for e in ruling.edits})
        if expect.facts is not None:
            seen["facts"] = (expect.facts, dict(ruling.facts))
        if expect.candidates is not None:
            found = tuple({c.edit.field: c.edit.after} for c in ruling.candidates)
            seen["candidates"] = (expect.candidates, found)
    return tuple(
        f"{name}: expected {want}, came to {got}" for name, (want, got) in seen.items() if want != got
    )


def outcome_of(ruling: Ruling | None) -> str:
    """The word of an expectation for what a rule came to."""
    return "applies_not" if ruling is None else ruling.outcome.value

"""Any number of drawn claims, denials, tables and proposals against the guard: `python -m tests.guarding COUNT`.

What is drawn is hostile: a rule that wants anything at all for A3, people who approve anything, a finished 837 that
was tampered with. What must hold is said here again in other words than the guard's own, over the coded facts and
over the text that would leave, so that a guard that is broken or taken out shows as a violation.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any, Final

from schemas.case import Attempt, Cause, ClassifiedDenial, Evidence
from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.codes import Action, Automation, LineState
from schemas.documentation import ClaimDocumented, DocumentReference
from schemas.recoding import Edit, EditValue, RecodingProposed
from schemas.records.claim_case import Send
from schemas.remittance import Adjustment, Remark, RemittedLine
from schemas.resubmission import ClaimResubmitted, OutgoingClaim
from services.core.codes.loading import parse_table
from services.core.codes.npi import valid_npi
from services.core.codes.tables import NO_TABLES, Edition, Tables
from services.core.current_claim import as_submitted
from services.core.recoding import checks
from services.core.recoding.change import Change, facts_of
from services.core.recoding.check import Check, Parameters
from services.core.recoding.fields import altered, current, exists, parse_field, plain
from services.core.recoding.guards import guard, refusal, vetoes
from services.core.recoding.overpayment import overpaid_lines
from services.core.recoding.proposal import profile_of, propose
from services.core.recoding.rule_set import RuleSet
from services.core.recoding.rules import Rule
from services.core.recoding.verdicts import Outcome, Verdict
from services.core.resubmission.finished import guard_finished
from services.core.x12.editor import EditRefusedError, edit
from tests.recoding import TODAY, denial_of, profiles_with
from tests.submitted import submitted_claims
from tests.synthetic_837 import PROFESSIONAL
from tests.unit.core.recoding.fee_tables import with_fees

NPIS: Final = ("1234567893", "1245319599", "1000000004")
BROKEN_NPIS: Final = ("1234567890", "")
CODES: Final = ("G0463", "G0499", "G0101", "G0480")
MODIFIERS: Final = ("25", "59", "XE", "LT", "RT", "26", "76", "GP")
DIAGNOSES: Final = ("J0390", "R0981", "M545", "Z1211")
STOPPING: Final = ("N185", "N938", "N35", "M87")
STOP_REASONS: Final = ("213", "216", "224", "P8")
RECORD, ORDERED_BY_PAYER = "MR-1", "AUTH-LETTER-1"
SERVICE: Final = date(2025, 12, 20)
DRUG, SAME_DRUG, OTHER_DRUG = "0002-1433-80", "00002143380", "00002143381"
SUBSCRIBER: Final = ("member_id", "subscriber_name", "subscriber_birth_date")
EXCLUDED: Final = "1000000004"
"""Of two exclusion lists: on the one since before the service, on the other since after it."""

POOL: Final = 150
"""How many claims are written and read; each draw takes one of them."""

_EVIDENCE: Final = (Evidence(source="table:drawn@1", place="row 2"),)


# The claims


def _claim_text(random: Random, number: int) -> str:
    head, _, rest = PROFESSIONAL.partition("CLM*PATACC1")
    tail = rest[rest.index("SE*48") :]
    lines = random.randint(1, 4)
    diagnoses = random.sample(DIAGNOSES, random.randint(1, 3))
    diagnoses += diagnoses[:1] if random.random() < 0.2 else []
    charges = [random.choice((40, 85, 150)) for _ in range(lines)]
    text = [f"CLM*DRAWN{number}*{sum(charges)}***11:B:1*Y*A*Y*Y~"]
    text += ["REF*G1*OLDAUTH~"] if random.random() < 0.2 else []
    others = "".join(f"*ABF:{code}" for code in diagnoses[1:])
    text += [f"HI*ABK:{diagnoses[0]}{others}~"]
    if random.random() < 0.6:
        npi = random.choice((*NPIS, *BROKEN_NPIS))
        text += [f"NM1*82*1*TESTER*BEN****XX*{npi}~" if npi else "NM1*82*1*TESTER*BEN~"]
    for n in range(lines):
        modifiers = "".join(f":{m}" for m in random.sample(MODIFIERS, random.choice((0, 0, 1, 2))))
        pointer = random.randint(1, len(diagnoses))
        units = random.randint(1, 4)
        text += [
            f"LX*{n + 1}~",
            f"SV1*HC:{random.choice(CODES)}{modifiers}*{charges[n]}*UN*{units}***{pointer}~",
            "DTP*472*D8*20251220~",
            f"REF*6R*L{n + 1}~",
        ]
        if random.random() < 0.7:
            text += [f"LIN**N4*{DRUG}~", "CTP****1*UN~"]
    billing = random.choice((*NPIS, BROKEN_NPIS[0]))
    head = head.replace(
        "NM1*85*2*EXAMPLE CLINIC*****XX*1234567893", f"NM1*85*2*EXAMPLE CLINIC*****XX*{billing}"
    )
    return head + "\n".join(text) + "\n" + tail


@cache
def claims(seed: int) -> tuple[ClaimSubmitted, ...]:
    """The claims that the draws of a seed take from."""
    random = Random(seed)
    return tuple(claim for n in range(POOL) for claim in submitted_claims(_claim_text(random, n).encode()))


# What is drawn


class DrawnFees:
    """Fees for some codes, with and without modifiers."""

    def __init__(self, random: Random) -> None:
        self._fees: dict[tuple[str, frozenset[str]], Decimal] = {}
        for code in CODES:
            for modifiers in (frozenset[str](), *(frozenset({m}) for m in MODIFIERS)):
                if random.random() < 0.8:
                    self._fees[code, modifiers] = Decimal(random.choice((50, 50, 50, 40, 80)))
        self.tables = with_fees(
            NO_TABLES, [(code, modifiers, str(amount)) for (code, modifiers), amount in self._fees.items()]
        )

    def worth(self, claim: ClaimSubmitted) -> list[Decimal | None]:
        """What each line is expected to be paid, null where nothing is known."""
        amounts = [self._fees.get((line.procedure or "", frozenset(line.modifiers))) for line in claim.lines]
        return [
            a * line.units if a is not None and line.units is not None else None
            for a, line in zip(amounts, claim.lines, strict=True)
        ]


@cache
def fee_tables(seed: int) -> tuple[DrawnFees, ...]:
    return tuple(DrawnFees(Random(f"{seed}-{n}")) for n in range(20))


@cache
def exclusion_list(since: str) -> Edition:
    """A list that names one provider, from a day on."""
    rows = f"npi,authority,excluded,reinstated,waived,waiver_state\n{EXCLUDED},1128a1,{since},,,\n"
    return Edition("exclusions", since, "0" * 64, date(1900, 1, 1), parse_table("exclusions", rows.encode()))


@dataclass(frozen=True, slots=True)
class Drawn:
    denial: ClassifiedDenial
    tables: Tables
    fees: DrawnFees | None
    excluded: bool
    """the list that is loaded names a provider since before the service"""
    edits: tuple[Edit, ...]
    candidates: tuple[Edit, ...]

    @property
    def claim(self) -> ClaimSubmitted:
        assert self.denial.claim is not None
        return self.denial.claim


@cache
def _base() -> ClassifiedDenial:
    return denial_of()


def draw(random: Random, seed: int) -> Drawn:
    """One denial of one claim, with what a hostile rule wants of it."""
    claim = random.choice(claims(seed))
    base = _base()
    cause = base.causes[0].model_copy(
        update={
            "cause": random.choice(("auth", "provider_id", "code_mod", "data", "dx_code")),
            "ceiling": random.choice((*(Automation.A3,) * 9, Automation.A2)),
            "action": Action.CORRECTED_CLAIM,
            "lines": (),
        }
    )
    remarks = [random.choice(("M62", "N257", "N822", "N657", "N22"))] if random.random() < 0.4 else []
    reasons = [random.choice(("197", "16", "4"))]
    if random.random() < 0.06:
        remarks.append(random.choice(STOPPING))
    if random.random() < 0.04:
        reasons.append(random.choice(STOP_REASONS))
    paid = _paid_lines(random, claim)
    adjudication = base.adjudication.model_copy(
        update={
            "adjustments": tuple(_adjustment(cause, reason) for reason in reasons),
            "remarks": tuple(Remark(line=None, code=code, place="MOA03") for code in remarks),
            "lines": paid,
        }
    )
    fees = random.choice(fee_tables(seed)) if random.random() < 0.7 else None
    tables = fees.tables if fees is not None else NO_TABLES
    since = random.choice((None, None, "2025-12-20", "2025-12-21"))
    tables = tables.with_edition(exclusion_list(since)) if since is not None else tables
    denial = base.model_copy(
        update={
            "claim": claim,
            "causes": (cause,),
            "primary_cause": cause.cause,
            "adjudication": adjudication,
            "attempts": _attempts(random, cause.cause),
            "documented": _documented(random, claim),
            "matches": tuple(
                base.matches[0].model_copy(update={"remitted_line": n, "submitted_line": n})
                for n in range(1, len(claim.lines) + 1)
            )
            if base.matches
            else (),
        }
    )
    edits = tuple(_edit(random, claim) for _ in range(random.choice((0, 1, 1, 1, 2, 3))))
    if random.random() < 0.08:
        edits = _parted(random, claim)
    candidates = tuple(_edit(random, claim) for _ in range(random.choice((0, 0, 0, 0, 1, 2))))
    return Drawn(denial, tables, fees, since == "2025-12-20", edits, candidates)


def _adjustment(cause: Cause, reason: str) -> Adjustment:
    return cause.adjustments[0].model_copy(update={"reason": reason, "line": None})


def _paid_lines(random: Random, claim: ClaimSubmitted) -> tuple[RemittedLine, ...]:
    """The 835 lines; now and then one is paid for more units than it was submitted with."""
    over = random.randrange(len(claim.lines)) if random.random() < 0.05 else None
    return tuple(
        RemittedLine(
            line=n,
            procedure=line.procedure,
            modifiers=line.modifiers,
            charge=line.charge,
            paid=Decimal("30.00") if n - 1 == over else Decimal(0),
            units_submitted=line.units,
            units_paid=(line.units or Decimal(1)) + 1 if n - 1 == over else None,
            state=LineState.PAID if n - 1 == over else LineState.DENIED_FULL,
        )
        for n, line in enumerate(claim.lines, 1)
    )


def _attempts(random: Random, cause: str) -> tuple[Attempt, ...]:
    if random.random() < 0.85:
        return ()
    other = random.choice((cause, "timely", "timely"))
    outcome = random.choice(("denied_again", "denied_again", "rejected", None))
    return (
        Attempt(
            resubmission_id="earlier",
            proposal_id="earlier",
            generation=1,
            causes=(other,),
            path="replacement",
            outcome=outcome,
        ),
    )


def _documented(random: Random, claim: ClaimSubmitted) -> ClaimDocumented | None:
    if random.random() < 0.3:
        return None
    kinds = {RECORD: "visit_note", ORDERED_BY_PAYER: random.choice(("authorization", "payer_letter"))}
    documents = [DocumentReference(id=name, kind=kind, date=SERVICE) for name, kind in kinds.items()]
    if random.random() < 0.05:
        documents.append(DocumentReference(id="AP-1", kind="appeal_opened", date=SERVICE))
    return ClaimDocumented(
        claim_number=claim.claim_number,
        documented_diagnoses=tuple(random.sample(DIAGNOSES, random.randint(0, 2))),
        documents=tuple(documents),
        documented=SERVICE,
    )


def _edit(random: Random, claim: ClaimSubmitted) -> Edit:
    """A change of anything to anything; more often one that a machine may make, or the guard would have little to
    let through."""
    line = random.randint(1, len(claim.lines) + (random.random() < 0.05))
    code = random.randint(1, len(claim.diagnoses) + (random.random() < 0.05))
    wanted: dict[str, EditValue] = {
        "prior_authorization": random.choice(("AUTH-77", "AUTH-78", "A*B")),
        "referral_number": "REF-1",
        "billing_npi": random.choice((*NPIS, BROKEN_NPIS[0])),
        "rendering_npi": random.choice(NPIS),
        f"lines[{line}].procedure": random.choice(CODES),
        f"lines[{line}].modifiers": tuple(random.sample(MODIFIERS, random.randint(0, 2))) or None,
        f"lines[{line}].units": str(random.randint(1, 6)),
        f"lines[{line}].pointers": random.choice((("1",), ("2",), ("1", "2"))),
        f"lines[{line}].place_of_service": "22",
        f"lines[{line}].drug_code": random.choice((SAME_DRUG, OTHER_DRUG)),
        f"lines[{line}].drug_quantity": "2",
        f"lines[{line}].service_dates": ("20251219", "20251220"),
        f"lines[{line}].charge": random.choice(("40", "999")),
        f"diagnoses[{code}].code": random.choice(DIAGNOSES),
        f"diagnoses[{code}].poa": "Y",
        "diagnoses": _without(random, [d.code for d in claim.diagnoses]),
        "lines": _without(random, [str(each.line) for each in claim.lines]),
        "place_of_service": "22",
        "total_charge": random.choice(("40", "1")),
        "billing_taxonomy": "208D00000X",
        "rendering_taxonomy": "208D00000X",
        "attachment": ("OZ", "EL", "DOC1"),
        "member_id": "MEMBER0009",
        "subscriber_name": ("TESTER", "ANNE"),
        "subscriber_birth_date": "19810101",
        "condition_codes": ("D9",),
        "note": ("ADD", "SEEN AGAIN"),
        "payer_responsibility": "S",
        "other_payers[1].decision": ("SBR*P*18*******CI", "AMT*D*10", "OI***Y***Y"),
        f"lines[{line}].other_payers": ("SVD*99999*10*HC:G0463**1", "DTP*573*D8*20251230"),
    }
    every = tuple(str(each.line) for each in claim.lines)
    if random.random() < 0.1:
        wanted["lines"] = (*every, *random.choices(every, k=random.randint(1, 2)))
    names = list(wanted)
    name = random.choice((*names[:4], *SUBSCRIBER)) if random.random() < 0.6 else random.choice(names)
    field_ = parse_field(name)
    before = current(claim, field_) if field_ is not None and exists(claim, field_) else None
    if random.random() < 0.04:
        before = "OTHER"
    return Edit(
        line=field_.line if field_ is not None else None,
        field=name,
        before=before,
        after=wanted[name],
        evidence=_EVIDENCE if random.random() < 0.95 else (),
    )


def _parted(random: Random, claim: ClaimSubmitted) -> tuple[Edit, ...]:
    """A line that becomes two: its units and charge shared out, now and then with more on them than the line had, or
    with a part that says something else."""
    line = random.choice(claim.lines)
    every = tuple(str(each.line) for each in claim.lines)
    new, units = len(every) + 1, int(line.units or 1)
    first = random.randint(1, max(1, units - 1))
    second = max(1, units - first) + (random.random() < 0.2)
    charge = line.charge * first / (first + second)
    rest = line.charge - charge + (5 if random.random() < 0.1 else 0)
    wanted: dict[str, tuple[EditValue, EditValue]] = {
        "lines": (every, (*every, str(line.line))),
        f"lines[{line.line}].units": (str(units), str(first)),
        f"lines[{new}].units": (str(units), str(second)),
        f"lines[{line.line}].charge": (plain(line.charge), plain(charge)),
        f"lines[{new}].charge": (plain(line.charge), plain(rest)),
        f"lines[{new}].modifiers": (line.modifiers or None, (random.choice(MODIFIERS),)),
    }
    if random.random() < 0.1:
        wanted[f"lines[{new}].procedure"] = (line.procedure, random.choice(CODES))
    if random.random() < 0.1:
        wanted[f"lines[{new}].service_dates"] = (("20251220", "20251220"), ("20251221", "20251221"))
    made = [
        Edit(line=parsed.line, field=name, before=before, after=after, evidence=_EVIDENCE)
        for name, (before, after) in wanted.items()
        if before != after and (parsed := parse_field(name)) is not None
    ]
    random.shuffle(made)
    return tuple(made)


def _without(random: Random, listed: list[str]) -> tuple[str, ...]:
    """A list with one left out, if there is more than one."""
    gone = random.randrange(len(listed))
    return tuple(each for place, each in enumerate(listed) if place != gone) or tuple(listed)


# The rule that wants it

FAMILY: Final = "drawn"
_WANTED: list[Drawn] = []


def _wants(_: object, __: Parameters) -> Verdict:
    drawn = _WANTED[-1]
    return Verdict(Outcome.PASSES, "drawn", edits=drawn.edits, candidates=drawn.candidates)


@cache
def hostile_rules() -> RuleSet:
    """One rule that wants for A3 whatever was drawn."""
    checks.CHECKS.setdefault("drawn", Check(Parameters, _wants))
    case: dict[str, Any] = {"name": "none", "expect": {"outcome": "passes"}}
    rule = Rule.model_validate(
        {
            "id": "drawn",
            "version": "1",
            "family": FAMILY,
            "order": 1,
            "effective": {"first": "2000-01-01"},
            "source": "a test",
            "applies_to": [{}],
            "checks": [{"name": "drawn"}],
            "action": "corrected_claim",
            "needs": ["document"],
            "ceiling": "A3",
            "explanation": "Whatever was drawn.",
            "cases": {
                "positive": [case],
                "negative": [{"name": "no", "expect": {"outcome": "fails"}}],
                "boundary": [case],
            },
        }
    )
    return RuleSet("drawn", "1", (rule,))


# What must hold


@dataclass
class Report:
    """What came of a number of draws."""

    drawn: int = 0
    automation: Counter[str] = field(default_factory=Counter)
    vetoes: Counter[str] = field(default_factory=Counter)
    approved: int = 0
    refused: int = 0
    parted: int = 0
    tampered: int = 0
    violations: Counter[str] = field(default_factory=Counter)


def run(count: int, seed: int = 1, stop_at_violation: bool = False) -> Report:
    """Draw `count` times and say what came of it; the same seed draws the same."""
    report = Report()
    random = Random(seed)
    rules, profiles = hostile_rules(), profiles_with(FAMILY)
    for _ in range(count):
        drawn = draw(random, seed)
        _WANTED[:] = [drawn]
        proposal = propose(drawn.denial, rules, profiles, drawn.tables, TODAY).proposal
        report.drawn += 1
        report.automation[proposal.automation] += 1
        report.vetoes.update(r.id for r in vetoes(proposal.guards))
        found = [*_unattended(random, drawn, proposal, report), *_by_person(random, drawn, report)]
        report.violations.update(found)
        if found and stop_at_violation:
            break
    return report


def _unattended(random: Random, drawn: Drawn, proposal: RecodingProposed, report: Report) -> Iterator[str]:
    """What is wrong with a proposal that may leave without a person, and with the text it becomes."""
    if proposal.automation is not Automation.A3:
        return
    denial, claim = drawn.denial, drawn.claim
    if any(not e.evidence for e in proposal.edits):
        yield "A3 without evidence"
    if any(a.outcome is None or denial.primary_cause in a.causes for a in denial.attempts):
        yield "A3 though attempted before"
    yield from (f"A3 {v}" for v in _stopped(drawn, proposal.edits))
    if any(line.paid > 0 for line in denial.adjudication.lines):
        yield "A3 beside an overpaid line"
    try:
        outgoing = edit(claim, proposal.edits)
    except EditRefusedError:
        yield "A3 with edits that do not fit the claim"
        return
    after = _read_back(claim, outgoing, proposal)
    if after is None:
        yield "A3 that cannot be read back"
        return
    yield from (f"A3 {v}" for v in _differences(claim, after))
    if drawn.fees is not None and drawn.fees.worth(claim) != drawn.fees.worth(after):
        yield "A3 changes the expected payment"
    approved = _change(drawn, proposal.edits)
    if vetoes(guard_finished(approved, claim, outgoing)):
        yield "the finished 837 of an A3 is vetoed"
    tampered = _tamper(random, outgoing)
    if tampered != outgoing:
        report.tampered += 1
        if not vetoes(guard_finished(approved, claim, tampered)):
            yield "a tampered 837 passes"


def _change(drawn: Drawn, edits: tuple[Edit, ...], **person: Any) -> Change:
    denial = drawn.denial
    facts = facts_of(denial, overpaid_lines(denial, drawn.tables))
    return Change(
        denial.claim, edits, facts, profile_of(denial, profiles_with(FAMILY)), drawn.tables, **person
    )


def _stopped(drawn: Drawn, edits: tuple[Edit, ...]) -> Iterator[str]:
    denial, claim = drawn.denial, drawn.claim
    npis = {
        claim.billing_npi,
        *(p.npi for p in claim.providers),
        *(line.rendering_npi for line in claim.lines),
    }
    npis |= {e.after for e in edits if e.field.endswith("_npi") and isinstance(e.after, str)}
    if drawn.excluded and EXCLUDED in npis:
        yield "for an excluded provider"
    if {r.code for r in denial.adjudication.remarks} & set(STOPPING):
        yield "against a stop remark"
    if {a.reason for a in denial.adjudication.adjustments} & set(STOP_REASONS):
        yield "against a stop reason"
    if denial.documented and any(d.kind == "appeal_opened" for d in denial.documented.documents):
        yield "during an appeal"


def _differences(before: ClaimSubmitted, after: ClaimSubmitted) -> Iterator[str]:
    """What no machine changes, told from the facts of the text that would leave."""
    if len(before.lines) != len(after.lines):
        yield "loses a line"
        return
    for old, new in zip(before.lines, after.lines, strict=True):
        for name in (
            "procedure",
            "modifiers",
            "units",
            "charge",
            "place_of_service",
            "revenue_code",
            "service_from",
            "service_to",
        ):
            if getattr(old, name) != getattr(new, name):
                yield f"changes {name}"
        if _pointed(before, old) != _pointed(after, new):
            yield "changes pointers"
        if valid_npi(old.rendering_npi) and old.rendering_npi != new.rendering_npi:
            yield "changes the provider"
    if _said(after) not in (_said(before), list(dict.fromkeys(_said(before)))):
        yield "changes diagnoses"
    if any(
        old != new and (old, new) != (DRUG, SAME_DRUG)
        for old, new in zip(_drugs(before), _drugs(after), strict=True)
    ):
        yield "changes the drug"
    if _quantities(before) != _quantities(after):
        yield "changes the amount of a drug"
    taxonomies = [(c.billing_taxonomy, *(p.taxonomy for p in c.providers)) for c in (before, after)]
    if any(old and old != new for old, new in zip(*taxonomies, strict=True)):
        yield "changes a taxonomy"
    if sum(a != b for a, b in zip(_subscriber(before), _subscriber(after), strict=True)) > 1:
        yield "names another subscriber"
    if (before.place_of_service, before.total_charge) != (after.place_of_service, after.total_charge):
        yield "changes place or charge"
    if valid_npi(before.billing_npi) and before.billing_npi != after.billing_npi:
        yield "changes the provider"
    rendering = [next((p.npi for p in c.providers if p.role == "82"), None) for c in (before, after)]
    if valid_npi(rendering[0]) and rendering[0] != rendering[1]:
        yield "changes the provider"


def _pointed(claim: ClaimSubmitted, line: ClaimLine) -> list[str]:
    """What a line points to, each diagnosis once."""
    known = dict(enumerate((d.code for d in claim.diagnoses), start=1))
    return list(dict.fromkeys(known.get(p, str(p)) for p in line.pointers))


def _said(claim: ClaimSubmitted) -> list[tuple[str, str | None]]:
    """The diagnoses, whether first or other."""
    return [(d.code, d.poa) for d in claim.diagnoses]


def _drugs(claim: ClaimSubmitted) -> list[str]:
    return [s.split("*")[3] for s in claim.segments if s.startswith("LIN*")]


def _quantities(claim: ClaimSubmitted) -> list[str]:
    return [s for s in claim.segments if s.startswith("CTP*")]


def _subscriber(claim: ClaimSubmitted) -> list[list[str]]:
    """Number, name and birth date of the subscriber, as the segments say them."""
    segments = [s.split("*") for s in claim.loops.subscriber]
    named = next(s for s in segments if s[:2] == ["NM1", "IL"])
    born = next((s[2:3] for s in segments if s[0] == "DMG"), [])
    return [named[3:6], named[9:10], born]


def _read_back(
    claim: ClaimSubmitted, outgoing: OutgoingClaim, proposal: RecodingProposed
) -> ClaimSubmitted | None:
    sent = ClaimResubmitted(
        resubmission_id="r",
        claim_number=claim.claim_number,
        lineage="case",
        revision=1,
        proposal_id="p",
        generation=1,
        payer=claim.payer,
        path=proposal.path,
        frequency_code=None,
        original_reference=None,
        amount=claim.total_charge,
        x12=outgoing,
    )
    return as_submitted(Send(id="r", event="e", sent=TODAY, resubmission=sent), claim)


def _tamper(random: Random, outgoing: OutgoingClaim) -> OutgoingClaim:
    """The finished text with one thing done to it that nobody approved."""
    segments = list(outgoing.claim)
    services = [n for n, s in enumerate(segments) if s.startswith("SV1")]
    at = random.choice(services)
    elements = segments[at].split(outgoing.element)
    match random.randrange(7):
        case 6:
            segments += [f"LX{outgoing.element}{len(services) + 1}", segments[at], segments[at + 1]]
        case 0:
            del segments[at - 1 : at + 3]
        case 1:
            elements[1] += f"{outgoing.component}{random.choice(('KX', 'AI'))}"
        case 2:
            elements[4] = str(int(elements[4]) + 1)
        case 3:
            elements[2] = "999"
        case 4:
            first = next(n for n, s in enumerate(segments) if s.startswith("HI"))
            segments[first] += f"{outgoing.element}ABF{outgoing.component}I10"
        case _:
            del segments[random.randrange(1, len(segments))]
    if len(segments) == len(outgoing.claim):
        segments[at] = outgoing.element.join(elements)
    return outgoing.model_copy(update={"claim": tuple(segments)})


def _by_person(random: Random, drawn: Drawn, report: Report) -> Iterator[str]:
    """What is wrong with what a person was allowed to approve."""
    edits = (*drawn.edits, *drawn.candidates[:1])
    if not edits:
        return
    documents = random.choice(((), (RECORD,), (RECORD, ORDERED_BY_PAYER), (ORDERED_BY_PAYER,)))
    reason = random.choice(("documented", "confirmed_in_record", "payer_error"))
    change = _change(drawn, edits, person=True, documents=documents, reason=reason)
    change = replace(change, two_people=random.random() < 0.3)
    if refusal(guard(change)) is not None:
        report.refused += 1
        return
    report.approved += 1
    denial, claim = drawn.denial, drawn.claim
    yield from (f"a person {v}" for v in _stopped(drawn, edits))
    if any(not e.evidence for e in edits):
        yield "a person without evidence"
    added = next((e for e in edits if e.field == "lines" and len(e.after or ()) > len(claim.lines)), None)
    after = altered(claim, added) if added is not None else claim
    for one in edits:
        parsed, stands = parse_field(one.field), claim if one is added else after
        if parsed is None or not exists(stands, parsed) or current(stands, parsed) != one.before:
            yield "a person's edits do not fit the claim"
            return
    for one in sorted(edits, key=lambda e: e.field in ("diagnoses", "lines")):
        after = after if one is added else altered(after, one)
    if added is not None:
        report.parted += 1
        yield from (
            f"a person adds a line that {v}"
            for v in _beyond(claim, after, tuple(added.after or ())[len(claim.lines) :])
        )
    known = {d.code for d in claim.diagnoses}
    known |= set(denial.documented.documented_diagnoses) if denial.documented is not None else set()
    if {d.code for d in after.diagnoses} - known:
        yield "a person adds an undocumented diagnosis"
    clinical = (after.lines, after.diagnoses, after.place_of_service) != (
        claim.lines,
        claim.diagnoses,
        claim.place_of_service,
    )
    if clinical and not documents:
        yield "a person changes codes without a document"
    on_file = {d.id: d.kind for d in denial.documented.documents} if denial.documented is not None else {}
    if clinical and all(on_file.get(d) in ("authorization", "payer_letter") for d in documents):
        yield "a person changes codes to match what a payer wants"
    if reason == "payer_error" and _lowered(claim, after):
        yield "a person lowers what the payer got wrong"
    if drawn.fees is not None and not change.two_people:
        worth = [
            dict(zip((n.line for n in c.lines), drawn.fees.worth(c), strict=True)) for c in (claim, after)
        ]
        for number, new in worth[1].items():
            old = worth[0].get(number)
            if old is not None and new is not None and new > old:
                yield "one person raises the payment"
        told = [[amount for amount in each.values() if amount is not None] for each in worth]
        whole = all(len(told[n]) == len(worth[n]) for n in (0, 1))
        if added is not None and whole and sum(told[1]) > sum(told[0]):
            yield "one person raises the payment by a line"
    if any(line.paid > 0 for line in denial.adjudication.lines) and not documents:
        yield "a person sends an overpaid line again without a document"


def _beyond(before: ClaimSubmitted, after: ClaimSubmitted, sources: tuple[str, ...]) -> Iterator[str]:
    """What the parts of a line have more of together than the line had. `sources`: the lines that were copied."""
    added = dict(enumerate(sources, start=len(before.lines) + 1))
    for line in before.lines:
        copies = [each for each in after.lines if added.get(each.line) == str(line.line)]
        parts = [each for each in after.lines if each.line == line.line] + copies
        if copies and sum(part.units or 0 for part in parts) > (line.units or 0):
            yield "raises units"
        if copies and sum(part.charge for part in parts) > line.charge:
            yield "raises the charge"
        if any(copy.procedure != line.procedure for copy in copies):
            yield "is of another service"
        if any((copy.service_from, copy.service_to) != (SERVICE, SERVICE) for copy in copies):
            yield "is of another day"


def _lowered(before: ClaimSubmitted, after: ClaimSubmitted) -> bool:
    return len(before.lines) > len(after.lines) or any(
        old.procedure != new.procedure
        or set(old.modifiers) - set(new.modifiers)
        or (old.units or 0) > (new.units or 0)
        for old, new in zip(before.lines, after.lines, strict=False)
    )


def main(arguments: list[str]) -> int:
    """Draw as often as the first argument says (seed: the second) and print what came of it."""
    count = int(arguments[0]) if arguments else 10_000
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    began = time.process_time()
    report = run(count, seed)
    seconds = time.process_time() - began
    lines = (
        f"{report.drawn:,} drawn with seed {seed} in {seconds:,.0f} s of CPU",
        f"proposals   {dict(sorted(report.automation.items()))}",
        f"vetoes      {dict(sorted(report.vetoes.items()))}",
        f"people      {report.approved:,} approved ({report.parted:,} with a line in parts), {report.refused:,} refused",
        f"tampered    {report.tampered:,} finished claims",
        f"violations  {dict(report.violations) or 'none'}",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

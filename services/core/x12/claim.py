"""The reader of 837P (005010X222A1, 4010 X098) and 837I (X223A2, 4010 X096): CLM to SubmittedClaim.

A claim carries its own segments and those of the loops above it, because a replacement is made by editing them.
Within a claim three stretches differ in meaning: loop 2300 (the claim), 2320 and below (other payers: an SBR
opens it), and 2400 (lines: an LX opens it). REF*F8, REF*G1 and NM1*82 of another payer are not the claim's.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from services.core.x12.facts import (
    ClaimFacts,
    DiagnosisFacts,
    FindingFacts,
    LineFacts,
    ProviderFacts,
)
from services.core.x12.guides import I837
from services.core.x12.header import LATIN_1
from services.core.x12.items import Item, SubmittedClaim, TransactionOpened
from services.core.x12.loops import (
    BILLING,
    NO_BILLING,
    NO_PATIENT,
    NO_SUBSCRIBER,
    PATIENT,
    SUBSCRIBER,
    Above,
    Billing,
    Subscriber,
    encode_loops,
    read_above,
    read_billing,
    read_patient,
    read_subscriber,
)
from services.core.x12.service import Provider, read_line
from services.core.x12.tokenizer import Limits, Run
from services.core.x12.transaction import (
    CLAIM,
    BrokenError,
    Opening,
    Part,
    Tally,
    TransactionReader,
    money,
    note_strange,
)
from services.core.x12.values import ZERO, at, day, filled, new, period

_OTHER: Final = "other"
_LEVELS: Final = {"20": BILLING, "22": SUBSCRIBER, "23": PATIENT}
"""HL03"""
_PARENTS: Final = {SUBSCRIBER: BILLING, PATIENT: SUBSCRIBER}
_BELOW: Final = {BILLING: (SUBSCRIBER, PATIENT), SUBSCRIBER: (PATIENT,), PATIENT: ()}

_DIAGNOSES: Final = frozenset(("ABK", "ABF", "ABJ", "APR", "ABN", "BK", "BF", "BJ", "PR", "BN"))
"""HI qualifiers that name diagnoses: principal, other, admitting, reason for visit, external cause; ICD-10 and 9"""
_REMEMBERED: Final = 1 << 14
"""The same diagnoses return in every file."""
_STARTS: Final = frozenset(("HL", "CLM"))
_NAMING: Final = frozenset(("NM1", "PRV", "SBR", "LX"))
"""what may open a loop where there is no HL, or tells in which loop a claim is"""
_NO_PROVIDER: Final = ProviderFacts("85")
_INVOICED: Final = frozenset(("SV1", "SV2"))


class ClaimReader(TransactionReader):
    """One ST*837, professional or institutional."""

    def __init__(self, opening: Opening, tally: Tally, limits: Limits, out: list[Item]) -> None:
        super().__init__(opening, tally, limits, out)
        self._created: date | None = None
        self._above: dict[str, Part | None] = {BILLING: None, SUBSCRIBER: None, PATIENT: None}
        self._billing: Billing | None = None
        self._subscriber: Subscriber | None = None
        self._current: Above | None = None
        """the current loops as they were read; null until a claim asks for them"""
        self._claim_above: Above | None = None
        """of the claim that is read or held; the loops may have moved on"""
        self._hierarchical = False
        """an HL was seen: then only HL and CLM open loops"""
        self._stretch = ""
        """of a claim in a transaction without HL: SBR once it was seen, LX after that"""

    # grouping

    def take(self, run: Run, begin: int, end: int) -> None:
        elements, offsets = run.elements, run.offsets
        if not self._hierarchical:
            begin = self._take_without_hl(run, begin, end)
        for n in [n for n in range(begin, end) if elements[n][0] in _STARTS]:
            self._part.extend(run, begin, n)
            begin = n
            if elements[n][0] == "CLM":
                self._open_claim(offsets[n])
            else:
                self._open_level(elements[n], offsets[n])
        self._part.extend(run, begin, end)

    def _take_without_hl(self, run: Run, begin: int, end: int) -> int:
        """Some senders leave HL out. Where the first HL stands, or `end`."""
        for n in range(begin, end):
            e = run.elements[n]
            sid = e[0]
            if sid == "HL":
                self._hierarchical = True
                return n
            if sid == "CLM":
                self._open_claim(run.offsets[n])
                self._stretch = ""
            elif sid in _NAMING and self._opens_without_hl(sid, e):
                self._open_loop(BILLING if at(e, 1) in ("85", "BI") else SUBSCRIBER, run.offsets[n])
            self._part.extend(run, n, n + 1)
        return end

    def _open_claim(self, offset: int) -> None:
        self._open(CLAIM, offset)
        if self._current is None:
            self._current = self._read_above()
        self._claim_above = self._current

    def _open_level(self, e: list[str], offset: int) -> None:
        name = _LEVELS.get(at(e, 3), _OTHER)
        above = self._above.get(_PARENTS.get(name, ""))
        expected = at(above.elements[0], 1) if above else None
        self._open_loop(name, offset)
        if name in _PARENTS and at(e, 2) != expected:
            self._part.findings = (FindingFacts("hl_parent", "HL", 2),)

    def _opens_without_hl(self, sid: str, e: list[str]) -> bool:
        """Whether a segment opens a loop in a transaction that has no HL."""
        role = at(e, 1)
        if self._part.name is CLAIM:
            if sid == "NM1":
                return self._stretch != "SBR" and role in ("85", "IL")
            opens = sid == "SBR" and self._stretch == "LX"
            if sid in ("SBR", "LX"):
                self._stretch = sid
            return opens
        if sid == "NM1" and role == "85":
            named = any(e[:2] == ["NM1", "85"] for e in self._part.elements)
            return self._part.name is not BILLING or named
        if self._part.name is SUBSCRIBER:
            return False
        return sid == "SBR" or (sid == "NM1" and role == "IL") or (sid == "PRV" and role == "BI")

    def _open_loop(self, name: str, offset: int) -> None:
        self._open(name, offset)
        if name is _OTHER:
            return
        self._above[name] = self._part
        for lower in _BELOW[name]:
            self._above[lower] = None
        if name is BILLING:
            self._billing = None
        if name is not PATIENT:
            self._subscriber = None
        self._current = None

    # the header and the loops

    def _opened(self, part: Part) -> TransactionOpened:
        reference = None
        findings = list(self.guide_findings)
        for e in part.elements:
            if e[0] == "BHT":
                reference, self._created = filled(e, 3), day(at(e, 4))
            note_strange(self.known, e, findings)
        return TransactionOpened(
            part.offset,
            part.count,
            *self.place,
            self.opening.kind.name,
            True,
            self.opening.guide,
            self.opening.control_number,
            reference,
            self._created,
            None,
            None,
            tuple(findings),
        )

    def _read_above(self) -> Above:
        """Read what has changed since the last claim."""
        billing, subscriber, patient = self._above[BILLING], self._above[SUBSCRIBER], self._above[PATIENT]
        if self._billing is None:
            self._billing = read_billing(billing, self.known) if billing else NO_BILLING
        if self._subscriber is None:
            self._subscriber = read_subscriber(subscriber, self.known) if subscriber else NO_SUBSCRIBER
        return read_above(
            self.opening.isa,
            self.opening.gs,
            self.opening.st,
            (billing, self._billing),
            (subscriber, self._subscriber),
            (patient, read_patient(patient, self.known) if patient else NO_PATIENT),
        )

    # a claim

    def _claim(self, part: Part, index: int) -> SubmittedClaim:
        above = self._claim_above
        assert above is not None
        elements = part.elements
        clm = elements[0]
        claim_number = filled(clm, 1)
        if claim_number is None:
            raise BrokenError("claim_number_missing", "CLM", 1)
        charge = money(clm, 2)
        component = self.opening.delimiters.component
        kind = self.opening.kind.name
        facility = (at(clm, 5) + component * 2).split(component)
        findings = list(self.guide_findings)
        starts = _line_starts(elements)
        starts.append(len(elements))
        self._note_strange(elements, starts, findings)

        diagnoses: list[DiagnosisFacts] = []
        providers: list[Provider] = []
        provider: Provider | None = None
        reference = authorization = referral = statement_from = statement_to = None
        for e in elements[1 : starts[0]]:
            sid = e[0]
            if sid == "HI":
                for composite in e[1:]:
                    diagnosis = read_diagnosis(composite, component)
                    if diagnosis is not None:
                        diagnoses.append(diagnosis)
            elif sid == "NM1":
                provider = Provider(e, None)
                providers.append(provider)
            elif sid == "REF":
                qualifier = at(e, 1)
                if qualifier == "F8":
                    reference = reference or filled(e, 2)
                elif qualifier == "G1":
                    authorization = authorization or filled(e, 2)
                elif qualifier == "9F":
                    referral = referral or filled(e, 2)
                elif provider is not None:
                    provider.identify(e)
            elif sid == "DTP":
                if at(e, 1) == "434":
                    statement_from, statement_to = period(at(e, 3))
                    if statement_from is None or statement_to is None:
                        findings.append(FindingFacts("date_invalid", "DTP", 3))
            elif sid == "PRV":
                if provider is not None:
                    provider.taxonomy = filled(e, 3)
            elif sid == "SBR":
                break  # from here on another payer speaks, until the lines

        lines: list[LineFacts] = []
        for n in range(len(starts) - 1):
            own = elements[starts[n] : starts[n + 1]]
            if own[0][0] != "LX":
                findings.append(FindingFacts("line_without_number", own[0][0], None, n + 1))
            line = read_line(n + 1, own, component, providers, findings)
            if line is not None:
                lines.append(line)
        total, begins, ends = _sum_up(lines)
        if not lines:
            findings.append(FindingFacts("claim_without_lines", "CLM"))
        elif total != charge:
            findings.append(FindingFacts("balance_claim", "CLM", 2))
        findings.extend(above.findings)
        institutional = facility[1] == "A" or (not facility[1] and kind == I837)
        billing = above.billing.provider or _NO_PROVIDER
        billed_by = (billing,) if above.billing.provider else ()
        facts, encoding = above.facts, part.encoding
        if above.encoding != encoding:
            encoding = LATIN_1
            facts = encode_loops(above.parts, encoding)
        return SubmittedClaim(
            part.offset,
            len(part.texts),
            *self.place,
            index,
            new(
                ClaimFacts,
                (
                    claim_number,
                    kind,
                    self.opening.guide,
                    not self.opening.kind.legacy and above.whole,
                    billing.npi,
                    billing.tax_id,
                    billing.taxonomy,
                    above.subscriber.payer,
                    above.subscriber.payer_state,
                    above.subscriber.filing_indicator,
                    above.subscriber.responsibility,
                    above.subscriber.member_id,
                    facility[2] or None,
                    reference,
                    None if institutional else facility[0] or None,
                    (facility[0] or None) if institutional else None,
                    charge,
                    begins or statement_from,
                    ends or statement_to,
                    tuple(diagnoses),
                    authorization,
                    referral,
                    (*billed_by, *[p.facts() for p in providers]),
                    tuple(lines),
                    tuple(findings),
                    self.opening.delimiters,
                    encoding,
                    facts,
                    part.encoded(encoding),
                    self._created,
                    self.opening.usage,
                ),
            ),
        )


@lru_cache(maxsize=_REMEMBERED)
def read_diagnosis(composite: str, component: str) -> DiagnosisFacts | None:
    """A composite of an HI; null where it is no diagnosis (BE, BH, BG, DR, ...)."""
    parts = composite.split(component)
    if parts[0] not in _DIAGNOSES or len(parts) < 2 or not parts[1]:
        return None
    return DiagnosisFacts(parts[0], parts[1].replace(".", ""), at(parts, 8) or None)


def _sum_up(lines: list[LineFacts]) -> tuple[Decimal, date | None, date | None]:
    """The lines' charges together, their first and their last day."""
    total = ZERO
    begins = ends = None
    for line in lines:
        total += line.charge
        if line.service_from and (begins is None or line.service_from < begins):
            begins = line.service_from
        if line.service_to and (ends is None or line.service_to > ends):
            ends = line.service_to
    return total, begins, ends


def _line_starts(elements: list[list[str]]) -> list[int]:
    """Where the lines begin: at each LX, and at a service that has no LX of its own."""
    starts: list[int] = []
    numbered = False
    for n, e in enumerate(elements):
        if e[0] == "LX":
            starts.append(n)
            numbered = True
        elif e[0] in _INVOICED:
            if not numbered:
                starts.append(n)
            numbered = False
    return starts

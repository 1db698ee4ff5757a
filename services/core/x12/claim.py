"""The reader of 837P (005010X222A1, 4010 X098) and 837I (X223A2, 4010 X096): CLM to SubmittedClaim.

A claim carries its own segments and those of the loops above it, because a replacement is made by editing them.
Within a claim three stretches differ in meaning: loop 2300 (the claim), 2320 and below (other payers: an SBR
opens it), and 2400 (lines: an LX opens it). REF*F8, REF*G1 and NM1*82 of another payer are not the claim's.
"""

from __future__ import annotations

from datetime import date
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
from services.core.x12.service import Line
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
    segment_id,
)
from services.core.x12.values import at, day, filled, period

_OTHER: Final = "other"
_LEVELS: Final = {"20": BILLING, "22": SUBSCRIBER, "23": PATIENT}
"""HL03"""
_PARENTS: Final = {SUBSCRIBER: BILLING, PATIENT: SUBSCRIBER}
_BELOW: Final = {BILLING: (SUBSCRIBER, PATIENT), SUBSCRIBER: (PATIENT,), PATIENT: ()}

_DIAGNOSES: Final = frozenset(("ABK", "ABF", "ABJ", "APR", "ABN", "BK", "BF", "BJ", "PR", "BN"))
"""HI qualifiers that name diagnoses: principal, other, admitting, reason for visit, external cause; ICD-10 and 9"""
_STARTS: Final = frozenset(("HL", "CLM"))
_NAMING: Final = frozenset(("NM1", "PRV", "SBR", "LX"))
"""what may open a loop where there is no HL, or tells in which loop a claim is"""
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
            *self.opening.place,
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
        clm = part.elements[0]
        claim_number = filled(clm, 1)
        if claim_number is None:
            raise BrokenError("claim_number_missing", "CLM", 1)
        charge = money(clm, 2)
        component = self.opening.delimiters.component
        kind = self.opening.kind.name
        known = self.known
        facility = (at(clm, 5) + component * 2).split(component)
        findings: list[FindingFacts] = []
        diagnoses: list[DiagnosisFacts] = []
        providers: list[_Provider] = []
        lines: list[LineFacts] = []
        line: Line | None = None
        number = 0
        others = False
        provider: _Provider | None = None
        reference = authorization = referral = None
        statement_from = statement_to = None

        for e in part.elements:
            sid = e[0]
            if len(e) > known.get(sid, 0):
                note_strange(known, e, findings, number or None)
                if len(e) > self.limits.elements:
                    raise BrokenError("too_many_elements", segment_id(sid))
            if sid == "LX" or (sid in _INVOICED and (line is None or line.invoiced)):
                if sid != "LX":
                    findings.append(FindingFacts("line_without_number", sid, None, number + 1))
                if line is not None:
                    line.finish(lines, findings)
                number += 1
                line = Line(number)
                others, provider = False, None
            if sid == "DTP":
                if line is not None and at(e, 1) == "472":
                    line.begins, line.ends = period(at(e, 3))
                    if line.begins is None or line.ends is None:
                        findings.append(FindingFacts("date_invalid", "DTP", 3, number))
                elif line is None and not others and at(e, 1) == "434":
                    statement_from, statement_to = period(at(e, 3))
                    if statement_from is None or statement_to is None:
                        findings.append(FindingFacts("date_invalid", "DTP", 3))
            elif sid in _INVOICED:
                assert line is not None
                line.read(e, component)
            elif others:
                continue
            elif sid == "REF":
                qualifier = at(e, 1)
                if line is not None:
                    if qualifier == "6R":
                        line.control_number = filled(e, 2)
                    elif qualifier == "G1":
                        line.authorization = line.authorization or filled(e, 2)
                elif qualifier == "F8":
                    reference = reference or filled(e, 2)
                elif qualifier == "G1":
                    authorization = authorization or filled(e, 2)
                elif qualifier == "9F":
                    referral = referral or filled(e, 2)
                if provider is not None and qualifier in ("EI", "SY"):
                    provider.tax_id = filled(e, 2)
            elif sid == "HI":
                for composite in e[1:]:
                    parts = composite.split(component)
                    if parts[0] in _DIAGNOSES and len(parts) > 1 and parts[1]:
                        diagnoses.append(
                            DiagnosisFacts(parts[0], parts[1].replace(".", ""), at(parts, 8) or None)
                        )
            elif sid == "NM1":
                provider = _Provider(e, number or None)
                providers.append(provider)
                if line is not None and provider.role == "82":
                    line.rendering_npi = provider.npi
            elif sid == "PRV":
                if provider is not None:
                    provider.taxonomy = filled(e, 3)
            elif (sid == "SBR" and line is None) or sid == "SVD":
                others = True

        if line is not None:
            line.finish(lines, findings)
        if not lines:
            findings.append(FindingFacts("claim_without_lines", "CLM"))
        elif sum(x.charge for x in lines) != charge:
            findings.append(FindingFacts("balance_claim", "CLM", 2))
        if above.findings:
            findings.extend(above.findings)
        begins = min((x.service_from for x in lines if x.service_from), default=statement_from)
        ends = max((x.service_to for x in lines if x.service_to), default=statement_to)
        institutional = facility[1] == "A" or (not facility[1] and kind == I837)
        facts, encoding = above.facts, part.encoding
        if above.encoding != encoding:
            encoding = LATIN_1
            facts = encode_loops(above.parts, encoding)
        return SubmittedClaim(
            part.offset,
            len(part.texts),
            *self.opening.place,
            index,
            ClaimFacts(
                claim_number,
                kind,
                self.opening.guide,
                not self.opening.kind.legacy and above.whole,
                above.billing.npi,
                above.billing.tax_id,
                above.billing.taxonomy,
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
                begins,
                ends,
                tuple(diagnoses),
                authorization,
                referral,
                tuple([p.facts() for p in providers]),
                tuple(lines),
                (*self.guide_findings, *findings),
                self.opening.delimiters,
                encoding,
                facts,
                part.encoded(encoding),
                self._created,
                self.opening.usage,
            ),
        )


class _Provider:
    """An NM1 loop of a claim or line while it is read."""

    __slots__ = ("line", "name", "npi", "role", "tax_id", "taxonomy")

    def __init__(self, e: list[str], line: int | None) -> None:
        qualifier, identifier = at(e, 8), filled(e, 9)
        self.role = at(e, 1)
        self.npi = identifier if qualifier == "XX" else None
        self.tax_id = identifier if qualifier in ("24", "34") else None
        self.taxonomy: str | None = None
        self.name = ", ".join(name for name in (at(e, 3), at(e, 4)) if name) or None
        self.line = line

    def facts(self) -> ProviderFacts:
        return ProviderFacts(self.role, self.npi, self.tax_id, self.taxonomy, self.name, self.line)

"""`claim-submitted`: an 837 claim, coded facts and its own segments byte for byte."""

from __future__ import annotations

from datetime import date

from schemas.shape import Money, Quantity, Shape


class Position(Shape):
    """Where a claim stands in its file. Counts start at 1; `index` counts the claims of the file."""

    file: str
    """sha256 of the decompressed file, hex"""
    interchange: int
    group: int
    transaction: int
    index: int


class Finding(Shape):
    """Something wrong that loses nothing: a code, the segment id, its place, never a value."""

    code: str
    segment: str | None = None
    element: int | None = None
    line: int | None = None


class Payer(Shape):
    """Who pays. `id`: 837 loop 2010BB NM109; 835 N1*PR N104, else REF*2U."""

    id: str | None
    name: str | None


class Provider(Shape):
    """A provider as the claim names it. `role` is the loop's NM101 (85, 82, DN, 77, ...)."""

    role: str
    npi: str | None = None
    tax_id: str | None = None
    taxonomy: str | None = None
    name: str | None = None
    line: int | None = None


class Diagnosis(Shape):
    """HI composite: qualifier (ABK, ABF, ABJ, APR, ...; BK, BF of ICD-9), code without a dot, POA."""

    qualifier: str
    code: str
    poa: str | None = None


class ClaimLine(Shape):
    """A service line (loop 2400), numbered from 1 as in LX."""

    line: int
    control_number: str | None
    """REF*6R"""
    procedure: str | None
    procedure_qualifier: str | None = None
    """SV101-1 / SV202-1: HC, HP, N4, ..."""
    modifiers: tuple[str, ...] = ()
    revenue_code: str | None = None
    charge: Money
    units: Quantity | None
    unit_basis: str | None = None
    pointers: tuple[int, ...] = ()
    place_of_service: str | None = None
    service_from: date | None = None
    service_to: date | None = None
    rendering_npi: str | None = None
    prior_authorization: str | None = None
    """REF*G1 of loop 2400"""


class Delimiters(Shape):
    """The four separators of the interchange that the segments came from."""

    element: str
    component: str
    repetition: str | None
    terminator: str


class LoopContext(Shape):
    """The segments around a claim that a replacement needs, in file order, without terminators."""

    interchange: str
    """ISA"""
    group: str
    """GS"""
    transaction: tuple[str, ...]
    """ST, BHT and the submitter and receiver loops (1000A, 1000B)"""
    billing: tuple[str, ...]
    """loop 2000A: HL*..*20, PRV, CUR, 2010AA, 2010AB, 2010AC"""
    subscriber: tuple[str, ...]
    """loop 2000B: HL*..*22, SBR, PAT, 2010BA, 2010BB"""
    patient: tuple[str, ...] = ()
    """loop 2000C: HL*..*23, PAT, 2010CA; empty where the patient is the subscriber"""


class ClaimSubmitted(Shape):
    """One CLM of an 837P or 837I. `segments` runs from CLM to the last segment of the claim's last line."""

    claim_number: str
    """CLM01"""
    transaction: str
    """837P | 837I"""
    guide: str
    """ST03, else GS08 (005010X222A1, 004010X098A1, ...)"""
    resubmittable: bool = True
    """false for the 4010 guides: read and flagged, never sent back"""
    billing_npi: str | None
    billing_tax_id: str | None = None
    billing_taxonomy: str | None = None
    payer: Payer
    filing_indicator: str | None
    """SBR09"""
    payer_responsibility: str | None
    """SBR01"""
    member_id: str | None = None
    """2010BA NM109"""
    frequency_code: str | None
    original_reference: str | None
    """REF*F8"""
    place_of_service: str | None = None
    """CLM05-1 with qualifier B"""
    bill_type: str | None = None
    """CLM05-1 with qualifier A (without the frequency digit)"""
    total_charge: Money
    service_from: date | None = None
    """earliest line date, else statement date (DTP*434)"""
    service_to: date | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    prior_authorization: str | None = None
    """REF*G1 of loop 2300"""
    referral_number: str | None = None
    """REF*9F of loop 2300"""
    providers: tuple[Provider, ...] = ()
    lines: tuple[ClaimLine, ...]
    findings: tuple[Finding, ...] = ()
    delimiters: Delimiters
    encoding: str = "utf-8"
    """utf-8 | latin-1: how the segments were decoded, and are encoded again"""
    loops: LoopContext
    segments: tuple[str, ...]
    submitted: date | None = None
    """BHT04"""
    usage: str | None = None
    """ISA15: P production, T test"""
    position: Position
    payer_state: str | None = None
    """N4 of loop 2010BB"""

"""The loops above an 837 claim: billing provider (2000A), subscriber (2000B), patient (2000C).

Each is read once, for all claims below it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from services.core.x12.facts import FindingFacts, LoopFacts, PayerFacts, ProviderFacts
from services.core.x12.header import LATIN_1
from services.core.x12.service import Provider
from services.core.x12.tokenizer import UTF_8
from services.core.x12.transaction import Part, note_strange
from services.core.x12.values import at, filled

BILLING: Final = "billing"
SUBSCRIBER: Final = "subscriber"
PATIENT: Final = "patient"

NO_PAYER: Final = PayerFacts(None, None)


class Billing(NamedTuple):
    """What loop 2000A says: who bills."""

    texts: tuple[str, ...] = ()
    provider: ProviderFacts | None = None
    findings: tuple[FindingFacts, ...] = (FindingFacts("billing_missing", "HL"),)


class Subscriber(NamedTuple):
    """What loop 2000B says: who is insured, and with whom."""

    texts: tuple[str, ...] = ()
    payer: PayerFacts = NO_PAYER
    payer_state: str | None = None
    filing_indicator: str | None = None
    responsibility: str | None = None
    member_id: str | None = None
    findings: tuple[FindingFacts, ...] = (FindingFacts("subscriber_missing", "HL"),)


class Patient(NamedTuple):
    """What loop 2000C says; there is none where the patient is the subscriber."""

    texts: tuple[str, ...] = ()
    findings: tuple[FindingFacts, ...] = ()


class Above(NamedTuple):
    """All that stands above a claim."""

    billing: Billing
    subscriber: Subscriber
    facts: LoopFacts
    encoding: str
    whole: bool
    """nothing of it was lost"""
    findings: tuple[FindingFacts, ...]
    parts: tuple[Part | None, ...]
    """ISA, GS, header, billing, subscriber, patient"""


NO_BILLING: Final = Billing()
NO_SUBSCRIBER: Final = Subscriber()
NO_PATIENT: Final = Patient()


def read_billing(part: Part, known: dict[str, int]) -> Billing:
    provider: Provider | None = None
    taxonomy = None
    speaks = False
    for e in part.elements:
        sid = e[0]
        if sid == "NM1":
            speaks = at(e, 1) == "85"
            if speaks:
                provider = Provider(e, None)
        elif sid == "PRV" and at(e, 1) == "BI":
            taxonomy = filled(e, 3)
        elif sid == "REF" and speaks and provider is not None:
            provider.identify(e)
    if provider is not None:
        provider.taxonomy = taxonomy
    return Billing(tuple(part.texts), provider.facts() if provider else None, loop_findings(part, known))


def read_subscriber(part: Part, known: dict[str, int]) -> Subscriber:
    payer, payer_state = NO_PAYER, None
    filing = responsibility = member = None
    role = ""
    for e in part.elements:
        sid = e[0]
        if sid == "NM1":
            role = at(e, 1)
            if role == "IL":
                member = filled(e, 9)
            elif role == "PR":
                payer = PayerFacts(filled(e, 9), filled(e, 3))
        elif sid == "SBR":
            responsibility, filing = filled(e, 1), filled(e, 9)
        elif sid == "N4" and role == "PR":
            payer_state = filled(e, 2)
    return Subscriber(
        tuple(part.texts), payer, payer_state, filing, responsibility, member, loop_findings(part, known)
    )


def read_patient(part: Part, known: dict[str, int]) -> Patient:
    return Patient(tuple(part.texts), loop_findings(part, known))


def read_above(
    isa: Part,
    gs: Part | None,
    header: Part,
    billing: tuple[Part | None, Billing],
    subscriber: tuple[Part | None, Subscriber],
    patient: tuple[Part | None, Patient],
) -> Above:
    parts = (isa, gs, header, billing[0], subscriber[0], patient[0])
    whole, latin = True, False
    for part in parts:
        if part is not None:
            whole = whole and part.broken is None
            latin = latin or bool(part.latin)
    if latin:
        facts = encode_loops(parts, LATIN_1)
    else:
        facts = LoopFacts(
            isa.texts[0],
            gs.texts[0] if gs else "",
            tuple(header.texts),
            billing[1].texts,
            subscriber[1].texts,
            patient[1].texts,
        )
    return Above(
        billing[1],
        subscriber[1],
        facts,
        LATIN_1 if latin else UTF_8,
        whole,
        billing[1].findings + subscriber[1].findings + patient[1].findings,
        parts,
    )


def encode_loops(parts: tuple[Part | None, ...], encoding: str) -> LoopFacts:
    """The loops' texts as they must be to give the file's bytes again in this encoding."""
    isa, gs, header, billing, subscriber, patient = (p.encoded(encoding) if p else () for p in parts)
    return LoopFacts(isa[0], gs[0] if gs else "", header, billing, subscriber, patient)


def loop_findings(part: Part, known: dict[str, int]) -> tuple[FindingFacts, ...]:
    strange = [e for e in part.elements if len(e) > known.get(e[0], 0)]
    if not strange and part.broken is None:
        return part.findings
    findings = list(part.findings)
    if part.broken is not None:
        findings.append(part.broken)
    for e in strange:
        note_strange(known, e, findings)
    return tuple(findings)

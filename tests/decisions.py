"""Approved decisions and the facts around them, for tests of the way back to the payer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from schemas.case import CaseChanged, Evidence
from schemas.claim import ClaimSubmitted
from schemas.codes import Action, Automation, Decision, Path
from schemas.envelope import Event, claim_key, content_id
from schemas.faults import DeadLetter, Origin
from schemas.recoding import Edit, GuardFacts, RecodingDecided, RecodingProposed, RuleReference
from schemas.registry import EVENT_TYPES, event_type
from schemas.shape import Shape
from services.core.codes.tables import NO_TABLES, Edition, Tables
from services.core.processing import Context
from services.core.recoding.rule_set import RuleSet
from services.core.resubmission.partners import TradingPartner, TradingPartners
from services.core.resubmission.profiles import Profiles, bundle, load_bundle
from tests.submitted import submitted_claims
from tests.synthetic_837 import PROFESSIONAL, file_bytes

TENANT = "t"
LINEAGE = "lineage1"
DAY = date(2026, 2, 3)
TIME = datetime(2026, 2, 3, tzinfo=UTC)

CLAIM, DEPENDENT = submitted_claims(file_bytes(PROFESSIONAL))
KEY = claim_key(TENANT, b"secret", CLAIM.claim_number)

EVIDENCE = (Evidence(source="table:authorizations@1", place="row 2"),)
AUTHORIZATION = Edit(line=None, field="prior_authorization", before=None, after="AUTH1", evidence=EVIDENCE)

PARTNER = TradingPartner(
    payer_id="EHP01",
    sender_qualifier="ZZ",
    sender_id="OURID",
    receiver_qualifier="ZZ",
    receiver_id="THEIRID",
    group_sender="OURGROUP",
    group_receiver="THEIRGROUP",
    submitter_name="EXAMPLE BILLING",
    submitter_id="SUB01",
    contact_name="HELP DESK",
    contact_phone="5555550111",
    receiver_name="EXAMPLE PLAN",
    receiver_number="EHP01",
    usage="P",
)


def profiles(**values: object) -> Profiles:
    """One payer, EHP01 alias EHP02, with these profile values."""
    return load_bundle(profile_bundle(**values), "test")


def profile_bundle(**values: object) -> bytes:
    """The bytes of these profiles, as a definition holds them."""
    lines = [
        f"  {key}: {{value: {value}, source: test, date: 2026-01-01, example: false}}"
        for key, value in values.items()
    ]
    default = "kind: profile\nlevel: default\nname: default\nvalues: {}\n"
    settings = "values:\n" + "\n".join(lines) if lines else "values: {}"
    payer = f"kind: profile\nlevel: payer\nname: EHP01\naliases: [EHP02]\n{settings}\n"
    return bundle({"default.yaml": default, "payer.yaml": payer})


PROFILES = profiles(
    batch_max_claims=100,
    batch_max_age_minutes=60,
    partner_empties_folder="false",
    sendable_paths="[replacement]",
)


def context(**changed: Any) -> Context:
    values: dict[str, Any] = {
        "tenant": TENANT,
        "today": DAY,
        "partition": 3,
        "partitions": 8,
        "rules": RuleSet("test", "1", ()),
        "profiles": PROFILES,
        "tables": NO_TABLES,
        **changed,
    }
    return Context(**values)


def partner_tables(*partners: TradingPartner) -> Tables:
    edition = Edition("trading_partners", "1", "0" * 64, date(2020, 1, 1), TradingPartners(partners))
    return NO_TABLES.with_edition(edition)


def proposed(**changed: Any) -> RecodingProposed:
    values: dict[str, Any] = {
        "claim_number": CLAIM.claim_number,
        "lineage": LINEAGE,
        "revision": 1,
        "proposal_id": "proposal1",
        "payer": CLAIM.payer,
        "action": Action.CORRECTED_CLAIM,
        "path": Path.REPLACEMENT,
        "frequency_code": "7",
        "original_reference": "PCN1",
        "automation": Automation.A2,
        "primary_cause": "auth",
        "causes": ("auth",),
        "edits": (AUTHORIZATION,),
        "explanation": "the authorization is on file",
        "rule": RuleReference(id="prior-authorization", version="1"),
        "rule_family": "prior_authorization",
        "guards": (),
        "proof": "0" * 64,
        "facts": ("fact1",),
        "amount_at_stake": Decimal("250.00"),
        **changed,
    }
    return RecodingProposed(**values)


def approval(
    claim: ClaimSubmitted | None = CLAIM, reference: str | None = "PCN1", **changed: Any
) -> RecodingDecided:
    """The approval of a proposal with these fields."""
    proposal = proposed(**changed)
    return RecodingDecided(
        claim_number=proposal.claim_number,
        lineage=proposal.lineage,
        proposal_id=proposal.proposal_id,
        revision=proposal.revision,
        decision=Decision.APPROVED,
        by="tester",
        reason="confirmed_in_record",
        at=DAY,
        proposal=proposal,
        claim=claim,
        payer_control_number=reference,
        guard_facts=GuardFacts(causes=proposal.causes),
    )


def decided(decision: Decision, proposal_id: str = "proposal1", revision: int = 1) -> RecodingDecided:
    """A decision without a claim: withdrawn, rejected, held, refused."""
    return RecodingDecided(
        claim_number=CLAIM.claim_number,
        lineage=LINEAGE,
        proposal_id=proposal_id,
        revision=revision,
        decision=decision,
        by="tester",
        reason="other",
        at=DAY,
    )


def changed(
    revision: int, answers: str | None = None, change: str = "documented", **more: Any
) -> CaseChanged:
    """A new revision of the lineage."""
    return CaseChanged(
        claim_number=CLAIM.claim_number,
        lineage=more.pop("lineage", LINEAGE),
        revision=revision,
        answers=answers,
        change=change,
        open_denial=True,
        **more,
    )


def letter(name: str = "letter1") -> DeadLetter:
    """An open dead letter."""
    return DeadLetter(
        letter=name,
        origin=Origin(topic="claim-denied", partition=3, offset=7),
        event_id="e1",
        event_type="claim-denied.v1",
        service="classifier",
        reason="undecodable",
        original=b"{}",
    )


_TYPES: dict[type[Shape], str] = {each.model: each.name for each in EVENT_TYPES}


def event(data: Shape, key: str = KEY, id_: str | None = None) -> Event[Any]:
    """An event with this payload; the same payload has the same id. Calls of the worker have topic ""."""
    type_ = _TYPES.get(type(data))
    name = id_ or content_id(key, data.model_dump_json())
    if type_ is None:
        return Event(name, "call", "/reclaim/test", TIME, key, data)
    return Event(name, type_, "/reclaim/test", TIME, key, data, event_type(type_).topic)

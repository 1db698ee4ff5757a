"""Every state record: its type name with version, its model and its compacted topic."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.control import CodeEdition, Hold, PayerProfiles, RuleSetDefinition
from schemas.records.audit_head import AuditHead
from schemas.records.claim_case import ClaimCase
from schemas.records.claim_group import ClaimGroup
from schemas.records.intake_file import IntakeFile
from schemas.records.interchange import Consignment, ControlNumbers, Interchanges, SealedInterchange
from schemas.records.ledger import Ledger
from schemas.records.work_item import WorkItem
from schemas.shape import Shape


@dataclass(frozen=True, slots=True)
class RecordType:
    name: str
    """with its version: `claim-case.v1`"""
    model: type[Shape]
    topic: str


RECORD_TYPES: tuple[RecordType, ...] = (
    RecordType("intake-file.v1", IntakeFile, "intake-files"),
    RecordType("claim-case.v4", ClaimCase, "claim-cases"),
    RecordType("ledger.v3", Ledger, "resubmission-ledger"),
    RecordType("interchange.v4", Interchanges, "interchanges"),
    RecordType("consignment.v1", Consignment, "consignments"),
    RecordType("sealed-interchange.v1", SealedInterchange, "sealed-interchanges"),
    RecordType("control-numbers.v1", ControlNumbers, "interchanges"),
    RecordType("claim-group.v3", ClaimGroup, "claim-groups"),
    RecordType("audit-head.v1", AuditHead, "audit-heads"),
    RecordType("work-item.v5", WorkItem, "work-items"),
    RecordType("payer-profiles.v1", PayerProfiles, "payer-profiles"),
    RecordType("rule-set.v1", RuleSetDefinition, "rule-sets"),
    RecordType("code-edition.v2", CodeEdition, "code-editions"),
    RecordType("hold.v1", Hold, "holds"),
)

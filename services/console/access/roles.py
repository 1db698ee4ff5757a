"""Roles, and what each may do: a table, read by every route. What is not in it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a person is at the console; one person may be several."""

    VIEWER = "viewer"
    CODER = "coder"
    APPROVER = "approver"
    OPERATOR = "operator"
    COMPLIANCE = "compliance"


class Permission(StrEnum):
    """What a route needs."""

    READ = "read"
    """lists, numbers and claims with the patient masked"""
    OPEN_PATIENT = "open_patient"
    """see the patient and the raw segments of one claim; noted in `operator-actions`"""
    WORK = "work"
    """reject, hold, assign, note, ask the provider, link"""
    APPROVE = "approve"
    """have a claim go out: approve or override"""
    UPLOAD = "upload"
    OPERATE = "operate"
    """dead letters, holds, deliveries"""
    AUDIT = "audit"
    """who did and opened what"""


PERMISSIONS: Final[Mapping[Permission, frozenset[Role]]] = {
    Permission.READ: frozenset(Role),
    Permission.OPEN_PATIENT: frozenset({Role.CODER, Role.APPROVER, Role.COMPLIANCE}),
    Permission.WORK: frozenset({Role.CODER, Role.APPROVER}),
    Permission.APPROVE: frozenset({Role.APPROVER}),
    Permission.UPLOAD: frozenset({Role.CODER, Role.APPROVER, Role.OPERATOR}),
    Permission.OPERATE: frozenset({Role.OPERATOR}),
    Permission.AUDIT: frozenset({Role.COMPLIANCE, Role.OPERATOR}),
}


def allowed(roles: Iterable[str], permission: Permission) -> bool:
    """Whether somebody with these roles has the permission. A word that is no role gives nothing."""
    return not PERMISSIONS[permission].isdisjoint(roles)

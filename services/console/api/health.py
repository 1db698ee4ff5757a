"""Whether the process answers: for a load balancer, without a sign-in, and without a word about the data."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()


@router.get("/healthz")
def health() -> dict[str, str]:
    """`{"state": "up"}`."""
    return {"state": "up"}

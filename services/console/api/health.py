"""Whether the process answers: for a load balancer, without a sign-in, and without a word about the data."""

from __future__ import annotations

from fastapi import APIRouter

from services.console.site import ThisSite

router = APIRouter()


@router.get("/healthz")
def health(site: ThisSite) -> dict[str, str]:
    """`{"state": "up"}`; `standing_still` where pages are served that are not brought up to date, with `why`: log, file
    or record. Either way it answers, so nobody gains by a restart."""
    standstill = site.standstill()
    return {"state": "up"} if standstill is None else {"state": "standing_still", "why": standstill.why}

"""The name of a claim with one payer in a URL: it says nothing of the claim number, and leads nowhere without a sign-in."""

from __future__ import annotations


def reference(key: str, lineage: str) -> str:
    """`<keyed hash of the claim number>.<lineage>`; `key`: the claim key, `tenant|hash`."""
    return f"{key.rpartition('|')[2]}.{lineage}"

"""A remittance under one claim number, published again under that of the claim which it answers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date

from schemas.claim import ClaimSubmitted
from schemas.envelope import Event
from schemas.remittance import Adjudication, Payee, RemittanceAdjusted
from services.core.facts import adjudication_traits
from services.core.processing import Outcome
from services.deployment.faults import Failure, WrongUse
from services.deployment.opening import Deployment

REMITTED: tuple[str, ...] = ("claim-denied", "claim-adjudicated", "remittance-adjusted")


Remitted = Adjudication | RemittanceAdjusted


def tie(
    deployment: Deployment,
    remit_number: str,
    claim_number: str,
    by: str,
    served: date | None,
    npi: str | None,
    login: str | None = None,
) -> tuple[int, int]:
    """Publish what was remitted under one number again under the other: how many claims, and entries of money, were
    not linked before. Raises WrongUse, Failure."""
    right = claim_number.strip().upper()
    key = deployment.claim_key(right)
    changed = deployment.claim_key(remit_number) != key
    if not changed and served is None:
        raise WrongUse(
            "both numbers name the same claim; give the payer's number first, then ours, or say with --served which"
            " claim of this number it is"
        )
    ours = deployment.events_of(key, "claim-submitted", *REMITTED)
    claims = [event.data for event in ours if isinstance(event.data, ClaimSubmitted)]
    if not claims:
        raise Failure(
            "no 837 with CLAIM_NUMBER has been read; check the number, or put its file into the inbox"
        )
    claim = _claim_of(claims, served, npi) if served is not None else None
    remitted = [e for e in _remitted(deployment, remit_number) if changed or _says_too_little(e.data)]
    if not remitted:
        raise Failure(
            "nothing was remitted under REMIT_NUMBER; check the number, or --data and --log"
            if changed
            else "every remittance of this number names its date and its provider; nothing is to be linked"
        )
    known = {event.id for event in ours}
    again = [
        outcome
        for event in remitted
        if deployment.event(outcome := _under(event, key, right, claim)).id not in known
    ]
    if again:
        action = deployment.action("link", key, by, None, secrets.token_hex(8), login)
        deployment.publish([*(deployment.draft(outcome) for outcome in again), action])
    money = sum(outcome.type.startswith("remittance-adjusted") for outcome in again)
    return len(again) - money, money


def _claim_of(claims: list[ClaimSubmitted], served: date, npi: str | None) -> ClaimSubmitted:
    """The one claim of a date (and provider). A replacement of it is the same claim."""
    found = [c for c in claims if c.service_from == served and (npi is None or c.billing_npi == npi)]
    if not found:
        raise Failure(
            "no 837 of this number has that date of service; `reclaim explain CLAIM` shows those it has"
        )
    if len({c.billing_npi for c in found}) > 1:
        raise Failure("several providers billed under this number for that date; say with --npi which one")
    return found[0]


def _says_too_little(adjudication: Remitted) -> bool:
    if isinstance(adjudication, RemittanceAdjusted):
        return False
    traits = adjudication_traits("", adjudication)
    return traits.start is None or not (traits.npi or traits.tax_id)


def _remitted(deployment: Deployment, number: str) -> Iterator[Event[Remitted]]:
    for event in deployment.events_of(deployment.claim_key(number), *REMITTED):
        if isinstance(event.data, Remitted):
            yield Event(event.id, event.type, event.source, event.time, event.key, event.data, event.topic)


def _under(event: Event[Remitted], key: str, number: str, claim: ClaimSubmitted | None) -> Outcome:
    """The same fact under the right claim; linking it twice is one event."""
    changes: dict[str, object] = {"claim_number": number}
    natural = f"link|{event.id}|{key}"
    if claim is not None and isinstance(event.data, Adjudication):
        natural += f"|{claim.service_from}|{claim.billing_npi or ''}"
        traits = adjudication_traits("", event.data)
        if traits.start is None:
            changes |= {"service_from": claim.service_from, "service_to": claim.service_to}
        if not (traits.npi or traits.tax_id):
            changes["payee"] = Payee(npi=claim.billing_npi, tax_id=claim.billing_tax_id)
    return Outcome(
        type=event.type,
        key=key,
        natural_key=natural,
        time=event.time,
        data=event.data.model_copy(update=changes),
    )

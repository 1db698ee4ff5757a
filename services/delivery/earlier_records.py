"""What versions 1 to 3 kept in the one record of a payer, which could grow past 1 MiB."""

from __future__ import annotations

from schemas.records.interchange import Consignment, Interchange, SealedInterchange
from services.delivery.batches import size_of
from services.delivery.records import PayerRecords


def give_records(records: PayerRecords) -> None:
    """Its claims and interchanges get records of their own: nothing else about them changes."""
    state = records.state
    if state is None or not (state.open or state.writing):
        return
    records.change(open=(), writing=())
    for claim in state.open:
        records.keep_claim(_claim(records, claim, None))
    for earlier in state.writing:
        records.keep_file(_file(records, earlier, state.transaction))
        for claim in earlier.claims:
            records.keep_claim(_claim(records, claim, earlier.control_number))


def _claim(records: PayerRecords, claim: Consignment, interchange: str | None) -> Consignment:
    return claim.model_copy(update={"batch": records.key, "size": size_of(claim), "interchange": interchange})


def _file(records: PayerRecords, earlier: Interchange, transaction: str) -> SealedInterchange:
    ids = tuple(claim.resubmission_id for claim in earlier.claims)
    kept = {name: getattr(earlier, name) for name in Interchange.model_fields if name != "claims"}
    return SealedInterchange(**kept, batch=records.key, transaction=transaction, claims=ids)

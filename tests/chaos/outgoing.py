"""What must hold of everything that left, after any number of crashes. Reads the files and the topics, nothing else."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping

from schemas.resubmission import ClaimDelivered, ClaimResubmitted, Outbound, ResubmissionRefused
from services.runtime.log import Log
from services.runtime.records import decode_event
from tests.submitted import submitted_claims


def faults(log: Log, files: Mapping[str, bytes]) -> list[str]:
    """Every claim of these tests is approved once and has a claim number of its own. `files`: what partners see or
    took, by name."""
    return list(_faults(log, files))


def _faults(log: Log, files: Mapping[str, bytes]) -> Iterator[str]:
    sent = [data for data in _said(log, "claim-resubmitted") if isinstance(data, ClaimResubmitted)]
    delivered = [data for data in _said(log, "claim-delivered") if isinstance(data, ClaimDelivered)]
    refused = [data for data in _said(log, "resubmission-refused") if isinstance(data, ResubmissionRefused)]
    outbound = [data for data in _said(log, "outbound") if isinstance(data, Outbound)]
    doubtful = {r.resubmission_id for r in refused if r.reason == "delivery_uncertain"}

    yield from _repeated("claim-resubmitted", (s.resubmission_id for s in sent))
    yield from _repeated("claim-resubmitted of one claim", (s.claim_number for s in sent))
    yield from _repeated("outbound", (o.resubmission_id for o in outbound if o.kind == "resubmission"))
    yield from _repeated("claim-delivered", (d.resubmission_id for d in delivered))
    if {o.resubmission_id for o in outbound} != {s.resubmission_id for s in sent}:
        yield "outbound and claim-resubmitted differ"

    number_of = {s.resubmission_id: s.claim_number for s in sent}
    inside: Counter[str] = Counter()
    control: list[tuple[str, str]] = []
    for name, data in files.items():
        inside.update(claim.claim_number for claim in submitted_claims(data))
        segments = data.decode("latin-1").split("~")
        if not segments[-2].strip().startswith("IEA*"):
            yield f"{name} is not whole"
        control += [(s.split("*")[13], "ISA13") for s in segments if s.startswith("ISA*")]
        control += [(s.split("*")[6], "GS06") for s in segments if s.strip().startswith("GS*")]
        told = {d.digest for d in delivered if d.file.rpartition("/")[2] == name}
        if told and told != {hashlib.sha256(data).hexdigest()}:
            yield f"{name} is not what was reported"
    yield from _repeated("control number", (f"{place} {number}" for number, place in control))
    yield from (f"{number} stands in {times} places" for number, times in inside.items() if times > 1)

    for id_, number in number_of.items():
        told_of = sum(d.resubmission_id == id_ for d in delivered) if id_ in doubtful else None
        if inside[number] == 0 and id_ not in doubtful:
            yield f"{number} never left"
        if told_of:
            yield f"{number} is delivered and uncertain"
    reported = {d.resubmission_id for d in delivered}
    yield from (f"{number_of[i]} left unreported" for i in number_of.keys() - reported - doubtful)
    yield from (f"{i} was delivered and never sent" for i in reported - number_of.keys())
    yield from (f"{number} left without a word" for number in inside.keys() - set(number_of.values()))


def _said(log: Log, topic: str) -> Iterator[object]:
    return (decode_event(record).data for record in log.read(topic))


def _repeated(what: str, ids: Iterator[str]) -> Iterator[str]:
    return (f"{what} twice" for _, count in Counter(ids).items() if count > 1)

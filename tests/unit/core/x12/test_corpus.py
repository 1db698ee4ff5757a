"""Every file of the corpus: lossless, accounted for, and read as other readers read it.

The oracles are independent: `count_edi.py` beside the corpus counts claims and segments, oxedi reads 835s into
tables, pyx12 cuts segments.
"""

from __future__ import annotations

import importlib.util
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import oxedi
import pytest
from pyx12.errors import X12Error
from pyx12.x12file import X12Reader

from schemas.codes import ClaimState, LineState
from schemas.remittance import Adjudication
from services.core.x12.items import (
    ProviderAdjustment,
    QuarantinedClaim,
    RemittedClaim,
    SubmittedClaim,
    Unreadable,
)
from services.core.x12.reader import read
from services.core.x12.tokenizer import Run, join, split
from tests.accounting import account, published, quarantined
from tests.submitted import corpus_files, needs_corpus, submitted_claims

pytestmark = needs_corpus

FILES = corpus_files("835", "837p", "837i", "277ca", "999", "malformed")
REMITTANCES = [path for path in FILES if b"ST*835" in path.read_bytes()]
CHECKS = Path(__file__).resolve().parents[5] / "shared" / "checks" / "count_edi.py"


def name(path: Path) -> str:
    return path.name


@pytest.fixture(scope="module")
def count_edi() -> ModuleType:
    if not CHECKS.is_file():
        pytest.skip("count_edi.py is not beside the corpus")
    spec = importlib.util.spec_from_file_location("count_edi", CHECKS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", FILES, ids=name)
def test_split_and_join_give_the_bytes_again(path: Path) -> None:
    data = path.read_bytes()
    assert join(split([data])) == data


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_segment_and_claim_is_in_one_item(path: Path) -> None:
    account(path.read_bytes())


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_chunks_do_not_matter(path: Path) -> None:
    data = path.read_bytes()
    assert list(read(data[n : n + 61] for n in range(0, len(data), 61))) == list(read([data]))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_counts_agree_with_an_independent_count(path: Path, count_edi: ModuleType) -> None:
    expected, paid, _ = count_edi.count(path)
    items = account(path.read_bytes())
    claims = [*published(items), *quarantined(items)]
    remitted = [item for item in items if isinstance(item, RemittedClaim)]
    counts = Counter(
        "clp"
        if isinstance(c, RemittedClaim) or (isinstance(c, QuarantinedClaim) and c.kind == "835")
        else "clm"
        for c in claims
    )
    assert sum(item.segments for item in items) == expected["segments"]
    assert (counts["clp"], counts["clm"]) == (expected["clp"], expected["clm"])
    assert sum(len(item.claim.adjustments) for item in remitted) == expected["cas_triplets"]
    assert sum((item.claim.paid for item in remitted), Decimal(0)) == paid


@pytest.mark.parametrize("path", FILES, ids=name)
def test_facts_become_events(path: Path) -> None:
    """The shapes of the reader and of the language have the same names and types."""
    data = path.read_bytes()
    assert len(list(submitted_claims(data))) == sum(isinstance(i, SubmittedClaim) for i in read([data]))
    for item in read([data]):
        if isinstance(item, RemittedClaim):
            judged = {
                "claim_state": ClaimState.PAID,
                "denied_amount": Decimal(0),
                "pended_amount": Decimal(0),
                "lines": tuple({**line._asdict(), "state": LineState.PAID} for line in item.claim.lines),
                "position": {"file": "0", "interchange": 1, "group": 1, "transaction": 1, "index": 1},
            }
            event = Adjudication.model_validate({**item.claim._asdict(), **judged}, from_attributes=True)
            assert Adjudication.parse(event.encode()) == event


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_claims_own_segments_are_bytes_of_the_file(path: Path) -> None:
    data = path.read_bytes()
    segments = {
        (run.segment(n).raw, run.offsets[n]): run.texts[n]
        for run in split([data])
        if isinstance(run, Run)
        for n in range(len(run.texts))
    }
    at = {offset: text for (_, offset), text in segments.items()}
    offsets = sorted(at)
    for item in read([data]):
        if isinstance(item, SubmittedClaim | RemittedClaim):
            first = offsets.index(item.offset)
            own = tuple(at[offset] for offset in offsets[first : first + item.segments])
            assert tuple(t.encode(item.claim.encoding) for t in item.claim.segments) == tuple(
                t.encode() for t in own
            )


# No ISA: pyx12 refuses the file, and so do we.
WITHOUT_ISA = [path for path in FILES if b"ISA" not in path.read_bytes()]


@pytest.mark.parametrize("path", [path for path in FILES if path not in WITHOUT_ISA], ids=name)
def test_pyx12_cuts_the_same_segments(path: Path) -> None:
    data = path.read_bytes()
    theirs = [
        (segment.get_seg_id(), segment.get_value(f"{segment.get_seg_id()}01"))
        for segment in X12Reader(io.StringIO(data.decode()))
    ]
    ours = [(e[0], e[1] or None) for run in split([data]) if isinstance(run, Run) for e in run.elements]
    assert [sid for sid, _ in theirs] == [sid for sid, _ in ours]


@pytest.mark.parametrize("path", WITHOUT_ISA, ids=name)
def test_what_has_no_isa_is_unreadable_here_and_to_pyx12(path: Path) -> None:
    data = path.read_bytes()
    assert [type(item) for item in read([data])] == [Unreadable]
    with pytest.raises(X12Error):
        X12Reader(io.StringIO(data.decode()))


# 835s against oxedi


def _table(result: oxedi.Result, name: str) -> list[dict[str, str | None]]:
    _, header, *rows = result.tables[name].render().splitlines()
    columns = [column.split(":")[0] for column in header.split(" | ")]
    return [
        {k: None if v == "∅" else v for k, v in zip(columns, row.split(" | "), strict=True)}
        for row in rows
        if row.strip()
    ]


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _ours(data: bytes) -> dict[str, list[tuple[object, ...]]]:
    found: dict[str, list[tuple[object, ...]]] = {
        "claims": [],
        "lines": [],
        "adjustments": [],
        "remarks": [],
        "plb": [],
    }
    for item in read([data]):
        if isinstance(item, ProviderAdjustment):
            a = item.adjustment
            found["plb"].append((a.reason, a.reference, a.amount))
        if not isinstance(item, RemittedClaim):
            continue
        c, n = item.claim, item.index
        found["claims"].append(
            (
                c.claim_number,
                c.status_code,
                c.charge,
                c.paid,
                c.patient_responsibility,
                c.payer_control_number,
            )
        )
        found["lines"].extend(
            (n, x.procedure, x.charge, x.paid, x.units_paid, x.control_number, x.allowed) for x in c.lines
        )
        found["adjustments"].extend(
            (n, a.line, a.group, a.reason, a.amount, a.quantity) for a in c.adjustments
        )
        found["remarks"].extend((n, r.line, r.code) for r in c.remarks)
    return found


def _theirs(data: bytes) -> dict[str, list[tuple[object, ...]]]:
    result = oxedi.parse(data)
    claims, services = _table(result, "claims"), _table(result, "services")
    line_of: dict[str | None, int] = {}
    seen: Counter[str | None] = Counter()
    for service in services:
        seen[service["claim"]] += 1
        line_of[service["row"]] = seen[service["claim"]]
    place = {claim["row"]: n for n, claim in enumerate(claims, 1)}
    remarks: list[tuple[object, ...]] = []
    claim, line = 0, 0
    places = {"LQ": (1,), "MIA": (4, 19, 20, 21, 22), "MOA": (2, 3, 4, 5, 6)}
    for n in range(len(result.document)):
        segment = result.document[n]
        sid = segment.id.decode() if isinstance(segment.id, bytes) else segment.id
        if sid == "CLP":
            claim, line = claim + 1, 0
        elif sid == "SVC":
            line += 1
        for k in places.get(sid, ()):
            if k < len(segment.elements) and segment.elements[k]:
                remarks.append((claim, line or None, segment.elements[k].decode()))
    return {
        "claims": [
            (
                c["claim_id"],
                c["claim_status"],
                _number(c["charge_amount"]),
                _number(c["payment_amount"]),
                _number(c["patient_responsibility"]),
                c["payer_control_number"],
            )
            for c in claims
        ],
        "lines": [
            (
                place[s["claim"]],
                s["procedure_code"],
                _number(s["charge_amount"]),
                _number(s["payment_amount"]),
                _number(s["units_paid"]),
                s["line_item_control_number"],
                _number(s["allowed_amount"]),
            )
            for s in services
        ],
        "adjustments": [
            (
                place[a["claim"]],
                line_of[a["service"]] if a["service"] is not None else None,
                a["group_code"],
                a["reason_code"],
                _number(a["amount"]),
                _number(a["quantity"]),
            )
            for a in _table(result, "adjustments")
        ],
        "remarks": remarks,
        "plb": [
            (p["reason_code"], p["reference_id"], _number(p["amount"]))
            for p in _table(result, "provider_adjustments")
        ],
    }


_OTHER_SEPARATOR = (
    "ISA16 declares `:` and SVC01 is separated by `>`: oxedi leaves the procedure out, we split it"
)
EXPLAINED: dict[tuple[str, str], str] = {
    ("LinuxForHealth-x12__cob-contractural-adjustment.835", "lines"): _OTHER_SEPARATOR,
    ("LinuxForHealth-x12__secondary-payment.835", "lines"): _OTHER_SEPARATOR,
}
"""File and table where we differ from oxedi, and why ours is right."""


@pytest.mark.parametrize("path", REMITTANCES, ids=name)
@pytest.mark.parametrize("table", ["claims", "lines", "adjustments", "remarks", "plb"])
def test_oxedi_reads_the_same_remittance(path: Path, table: str) -> None:
    data = path.read_bytes()
    same = Counter(_ours(data)[table]) == Counter(_theirs(data)[table])
    assert same is ((path.name, table) not in EXPLAINED), EXPLAINED.get((path.name, table), "they differ")

"""The envelope: interchanges, groups and transaction sets around what the readers of the kinds read.

What is wrong with an envelope is a finding and loses nothing: one real file in three has a wrong SE01 and still
holds readable claims.
"""

from __future__ import annotations

from typing import Final

from services.core.x12.acknowledgment import ClaimAcknowledgmentReader, GroupAcknowledgmentReader
from services.core.x12.claim import ClaimReader
from services.core.x12.facts import FindingFacts, InterchangeFacts
from services.core.x12.guides import A999, CA277, CLAIM_START, I837, P837, R835, kind_of
from services.core.x12.items import (
    AcknowledgedInterchange,
    GroupClosed,
    GroupOpened,
    InterchangeClosed,
    InterchangeOpened,
    Item,
    QuarantinedClaim,
    StrayData,
    TransactionClosed,
    TransactionOpened,
)
from services.core.x12.remittance import RemittanceReader
from services.core.x12.tokenizer import Limits, Run, Segment, Stray
from services.core.x12.transaction import CLAIM, HEADER, Counts, Opening, Part, Tally, TransactionReader
from services.core.x12.values import at, day, filled

_READERS: Final[dict[str, type[TransactionReader]]] = {
    P837: ClaimReader,
    I837: ClaimReader,
    R835: RemittanceReader,
    CA277: ClaimAcknowledgmentReader,
    A999: GroupAcknowledgmentReader,
}


class Envelope:
    """Follows ISA, GS, ST, SE, GE, IEA through a file and hands the bodies to their readers."""

    def __init__(self, limits: Limits, out: list[Item]) -> None:
        self._limits = limits
        self._out = out
        self._tally = Tally()
        self._run: Run | None = None
        self._isa: Part | None = None
        self._interchange_open = False
        """groups behind an IEA are read all the same: their interchange is the one before"""
        self._gs: Part | None = None
        self._version = ""
        """GS08 of the latest GS: what an ST without version and outside of any group is taken for"""
        self._opening: Opening | None = None
        self._reader: TransactionReader | None = None
        self._last_kind = ""
        """of the latest ST: what a claim outside of any transaction set is taken for"""
        self._interchange = self._group = self._transaction = 0
        self._acknowledged = 0
        """TA1 so far"""
        self._body = 0
        """segments from ST on"""
        self._skipped = Counts()
        self._skipped_from: int | None = None
        self._end = 0
        self._astray: Part | None = None
        """a claim outside of any transaction set, while its segments come in"""

    def take(self, run: Run) -> None:
        """The segments of one run, in order."""
        self._run = run
        elements = run.elements
        begin = 0
        for n in [n for n, e in enumerate(elements) if e[0] in _ENVELOPE]:
            if n > begin:
                self._take_body(run, begin, n)
            self._end = run.offsets[n]
            _ENVELOPE[elements[n][0]](self, run.segment(n))
            begin = n + 1
        if begin < len(elements):
            self._take_body(run, begin, len(elements))
        self._end = run.end
        if self._reader is not None:
            self._reader.trim()

    def _take_body(self, run: Run, begin: int, end: int) -> None:
        if self._reader is not None:
            self._body += end - begin
            self._reader.take(run, begin, end)
        elif self._opening is not None:
            self._body += end - begin
            if self._skipped_from is None:
                self._skipped_from = run.offsets[begin]
            self._skipped.claims += sum(e[0] in ("CLM", "CLP") for e in run.elements[begin:end])
        else:
            for n in range(begin, end):
                self._take_astray(run, n)

    def lose(self, stray: Stray) -> None:
        """Bytes that are no segment, or one over the limit."""
        self._out.append(StrayData(stray.offset, stray.segments, stray.reason, stray.data))
        self._end = stray.offset + len(stray.data)
        if stray.segments and self._opening is not None:
            self._body += 1
            if self._reader is not None:
                self._reader.lose(stray.data[:8].decode("latin-1"), stray.offset)

    def end(self) -> None:
        """The file ends here."""
        self._close_interchange(None)

    # opening

    def _isa_read(self, segment: Segment) -> None:
        self._close_interchange(None)
        assert self._run is not None
        self._interchange += 1
        self._group = self._transaction = 0
        self._isa = Part.alone(HEADER, segment)
        self._interchange_open = True
        e = segment.elements
        opens = self._run.opens and segment.offset == self._run.offsets[0]
        codes = self._run.findings if opens else ("isa_unreadable",)
        self._out.append(
            InterchangeOpened(
                segment.offset,
                1,
                self._interchange,
                at(e, 6).strip(),
                at(e, 8).strip(),
                at(e, 13).strip(),
                at(e, 15),
                self._run.delimiters,
                tuple([FindingFacts(code, "ISA") for code in codes]),
            )
        )

    def _gs_read(self, segment: Segment) -> None:
        self._close_group(None)
        self._group += 1
        self._transaction = 0
        self._gs = Part.alone(HEADER, segment)
        e = segment.elements
        self._version = at(e, 8)
        self._out.append(
            GroupOpened(
                segment.offset,
                1,
                self._interchange,
                self._group,
                at(e, 1),
                at(e, 2).strip(),
                at(e, 3).strip(),
                day(at(e, 4)),
                at(e, 6).strip(),
                at(e, 8),
            )
        )

    def _st_read(self, segment: Segment) -> None:
        self._close_transaction(None)
        assert self._isa is not None
        assert self._run is not None
        self._transaction += 1
        self._body = 1
        e = segment.elements
        gs = self._gs.elements[0] if self._gs else []
        guide = at(e, 3).strip() or self._version.strip()
        kind = kind_of(at(e, 1), guide)
        self._last_kind = kind.name
        self._opening = opening = Opening(
            self._interchange,
            self._group,
            self._transaction,
            kind,
            guide,
            at(e, 2).strip(),
            self._run.delimiters,
            self._isa,
            self._gs,
            Part.alone(HEADER, segment),
            at(self._isa.elements[0], 15) or None,
            at(gs, 3).strip(),
            day(at(gs, 4)),
        )
        if kind.processed:
            self._reader = _READERS[kind.name](opening, self._tally, self._limits, self._out)
            return
        self._skipped, self._skipped_from = Counts(), None
        self._out.append(
            TransactionOpened(
                segment.offset,
                1,
                opening.interchange,
                opening.group,
                opening.transaction,
                kind.name,
                False,
                guide,
                opening.control_number,
                None,
                None,
                None,
                None,
                (),
            )
        )

    # closing

    def _se_read(self, segment: Segment) -> None:
        if self._opening is None:
            self._stray(segment)
        elif not segment.terminated and at(segment.elements, 2).strip() != self._opening.control_number:
            self._without_end(segment)
        else:
            self._close_transaction(segment)

    def _without_end(self, segment: Segment) -> None:
        """The file ends within its SE: the transaction is cut."""
        self._close_transaction(None)
        self._stray(segment)

    def _close_transaction(self, se: Segment | None) -> None:
        self._settle_astray()
        opening = self._opening
        if opening is None:
            return
        reader, counts = self._reader, self._skipped
        findings: list[FindingFacts] = []
        if reader is not None:
            reader.end(complete=se is not None)
            counts = reader.counts
            findings.extend(reader.findings)
        if se is None:
            findings.append(FindingFacts("se_missing", "SE"))
        else:
            findings.extend(_trailer(se, self._body + 1, opening.control_number))
        skipped = 0 if opening.kind.processed else self._body - 1
        offset = self._skipped_from if self._skipped_from is not None else se.offset if se else self._end
        self._out.append(
            TransactionClosed(
                offset,
                skipped + (1 if se is not None else 0),
                opening.interchange,
                opening.group,
                opening.transaction,
                opening.kind.name,
                opening.kind.processed,
                se is not None,
                opening.control_number,
                counts.claims,
                counts.quarantined,
                counts.adjustments,
                counts.provider_adjustments,
                counts.paid,
                tuple(findings),
            )
        )
        self._opening = self._reader = None
        self._skipped_from = None

    def _ge_read(self, segment: Segment) -> None:
        if self._gs is None:
            self._close_transaction(None)
            self._stray(segment)
        else:
            self._close_group(segment)

    def _close_group(self, ge: Segment | None) -> None:
        self._close_transaction(None)
        if self._gs is None:
            return
        findings = [FindingFacts("ge_missing", "GE")]
        if ge is not None:
            findings = _trailer(ge, self._transaction, at(self._gs.elements[0], 6))
        if not self._interchange_open:
            findings.append(FindingFacts("outside_interchange", "GS"))
        self._out.append(
            GroupClosed(
                ge.offset if ge else self._end,
                1 if ge else 0,
                self._interchange,
                self._group,
                self._transaction,
                tuple(findings),
            )
        )
        self._gs = None

    def _iea_read(self, segment: Segment) -> None:
        if not self._interchange_open:
            self._close_group(None)
            self._stray(segment)
        else:
            self._close_interchange(segment)

    def _close_interchange(self, iea: Segment | None) -> None:
        self._close_group(None)
        if self._isa is None or not self._interchange_open:
            return
        findings = [FindingFacts("iea_missing", "IEA")]
        if iea is not None:
            findings = _trailer(iea, self._group, at(self._isa.elements[0], 13))
        self._out.append(
            InterchangeClosed(
                iea.offset if iea else self._end,
                1 if iea else 0,
                self._interchange,
                self._group,
                tuple(findings),
            )
        )
        self._interchange_open = False

    # what belongs to no reader

    def _take_astray(self, run: Run, n: int) -> None:
        """A segment outside of any transaction set: part of a lost claim, else stray data."""
        if run.elements[n][0] == CLAIM_START.get(self._last_kind):
            self._settle_astray()
            self._astray = Part(CLAIM, run.offsets[n])
        if self._astray is not None and len(self._astray.texts) < self._limits.claim_segments:
            self._astray.extend(run, n, n + 1)
        else:
            self._stray(run.segment(n))

    def _settle_astray(self) -> None:
        """Quarantine the claim that stood outside of any transaction set."""
        part = self._astray
        if part is None:
            return
        self._astray = None
        self._tally.claims += 1
        place = FindingFacts("outside_transaction", part.elements[0][0])
        self._out.append(
            QuarantinedClaim(
                part.offset,
                part.count,
                self._interchange,
                self._group,
                self._transaction,
                self._tally.claims,
                self._last_kind,
                place.code,
                place,
                filled(part.elements[0], 1),
                tuple(part.texts),
            )
        )

    def _stray(self, segment: Segment) -> None:
        self._settle_astray()
        known = segment.elements[0] == "TA1"
        if known and (told := self._interchange_facts(segment)) is not None:
            self._acknowledged += 1
            place = (self._interchange, self._group, self._transaction)
            self._out.append(AcknowledgedInterchange(segment.offset, 1, *place, self._acknowledged, told))
            return
        reason = "interchange_acknowledgment" if known else "segment_outside_transaction"
        self._out.append(StrayData(segment.offset, 1, reason, segment.raw))

    def _interchange_facts(self, segment: Segment) -> InterchangeFacts | None:
        """Null where it does not say of which interchange, or what, or came in none itself."""
        e = segment.elements
        number, status = at(e, 1).strip(), at(e, 4).strip()
        if self._isa is None or not self._interchange_open or not (number and status):
            return None
        isa = self._isa.elements[0]
        sent = at(isa, 9).strip()
        return InterchangeFacts(
            at(isa, 8).strip(),
            number,
            status,
            at(e, 5).strip() or None,
            day(f"20{sent}") if len(sent) == 6 else None,
            (segment.raw.decode("latin-1").strip(),),
        )


def _trailer(segment: Segment, count: int, control_number: str) -> list[FindingFacts]:
    """What is wrong with an SE, GE or IEA: its count, its control number, its own end."""
    e = segment.elements
    sid = e[0]
    findings: list[FindingFacts] = []
    said = at(e, 1).strip()
    if not (said.isascii() and said.isdigit() and len(said) <= 10 and int(said) == count):
        findings.append(FindingFacts(f"{sid.lower()}_count", sid, 1))
    if at(e, 2).strip() != control_number.strip():
        findings.append(FindingFacts(f"{sid.lower()}_control_number", sid, 2))
    if not segment.terminated:
        findings.append(FindingFacts("terminator_missing", sid))
    return findings


_ENVELOPE: Final = {
    "ISA": Envelope._isa_read,
    "GS": Envelope._gs_read,
    "ST": Envelope._st_read,
    "SE": Envelope._se_read,
    "GE": Envelope._ge_read,
    "IEA": Envelope._iea_read,
}

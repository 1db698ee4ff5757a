"""The readers of what comes back before adjudication: 277CA (005010X214) and 999 (005010X231A1, X231)."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.core.x12.facts import (
    AcknowledgmentFacts,
    FindingFacts,
    GroupFacts,
    PayerFacts,
    ReasonFacts,
    TransactionVerdict,
)
from services.core.x12.items import (
    AcknowledgedClaim,
    AcknowledgedGroup,
    Item,
    QuarantinedRecord,
    TransactionOpened,
)
from services.core.x12.tokenizer import Limits, Run
from services.core.x12.transaction import (
    CLAIM,
    BrokenError,
    Opening,
    Part,
    Tally,
    TransactionReader,
    amount,
    note_strange,
)
from services.core.x12.values import at, day, filled, period

_REJECTING_CATEGORIES: Final = frozenset(("A3", "A4", "A6", "A7", "A8"))
"""STC01-1: returned as unprocessable, not found, rejected for missing, invalid or related information"""
_REJECTED: Final = "U"
"""STC03; WQ is accepted"""
_CLAIM_LEVELS: Final = frozenset(("PT", "22", "23"))
"""HL03 of the level that stands for a claim: PT in the guide, 22 and 23 with senders of older habits"""
_PAYER_LEVEL: Final = "20"
_RECEIVER_LEVEL: Final = "21"
"""Whoever sent the 837; its TRN repeats BHT03 of the transaction set that is acknowledged"""
_PROVIDER_LEVEL: Final = "19"
_SCOPES: Final = {_RECEIVER_LEVEL: "transaction", _PROVIDER_LEVEL: "provider"}
"""What a level above the claims judges"""
_LEVEL: Final = "level"
_ACCEPTED_TRANSACTION: Final = frozenset(("A", "E"))
_ACCEPTED_GROUP: Final = frozenset(("A", "E", "P"))


class AcknowledgmentReader(TransactionReader):
    """What both have in common: their records are no claims, and are numbered on their own."""

    def _number(self) -> int:
        self.tally.acknowledgments += 1
        return self.tally.acknowledgments

    def _set_aside(self, part: Part, index: int, place: FindingFacts) -> Item:
        del index  # records that are set aside have no number of their own
        return QuarantinedRecord(
            part.offset,
            part.count,
            *self.place,
            self.opening.kind.name,
            place.code,
            tuple(part.texts),
        )

    def _header_item(self, part: Part, reference: str | None, created: date | None) -> TransactionOpened:
        findings: list[FindingFacts] = []
        for e in part.elements:
            note_strange(self.known, e, findings)
        return TransactionOpened(
            part.offset,
            part.count,
            *self.place,
            self.opening.kind.name,
            True,
            self.opening.guide,
            self.opening.control_number,
            reference,
            created,
            None,
            None,
            tuple(findings),
        )

    def _strange(self, part: Part) -> tuple[FindingFacts, ...]:
        findings: list[FindingFacts] = []
        for e in part.elements:
            note_strange(self.known, e, findings)
        return tuple(findings)


class ClaimAcknowledgmentReader(AcknowledgmentReader):
    """One ST*277 of X214. A level above the claims is an acknowledgment of its own where it rejects."""

    def __init__(self, opening: Opening, tally: Tally, limits: Limits, out: list[Item]) -> None:
        super().__init__(opening, tally, limits, out)
        self._created: date | None = None
        self._payer: PayerFacts | None = None
        self._reference: str | None = None

    def take(self, run: Run, begin: int, end: int) -> None:
        for n in [n for n in range(begin, end) if run.elements[n][0] == "HL"]:
            self._part.extend(run, begin, n)
            begin = n
            is_claim = at(run.elements[n], 3) in _CLAIM_LEVELS
            self._open(CLAIM if is_claim else _LEVEL, run.offsets[n])
        self._part.extend(run, begin, end)

    def _close(self) -> None:
        part = self._part
        if part.name == _LEVEL:
            part.name = self._read_level(part)
        super()._close()

    def _read_level(self, part: Part) -> str:
        """The payer for what follows. A level that rejects all below it becomes an acknowledgment of its own."""
        level = at(part.elements[0], 3) if part.elements else ""
        for e in part.elements:
            if e[0] == "NM1" and level == _PAYER_LEVEL:
                self._payer = PayerFacts(filled(e, 9), filled(e, 3))
            elif e[0] == "TRN" and level == _RECEIVER_LEVEL:
                self._reference = filled(e, 2)
        accepted, _ = self._verdict(part)
        if accepted:
            return "other"
        self._settle()
        return CLAIM

    def _verdict(self, part: Part) -> tuple[bool, tuple[ReasonFacts, ...]]:
        component = self.opening.delimiters.component
        reasons: list[ReasonFacts] = []
        accepted = True
        for e in part.elements:
            if e[0] != "STC":
                continue
            if at(e, 3) == _REJECTED:
                accepted = False
            for place in (1, 10, 11):
                category, _, rest = at(e, place).partition(component)
                if category:
                    status, _, entity = rest.partition(component)
                    reasons.append(
                        ReasonFacts(category, status or None, entity.partition(component)[0] or None)
                    )
                    accepted = accepted and category not in _REJECTING_CATEGORIES
        return accepted, tuple(reasons)

    def _opened(self, part: Part) -> TransactionOpened:
        reference = None
        for e in part.elements:
            if e[0] == "BHT":
                reference, self._created = filled(e, 3), day(at(e, 4))
        return self._header_item(part, reference, self._created)

    def _claim(self, part: Part, index: int) -> AcknowledgedClaim:
        accepted, reasons = self._verdict(part)
        level = at(part.elements[0], 3)
        claim_level = level in _CLAIM_LEVELS
        claim_number = control_number = provider = None
        charge = received = None
        findings = list(self._strange(part))
        for e in part.elements:
            sid = e[0]
            if sid == "NM1" and level == _PROVIDER_LEVEL and at(e, 8) == "XX":
                provider = provider or filled(e, 9)
            elif sid == "TRN" and claim_level:
                claim_number = claim_number or filled(e, 2)
            elif sid == "REF" and at(e, 1) == "1K":
                control_number = control_number or filled(e, 2)
            elif sid == "DTP" and at(e, 1) == "050":
                received = period(at(e, 3))[0]
            elif sid == "STC":
                try:
                    charge = charge if charge is not None else amount(e, 4)
                except BrokenError as error:
                    findings.append(error.place)
                received = received or day(at(e, 2))
        if claim_level and claim_number is None:
            raise BrokenError("claim_number_missing", "TRN", 2)
        return AcknowledgedClaim(
            part.offset,
            part.count,
            *self.place,
            index,
            AcknowledgmentFacts(
                claim_number,
                "277ca",
                accepted,
                reasons,
                self._payer,
                control_number,
                charge,
                received or self._created,
                tuple(part.texts),
                tuple(findings),
                "claim" if claim_level else _SCOPES.get(level, "file"),
                self._reference,
                self.opening.receiver,
                provider,
            ),
        )


class GroupAcknowledgmentReader(AcknowledgmentReader):
    """One ST*999: AK1 to AK9 is one acknowledged group."""

    def take(self, run: Run, begin: int, end: int) -> None:
        for n in [n for n in range(begin, end) if run.elements[n][0] == "AK1"]:
            self._part.extend(run, begin, n)
            begin = n
            self._open(CLAIM, run.offsets[n])
        self._part.extend(run, begin, end)

    def _opened(self, part: Part) -> TransactionOpened:
        return self._header_item(part, None, None)

    def _claim(self, part: Part, index: int) -> AcknowledgedGroup:
        component = self.opening.delimiters.component
        control_number = filled(part.elements[0], 2)
        if control_number is None:
            raise BrokenError("control_number_missing", "AK1", 2)
        verdicts: list[TransactionVerdict] = []
        status = ""
        transaction: str | None = None
        reasons: list[ReasonFacts] = []
        erring = ""
        for e in part.elements:
            sid = e[0]
            if sid == "AK2":
                transaction, reasons = at(e, 2), []
            elif sid == "IK3":
                erring = at(e, 1)
                reasons.append(ReasonFacts("IK3", filled(e, 4), erring or None))
            elif sid == "IK4":
                element, _, rest = at(e, 1).partition(component)
                part_of = rest.partition(component)[0]
                where = f"{erring}{element:0>2}" + (f"-{part_of}" if part_of else "")
                reasons.append(ReasonFacts("IK4", filled(e, 3), where))
            elif sid == "IK5" and transaction is not None:
                reasons.extend(ReasonFacts("IK5", code) for code in e[2:7] if code)
                verdicts.append(
                    TransactionVerdict(transaction, at(e, 1) in _ACCEPTED_TRANSACTION, tuple(reasons))
                )
                transaction = None
            elif sid == "AK9":
                status = at(e, 1)
                reasons.extend(ReasonFacts("AK9", code) for code in e[5:10] if code)
        if not status:
            raise BrokenError("status_missing", "AK9", 1)
        return AcknowledgedGroup(
            part.offset,
            part.count,
            *self.place,
            index,
            GroupFacts(
                self.opening.receiver,
                control_number,
                status in _ACCEPTED_GROUP,
                status,
                tuple(verdicts),
                self.opening.sent,
                tuple(part.texts),
                self._strange(part),
            ),
        )

"""Assembling one interchange: claims of one payer and kind, under one ISA, GS and ST.

HL segments are numbered anew, delimiters are made the same for all claims, counts and control numbers follow.
The same inputs give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Final

from schemas.records.interchange import Identity
from schemas.resubmission import OutgoingClaim
from services.core.resubmission.partners import TradingPartner
from services.core.x12.delimiters import (
    COMPONENT,
    ELEMENT,
    OUTGOING_DELIMITERS,
    REPETITION,
    TERMINATOR,
    DelimiterConflictError,
    translate,
)

GUIDES: Final = {"837P": "005010X222A1", "837I": "005010X223A2"}
"""The implementation guides that we write (GS08, ST03): those that the outbound gate has maps for."""

_TIME: Final = "0000"
"""ISA10, GS05, BHT05: bytes follow from the record, and the record knows a day."""

TRANSACTION: Final = "0001"
"""ST02: one transaction set an interchange."""

_WIDEST_ID: Final = 15
"""ISA06, ISA08, GS02 and GS03 have at most 15 characters."""


class IdentityMissingError(Exception):
    """Nobody said who sends to whom: no trading partner is loaded and the original does not tell."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A whole interchange. `order`: for each claim of the file, its index among those that were given."""

    data: bytes
    order: tuple[int, ...]


def identify(claim: OutgoingClaim, partner: TradingPartner | None) -> Identity:
    """Sender and receiver for a claim: the loaded trading partner, else the envelope of the original claim.

    What was a test (ISA15) stays a test. Raises IdentityMissingError where neither gives all that is needed,
    and never guesses.
    """
    isa = [value.strip() for value in claim.interchange.split(claim.element)]
    gs = [value.strip() for value in claim.group.split(claim.element)]
    usage = isa[15] if len(isa) > 15 else ""
    if partner is not None:
        if any(OUTGOING_DELIMITERS & set(value) for value in astuple(partner)):
            raise IdentityMissingError
        identity = Identity(
            sender=(partner.sender_qualifier, partner.sender_id),
            receiver=(partner.receiver_qualifier, partner.receiver_id),
            group_sender=partner.group_sender,
            group_receiver=partner.group_receiver,
            usage="T" if usage == "T" else partner.usage,
            purpose=claim.purpose,
            submitter=(
                _text("NM1", "41", "2", partner.submitter_name, "", "", "", "", "46", partner.submitter_id),
                _text("PER", "IC", partner.contact_name, "TE", partner.contact_phone),
                _text("NM1", "40", "2", partner.receiver_name, "", "", "", "", "46", partner.receiver_number),
            ),
        )
        return _checked(identity)
    if len(isa) < 16 or len(gs) < 4:
        raise IdentityMissingError
    try:
        submitter = translate(claim, claim.submitter)
    except DelimiterConflictError:
        raise IdentityMissingError from None
    return _checked(
        Identity(
            authorization=(isa[1], isa[2]),
            security=(isa[3], isa[4]),
            sender=(isa[5], isa[6]),
            receiver=(isa[7], isa[8]),
            group_sender=gs[2],
            group_receiver=gs[3],
            acknowledgment=isa[14],
            usage=usage,
            purpose=claim.purpose,
            submitter=submitter,
        )
    )


def assemble(
    identity: Identity, transaction: str, control_number: str, day: date, claims: Sequence[OutgoingClaim]
) -> Assembled:
    """The bytes of one interchange with these claims, each under its billing provider, subscriber and patient.

    `transaction`: 837P | 837I. `control_number`: nine digits, ISA13 and GS06. Raises DelimiterConflictError
    where a value of a claim holds one of our delimiters, UnicodeEncodeError where a claim's encoding cannot
    write its text.
    """
    guide = GUIDES[transaction]
    group_number = str(int(control_number))
    body: list[tuple[str, str]] = [
        ("ascii", _text("ST", "837", TRANSACTION, guide)),
        ("ascii", _text("BHT", "0019", "00", group_number, f"{day:%Y%m%d}", _TIME, identity.purpose)),
        *(("utf-8", segment) for segment in identity.submitter),
    ]
    tree = _Tree()
    for billing in _group(enumerate(claims), "billing"):
        tree.place_billing(billing)
    body += tree.segments
    body.append(("ascii", _text("SE", str(len(body) + 1), TRANSACTION)))
    head = (
        _interchange_header(identity, control_number, day),
        _text(
            *("GS", "HC", identity.group_sender, identity.group_receiver, f"{day:%Y%m%d}"),
            *(_TIME, group_number, "X", guide),
        ),
    )
    tail = (_text("GE", "1", group_number), _text("IEA", "1", control_number))
    data = b"".join(
        (segment + TERMINATOR).encode(encoding)
        for encoding, segment in (*(("ascii", s) for s in head), *body, *(("ascii", s) for s in tail))
    )
    return Assembled(data, tuple(tree.order))


@dataclass(frozen=True, slots=True)
class _Group:
    """Claims that share a loop. `segments` are the loop's, translated and without its HL."""

    segments: tuple[str, ...]
    encoding: str
    claims: tuple[tuple[int, OutgoingClaim], ...]


def _group(claims: Iterable[tuple[int, OutgoingClaim]], loop: str) -> list[_Group]:
    """Claims by equal text of a loop, in the order in which each text came first."""
    found: dict[tuple[tuple[str, ...], str, bool], list[tuple[int, OutgoingClaim]]] = {}
    for index, claim in claims:
        own: tuple[str, ...] = getattr(claim, loop)
        text = tuple(s for s in translate(claim, own) if not s.startswith("HL" + ELEMENT))
        # A subscriber with claims of their own and one with dependents are two loops: HL04 has one meaning.
        with_patient = bool(claim.patient) if loop == "subscriber" else False
        found.setdefault((text, claim.encoding, with_patient), []).append((index, claim))
    return [_Group(text, encoding, tuple(members)) for (text, encoding, _), members in found.items()]


class _Tree:
    """The HL tree of one transaction set while it grows."""

    def __init__(self) -> None:
        self.segments: list[tuple[str, str]] = []
        self.order: list[int] = []
        self._levels = 0

    def place_billing(self, group: _Group) -> None:
        billing = self._open(None, "20", True, group)
        for subscriber in _group(group.claims, "subscriber"):
            dependent = bool(subscriber.claims[0][1].patient)
            level = self._open(billing, "22", dependent, subscriber)
            if not dependent:
                self._place_claims(subscriber)
                continue
            for patient in _group(subscriber.claims, "patient"):
                self._open(level, "23", False, patient)
                self._place_claims(patient)

    def _open(self, parent: int | None, level: str, children: bool, group: _Group) -> int:
        self._levels += 1
        number = _text("HL", str(self._levels), str(parent or ""), level, "1" if children else "0")
        self.segments.append(("ascii", number))
        self.segments += [(group.encoding, segment) for segment in group.segments]
        return self._levels

    def _place_claims(self, group: _Group) -> None:
        for index, claim in group.claims:
            self.order.append(index)
            self.segments += [(claim.encoding, segment) for segment in translate(claim, claim.claim)]


def _interchange_header(identity: Identity, control_number: str, day: date) -> str:
    """ISA, the one segment of fixed width."""
    return _text(
        *("ISA", identity.authorization[0], identity.authorization[1].ljust(10)),
        *(identity.security[0], identity.security[1].ljust(10)),
        *(
            identity.sender[0],
            identity.sender[1].ljust(15),
            identity.receiver[0],
            identity.receiver[1].ljust(15),
        ),
        *(f"{day:%y%m%d}", _TIME, REPETITION, "00501", control_number),
        *(identity.acknowledgment, identity.usage, COMPONENT),
    )


def _text(*elements: str) -> str:
    return ELEMENT.join(elements).rstrip(ELEMENT)


def _checked(identity: Identity) -> Identity:
    """Raises IdentityMissingError where a value is absent, too wide or holds a delimiter."""
    qualifiers = (identity.authorization[0], identity.security[0], identity.sender[0], identity.receiver[0])
    names = (identity.sender[1], identity.receiver[1], identity.group_sender, identity.group_receiver)
    secrets = (identity.authorization[1], identity.security[1])
    values = (*qualifiers, *names, *secrets, identity.acknowledgment, identity.usage, identity.purpose)
    roles = [segment.split(ELEMENT)[:2] for segment in identity.submitter]
    if (
        any(len(q) != 2 for q in qualifiers)
        or any(not 0 < len(n) <= _WIDEST_ID for n in names)
        or any(len(s) > 10 for s in secrets)
        or identity.usage not in {"P", "T"}
        or identity.acknowledgment not in {"0", "1"}
        or any(OUTGOING_DELIMITERS & set(v) or not v.isascii() or not v.isprintable() for v in values)
        or ["NM1", "41"] not in roles
        or ["NM1", "40"] not in roles
        or any(TERMINATOR in segment for segment in identity.submitter)
    ):
        raise IdentityMissingError
    return identity

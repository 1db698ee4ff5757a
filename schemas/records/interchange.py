"""What delivery knows of one payer and kind (`interchanges`), of each of its claims (`consignments`) and files
(`sealed-interchanges`); and the control numbers of a partition."""

from __future__ import annotations

from datetime import date

from schemas.claim import Payer
from schemas.resubmission import OutgoingClaim
from schemas.shape import Shape


class Identity(Shape):
    """Who sends to whom: the values of ISA, GS, 1000A and 1000B. Claims of one interchange share it."""

    authorization: tuple[str, str] = ("00", "")
    """ISA01, ISA02"""
    security: tuple[str, str] = ("00", "")
    """ISA03, ISA04"""
    sender: tuple[str, str]
    """ISA05, ISA06"""
    receiver: tuple[str, str]
    """ISA07, ISA08"""
    group_sender: str
    """GS02"""
    group_receiver: str
    """GS03"""
    acknowledgment: str = "0"
    """ISA14"""
    usage: str
    """ISA15"""
    purpose: str
    """BHT06"""
    submitter: tuple[str, ...]
    """1000A and 1000B with our delimiters"""


class Consignment(Shape):
    """One claim that waits to be sealed, or stands in an interchange that is not known to be delivered."""

    claim_key: str
    claim_number: str
    lineage: str
    revision: int
    proposal_id: str
    resubmission_id: str
    x12: OutgoingClaim
    due: date | None = None
    """the earliest clock of its proposal: what is due first leaves first"""
    version: int = 1
    batch: str = ""
    """the key of its payer's record"""
    size: int = 0
    """bytes that it takes in a file, about"""
    interchange: str | None = None
    """the control number of the interchange it stands in; null: it waits"""


class _Sealed(Shape):
    """What is known of a file before it is written."""

    control_number: str
    """ISA13 and GS06, nine digits"""
    day: date
    """ISA09, GS04, BHT04, and the folder of the file"""
    identity: Identity
    file: str
    """path below the outbox"""
    digest: str
    """sha256 of the bytes, hex"""
    shell: str
    """whose temporary file may be moved to its place; empty: none, so the file was never there"""
    partner_empties_folder: bool
    uncertain: bool = False
    """a person finds out what became of the file"""
    target: str | None = None
    """the partner's server by its name in the configuration; null: the outbox folder"""
    doubt: str | None = None
    """why it is uncertain"""
    doubts: int = 0
    """how often it became uncertain"""
    overtaken: tuple[str, ...] = ()
    """resubmission ids that were withdrawn or answered since it was sealed: they are not sent again"""


class SealedInterchange(_Sealed):
    """A sealed batch: name and bytes of its file follow from this record and those of its claims."""

    version: int = 1
    batch: str
    """the key of its payer's record"""
    transaction: str
    """837P | 837I"""
    claims: tuple[str, ...]
    """resubmission ids, in the order of the file"""


class Interchange(_Sealed):
    """A sealed batch as versions 1 to 3 kept it, in the record of the payer."""

    claims: tuple[Consignment, ...]


class Interchanges(Shape):
    """What delivery knows of one payer and kind. Its claims and files have records of their own below its key: a
    payer's claims, all together, may be far larger than a record."""

    version: int = 4
    payer: Payer
    transaction: str
    """837P | 837I"""
    open: tuple[Consignment, ...] = ()
    """only of versions 1 to 3, as is `writing`: the next event of the payer gives them records of their own"""
    max_claims: int = 1
    """of the payer's profile, as are the two below, when the last claim came"""
    max_age_minutes: int = 0
    held: bool = False
    """the payer is on hold: nothing is sealed, and no file is moved to its place"""
    writing: tuple[Interchange, ...] = ()
    settled: tuple[str, ...] = ()
    """resubmission ids that were delivered or withdrawn, latest last"""
    waiting: int = 0
    """how many claims wait to be sealed: the open batch"""
    size: int = 0
    """bytes of those claims, about"""
    first: str = ""
    """resubmission id of the claim that opened the batch, or the last one where none waits"""
    unfinished: int = 0
    """how many sealed interchanges are neither delivered nor uncertain"""


class ControlNumbers(Shape):
    """The counter of a partition: an interchange's number is counter * partitions + partition + 1."""

    version: int = 1
    counter: int = 0

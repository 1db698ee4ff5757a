"""Invented people and identifiers. Nobody here exists: surnames are made of syllables, and the NPIs begin with 2, a
range that has not been given out.

Everything follows from a label through a hash, so that one more claim changes no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b

SEED = "reclaim examples 1"

_FIRST = [
    "ADA",
    "AMOS",
    "BEA",
    "CLEO",
    "DORA",
    "EMIL",
    "FINN",
    "GITA",
    "HUGO",
    "IDA",
    "JUNO",
    "KAI",
    "LENA",
    "MILO",
    "NORA",
    "OTTO",
    "PIA",
    "QUINN",
    "RUNE",
    "SOFI",
    "TILDA",
    "UMA",
    "VITO",
    "WREN",
    "XENA",
    "YARA",
    "ZENO",
]
_BEGIN = [
    "ALDER",
    "BRAM",
    "COPPER",
    "DUN",
    "ELDER",
    "FERN",
    "GORSE",
    "HAZEL",
    "IVER",
    "JUNIPER",
    "KESTREL",
    "LARCH",
    "MOSS",
    "NETTLE",
    "OAKEN",
    "PEBBLE",
    "QUILL",
]
_END = [
    "BECK",
    "BROOK",
    "CROFT",
    "DALE",
    "FIELD",
    "GATE",
    "HOLM",
    "LEIGH",
    "MERE",
    "SHAW",
    "STEAD",
    "THORPE",
    "WICK",
    "WOLD",
]
_STREET = ("1 EXAMPLE WAY", "22 SAMPLE STREET", "303 FIXTURE AVENUE", "41 SPECIMEN LANE", "5 MODEL ROAD")


def draw(label: str, size: int) -> int:
    """A number below `size`, always the same for the same label."""
    return int.from_bytes(blake2b(f"{SEED}|{label}".encode(), digest_size=8).digest()) % size


def digits(label: str, length: int) -> str:
    """That many digits, the first of which is not zero."""
    return str(10 ** (length - 1) + draw(label, 9 * 10 ** (length - 1)))


def npi(label: str) -> str:
    """Ten digits with a right check digit (Luhn with the prefix 80840)."""
    body = "2" + digits(label, 8)
    total = sum(_doubled(int(d)) if n % 2 == 0 else int(d) for n, d in enumerate(reversed("80840" + body)))
    return body + str(-total % 10)


def _doubled(digit: int) -> int:
    return digit * 2 - 9 if digit > 4 else digit * 2


def malformed(number: str) -> str:
    """The same NPI with a wrong check digit."""
    return number[:-1] + str((int(number[-1]) + 1) % 10)


@dataclass(frozen=True, slots=True)
class Person:
    last: str
    first: str
    born: date
    sex: str
    street: str

    @classmethod
    def drawn(cls, label: str, child: bool = False) -> Person:
        age = 6 + draw(f"age|{label}", 9) if child else 24 + draw(f"age|{label}", 60)
        return cls(
            last=_BEGIN[draw(f"begin|{label}", len(_BEGIN))] + _END[draw(f"end|{label}", len(_END))],
            first=_FIRST[draw(f"first|{label}", len(_FIRST))],
            born=date(2026 - age, 1, 1) + timedelta(days=draw(f"born|{label}", 360)),
            sex="FM"[draw(f"sex|{label}", 2)],
            street=_STREET[draw(f"street|{label}", len(_STREET))],
        )


@dataclass(frozen=True, slots=True)
class Organization:
    """Who bills."""

    name: str
    npi: str
    tax_id: str
    taxonomy: str
    street: str
    city: str
    state: str
    zip: str


@dataclass(frozen=True, slots=True)
class Clinician:
    last: str
    first: str
    npi: str
    taxonomy: str


PRACTICE = Organization(
    "CEDAR GROVE FAMILY PRACTICE",
    npi("practice"),
    "990000001",
    "207Q00000X",
    "10 EXAMPLE PLAZA",
    "ALBANY",
    "NY",
    "122070000",
)
HOSPITAL = Organization(
    "CEDAR GROVE HOSPITAL",
    npi("hospital"),
    "990000002",
    "282N00000X",
    "12 EXAMPLE PLAZA",
    "ALBANY",
    "NY",
    "122070000",
)
_SPECIALTIES = ("207Q00000X", "207R00000X", "208D00000X", "363LF0000X", "225100000X", "207X00000X")


def clinicians() -> tuple[Clinician, ...]:
    """The practice's people."""
    return tuple(_clinician(f"clinician {n}", taxonomy) for n, taxonomy in enumerate(_SPECIALTIES))


def excluded() -> Clinician:
    """One who worked for the practice although the exclusion list names her."""
    return _clinician("excluded clinician", _SPECIALTIES[0])


def _clinician(label: str, taxonomy: str) -> Clinician:
    person = Person.drawn(label)
    return Clinician(person.last, person.first, npi(label), taxonomy)

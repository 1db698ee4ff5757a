"""What the implementation guides say that a reader needs: kinds of transactions, their segments, their lengths.

Sources: ASC X12 005010X221A1, X222A1, X223A2, X214, X231A1 and the 4010 X091, X098, X096, as facts of structure
(compared with the maps of pyx12 4.0). The element counts are those of the segments of version 005010.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Kind(NamedTuple):
    """What a transaction set is. `legacy`: a 4010 guide, read but never sent back."""

    name: str
    processed: bool
    legacy: bool = False


P837: Final = "837P"
I837: Final = "837I"
R835: Final = "835"
CA277: Final = "277CA"
A999: Final = "999"

CLAIM_START: Final = {P837: "CLM", I837: "CLM", R835: "CLP"}
"""The segment that opens a claim, for the kinds whose claims are counted."""

_FAMILIES: Final = {
    ("837", "222"): Kind(P837, True),
    ("837", "223"): Kind(I837, True),
    ("837", "098"): Kind(P837, True, legacy=True),
    ("837", "096"): Kind(I837, True, legacy=True),
    ("837", "224"): Kind("837D", False),
    ("837", "097"): Kind("837D", False),
    ("837", "298"): Kind("837 reporting", False),
    ("837", "299"): Kind("837 reporting", False),
    ("837", "300"): Kind("837 reporting", False),
    ("837", "291"): Kind("837 predetermination", False),
    ("837", "292"): Kind("837 predetermination", False),
    ("835", "091"): Kind(R835, True, legacy=True),
    ("277", "214"): Kind(CA277, True),
}
_SETS: Final = {"835": Kind(R835, True), "999": Kind(A999, True)}
_FAMILY: Final = re.compile(r"X(\d{3})")


def kind_of(transaction_set: str, guide: str) -> Kind:
    """The kind by ST01 and the family within ST03 (else GS08): `005010X222A2` and `005010X222` are both X222.

    What is unknown keeps the name of its set and is not processed.
    """
    family = _FAMILY.search(guide)
    found = _FAMILIES.get((transaction_set, family.group(1))) if family else None
    return found or _SETS.get(transaction_set) or Kind(transaction_set, False)


_REMITTANCE: Final = {
    "AMT": 3, "BPR": 21, "CAS": 19, "CLP": 14, "CUR": 21, "DTM": 6, "LQ": 2, "LX": 1, "MIA": 24, "MOA": 9, "N1": 6,
    "N2": 2, "N3": 2, "N4": 7, "NM1": 12, "PER": 9, "PLB": 14, "QTY": 4, "RDM": 5, "REF": 4, "ST": 3, "SVC": 7,
    "TRN": 4, "TS2": 19, "TS3": 24,
}  # fmt: skip
_CLAIM: Final = {
    "AMT": 3, "BHT": 6, "CAS": 19, "CL1": 4, "CLM": 20, "CN1": 9, "CR1": 10, "CR2": 12, "CR3": 5, "CR5": 18, "CR6": 21,
    "CRC": 7, "CTP": 11, "CUR": 21, "DMG": 11, "DSB": 8, "DTP": 3, "FRM": 5, "HCP": 15, "HI": 12, "HL": 4, "HSD": 8,
    "K3": 3, "LIN": 31, "LQ": 2, "LX": 1, "MEA": 12, "MIA": 24, "MOA": 9, "N2": 2, "N3": 2, "N4": 7, "NM1": 12,
    "NTE": 2, "OI": 6, "PAT": 9, "PER": 9, "PRV": 6, "PS1": 3, "PWK": 9, "QTY": 4, "REF": 4, "SBR": 9, "ST": 3,
    "SV1": 21, "SV2": 10, "SV4": 18, "SV5": 7, "SVD": 6,
}  # fmt: skip
_CLAIM_ACKNOWLEDGMENT: Final = {
    "AMT": 3, "BHT": 6, "DTP": 3, "HL": 4, "NM1": 12, "PER": 9, "QTY": 4, "REF": 4, "ST": 3, "STC": 12, "SVC": 7, "TRN": 4,
}  # fmt: skip
_GROUP_ACKNOWLEDGMENT: Final = {
    "AK1": 3,
    "AK2": 3,
    "AK9": 9,
    "CTX": 10,
    "IK3": 4,
    "IK4": 4,
    "IK5": 6,
    "ST": 3,
}

LENGTHS: Final = {
    kind: {segment: elements + 1 for segment, elements in known.items()}
    for kind, known in (
        (P837, _CLAIM),
        (I837, _CLAIM),
        (R835, _REMITTANCE),
        (CA277, _CLAIM_ACKNOWLEDGMENT),
        (A999, _GROUP_ACKNOWLEDGMENT),
    )
}
"""By kind: the segments that its guides know, and how many parts each may have: its id and its elements."""

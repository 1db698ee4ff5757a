"""The National Provider Identifier: ten digits with a check digit."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

# ISO 7812 issuer prefix of health identifiers in the United States: the Luhn sum runs over 80840 + NPI, and
# the prefix alone adds 24.
_PREFIX_SUM: Final = 24

_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


@lru_cache(maxsize=4_096)
def valid_npi(npi: str | None) -> bool:
    """Whether `npi` is ten ASCII digits, begins with 1 or 2 and passes the check digit."""
    if npi is None or len(npi) != 10 or not npi.isascii() or not npi.isdigit() or npi[0] not in "12":
        return False
    total = _PREFIX_SUM
    for place, digit in enumerate(npi):
        total += _DOUBLED[int(digit)] if place % 2 == 0 else int(digit)
    return total % 10 == 0

"""ICD-10-CM codes that take no present-on-admission mark, as CMS lists them for a fiscal year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.core.codes.form import plain
from services.core.codes.rows import read_rows

KIND: Final = "poa_exempt"
HEADER: Final = ("code",)


@dataclass(frozen=True, slots=True)
class ExemptCodes:
    """The listed codes and the rows that name them."""

    row_of: dict[str, int]

    def __len__(self) -> int:
        return len(self.row_of)

    def row(self, code: str) -> int | None:
        """The row of a code; null where it is not exempt."""
        return self.row_of.get(plain(code))


def parse(data: bytes) -> ExemptCodes:
    """Read the CSV. Raises TableError."""
    return ExemptCodes({plain(row.text("code")): row.number for row in read_rows(KIND, HEADER, data)})

"""What `reclaim codes` can look up, by kind. A kind is a function and one line in `LOOKUPS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from services.cli.denial_codes import look_up_carc, look_up_rarc
from services.cli.lookup_answer import Answer
from services.cli.table_lookups import TABLE_LOOKUPS
from services.core.codes.tables import Edition


@dataclass(frozen=True, slots=True)
class Lookup:
    """One kind of code. `look_up(edition, code, day)`: the edition in force on the day; null for a code that it
    does not have. Where `needs_edition` is false the edition may be null: what ships answers."""

    what: str
    look_up: Callable[[Edition | None, str, date], Answer | None]
    needs_edition: bool = True


LOOKUPS: Final[Mapping[str, Lookup]] = MappingProxyType(
    {
        "carc": Lookup("claim adjustment reason codes", look_up_carc, needs_edition=False),
        "rarc": Lookup("remittance advice remark codes", look_up_rarc, needs_edition=False),
        **{kind: Lookup(what, look_up) for kind, (what, look_up) in TABLE_LOOKUPS.items()},
    }
)

__all__ = ["LOOKUPS", "Answer", "Lookup"]

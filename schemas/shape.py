"""What every event payload and state record has in common: frozen, exact types, money as text.

A producer builds a payload through the constructor and may not add a field. A consumer reads it through
`parse`, which ignores fields that it does not know, so that a newer producer does no harm.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, PlainSerializer

CENT = Decimal("0.01")

_set: Final = object.__setattr__
_NONE_NAMED: Final[set[str]] = set()
"""Of a trusted payload no field counts as given or left out."""


def money_text(amount: Decimal) -> str:
    """Dollars as text with at least two decimals (`125` -> `125.00`); never an exponent."""
    text = str(amount)
    if text[-3:-2] == ".":
        return text  # two decimals already: nearly always
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent > -2:
        amount = amount.quantize(CENT)
    return format(amount, "f")


Money = Annotated[Decimal, PlainSerializer(money_text, return_type=str, when_used="json")]
"""Dollars. Decimal in Python, a string in JSON."""

Quantity = Annotated[Decimal, PlainSerializer(lambda q: format(q, "f"), return_type=str, when_used="json")]
"""A count of units; may have decimals (SV104, CAS04)."""


class Shape(BaseModel):
    """The base of all payloads and records."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def parse(cls, data: bytes | str) -> Self:
        """Read JSON written by any producer of this version. Unknown fields are ignored.

        Raises pydantic.ValidationError; never log its text, it holds values of a claim.
        """
        return cls.model_validate_json(data, extra="ignore")

    @classmethod
    def trust(cls, values: dict[str, Any]) -> Self:
        """The payload of values that have the model's types already, all of its fields in the model's order.

        Checks and copies nothing, which is most of what the constructor costs: for intake, whose values mypy has
        checked. What is of another type all the same is found by `encode_strictly`.
        """
        made = object.__new__(cls)
        _set(made, "__dict__", values)
        _set(made, "__pydantic_fields_set__", _NONE_NAMED)
        _set(made, "__pydantic_extra__", None)
        _set(made, "__pydantic_private__", None)
        return made

    def encode(self) -> bytes:
        """The canonical JSON bytes: fields in the order of the model, no spaces. Same value, same bytes."""
        return self.model_dump_json().encode()

    def encode_strictly(self) -> bytes:
        """The same. Raises PydanticSerializationError where a value is not of its field's type."""
        return self.model_dump_json(warnings="error").encode()

"""Rules and profiles as they are written: one YAML mapping a document, checked against its model."""

from __future__ import annotations

from typing import Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same language; the one in C reads a hundred rules in a tenth of the time."""


def read_document(model: type[M], name: str, text: str, error: type[Exception]) -> M:
    """The document as its model. Raises `error` with one line that names the document and the key, and no value."""
    try:
        raw = yaml.load(text, _LOADER)
    except yaml.YAMLError:
        raise error(f"{name}: is not YAML") from None
    if not isinstance(raw, dict):
        raise error(f"{name}: is not a mapping")
    try:
        return model.model_validate(raw)
    except ValidationError as invalid:
        first = invalid.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise error(f"{name}: {place}: {first['msg']}") from None

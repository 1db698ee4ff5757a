"""What the file holds beside the tables of the parts. A file of other tables, or of another VERSION, is made anew."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from services.console.read_model.projection import PARTS

_ROWS: Final = 3
"""To raise when the same tables get other rows; other tables tell by themselves."""

META: Final = """
create table meta (name text primary key, value text not null) without rowid;
create table place (
  topic text not null, partition integer not null, offset integer not null, primary key (topic, partition)
) without rowid;
"""

SCHEMA: Final = META + "".join(part.tables for part in PARTS)

VERSION: Final = f"{_ROWS}-{blake2b(SCHEMA.encode(), digest_size=8).hexdigest()}"

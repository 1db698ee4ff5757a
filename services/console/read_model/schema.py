"""What the file holds beside the tables of the parts. Another shape is another VERSION: the file is then made anew."""

from __future__ import annotations

from typing import Final

from services.console.read_model.projection import PARTS

VERSION: Final = "2"

META: Final = """
create table meta (name text primary key, value text not null) without rowid;
create table place (
  topic text not null, partition integer not null, offset integer not null, primary key (topic, partition)
) without rowid;
"""

SCHEMA: Final = META + "".join(part.tables for part in PARTS)

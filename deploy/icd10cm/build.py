"""Make the editions of ICD-10-CM that ship, from releases in wheels of `simple-icd-10-cm` (public domain data).

    python deploy/icd10cm/build.py FOLDER

FOLDER holds the wheels 1.0.5, 1.4.0 and 1.5.0, as `pip download --no-deps simple-icd-10-cm==VERSION` gives them.
Writes services/core/codes/shipped/editions.{json,xz}. The same wheels give the same bytes.
"""

from __future__ import annotations

import json
import lzma
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from services.core.codes import icd10cm
from services.core.codes.published.icd10cm import Node, order_nodes, rows, tabular_nodes

SHIPPED: Final = Path(__file__).parents[2] / "services" / "core" / "codes" / "shipped"


@dataclass(frozen=True, slots=True)
class Release:
    name: str
    effective: str
    through: str
    wheel: str
    codes: str
    tabular: str
    notes: bool = True


_APRIL_2025: Final = ("1.4.0", "code-list-April-2025.txt", "icd10cm-tabular-April-2025.xml")
_APRIL_2026: Final = ("1.5.0", "code-list-April-2026.txt", "icd10c-tabular-April-1-2026.xml")

# The April updates of 2025 and 2026 brought no code and took none: 74,260 and 74,719 billable codes are those of
# the releases of October 2024 and 2025. Notes were revised, so only the second half of a year has them.
RELEASES: Final = (
    Release(
        "2021-january",
        "2021-01-01",
        "2021-09-30",
        "1.0.5",
        "icd10cm-order-Jan-2021.txt",
        "icd10cm_tabular_2021.xml",
    ),
    Release("2025-october-codes", "2024-10-01", "2025-03-31", *_APRIL_2025, notes=False),
    Release("2025-april", "2025-04-01", "2025-09-30", *_APRIL_2025),
    Release("2026-october-codes", "2025-10-01", "2026-03-31", *_APRIL_2026, notes=False),
    Release("2026-april", "2026-04-01", "2026-09-30", *_APRIL_2026),
)


def ordered(name: str, data: bytes, tabular: dict[str, Node]) -> Iterator[Node]:
    """The codes of an order file, or of the package's bare list of codes with the titles of the tabular list."""
    lines = data.decode("latin-1").splitlines()
    if "order" in name:
        yield from order_nodes(enumerate(lines, start=1))
        return
    codes = sorted(code for line in lines if (code := line.strip()) in tabular and "-" not in code)
    for code, after in zip(codes, [*codes[1:], ""], strict=True):
        yield replace(tabular[code], billable=not after.startswith(code), extended=False)


def without_notes(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield replace(node, notes=("",) * len(node.notes))


def main(folder: Path) -> None:
    form = icd10cm.FORMS[0]
    tables, listed = [], []
    start = 0
    for release in RELEASES:
        wheel = f"simple_icd_10_cm-{release.wheel}-py3-none-any.whl"
        with zipfile.ZipFile(folder / wheel) as archive:
            codes, tabular = (
                archive.read(f"simple_icd_10_cm/data/{n}") for n in (release.codes, release.tabular)
            )
        nodes = {node.key: node for node in tabular_nodes(tabular)}
        kept = nodes.values() if release.notes else without_notes(nodes.values())
        made = rows(ordered(release.codes, codes, nodes), kept)
        table = b"".join(form.packed(sorted(form.lines(made))))
        opened = form.opened(table)
        listed.append(
            {
                "kind": icd10cm.KIND,
                "name": release.name,
                "release": release.name,
                "effective": release.effective,
                "through": release.through,
                "digest": sha256(table).hexdigest(),
                "rows": len(opened),
                "start": start,
                "size": len(table),
                "files": [
                    {"from": wheel, "name": name, "sha256": sha256(data).hexdigest()}
                    for name, data in ((release.codes, codes), (release.tabular, tabular))
                ],
            }
        )
        tables.append(table)
        start += len(table)
    source = "ICD-10-CM, National Center for Health Statistics and CMS; public domain"
    text = json.dumps({"source": source, "editions": listed}, indent=1)
    (SHIPPED / "editions.json").write_text(text + "\n", encoding="utf-8")
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 26}]
    (SHIPPED / "editions.xz").write_bytes(lzma.compress(b"".join(tables), filters=filters))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

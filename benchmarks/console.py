"""The console's read model at 10,000 waiting rows: processor time of a filtered page, against the same rows gone through
in Python as `reclaim work` does.

`python -m benchmarks.console DATA` takes a data folder that `make run` has left, and repeats its rows under other names.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from services.console.follower import Follower
from services.console.queries.filters import Filter
from services.console.queries.worklist import neighbours, options, rows, totals
from services.console.read_model.store import Store
from services.console.read_model.work import INSERT, STORED
from services.deployment.opening import opened
from services.runtime.settings import load_settings

ROWS: Final = 10_000
ROUNDS: Final = 20

ASKED: Final = {
    "first page, by priority": Filter(),
    "one payer, by days left": Filter(payer="NWH01", sort="due"),
    "one CARC and 30 to 60 days": Filter(carc="197", days="30-60"),
    "a band of dollars, oldest first": Filter(amount="100-500", sort="age"),
    "the last page of all": Filter(page=ROWS // 50),
}


def crowd(sql: sqlite3.Connection) -> None:
    """Repeat the rows until there are ROWS that wait."""
    originals = sql.execute("select * from work where waits = 1").fetchall()
    codes = {
        row["id"]: sql.execute("select kind, code from work_code where id = ?", (row["id"],)).fetchall()
        for row in originals
    }
    for number in range(ROWS - len(originals)):
        row = originals[number % len(originals)]
        values = {name: row[name] for name in STORED}
        values |= {"id": f"{number:08}.{row['id']}", "ref": f"{number:08}.{row['ref']}"}
        sql.execute(INSERT, tuple(values[name] for name in STORED))
        sql.executemany(
            "insert into work_code values (?, ?, ?, 1)",
            [(kind, code, values["id"]) for kind, code in codes[row["id"]]],
        )
    sql.execute("update work set days_left = (select max(days_left) from work), priority = amount / 40")
    sql.commit()


def measure(work: Callable[[], object]) -> float:
    """Processor seconds of one call: the middle one of ROUNDS."""
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return sorted(taken)[ROUNDS // 2]


def main(data: Path) -> None:
    """Print a table."""
    with tempfile.TemporaryDirectory() as folder, opened(load_settings(data=data)) as deployment:
        store = Store(Path(folder) / "model.sqlite3", deployment.log.identity)
        began = time.process_time()
        Follower(deployment.log, store).catch_up()
        print(f"made from the log: {time.process_time() - began:.2f} s of processor time")
        with closing(sqlite3.connect(store.path)) as sql:
            sql.row_factory = sqlite3.Row
            crowd(sql)
            (waiting,) = sql.execute("select count(*) from work where waits = 1").fetchone()
            print(f"{waiting:,} rows wait; ms of processor time, the middle of {ROUNDS}")
            for name, asked in ASKED.items():
                page = measure(lambda a=asked: rows(sql, a))  # type: ignore[misc]
                sums = measure(lambda a=asked: totals(sql, a))  # type: ignore[misc]
                print(f"  {name:34} page {page * 1000:7.1f}   totals {sums * 1000:7.1f}")
            print(f"  {'what can be filtered by':34} {measure(lambda: options(sql)) * 1000:12.1f}")
            ref = rows(sql, Filter(page=100))[0].ref
            beside = measure(lambda: neighbours(sql, Filter(), ref))
            print(f"  {'neighbours of a claim':34} {beside * 1000:12.1f}")
            whole = measure(lambda: sql.execute("select * from work where waits = 1").fetchall())
            print(f"  {'all rows, only read':34} {whole * 1000:12.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

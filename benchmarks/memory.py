"""The peak memory of a process, its own only."""

from __future__ import annotations

import re
import resource
from pathlib import Path


def peak_memory(pid: int | None = None) -> int:
    """KiB of the most memory that a process (null: this one) ever held, while it runs.

    From /proc where there is one: `ru_maxrss` counts what its parent held when it started it. Of another process only
    there.
    """
    status = Path(f"/proc/{pid or 'self'}/status")
    if pid is None and not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    assert found is not None
    return int(found.group(1))

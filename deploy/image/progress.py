"""The health check of a container: ends with 0 where the process answers that it moves, else with 1.

python progress.py [PORT/PAGE]      without it `/health` of RECLAIM_METRICS_PORT
"""

from __future__ import annotations

import os
import sys
import urllib.request
from typing import Final

SECONDS: Final = 4.0


def main() -> int:
    place = sys.argv[1] if len(sys.argv) > 1 else f"{os.environ.get('RECLAIM_METRICS_PORT', '9464')}/health"
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{place}", timeout=SECONDS) as answer:
            return 0 if answer.status == 200 else 1
    except OSError:  # refused, timed out, or an answer of 503
        return 1


if __name__ == "__main__":
    sys.exit(main())

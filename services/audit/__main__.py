"""Audit alone: `python -m services.audit` is `reclaim service audit`."""

import sys

from services.cli.__main__ import main

if __name__ == "__main__":
    main(["service", "audit", *sys.argv[1:]])

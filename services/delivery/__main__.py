"""Delivery alone: `python -m services.delivery` is `reclaim service delivery`."""

import sys

from services.cli.__main__ import main

if __name__ == "__main__":
    main(["service", "delivery", *sys.argv[1:]])

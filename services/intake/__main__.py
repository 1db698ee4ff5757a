"""Intake alone: `python -m services.intake --inbox DIR` is `reclaim service intake --inbox DIR`."""

import sys

from services.cli.__main__ import main

if __name__ == "__main__":
    main(["service", "intake", *sys.argv[1:]])

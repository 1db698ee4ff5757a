"""The timekeeper alone: `python -m services.timekeeper` is `reclaim service timekeeper`."""

import sys

from services.cli.__main__ import main

if __name__ == "__main__":
    main(["service", "timekeeper", *sys.argv[1:]])

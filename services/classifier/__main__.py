"""The classifier alone: `python -m services.classifier` is `reclaim service classifier`."""

import sys

from services.cli.__main__ import main

if __name__ == "__main__":
    main(["service", "classifier", *sys.argv[1:]])

"""The resubmitter alone: `python -m services.resubmitter` is `reclaim service resubmitter`."""

import sys

from services.cli.__main__ import main

if __name__ == "__main__":
    main(["service", "resubmitter", *sys.argv[1:]])

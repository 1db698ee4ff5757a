"""The resubmitter alone: `python -m services.resubmitter` is `reclaim service resubmitter`."""

from services.cli.__main__ import main

if __name__ == "__main__":
    main(["service", "resubmitter"])

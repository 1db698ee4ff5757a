"""The recoder alone: `python -m services.recoder` is `reclaim service recoder`."""

import sys

from services.cli.__main__ import main

if __name__ == "__main__":
    main(["service", "recoder", *sys.argv[1:]])

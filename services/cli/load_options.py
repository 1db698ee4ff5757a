"""What the commands of `reclaim load` have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from services.deployment.opening import os_user

FILES: Final = click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
BY: Final = click.option(
    "--by", default=os_user, metavar="WHO", help="Who loads it (default: the user of this machine)."
)
EDITION: Final = click.option("--edition", metavar="NAME", help="Its name (default: from its content).")

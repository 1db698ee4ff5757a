"""A change that a page asks for: refused in words, or awaited until the read model has it."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlencode

from fastapi import HTTPException
from fastapi.responses import RedirectResponse

from services.console.site import Site
from services.deployment.faults import Failure, WrongUse
from services.desk.letters import REASON

WAIT_SECONDS: Final = 1.0
"""How long an answer waits for its own event to come back; after that the page says that it is asked for."""

_LOOK_SECONDS: Final = 0.05

_MENTION: Final = re.compile(r"; `reclaim [^`]*`[^;.]*")


@contextmanager
def refused_in_words() -> Iterator[None]:
    """What the command line would refuse, the page refuses with the same words."""
    try:
        yield
    except (Failure, WrongUse) as error:
        # A hint at a command is no help on a page that lists the same.
        raise HTTPException(409, _MENTION.sub("", error.message).capitalize() + ".") from None


def reason_of(given: str) -> str:
    """A reason as a code word. Raises 422: free text could hold patient data."""
    word = "_".join(given.strip().lower().split())
    if not REASON.fullmatch(word):
        raise HTTPException(422, "The reason is a word or a few, of letters, digits and _.")
    return word


def come_back(site: Site, shown: Callable[[sqlite3.Connection], bool]) -> bool:
    """Whether the read model shows what was asked within WAIT_SECONDS."""
    ends = time.monotonic() + WAIT_SECONDS
    while True:
        with site.model.reading() as model:
            if shown(model):
                return True
        if time.monotonic() >= ends:
            return False
        time.sleep(_LOOK_SECONDS)


def back_to(page: str, **said: str) -> RedirectResponse:
    """Back to a page, with what was done in its address."""
    return RedirectResponse(f"{page}?{urlencode(said)}" if said else page, 303)


def page_of(given: str) -> int:
    """The number of a page from an address; the first where it is none."""
    return max(1, int(given)) if given.isdecimal() and len(given) < 7 else 1

"""One form, one request: what a browser sends twice (a double press, a reload, a lost answer) is asked for once."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Final

from services.console.access.sessions import Session

MOST: Final = 20_000
"""Requests that are remembered; the read model knows the older ones."""


def request_name(session: Session, once: str, *said: object) -> str:
    """What names a request: the same for the same words of the same form (`once`), and new each time where a form has
    none."""
    words = repr((session.id, once or secrets.token_hex(8), *said))
    return blake2b(words.encode(), digest_size=8).hexdigest()


class Sent:
    """The requests that this console has sent lately. May be shared between threads."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._lock = threading.Lock()

    @contextmanager
    def first(self, requested: str) -> Iterator[bool]:
        """Whether this request is not sent yet, and is to be sent inside. Where that fails it is as if it was never
        asked for."""
        with self._lock:
            fresh = requested not in self._known
            self._known[requested] = None
            while len(self._known) > MOST:
                del self._known[next(iter(self._known))]
        try:
            yield fresh
        except BaseException:
            if fresh:
                with self._lock:
                    self._known.pop(requested, None)
            raise

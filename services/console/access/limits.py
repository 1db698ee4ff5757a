"""Rate limits: a bucket of tokens for each asker, filled again at a steady rate."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST_BUCKETS: Final = 10_000
"""Kept at once; the one that was asked longest ago goes first, so that names made up cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then one each `seconds`."""

    burst: int
    seconds: float


SIGN_IN: Final = Rate(burst=5, seconds=12.0)
"""Guesses of one name, or from one address: five, then five a minute."""

POSTS: Final = Rate(burst=60, seconds=0.5)
"""What one person sends: faster than hands on a keyboard, slower than a loop."""


class Buckets:
    """The buckets of one rate. May be shared between threads."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, asker: str) -> bool:
        """Whether the asker may; if so, one token is gone."""
        moment = self._clock()
        with self._lock:
            tokens, last = self._buckets.pop(asker, (float(self._rate.burst), moment))
            tokens = min(self._rate.burst, tokens + (moment - last) / self._rate.seconds)
            granted = tokens >= 1
            self._buckets[asker] = (tokens - granted, moment)
            while len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
        return granted

"""The breaker: a worker that makes dead letters of too much stops, rather than drain a topic into them."""

from __future__ import annotations

from collections import deque
from typing import Final

# So many dead letters with no success between them are a fault of the deployment, not of the data.
RUN_LENGTH: Final = 50

# Over a longer stretch a bad deployment shows in the share: files in which one record in five is bad do not occur.
WINDOW: Final = 500
SHARE: Final = 0.2


class Breaker:
    """Told of each handled record whether it became a dead letter."""

    def __init__(self, run_length: int = RUN_LENGTH, window: int = WINDOW, share: float = SHARE) -> None:
        self._run_length = run_length
        self._share = share
        self._recent: deque[bool] = deque(maxlen=window)
        self._dead = 0
        self._run = 0

    def note(self, dead: bool) -> None:
        """One more record was handled."""
        if len(self._recent) == self._recent.maxlen:
            self._dead -= self._recent[0]
        self._recent.append(dead)
        self._dead += dead
        self._run = self._run + 1 if dead else 0

    def reset(self) -> None:
        """Forget what was told: the batch was not committed and comes again."""
        self._recent.clear()
        self._dead = self._run = 0

    @property
    def open(self) -> bool:
        """The worker must stop before it commits."""
        full = len(self._recent) == self._recent.maxlen
        return self._run >= self._run_length or (full and self._dead > self._share * len(self._recent))

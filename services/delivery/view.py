"""What the worker shows of the states that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol


class View(Protocol):
    """As `services.runtime.view.View` has it."""

    @property
    def partitions(self) -> frozenset[int]: ...

    @property
    def count(self) -> int: ...

    @property
    def home(self) -> str: ...

    def keys(self, tag: str) -> tuple[str, ...]: ...

    def states(self, tag: str) -> Iterator[Any]: ...

    def state(self, topic: str, key: str) -> Any: ...

    def below(self, topic: str, key: str, name: str) -> Any: ...

    def first(self, key: str, tag: str, limit: int) -> Iterator[Any]: ...

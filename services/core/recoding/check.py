"""What a check is: a name in the registry, typed parameters, and a pure function of a situation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict


class Parameters(BaseModel):
    """What a rule tells a check. A check without parameters takes this itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Check:
    """`run` is total: it never raises on data, and says `missing` for what it was not given."""

    parameters: type[BaseModel]
    run: Callable[[Situation, Any], Verdict]
    facts: tuple[str, ...] = ()
    """names that it fills where it passes, for the explanation and the query of a rule"""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A check with the parameters that a rule gives it. Rules that say the same share one."""

    run: Callable[[Situation, Any], Verdict]
    given: BaseModel

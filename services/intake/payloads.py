"""A claim's facts as the payload of its event. Pure.

The reader's facts have the names and types of the models, so the models take them as they are (`Shape.trust`):
checking them anew took a third of all that intake does. That the result is what the checking constructor makes of
the same facts is tested over the corpus and over damaged files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeVar, cast

from schemas.claim import (
    ClaimLine,
    ClaimSubmitted,
    Delimiters,
    Diagnosis,
    Finding,
    LoopContext,
    Payer,
    Position,
    Provider,
)
from schemas.remittance import (
    Adjudication,
    Adjustment,
    ClaimAdjudicated,
    ClaimDenied,
    Payee,
    PolicyReference,
    Remark,
    Remittance,
    RemittedLine,
)
from schemas.shape import Shape
from services.core.denials.state import Decided
from services.core.x12.facts import ClaimFacts, RemittedFacts

S = TypeVar("S", bound=Shape)

_SUBMITTED: Final = tuple(ClaimSubmitted.model_fields)
_REMITTED: Final = tuple(Adjudication.model_fields)


class Payloads:
    """Makes the payloads of the claims of one file, in its order."""

    def __init__(self) -> None:
        self._shared: dict[type[Shape], tuple[NamedTuple, Shape]] = {}

    def submitted(self, claim: ClaimFacts, position: Position) -> ClaimSubmitted:
        values = claim._asdict()
        values["payer"] = self._once(Payer, claim.payer)
        values["delimiters"] = self._once(Delimiters, claim.delimiters)
        values["loops"] = self._once(LoopContext, claim.loops)
        values["diagnoses"] = _each(Diagnosis, claim.diagnoses)
        values["providers"] = _each(Provider, claim.providers)
        values["lines"] = _each(ClaimLine, claim.lines)
        values["findings"] = _each(Finding, claim.findings)
        values["position"] = position
        return ClaimSubmitted.trust(_in_order(_SUBMITTED, values))

    def remitted(
        self, claim: RemittedFacts, decided: Decided, siblings: tuple[int, int], position: Position
    ) -> ClaimDenied | ClaimAdjudicated:
        """`siblings`: the CLPs of this number in the file, and how many of them are quarantined."""
        values = claim._asdict()
        values["payer"] = self._once(Payer, claim.payer)
        values["payee"] = self._once(Payee, claim.payee)
        values["remittance"] = self._once(Remittance, claim.remittance)
        values["delimiters"] = self._once(Delimiters, claim.delimiters)
        values["adjustments"] = _each(Adjustment, claim.adjustments)
        values["remarks"] = _each(Remark, claim.remarks)
        values["policies"] = _each(PolicyReference, claim.policies)
        values["findings"] = _each(Finding, claim.findings)
        values["lines"] = tuple(
            [
                RemittedLine.trust({**line._asdict(), "state": state})
                for line, state in zip(claim.lines, decided.line_states, strict=True)
            ]
        )
        values["claim_state"] = decided.claim_state
        values["denied_amount"] = decided.denied_amount
        values["pended_amount"] = decided.pended_amount
        values["remit_quality"] = decided.remit_quality
        values["siblings"], values["siblings_quarantined"] = siblings
        values["position"] = position
        model = ClaimDenied if decided.claim_state.denied else ClaimAdjudicated
        return model.trust(_in_order(_REMITTED, values))

    def _once(self, model: type[S], facts: NamedTuple) -> S:
        """The part that the claims of a transaction share; made again only where they differ."""
        known = self._shared.get(model)
        if known is not None and (known[0] is facts or known[0] == facts):
            return cast(S, known[1])
        made = model.trust(facts._asdict())
        self._shared[model] = (facts, made)
        return made


def _each(model: type[S], facts: Sequence[NamedTuple]) -> tuple[S, ...]:
    """The parts of facts that have the model's fields in the model's order."""
    return tuple([model.trust(fact._asdict()) for fact in facts])


def _in_order(names: Sequence[str], values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in names}

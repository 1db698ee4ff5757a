"""Cases that events are told to, for tests."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from schemas.case import CaseChanged, ClassifiedDenial
from schemas.codes import ClaimState
from schemas.envelope import Event
from schemas.records.claim_case import ClaimCase
from services.core.case import Change, fold
from services.core.lineage_view import views
from tests.remitted import KEY, delivered, resubmission, told

SENT: Final = date(2026, 2, 1)


class Story:
    """A case that events are told to."""

    def __init__(self, *payloads: Any) -> None:
        self.case: ClaimCase | None = None
        self.last: tuple[Change, ...] = ()
        self.tell(*payloads)

    def tell(self, *payloads: Any) -> tuple[Change, ...]:
        """What the last payload led to."""
        for payload in payloads:
            event: Event[Any] = payload if isinstance(payload, Event) else told(payload)
            self.case, self.last = fold(self.case, event)
        return self.last

    def denials(self) -> list[ClassifiedDenial]:
        return [c for c in self.last if isinstance(c, ClassifiedDenial)]

    @property
    def denial(self) -> ClassifiedDenial:
        (found,) = self.denials()
        return found

    @property
    def changed(self) -> CaseChanged:
        (found,) = [c for c in self.last if isinstance(c, CaseChanged)]
        return found

    @property
    def lineages(self) -> dict[str, ClaimState | None]:
        assert self.case is not None
        return {view.id: view.state for view in views(KEY, self.case)}


def sent(story: Story, generation: int = 1, at: date = SENT, **changes: Any) -> None:
    """Send back the denial that the story told last, and deliver it."""
    denial = story.denial
    story.tell(
        told(resubmission(denial.facts, denial.lineage, generation, **changes), at), delivered(generation, at)
    )

"""One claim's marks, and what follows from them: what it waits for now, and which waits have ended.

A flow is a set of marks that only grows: putting one in is idempotent and does not depend on the order. All that
is said of it is a function of that set. Two marks with one id are one event; the earlier appended one stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NamedTuple

from services.monitor.marks import UNKNOWN_PAYER, Mark
from services.monitor.stages import Stage

DENIED: Final = "claim-denied"
CLASSIFIED: Final = "denial-classified"
CHANGED: Final = "case-changed"
PROPOSED: Final = "recoding-proposed"
DECIDED: Final = "recoding-decided"
RESUBMITTED: Final = "claim-resubmitted"
REFUSED: Final = "resubmission-refused"
DELIVERED: Final = "claim-delivered"
ACKNOWLEDGED: Final = "claim-acknowledged"

_APPROVALS: Final = frozenset({"approved", "overridden"})
_ENDINGS: Final = frozenset({*_APPROVALS, "rejected", "withdrawn"})
"""Decisions after which nothing waits for one. `held`, `assigned` and `refused` leave the proposal open."""

_REOPENED: Final = "reopened"
"""What a person takes back: the proposal waits again."""

_NOTHING_TO_DO: Final = "A0"


class Wait(NamedTuple):
    """Something that waits now."""

    stage: Stage
    payer: str
    since: int
    """ms since the epoch"""
    amount: Decimal
    reason: str = ""
    """why it was said to wait (payer_on_hold, ...); else empty"""


class Pass(NamedTuple):
    """A wait that has ended."""

    stage: Stage
    payer: str
    at: int
    """when it ended, ms since the epoch"""
    waited: int
    """ms"""
    amount: Decimal
    cause: str = ""
    """of a classification its primary cause"""


class Entry(NamedTuple):
    """A wait that began."""

    stage: Stage
    payer: str
    at: int
    """ms since the epoch"""


@dataclass(slots=True)
class Flow:
    """The marks of one claim key, in one partition."""

    partition: int
    marks: dict[str, Mark] = field(default_factory=dict)
    _waits: tuple[Wait, ...] | None = None

    def knows(self, mark: Mark) -> bool:
        """Whether putting the mark in would change nothing."""
        known = self.marks.get(mark.id)
        return known is not None and _place(known) <= _place(mark)

    def put(self, mark: Mark) -> None:
        """Keep a mark that is not known."""
        self.marks[mark.id] = mark
        self._waits = None

    def arrivals(self, handled: int) -> Iterator[Wait]:
        """Denials that the classifier has not read: it has committed `claim-denied` up to `handled`."""
        for mark in self.marks.values():
            if mark.kind == DENIED and mark.offset >= handled:
                yield Wait(Stage.CLASSIFIED, mark.payer, mark.seen, Decimal(mark.amount))

    def waits(self) -> tuple[Wait, ...]:
        """What waits now in the stages after the classifier."""
        if self._waits is None:
            self._waits = tuple(wait for lineage in self._lineages() for wait in lineage.waits())
        return self._waits

    def history(self) -> Iterator[Entry | Pass]:
        """The waits that began, ended or not, and those that have ended, each once."""
        for mark in self._of(DENIED):
            yield Entry(Stage.CLASSIFIED, mark.payer, mark.at)
        for lineage in self._lineages():
            yield from lineage.entries()
            yield from lineage.passes()

    def _lineages(self) -> list[_Lineage]:
        found: dict[str, list[Mark]] = {}
        for mark in self.marks.values():
            if mark.lineage:
                found.setdefault(mark.lineage, []).append(mark)
        accepted = tuple(m for m in self._of(ACKNOWLEDGED) if m.flag)
        return [_Lineage(found[name], accepted) for name in sorted(found)]

    def _of(self, kind: str) -> list[Mark]:
        return [mark for mark in self.marks.values() if mark.kind == kind]


class _Lineage:
    """The marks of one lineage by kind, each kind in its order."""

    def __init__(self, marks: list[Mark], accepted: tuple[Mark, ...]) -> None:
        self._by_kind: dict[str, list[Mark]] = {}
        for mark in sorted(marks, key=_place):
            self._by_kind.setdefault(mark.kind, []).append(mark)
        self._accepted = accepted
        named = (*self._of(CLASSIFIED), *self._of(PROPOSED), *self._of(DECIDED), *self._of(RESUBMITTED))
        self._payer = next((mark.payer for mark in named if mark.payer), UNKNOWN_PAYER)
        self._stakes = {mark.reference: mark.amount for mark in self._of(PROPOSED)}

    def waits(self) -> Iterator[Wait]:
        yield from self._unproposed()
        yield from self._undecided()
        yield from self._unsent()
        yield from self._underway()

    def passes(self) -> Iterator[Pass]:
        proposed = {mark.revision: mark for mark in reversed(self._of(PROPOSED))}
        for mark in self._of(CLASSIFIED):
            yield Pass(Stage.CLASSIFIED, self._payer, mark.at, mark.at - mark.seen, _dollars(mark), mark.word)
            if (answer := proposed.get(mark.revision)) is not None:
                yield self._ended(Stage.PROPOSED, mark, answer, mark.amount)
        for decision in self._of(DECIDED):
            if decision.word in _ENDINGS and (asked := self._asked(decision)) is not None:
                yield self._ended(Stage.DECIDED, asked, decision, asked.amount)
        for send in self._of(RESUBMITTED):
            if (approval := self._approval(send)) is not None:
                yield self._ended(Stage.RESUBMITTED, approval, send, self._stake(send))
            yield from self._way_of(send)

    def entries(self) -> Iterator[Entry]:
        begun = [
            *((Stage.PROPOSED, m) for m in self._of(CLASSIFIED)),
            *((Stage.DECIDED, m) for m in self._of(PROPOSED) if m.word != _NOTHING_TO_DO),
            *((Stage.RESUBMITTED, m) for m in self._of(DECIDED) if m.word in _APPROVALS and m.flag),
            *((Stage.DELIVERED, m) for m in self._of(RESUBMITTED)),
            *((Stage.ACKNOWLEDGED, m) for m in self._of(DELIVERED)),
        ]
        for send in self._of(RESUBMITTED):
            if (accepted := self._fate(send)[1]) is not None:
                begun.append((Stage.ANSWERED, accepted))
        for stage, mark in begun:
            yield Entry(stage, self._payer, mark.at)

    def _way_of(self, send: Mark) -> Iterator[Pass]:
        delivery, accepted, answer = self._fate(send)
        if delivery is None:
            return
        stake = self._stake(send)
        yield self._ended(Stage.DELIVERED, send, delivery, stake)
        if accepted is not None:
            yield self._ended(Stage.ACKNOWLEDGED, delivery, accepted, stake)
        if answer is not None:
            yield self._ended(Stage.ANSWERED, accepted or delivery, answer, stake)

    # What waits

    def _unproposed(self) -> Iterator[Wait]:
        denial = self._latest(CLASSIFIED)
        if denial is None or self._closed(denial.revision):
            return
        if not any(mark.revision >= denial.revision for mark in self._of(PROPOSED)):
            yield Wait(Stage.PROPOSED, self._payer, denial.at, _dollars(denial))

    def _undecided(self) -> Iterator[Wait]:
        proposal = self._latest(PROPOSED)
        if proposal is None or proposal.word == _NOTHING_TO_DO or self._closed(proposal.revision):
            return
        ending = self._ending(proposal)
        since = proposal.at
        if ending is not None and self._ends(ending, proposal):
            returned = self._returned(proposal.reference)
            if ending.word not in _APPROVALS or returned is None or returned.at < ending.at:
                return
            since = returned.at
        elif (again := self._reopened(proposal.reference)) is not None:
            since = max(since, again.at)
        yield Wait(Stage.DECIDED, self._payer, since, _dollars(proposal))

    def _unsent(self) -> Iterator[Wait]:
        said = (m for m in reversed(self._of(DECIDED)) if m.word in _ENDINGS or m.word == _REOPENED)
        approval = next(said, None)
        if approval is None or approval.word not in _APPROVALS or not approval.flag:
            return
        if self._overtaken(approval.revision):
            return
        if any(mark.other == approval.reference and mark.at >= approval.at for mark in self._of(RESUBMITTED)):
            return
        refusals = [m for m in self._of(REFUSED) if m.other == approval.reference and m.at >= approval.at]
        if any(not mark.flag for mark in refusals):
            return
        reason = refusals[-1].word if refusals else ""
        yield Wait(Stage.RESUBMITTED, self._payer, approval.at, _dollars(approval), reason)

    def _underway(self) -> Iterator[Wait]:
        for send in self._of(RESUBMITTED):
            delivery, accepted, answer = self._fate(send)
            if answer is not None or self._left_out(send):
                continue
            amount = Decimal(self._stake(send))
            if delivery is None:
                yield Wait(Stage.DELIVERED, self._payer, send.at, amount, self._kept_back(send))
            elif accepted is None:
                yield Wait(Stage.ACKNOWLEDGED, self._payer, delivery.at, amount)
            else:
                yield Wait(Stage.ANSWERED, self._payer, accepted.at, amount)

    # What is known of one send, one proposal, one revision

    def _fate(self, send: Mark) -> tuple[Mark | None, Mark | None, Mark | None]:
        """Its delivery, its acceptance by the payer or a clearinghouse, and its answer."""
        delivery = next((m for m in self._of(DELIVERED) if m.reference == send.reference), None)
        answers = [m for m in (*self._of(CLASSIFIED), *self._of(CHANGED)) if m.other == send.reference]
        answer = min(answers, key=_moment, default=None)
        accepted = None
        if delivery is not None:
            after = [m for m in self._accepted if m.at >= delivery.at and not "" < m.word < delivery.word]
            accepted = min(after, key=_moment, default=None)
        if accepted is not None and answer is not None and answer.at < accepted.at:
            accepted = None
        return delivery, accepted, answer

    def _kept_back(self, send: Mark) -> str:
        """Why it was last said that a send waits; empty where it was not said."""
        said = [m for m in self._of(REFUSED) if m.reference == send.reference and m.flag and m.at >= send.at]
        return said[-1].word if said else ""

    def _left_out(self, send: Mark) -> bool:
        return any(m.reference == send.reference and not m.flag for m in self._of(REFUSED))

    def _returned(self, proposal: str) -> Mark | None:
        """The last refusal for good: the proposal is a person's again."""
        refused = [m for m in self._of(REFUSED) if m.other == proposal and not m.flag]
        return refused[-1] if refused else None

    def _ends(self, decision: Mark, proposal: Mark) -> bool:
        """Whether a decision is about this proposal, not about the same one when it was made before. A proposal
        that takes its own place was withdrawn in the transaction that made it anew."""
        if decision.at == proposal.at and decision.word == "withdrawn":
            return proposal.other != proposal.reference
        return decision.at >= proposal.at

    def _closed(self, revision: int) -> bool:
        """A later fact left no denial open."""
        change = self._latest(CHANGED)
        return change is not None and not change.flag and change.revision > revision

    def _overtaken(self, revision: int) -> bool:
        latest = max((m.revision for m in (*self._of(CLASSIFIED), *self._of(CHANGED))), default=revision)
        return latest > revision

    def _asked(self, decision: Mark) -> Mark | None:
        """The proposal that a decision is about, as it was last made before it."""
        made = (m for m in reversed(self._of(PROPOSED)) if m.reference == decision.reference)
        return next((m for m in made if m.at <= decision.at), None)

    def _ending(self, proposal: Mark) -> Mark | None:
        """The last decision after which nobody need decide about this proposal."""
        about = (m for m in reversed(self._of(DECIDED)) if m.reference == proposal.reference)
        last = next((m for m in about if m.word in _ENDINGS or m.word == _REOPENED), None)
        return None if last is None or last.word == _REOPENED else last

    def _reopened(self, proposal: str) -> Mark | None:
        about = (m for m in reversed(self._of(DECIDED)) if m.reference == proposal)
        return next((m for m in about if m.word == _REOPENED), None)

    def _approval(self, send: Mark) -> Mark | None:
        """The last approval before a send, of the proposal that it carries out."""
        about = (m for m in reversed(self._of(DECIDED)) if m.reference == send.other)
        return next((m for m in about if m.word in _APPROVALS and m.at <= send.at), None)

    def _stake(self, send: Mark) -> str:
        """What was denied of the claim that went back; its whole charge where no proposal is known."""
        return self._stakes.get(send.other, send.amount)

    def _ended(self, stage: Stage, begin: Mark, end: Mark, amount: str) -> Pass:
        return Pass(stage, self._payer, end.at, max(0, end.at - begin.at), Decimal(amount))

    def _latest(self, kind: str) -> Mark | None:
        marks = self._by_kind.get(kind)
        return marks[-1] if marks else None

    def _of(self, kind: str) -> list[Mark]:
        return self._by_kind.get(kind, [])


def _place(mark: Mark) -> int:
    """Orders the marks of one kind: they stand in one partition of one topic."""
    return mark.offset


def _moment(mark: Mark) -> tuple[int, str, int]:
    """Orders marks of several kinds."""
    return (mark.at, mark.kind, mark.offset)


def _dollars(mark: Mark) -> Decimal:
    return Decimal(mark.amount)

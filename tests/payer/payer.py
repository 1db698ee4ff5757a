"""The simulated payer: takes 837s, decides by its rules, keeps its books, and sends what it has to say, each file on
its own day: late, out of order, twice, cut off, or never."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from tests.payer.answers import Payment, Said, Status, Taken, group, remittance, statuses
from tests.payer.books import ZERO, Books, Decision, PaidLine
from tests.payer.clinic import PLANS, Claim, Line, Plan
from tests.payer.rules import Rules
from tests.payer.x12 import Segment, segments

CENT: Final = Decimal("0.01")
FIRST_NUMBER: Final = 500_000
"""Of the payer's own interchanges."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One file of the payer on its way to the clinic. `cut`: how many of its bytes come first."""

    day: date
    order: int
    name: str
    data: bytes
    cut: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """One claim of an 837 of ours or the clinic's, as the payer reads it."""

    number: str
    frequency: str
    reference: str | None
    charge: Decimal
    authorization: str | None
    lines: tuple[Line, ...]
    plan: Plan


@dataclass
class Payer:
    """`claims`: whom the payer insures, by claim number: what it authorized and for whom."""

    rules: Rules
    claims: Mapping[str, Claim]
    books: Books = field(default_factory=Books)
    due: list[Arrival] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    """how many of each thing the payer has sent"""
    turned_away: list[tuple[Claim, date]] = field(default_factory=list)
    """first claims that were rejected, for the clinic to see to"""
    strays: int = 0
    """acknowledgments of what nobody has sent"""
    acknowledged: set[tuple[str, str]] = field(default_factory=set)
    """kind and claim number of every acknowledgment that was sent"""
    _numbers: int = FIRST_NUMBER
    _seen: set[str] = field(default_factory=set)
    _files: int = 0
    _pending: list[tuple[date, Said]] = field(default_factory=list)
    _later: list[tuple[date, Said, Taken | None]] = field(default_factory=list)
    _overtaken: set[str | None] = field(default_factory=set)
    """control numbers of decisions that a replacement overtook before they could be taken back"""

    # What comes in

    def take(self, data: bytes, day: date, *, ours: bool) -> None:
        """An 837. `ours`: it came back from Reclaim; else the clinic sent it first."""
        read = segments(data)
        isa, gs = read[0], read[1]
        key = f"{isa[6].strip()}|{isa[13]}"
        if ours and key in self._seen:
            self.books.faults.append(f"interchange control number {isa[13]} used again")
        self._seen.add(key)
        self._files += 1
        reference = next(s[3] for s in read if s[0] == "BHT")
        received = _received(read)
        plan = received[0].plan
        if self.rules.happens(self.rules.stray, "stray", self._files):
            self._send_stray(plan, day)
        refused = ours and self.rules.happens(self.rules.reject_file, "999", isa[13])
        batch = not refused and ours and self.rules.happens(self.rules.reject_batch, "277", isa[13])
        no_999 = self.rules.happens(self.rules.lose_999, "lost", isa[13], ours) and not refused
        if not no_999:
            self.acknowledged |= {("999", one.number) for one in received}
            self._queue(
                day + timedelta(days=1), "999", group(plan, gs[6], day, self._number(), accepted=not refused)
            )
        if refused:
            for one in received:
                self._count_in(one, ours)
                self._turn_away(one, day, ours)
            return
        told: list[Status] = []
        for one in received:
            self._count_in(one, ours)
            if batch:
                self._turn_away(one, day, ours)
                told.append(Status(one.number, one.charge, False))
            else:
                told.append(self._consider(one, day, ours))
        lost = self.rules.happens(self.rules.lose_277, "lost", isa[13], ours)
        if not lost or batch or any(not s.accepted for s in told):
            made = statuses(plan, reference, told, day + timedelta(days=1), self._number(), batch=not batch)
            self._queue(day + timedelta(days=1), "277ca", made)
            self.acknowledged |= {("277ca", s.number) for s in told}
        if ours:
            for status in told:
                heard = not (no_999 and lost and not batch and all(s.accepted for s in told))
                self.books.account(status.number).accepted_again += status.accepted and heard

    def _count_in(self, one: Received, ours: bool) -> None:
        """What must hold of every claim that comes in."""
        account = self.books.account(one.number)
        claim = self.claims.get(one.number)
        account.received += 1
        if claim is None:
            self.books.faults.append(f"{one.number}: nobody's claim")
            return
        if account.pending is not None:
            self.books.faults.append(f"{one.number}: sent again while the payer still has it")
        if one.charge != claim.charge or one.lines != claim.lines:
            self.books.faults.append(f"{one.number}: other lines or charges than were billed")
        if one.frequency == "7" and one.reference != account.reference:
            self.books.faults.append(f"{one.number}: replaces {one.reference}, not {account.reference}")
        if one.frequency == "1" and one.reference is not None:
            self.books.faults.append(f"{one.number}: an original with a reference")
        if ours and one.authorization != claim.authorization:
            self.books.faults.append(f"{one.number}: not the authorization that was given")
        if ours and account.reference is not None and one.frequency != claim.plan.denied_as:
            denied = account.standing is not None and account.standing.state == "denied_full"
            if denied or one.frequency != "7":
                self.books.faults.append(f"{one.number}: came back as frequency {one.frequency}")
        account.pending = one.frequency

    def _turn_away(self, one: Received, day: date, ours: bool) -> None:
        account = self.books.account(one.number)
        account.pending = None
        if ours:
            account.outcomes.append("rejected")
        else:
            account.rejected_first = not account.decisions
            self.turned_away.append((self.claims[one.number], day))

    # What is decided

    def _consider(self, one: Received, day: date, ours: bool) -> Status:
        account = self.books.account(one.number)
        claim = self.claims[one.number]
        turn = account.received
        control = f"ICN{one.number[3:]}{turn:02}"
        if one.authorization == claim.authorization:
            fate = self.rules.choose(self.rules.again, "again", one.number, turn)
        else:
            fate = self.rules.choose(self.rules.first, "first", one.number, turn)
        if fate == "reject":
            self._turn_away(one, day, ours)
            return Status(one.number, one.charge, False)
        account.rejected_first = False
        if fate == "silence":
            if ours:
                account.outcomes.append("silence")
            return Status(one.number, one.charge, True, control)
        draw = self.rules.draw("lines", one.number, turn)
        lines = tuple(
            _decided(line, fate, draw.randint(40, 95), n == len(claim.lines) - 1)
            for n, line in enumerate(claim.lines)
        )
        decision = Decision(
            control_number=control,
            status="1",
            frequency=one.frequency,
            day=day + timedelta(days=draw.randint(5, 9)),
            lines=lines,
            original=one.reference,
        )
        if fate == "pend_then_pay":
            pend = replace(
                decision,
                lines=tuple(
                    PaidLine(x.number, x.procedure, x.charge, ZERO, (("OA", "133", x.charge),)) for x in lines
                ),
            )
            self._pending.append((pend.day, Said(claim, pend)))
            decision = replace(decision, day=decision.day + timedelta(days=8))
        if ours:
            account.answer, account.before = control, account.paid
            no_more = fate == "pay_part" and decision.paid <= account.before
            account.outcomes.append("pay_no_more" if no_more else fate)
        self._pending.append((decision.day, Said(claim, decision)))
        return Status(one.number, one.charge, True, control)

    def _post(self, said: Said) -> None:
        """Enter a decision in the books, on the day of its payment."""
        account, decision = self.books.account(said.claim.number), said.decision
        account.decisions.append(decision)
        pended = decision.state == "pended"
        if said.reversal:
            account.standing, account.reversed = None, True
        elif any(reason == "18" for x in decision.lines for _, reason, _ in x.adjustments):
            account.pending = None  # the claim was not decided again: what was said before stands
        else:
            account.standing, account.reversed = decision, False
            account.reference = decision.control_number
            # A correction pays less: perhaps no more than was paid before the claim came back.
            if decision.original == account.answer and account.outcomes[-1:] == ["pay_part"]:
                account.outcomes[-1] = "pay_part" if decision.paid > account.before else "pay_no_more"
            if not pended:
                account.pending = None
                if decision.paid > 0:
                    self._plan_later(said)

    def _plan_later(self, said: Said) -> None:
        """What becomes of a payment."""
        claim, decision = said.claim, said.decision
        if decision.control_number.endswith("C"):
            return
        fate = self.rules.choose(self.rules.later, "later", claim.number, decision.control_number)
        draw = self.rules.draw("amount", claim.number, decision.control_number)
        day = decision.day + timedelta(days=draw.randint(8, 12))
        back = Said(claim, replace(decision, day=day), reversal=True)
        less = tuple(_less(line, draw.randint(10, 60)) for line in decision.lines)
        correction = Said(
            claim,
            replace(
                decision,
                day=day,
                lines=less,
                control_number=decision.control_number + "C",
                original=decision.control_number,
            ),
        )
        if fate == "correct":
            self._later += [(day, back, None), (day, correction, None)]
        elif fate == "correct_in_two_files":
            # A day apart, and each may be late: the correction often comes before what it corrects.
            after = day + timedelta(days=1)
            late = replace(correction, decision=replace(correction.decision, day=after))
            self._later += [(day, back, None), (after, late, None)]
        elif fate == "take_back":
            self._later.append((day, back, None))
        elif fate == "recoup":
            amount = (decision.paid * draw.randint(10, 100) / 100).quantize(CENT)
            self._later.append((day, replace(back, reversal=False), Taken("WO", claim.number, amount)))

    # What goes out

    def close_day(self, day: date) -> None:
        """Pay what is due: one 835 for each plan and day of payment."""
        ready = sorted({d for d, _ in self._pending if d <= day} | {d for d, _, _ in self._later if d <= day})
        for payment_day in ready:
            for plan in PLANS:
                self._pay(plan, payment_day)

    def _pay(self, plan: Plan, day: date) -> None:
        # Reversals stand before what corrects them.
        own = [s for d, s in self._pending if d == day and s.claim.plan is plan]
        later = [
            (s, t)
            for d, s, t in self._later
            if d == day and s.claim.plan is plan and (t is not None or self._stands(s))
        ]
        self._pending = [(d, s) for d, s in self._pending if d != day or s.claim.plan is not plan]
        self._later = [(d, s, t) for d, s, t in self._later if d != day or s.claim.plan is not plan]
        said = sorted(
            [*own, *(s for s, taken in later if taken is None)],
            key=lambda s: (s.claim.number, not s.reversal, s.decision.control_number),
        )
        taken = tuple(t for _, t in later if t is not None)
        if not said and not taken:
            return
        for one in said:
            self._post(one)
        for entry in taken:
            self.books.account(entry.reference).taken += entry.amount
        payment = Payment(plan, f"EFT{plan.id}{day:%m%d}", day, tuple(said), taken)
        self.books.payments[payment.trace] = payment.amount
        self._queue(day, "835", remittance(payment, self._number()))
        if self.rules.happens(self.rules.repeat_remittance, "repeat", payment.trace):
            self._queue(day + timedelta(days=4), "835", remittance(payment, self._number()))
            self.sent["remittances repeated"] += 1

    def _stands(self, said: Said) -> bool:
        """A payer takes back and corrects the decision that stands, not one that a replacement has overtaken."""
        decision, standing = said.decision, self.books.account(said.claim.number).standing
        if not said.reversal:
            return decision.original not in self._overtaken
        if standing is None or standing.control_number != decision.control_number:
            self._overtaken.add(decision.control_number)
        return decision.control_number not in self._overtaken

    def _send_stray(self, plan: Plan, day: date) -> None:
        """A 999 of a group, and a 277CA of a claim, that were never sent."""
        self.strays += 1
        number = self._number()
        self._queue(day, "999", group(plan, str(number + 10**8), day, number, accepted=True))
        stray = [Status(f"NOBODY{number}", Decimal("10.00"), True, f"ICN{number}")]
        self._queue(day, "277ca", statuses(plan, f"X{number}", stray, day, self._number()))

    def _queue(self, day: date, kind: str, data: bytes) -> None:
        n = self._numbers
        late = self.rules.draw("late", n).randint(0, self.rules.longest_delay)
        arrives = day + timedelta(days=late)
        cut = None
        if self.rules.happens(self.rules.cut_file, "cut", n):
            cut = self.rules.draw("where", n).randint(120, len(data) - 20)
            self.sent["files cut off"] += 1
        name = f"{kind}-{n}.edi"
        self.due.append(Arrival(arrives, n, name, data, cut))
        self.sent[kind] += 1
        if self.rules.happens(self.rules.repeat_file, "again", n):
            self.due.append(Arrival(arrives + timedelta(days=2), n, f"again-{name}", data))
            self.sent["files repeated"] += 1

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def arrivals(self, day: date) -> Sequence[Arrival]:
        """What has come by `day`, in an order of its own."""
        come = [a for a in self.due if a.day <= day]
        self.due = [a for a in self.due if a.day > day]
        return sorted(come, key=lambda a: self.rules.draw("order", a.name).random())

    @property
    def idle(self) -> bool:
        return not (self.due or self._pending or self._later)


def _decided(line: Line, fate: str, allowed_percent: int, last: bool) -> PaidLine:
    """What the payer makes of a line."""
    deny: tuple[str, str] | None = None
    if fate in ("deny_authorization", "deny_same") or (fate == "deny_line" and last):
        deny = ("CO", "197")
    elif fate in ("deny_necessity", "deny_other"):
        deny = ("CO", "50")
    elif fate == "duplicate":
        deny = ("OA", "18")
    if deny is not None:
        return PaidLine(line.number, line.procedure, line.charge, ZERO, ((*deny, line.charge),))
    if fate == "pay_part" and last:
        cut = (line.charge * Decimal("0.4")).quantize(CENT)
        return PaidLine(line.number, line.procedure, line.charge, line.charge - cut, (("CO", "50", cut),))
    allowed = (line.charge * allowed_percent / 100).quantize(CENT)
    share = min(Decimal("15.00"), allowed / 2).quantize(CENT)
    return PaidLine(
        line.number,
        line.procedure,
        line.charge,
        allowed - share,
        (("CO", "45", line.charge - allowed), ("PR", "3", share)),
    )


def _less(line: PaidLine, percent: int) -> PaidLine:
    """The line as a correction pays it: less, by contract."""
    cut = (line.paid * percent / 100).quantize(CENT)
    if not cut:
        return line
    others = [a for a in line.adjustments if a[1] != "45"]
    contract = sum((a[2] for a in line.adjustments if a[1] == "45"), cut)
    return replace(line, paid=line.paid - cut, adjustments=(("CO", "45", contract), *others))


def _received(read: Sequence[Segment]) -> list[Received]:
    """The claims of an 837P."""
    found: list[Received] = []
    plan = PLANS[0]
    for s in read:
        if s[0] == "NM1" and s[1] == "PR":
            plan = next(p for p in PLANS if p.id == s[9])
        elif s[0] == "CLM":
            found.append(Received(s[1], s[5].split(":")[2], None, Decimal(s[2]), None, (), plan))
        elif found and s[0] == "REF" and s[1] == "F8":
            found[-1] = replace(found[-1], reference=s[2])
        elif found and s[0] == "REF" and s[1] == "G1":
            found[-1] = replace(found[-1], authorization=s[2])
        elif found and s[0] == "SV1":
            one = found[-1]
            line = Line(len(one.lines) + 1, s[1].split(":")[1], Decimal(s[2]))
            found[-1] = replace(one, lines=(*one.lines, line))
    return found

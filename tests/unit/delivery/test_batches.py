"""Delivery's rules: one payer's claims meet in a batch, which is sealed, written and reported once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from schemas.acknowledgment import GroupRecorded
from schemas.calls import BatchDue, ContextChanged, FileReady, FileUncertain, FileWritten
from schemas.claim import ClaimSubmitted
from schemas.codes import Path
from schemas.envelope import group_key, interchange_key, transaction_key
from schemas.records.interchange import (
    Consignment,
    ControlNumbers,
    Interchange,
    Interchanges,
    SealedInterchange,
)
from schemas.resubmission import (
    ClaimDelivered,
    ClaimResubmitted,
    DeliveryResolved,
    Outbound,
    OutgoingClaim,
    ResubmissionRefused,
)
from schemas.shape import Shape
from services.core.processing import Context, Outcome, Place, WithPartition
from services.core.resubmission.identity import outbound_key, payer_slug
from services.core.x12.editor import edit
from services.core.x12.interchange import assemble
from services.delivery.processor import PROCESSOR, waits
from tests.decisions import (
    CLAIM,
    DAY,
    DEPENDENT,
    KEY,
    LINEAGE,
    PARTNER,
    TENANT,
    context,
    event,
    partner_tables,
    profiles,
)

PAYER_KEY = outbound_key(TENANT, "EHP01", "837P")
HELD = frozenset({"payer:EHP02"})
FIRST_NUMBER = "000000004"
"""Of partition 3 of 8."""


def resubmission(name: str, claim: ClaimSubmitted = CLAIM, **changed: Any) -> Outbound:
    """A claim on its way to delivery."""
    resubmitted = ClaimResubmitted(
        resubmission_id=name,
        claim_number=claim.claim_number,
        lineage=LINEAGE,
        revision=1,
        proposal_id=f"proposal-{name}",
        generation=1,
        payer=CLAIM.payer,
        path=Path.REPLACEMENT,
        frequency_code="7",
        original_reference="PCN1",
        amount=claim.total_charge,
        x12=edit(claim, []).model_copy(update=changed),
    )
    return Outbound(
        kind="resubmission",
        claim_key=KEY,
        claim_number=claim.claim_number,
        resubmission_id=name,
        resubmission=resubmitted,
    )


def withdrawal(name: str) -> Outbound:
    return Outbound(
        kind="withdrawal",
        claim_key=KEY,
        claim_number=CLAIM.claim_number,
        resubmission_id=name,
        reason="overtaken",
    )


@dataclass
class Desk:
    """Delivery at one payer's key, in one partition."""

    state: Interchanges | None = None
    numbers: ControlNumbers | None = None
    context: Context = field(default_factory=context)
    below: dict[Place, Shape] = field(default_factory=dict)
    doubts: Sequence[Outcome] = ()

    def tell(self, data: Shape, key: str = PAYER_KEY) -> list[Shape]:
        return [o.data for o in self.handle(data, key)]

    def handle(self, data: Shape, key: str = PAYER_KEY) -> Sequence[Outcome]:
        both: Any
        both, outcomes = PROCESSOR.handle(
            WithPartition(self.state, self.numbers, self.below), event(data, key), self.context
        )
        self.state, self.numbers = both.own, both.partition
        kept = {**self.below, **both.changed}
        self.below = {place: record for place, record in kept.items() if record is not None}
        return outcomes

    def under(self, **changed: Any) -> Desk:
        self.context = context(**changed)
        return self

    @property
    def claims(self) -> list[Consignment]:
        return [record for record in self.below.values() if isinstance(record, Consignment)]

    @property
    def open(self) -> list[str]:
        """Ids of the claims that wait."""
        return [claim.resubmission_id for claim in self.claims if claim.interchange is None]

    @property
    def writing(self) -> list[SealedInterchange]:
        return [record for record in self.below.values() if isinstance(record, SealedInterchange)]

    def in_files(self) -> list[list[str]]:
        return [list(interchange.claims) for interchange in self.writing]

    def x12_of(self, interchange: SealedInterchange) -> list[OutgoingClaim]:
        claims = {claim.resubmission_id: claim.x12 for claim in self.claims}
        return [claims[id_] for id_ in interchange.claims]

    def seal(self, reason: str = "age") -> list[Shape]:
        return self.tell(BatchDue(reason=reason, claims=tuple(self.open)))

    def ready(self, shell: str) -> list[Shape]:
        return self.tell(FileReady(control_number=self.writing[0].control_number, shell=shell))

    def doubt(self) -> list[Shape]:
        """Report the first file as uncertain."""
        said = FileUncertain(control_number=self.writing[0].control_number, doubt="gone")
        self.doubts = self.handle(said)
        return [o.data for o in self.doubts]

    def resolve(self, resolution: str) -> list[Shape]:
        """A person's word on the first interchange."""
        said = DeliveryResolved(
            interchange_control_number=FIRST_NUMBER,
            resolution=resolution,
            by="j.rivera",
            os_user="jrivera",
            reason="confirmed_by_partner",
            requested="1",
        )
        return self.tell(said)

    def report(self) -> list[Shape]:
        """Report the first file as written."""
        first = self.writing[0]
        return self.tell(FileWritten(control_number=first.control_number, digest=first.digest))


def tags(desk: Desk) -> frozenset[str]:
    """Of the payer's record and its files."""
    records = [record for record in (desk.state, *desk.writing) if record is not None]
    return frozenset(tag for record in records for tag in waits(record).tags)


def refusals(published: list[Shape]) -> list[tuple[str, str | None, bool]]:
    return [(p.reason, p.resubmission_id, p.waits) for p in published if isinstance(p, ResubmissionRefused)]


def test_a_claim_waits_in_the_open_batch() -> None:
    desk = Desk()
    assert desk.tell(resubmission("r1")) == []
    assert tags(desk) == {"open"}


def test_the_same_claim_again_is_not_batched_twice() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    before = (desk.state, desk.below)
    desk.tell(resubmission("r1"))
    assert (desk.state, desk.below) == before


def test_a_claim_that_is_being_written_is_not_batched_again() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    desk.tell(resubmission("r1"))
    assert desk.open == []


def test_a_claim_that_was_delivered_is_not_batched_again() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    desk.report()
    desk.tell(resubmission("r1"))
    assert desk.open == []


def test_a_sealed_batch_knows_name_and_digest_before_any_file_is_there() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.tell(resubmission("r2", DEPENDENT))
    assert desk.seal() == []
    (interchange,) = desk.writing
    claims = desk.x12_of(interchange)
    data = assemble(interchange.identity, "837P", interchange.control_number, interchange.day, claims).data
    assert interchange.digest == hashlib.sha256(data).hexdigest()
    assert interchange.file == f"{payer_slug('EHP01')}/2026-02-03/{interchange.control_number}.837"
    assert (interchange.day, interchange.shell, interchange.target) == (DAY, "", None)
    assert tags(desk) == {"writing"}


def test_control_numbers_are_unique_over_partitions_and_never_zero() -> None:
    numbers = []
    for partition in range(8):
        desk = Desk(context=context(partition=partition))
        for name in ("r1", "r2", "r3"):
            desk.tell(resubmission(name))
            desk.seal()
        numbers += [i.control_number for i in desk.writing]
    assert len(set(numbers)) == 24
    assert min(numbers) == "000000001"
    assert all(len(n) == 9 for n in numbers)


def test_control_numbers_go_on_over_payers_of_one_partition() -> None:
    first = Desk()
    first.tell(resubmission("r1"))
    first.seal()
    second = Desk(numbers=first.numbers)
    second.tell(resubmission("r2"))
    second.seal()
    assert first.writing[0].control_number != second.writing[0].control_number


def test_a_seal_of_an_empty_batch_uses_no_number() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    numbers = desk.numbers
    desk.seal()
    assert desk.numbers == numbers


def test_a_claim_that_is_named_again_is_not_sealed_again() -> None:
    """The shell may name it from a look that is older than the seal."""
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    desk.tell(BatchDue(reason="age", claims=("r1",)))
    assert desk.in_files() == [["r1"]]


def test_a_batch_larger_than_the_profile_allows_becomes_several_interchanges() -> None:
    small = profiles(batch_max_claims=2, batch_max_age_minutes=60, partner_empties_folder="false")
    desk = Desk(context=context(profiles=small))
    for name in ("r1", "r2", "r3"):
        desk.tell(resubmission(name))
    desk.seal("count")
    assert [len(i.claims) for i in desk.writing] == [2, 1]


def test_claims_from_different_senders_do_not_share_an_interchange() -> None:
    other = edit(CLAIM, []).group.replace("CLINIC", "OTHER")
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.tell(resubmission("r2", group=other))
    desk.seal()
    assert [i.identity.group_sender for i in desk.writing] == ["CLINIC", "OTHER"]


def test_a_loaded_trading_partner_signs_for_all_of_them() -> None:
    other = edit(CLAIM, []).group.replace("CLINIC", "OTHER")
    desk = Desk(context=context(tables=partner_tables(PARTNER)))
    desk.tell(resubmission("r1"))
    desk.tell(resubmission("r2", group=other))
    desk.seal()
    assert [i.identity.group_sender for i in desk.writing] == ["OURGROUP"]


def test_a_claim_that_nobody_signs_for_is_left_out_and_said_so() -> None:
    desk = Desk()
    desk.tell(resubmission("r1", submitter=()))
    desk.tell(resubmission("r2"))
    assert refusals(desk.seal()) == [("identity_missing", "r1", False)]
    assert desk.in_files() == [["r2"]]


def test_a_claim_whose_record_would_be_too_large_is_refused_and_the_others_go() -> None:
    desk = Desk()
    said = desk.tell(resubmission("r1", claim=CLAIM, patient=("NTE*ADD*" + "X" * 1_000_000,)))
    assert refusals(said) == [("claim_too_large", "r1", False)]
    desk.tell(resubmission("r2"))
    desk.seal()
    assert desk.in_files() == [["r2"]]
    assert desk.tell(resubmission("r1", patient=("NTE*ADD*" + "X" * 1_000_000,))) == []


def test_the_record_of_a_payer_does_not_grow_with_its_claims() -> None:
    desk = Desk(context=context(profiles=profiles(batch_max_claims=10)))
    for number in range(300):
        desk.tell(resubmission(f"r{number}"))
        if number % 10 == 9 and number < 150:
            desk.seal()
    assert desk.state is not None
    assert (desk.state.waiting, desk.state.unfinished) == (150, 15)
    assert len(desk.state.encode()) < 500
    assert max(len(file.encode()) for file in desk.writing) < 2_000


def test_the_counts_of_a_payer_are_those_of_its_records() -> None:
    desk = Desk(context=context(profiles=profiles(batch_max_claims=2)))
    for name in ("r1", "r2", "r3", "r4", "r5"):
        desk.tell(resubmission(name))
    desk.tell(withdrawal("r5"))
    desk.seal()
    desk.tell(resubmission("r6"))
    desk.doubt()
    assert desk.state is not None
    (waiting,) = [claim for claim in desk.claims if claim.interchange is None]
    assert (desk.state.waiting, desk.state.size, desk.state.first) == (1, waiting.size, "r6")
    assert desk.state.unfinished == 1
    desk.resolve("confirm")
    assert desk.state.unfinished == 1


# What earlier versions kept in one record


@pytest.fixture
def earlier() -> Desk:
    """A payer as version 3 kept it: one claim waits, one stands in a file."""
    now = Desk()
    now.tell(resubmission("r1"))
    now.seal()
    now.tell(resubmission("r2"))
    sealed, waiting = now.claims
    (file,) = now.writing
    kept = {name: getattr(file, name) for name in Interchange.model_fields if name != "claims"}
    assert now.state is not None
    state = Interchanges(
        payer=now.state.payer,
        transaction="837P",
        open=(waiting.model_copy(update={"batch": "", "size": 0}),),
        writing=(
            Interchange(**kept, claims=(sealed.model_copy(update={"batch": "", "interchange": None}),)),
        ),
    )
    return Desk(state=state, numbers=now.numbers)


def test_claims_and_files_of_an_earlier_record_get_records_of_their_own(earlier: Desk) -> None:
    assert earlier.state is not None
    assert waits(earlier.state).tags == {"open"}
    assert earlier.tell(BatchDue(reason="earlier_record")) == []
    assert (earlier.state.open, earlier.state.writing) == ((), ())
    assert (earlier.open, earlier.in_files()) == (["r2"], [["r1"]])
    assert (earlier.state.waiting, earlier.state.unfinished) == (1, 1)


def test_what_an_earlier_record_knew_is_not_batched_again(earlier: Desk) -> None:
    earlier.tell(resubmission("r1"))
    earlier.tell(resubmission("r2"))
    assert earlier.open == ["r2"]


def test_a_file_of_an_earlier_record_is_reported(earlier: Desk) -> None:
    earlier.tell(BatchDue(reason="earlier_record"))
    assert [d.resubmission_id for d in earlier.report() if isinstance(d, ClaimDelivered)] == ["r1"]


# Reporting


def test_a_written_file_is_reported_for_every_claim_it_carries() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.tell(resubmission("r2", DEPENDENT))
    desk.seal()
    (interchange,) = desk.writing
    published = [p for p in desk.report() if isinstance(p, ClaimDelivered)]
    assert [p.resubmission_id for p in published] == ["r1", "r2"]
    assert {p.interchange_control_number for p in published} == {interchange.control_number}
    assert {p.digest for p in published} == {interchange.digest}
    assert {p.proposal_id for p in published} == {"proposal-r1", "proposal-r2"}


def test_our_own_group_is_recorded_under_the_keys_that_a_999_a_ta1_and_a_277ca_will_have() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    (interchange,) = desk.writing
    written = FileWritten(control_number=interchange.control_number, digest=interchange.digest)
    found = [o for o in desk.handle(written) if isinstance(o.data, GroupRecorded)]
    number = str(int(interchange.control_number))
    assert [o.key for o in found] == [
        group_key(TENANT, "CLINIC", number),
        interchange_key(TENANT, "CLINIC", number),
        transaction_key(TENANT, "CLINIC", number),
    ]
    for outcome in found:
        assert isinstance(outcome.data, GroupRecorded)
        assert outcome.data.transactions[0].claims == (KEY,)
        assert outcome.data.transactions[0].resubmissions == ("r1",)


def test_a_file_is_reported_once() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    (interchange,) = desk.writing
    written = FileWritten(control_number=interchange.control_number, digest=interchange.digest)
    desk.tell(written)
    assert desk.tell(written) == []


def test_a_file_with_another_digest_is_not_ours() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    (interchange,) = desk.writing
    assert desk.tell(FileWritten(control_number=interchange.control_number, digest="0" * 64)) == []


def test_an_uncertain_delivery_waits_for_a_person() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    assert refusals(desk.doubt()) == [("delivery_uncertain", "r1", True)]
    assert tags(desk) == {"uncertain"}
    assert desk.doubt() == []


# What a person finds out


@pytest.fixture
def doubtful() -> Desk:
    """One file with two claims, of which nobody knows where it is."""
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.tell(resubmission("r2"))
    desk.seal()
    desk.doubt()
    return desk


def test_a_confirmed_file_is_delivered_with_the_digest_that_was_sealed(doubtful: Desk) -> None:
    (interchange,) = doubtful.writing
    said = [d for d in doubtful.resolve("confirm") if isinstance(d, ClaimDelivered)]
    assert [(d.resubmission_id, d.digest, d.confirmed_by) for d in said] == [
        ("r1", interchange.digest, "j.rivera"),
        ("r2", interchange.digest, "j.rivera"),
    ]
    assert doubtful.below == {}


def test_a_file_that_is_sent_again_keeps_its_control_number_and_digest(doubtful: Desk) -> None:
    (before,) = doubtful.writing
    assert doubtful.resolve("resend") == []
    (after,) = doubtful.writing
    assert after == before.model_copy(update={"uncertain": False, "doubt": None, "shell": ""})
    assert tags(doubtful) == {"writing"}


@pytest.mark.parametrize("first", ["confirm", "resend"])
def test_what_one_person_found_out_is_not_changed_by_a_second_word(doubtful: Desk, first: str) -> None:
    doubtful.resolve(first)
    before = (doubtful.state, doubtful.below)
    assert doubtful.resolve("resend") == doubtful.resolve("confirm") == []
    assert (doubtful.state, doubtful.below) == before


def test_a_file_that_is_not_uncertain_cannot_be_resolved() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    before = (desk.state, desk.below)
    assert desk.resolve("confirm") == desk.resolve("resend") == []
    assert (desk.state, desk.below) == before


def test_a_claim_that_was_overtaken_while_its_file_was_uncertain_does_not_go_again(doubtful: Desk) -> None:
    doubtful.tell(withdrawal("r1"))
    assert refusals(doubtful.resolve("resend")) == [("withdrawn", "r1", False)]
    assert (doubtful.writing, doubtful.open) == ([], ["r2"])


def test_a_file_that_is_uncertain_for_the_second_time_says_so_again(doubtful: Desk) -> None:
    doubtful.resolve("resend")
    first = {o.natural_key for o in doubtful.doubts}
    doubtful.doubt()
    second = {o.natural_key for o in doubtful.doubts}
    assert len(first) == len(second) == 2
    assert not first & second


# The move to its place


def test_a_file_that_is_ready_may_be_moved_after_its_mark_is_kept() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    assert desk.ready("shell1") == []
    assert desk.writing[0].shell == "shell1"


def test_a_hold_that_came_after_the_seal_stops_the_move() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    desk.under(holds=HELD).ready("shell1")
    assert (desk.writing[0].shell, tags(desk)) == ("", {"hold", "writing"})
    desk.under().tell(ContextChanged(kind="hold", name="payer:EHP02"))
    assert tags(desk) == {"writing"}


def test_a_hold_does_not_forget_that_a_move_may_have_happened() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    desk.ready("shell1")
    desk.under(holds=HELD).ready("shell2")
    assert (desk.writing[0].shell, tags(desk)) == ("shell1", {"hold", "writing"})


def test_what_is_due_first_is_in_the_first_file() -> None:
    desk = Desk(context=context(profiles=profiles(batch_max_claims=2)))
    for name, due in (("r1", None), ("r2", date(2026, 3, 9)), ("r3", date(2026, 2, 9)), ("r4", None)):
        desk.tell(resubmission(name).model_copy(update={"due": due}))
    desk.seal()
    assert [sorted(file) for file in desk.in_files()] == [["r2", "r3"], ["r1", "r4"]]


# Holds


def test_a_batch_of_a_held_payer_is_not_sealed() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.under(holds=HELD).seal()
    assert desk.writing == []
    assert tags(desk) == {"hold"}


def test_a_hold_that_was_there_when_the_claim_came_keeps_the_batch_open() -> None:
    desk = Desk(context=context(holds=HELD))
    desk.tell(resubmission("r1"))
    assert tags(desk) == {"hold"}


def test_release_opens_the_batch_again() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.under(holds=HELD).seal()
    desk.under().tell(ContextChanged(kind="hold", name="payer:EHP02"))
    assert tags(desk) == {"open"}
    desk.seal()
    assert len(desk.writing) == 1


# Withdrawals


def test_a_withdrawn_claim_is_left_out_and_said_so() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.tell(resubmission("r2"))
    assert refusals(desk.tell(withdrawal("r1"))) == [("withdrawn", "r1", False)]
    desk.seal()
    assert desk.in_files() == [["r2"]]


def test_a_withdrawn_claim_does_not_come_back() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.tell(withdrawal("r1"))
    desk.tell(resubmission("r1"))
    assert desk.open == []


def test_a_withdrawal_after_writing_does_not_stop_the_file() -> None:
    desk = Desk()
    desk.tell(resubmission("r1"))
    desk.seal()
    (before,) = desk.writing
    assert desk.tell(withdrawal("r1")) == []
    assert desk.writing == [before.model_copy(update={"overtaken": ("r1",)})]
    assert [type(d) for d in desk.report()] == [ClaimDelivered, GroupRecorded, GroupRecorded, GroupRecorded]


@pytest.mark.parametrize("data", [withdrawal("r1"), BatchDue(reason="age")])
def test_what_concerns_nothing_known_leaves_no_record(data: Shape) -> None:
    desk = Desk()
    assert desk.tell(data) == []
    assert (desk.state, desk.numbers, desk.below) == (None, None, {})

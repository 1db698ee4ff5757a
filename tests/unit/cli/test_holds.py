"""`hold payer` and `release payer`: the state, the event that wakes what waits, and who did it."""

from __future__ import annotations

from schemas.control import Hold, HoldChanged, OperatorAction
from services.deployment.opening import Deployment
from services.runtime.records import decode_event, decode_state
from tests.unit.cli.conftest import Reclaim


def changes(deployment: Deployment) -> list[tuple[int, HoldChanged]]:
    found = []
    for record in deployment.log.read("control"):
        data = decode_event(record).data
        assert isinstance(data, HoldChanged)
        found.append((record.partition, data))
    return found


def test_a_hold_stands_under_its_payer(reclaim: Reclaim, deployment: Deployment) -> None:
    assert reclaim("hold", "payer", " ab12 ", "--by", "dana").status == 0
    record = deployment.latest("holds")["payer:AB12"]
    hold = decode_state(record, Hold)
    assert hold is not None
    assert (hold.subject, hold.by) == ("payer:AB12", "dana")


def test_every_partition_of_control_is_told(reclaim: Reclaim, deployment: Deployment) -> None:
    reclaim("hold", "payer", "AB12")
    told = changes(deployment)
    assert [partition for partition, _ in told] == list(range(deployment.log.partition_count))
    assert all(change.held for _, change in told)


def test_holding_twice_changes_nothing(reclaim: Reclaim, deployment: Deployment) -> None:
    reclaim("hold", "payer", "AB12")
    before = deployment.log.ends(["holds", "control", "operator-actions"])
    ended = reclaim("hold", "payer", "ab12")
    assert ended.status == 0
    assert deployment.log.ends(["holds", "control", "operator-actions"]) == before


def test_release_ends_the_hold_and_says_so_to_every_partition(
    reclaim: Reclaim, deployment: Deployment
) -> None:
    reclaim("hold", "payer", "AB12")
    reclaim("release", "payer", "AB12")
    assert deployment.latest("holds") == {}
    assert [change.held for _, change in changes(deployment)] == [
        True,
        False,
    ] * deployment.log.partition_count


def test_who_did_it_is_recorded_with_the_user_of_the_machine(
    reclaim: Reclaim, deployment: Deployment
) -> None:
    reclaim("hold", "payer", "AB12", "--by", "dana")
    reclaim("release", "payer", "AB12", "--by", "eli")
    actions = [decode_event(record).data for record in deployment.log.read("operator-actions")]
    assert [(a.action, a.by, bool(a.os_user)) for a in actions if isinstance(a, OperatorAction)] == [
        ("hold", "dana", True),
        ("release", "eli", True),
    ]


def test_status_shows_the_hold(reclaim: Reclaim) -> None:
    reclaim("hold", "payer", "AB12")
    assert "payer:AB12" in reclaim("status", "--json").out

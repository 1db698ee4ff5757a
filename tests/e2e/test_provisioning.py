"""What an operator types before the services start."""

from __future__ import annotations

import json

from tests.e2e.installation import Installation


def test_the_grants_of_one_principal_are_printed_as_json(reclaim: Installation) -> None:
    grants = json.loads(reclaim.ok("topics", "acls", "--service", "timekeeper", "--form", "json"))
    assert {grant["principal"] for grant in grants} == {"User:timekeeper"}
    written = {g["name"] for g in grants if (g["resource"], g["operation"]) == ("TOPIC", "WRITE")}
    assert written == {"control", "dead-letters"}


def test_a_principal_that_is_not_there_is_wrong_use_and_those_there_are_named(reclaim: Installation) -> None:
    ended = reclaim("topics", "acls", "--service", "nobody")
    assert ended.status == 2
    assert "there is no nobody; known are intake, classifier" in ended.err


def test_a_folder_without_a_service_s_password_is_refused_before_the_cluster_is_asked(
    reclaim: Installation,
) -> None:
    passwords = reclaim.home / "passwords"
    passwords.mkdir()
    (passwords / "intake").write_text("q7x2")
    ended = reclaim("topics", "users", "--passwords", passwords)
    assert (ended.status, ended.out) == (2, "")
    assert "the password of intake is too short: 16 characters at least" in ended.err
    assert "q7x2" not in ended.err


def test_what_ships_is_made_active_once(reclaim: Installation) -> None:
    assert reclaim.ok("load", "shipped") == "shipped: active\n"
    assert reclaim.ok("load", "shipped") == "shipped: active already; nothing changed\n"
    assert len(reclaim.recorded("rule-sets")) == 1

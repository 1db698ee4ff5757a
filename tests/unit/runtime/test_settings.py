"""Settings: arguments before the environment before the file before defaults."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from services.runtime.settings import SettingsError, load_settings

SECRET = "ab" * 32


def test_without_any_setting_the_defaults_hold() -> None:
    settings = load_settings({})
    assert (settings.tenant, settings.log, settings.partitions) == ("main", "embedded", 8)
    assert settings.data == Path("reclaim-data")
    assert settings.blobs == Path("reclaim-data/blobs")
    assert settings.secret_is_public


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load_settings({"RECLAIM_TENANT": "", "RECLAIM_LOG": ""}).tenant == "main"


def test_a_secret_that_is_set_is_not_public_and_is_not_shown() -> None:
    settings = load_settings({"RECLAIM_KEY_SECRET": SECRET})
    assert settings.key_secret == bytes.fromhex(SECRET)
    assert not settings.secret_is_public
    assert "ab" * 4 not in repr(settings)
    assert repr(settings.key_secret) not in repr(settings)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "reclaim.toml").write_text('tenant = "filed"\npartitions = 4\n')
    settings = load_settings({"RECLAIM_TENANT": "named", "RECLAIM_DATA": str(tmp_path)})
    assert (settings.tenant, settings.partitions) == ("named", 4)


def test_an_argument_goes_before_the_environment(tmp_path: Path) -> None:
    settings = load_settings(
        {"RECLAIM_DATA": "elsewhere", "RECLAIM_LOG": "embedded"}, data=tmp_path, log="kafka"
    )
    assert (settings.data, settings.log) == (tmp_path, "kafka")


def test_the_file_may_name_the_data_folder(tmp_path: Path) -> None:
    file = tmp_path / "some.toml"
    file.write_text(f'data = "{tmp_path}/there"\n')
    assert load_settings({"RECLAIM_CONFIG": str(file)}).log_path == tmp_path / "there" / "log.sqlite3"


def test_kafka_settings_come_from_their_table_and_the_environment(tmp_path: Path) -> None:
    (tmp_path / "reclaim.toml").write_text('[kafka]\nbootstrap = "a:1"\nsasl_mechanism = "PLAIN"\n')
    settings = load_settings({"RECLAIM_KAFKA_BOOTSTRAP": "b:2"}, data=tmp_path)
    assert dict(settings.kafka) == {"bootstrap": "b:2", "sasl_mechanism": "PLAIN"}


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"RECLAIM_TENANT": "a|b"}, "tenant"),
        ({"RECLAIM_LOG": "pulsar"}, "log"),
        ({"RECLAIM_PARTITIONS": "99999"}, "partitions"),
        ({"RECLAIM_PARTITIONS": "many"}, "partitions"),
        ({"RECLAIM_TRUNCATED_AFTER": "10m"}, "truncated_after"),
        ({"RECLAIM_TRUNCATED_AFTER": "604801"}, "truncated_after"),
        ({"RECLAIM_KEY_SECRET": "not hex"}, "key_secret"),
        ({"RECLAIM_KEY_SECRET": "abcd"}, "key_secret"),
        ({"RECLAIM_CONFIG": "/nowhere/reclaim.toml"}, "RECLAIM_CONFIG"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(environ: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    assert named in str(caught.value)
    assert next(iter(environ.values())) not in str(caught.value)


def test_a_setting_of_the_file_that_is_not_known_is_named(tmp_path: Path) -> None:
    (tmp_path / "reclaim.toml").write_text('tennant = "x"\n')
    with pytest.raises(SettingsError, match="tennant"):
        load_settings({}, data=tmp_path)


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reclaim.toml").write_text("= =")
    with pytest.raises(SettingsError):
        load_settings({}, data=tmp_path)


def test_how_long_a_file_in_pieces_is_waited_for_is_set_in_seconds() -> None:
    assert load_settings({"RECLAIM_TRUNCATED_AFTER": "30"}).truncated_after == timedelta(seconds=30)


def test_a_secret_may_be_named_by_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "password").write_text("word\n")
    settings = load_settings(
        {
            "RECLAIM_KEY_SECRET_FILE": str(tmp_path / "secret"),
            "RECLAIM_KAFKA_SASL_PASSWORD_FILE": str(tmp_path / "password"),
        }
    )
    assert settings.key_secret == bytes.fromhex(SECRET)
    assert dict(settings.kafka) == {"sasl_password": "word"}


def test_a_secret_that_is_named_twice_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"either it or RECLAIM_KEY_SECRET_FILE$"):
        load_settings({"RECLAIM_KEY_SECRET": SECRET, "RECLAIM_KEY_SECRET_FILE": str(tmp_path / "secret")})


def test_a_file_of_a_secret_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="RECLAIM_KEY_SECRET_FILE: the file cannot be read"):
        load_settings({"RECLAIM_KEY_SECRET_FILE": str(tmp_path / "none")})

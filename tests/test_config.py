"""The configuration: bounds, messages, and the sample that is kept in conf/."""

import dataclasses
import tomllib
from pathlib import Path

import pytest

from coserver import config
from coserver.config import Config, ConfigError

ROOT = Path(__file__).parent.parent


def test_the_kept_sample_is_what_the_settings_say() -> None:
    kept = (ROOT / "conf" / "coserver.toml").read_text("utf-8")
    assert kept == config.sample(), "write it anew: coserver config --defaults > conf/coserver.toml"


def test_the_sample_read_back_gives_the_defaults() -> None:
    assert config.parse(tomllib.loads(config.sample()), source="sample") == Config()


def test_the_sample_of_changed_settings_read_back_gives_them() -> None:
    wanted = config.changed(Config(), "server", data='/srv/"odd" \\ folder', listen=("127.0.0.1",))
    wanted = config.changed(wanted, "smtp", hold_outside=True, retry_minutes=7)
    assert config.parse(tomllib.loads(config.sample(wanted)), source="sample") == wanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("::1", ("::1", 53)),
        ("[::1]:5353", ("::1", 5353)),
    ],
)
def test_a_name_server_is_an_address_with_or_without_a_port(text: str, expected: tuple[str, int]) -> None:
    assert config.address_and_port(text, 53) == expected


def test_the_file_for_developers_is_valid() -> None:
    assert config.read(ROOT / "conf" / "dev.toml").server.plaintext_on_loopback


def test_every_setting_says_what_it_means() -> None:
    for part in dataclasses.fields(Config):
        for one in dataclasses.fields(part.default):
            assert one.metadata["meaning"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[imap]\nidle = 3", "imap.idle: there is no such setting"),
        ("[pop]\n", "[pop] is not a section"),
        ("imap = 3", "[imap] is not a section"),
        ("[ports]\nimap = 70000", "ports.imap: must be between 0 and 65535, not 70000"),
        ("[limits]\nconnections_per_address = 0", "must be at least 1, not 0"),
        ("[ports]\nimap = true", "must be a whole number, not True"),
        ("[ports]\nimap = '143'", "must be a whole number, not '143'"),
        ("[server]\nlisten = '::'", "must be a list of texts"),
        ("[server]\nlisten = ['here']", "'here' is not an address"),
        ("[dns]\nservers = ['ns.example.org']", "'ns.example.org' is no name server"),
        ("[dns]\nservers = ['192.0.2.1:0']", "'192.0.2.1:0' is no name server"),
        ("[dns]\nservers = ['[::1]']", "'[::1]' is no name server"),
        ("[log]\nlevel = 'loud'", "must be debug, info, warning or error"),
        ("[server", "not a TOML file"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_setting(tmp_path: Path, text: str, words: str) -> None:
    place = tmp_path / "coserver.toml"
    place.write_text(text)
    with pytest.raises(ConfigError) as refused:
        config.read(place)
    assert words in str(refused.value)
    assert str(refused.value).startswith(str(place))


def test_an_absent_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        config.read(tmp_path / "none.toml")


def test_find_when_the_data_folder_holds_a_file_then_that_one_counts(tmp_path: Path) -> None:
    (tmp_path / "coserver.toml").write_text("[server]\ndomain = 'example.test'\ndata = '/elsewhere'")
    found = config.find({}, tmp_path)
    assert found.server.domain == "example.test"
    assert found.data == tmp_path


def test_find_when_the_environment_names_a_file_then_it_comes_first(tmp_path: Path) -> None:
    (tmp_path / "coserver.toml").write_text("[server]\ndomain = 'a.test'")
    (tmp_path / "other.toml").write_text("[server]\ndomain = 'b.test'")
    found = config.find({"COSERVER_CONFIG": str(tmp_path / "other.toml")}, tmp_path)
    assert found.server.domain == "b.test"
    with pytest.raises(ConfigError):
        config.find({"COSERVER_CONFIG": str(tmp_path / "gone.toml")}, tmp_path)


def test_the_smarthost_password_is_not_in_the_representation() -> None:
    assert "hidden-word" not in repr(config.changed(Config(), "smtp", smarthost_password="hidden-word"))

"""What the demo promises, as far as it can be said without starting it."""

import json
from pathlib import Path

import pytest

from coserver import config
from coserver.accounts.many import Row
from coserver.cli import demo
from coserver.model.errors import Unusable


def test_demo_config_has_the_ports_of_the_contract(tmp_path: Path) -> None:
    settings = demo.demo_config(tmp_path, 30000, listen="192.0.2.1")
    ports = settings.ports
    assert (ports.imap, ports.imaps, ports.smtp, ports.submission) == (30143, 30993, 30025, 30587)
    assert (ports.submissions, ports.lmtp, ports.http, ports.https, ports.status) == (30465, 30024, 30080, 30443, 30090)
    assert settings.server.listen == ("127.0.0.1",)
    assert settings.server.listen_tls == ("192.0.2.1",)
    assert settings.server.plaintext_on_loopback
    assert settings.smtp.hold_outside
    assert (settings.server.domain, settings.server.plan) == ("example.test", "demo")


def test_ready_tells_where_everything_is(tmp_path: Path) -> None:
    told = demo.ready(demo.demo_config(tmp_path, 30000), [Row("alice@example.test", "word")])
    assert told["urls"] == {
        "caldav": "http://127.0.0.1:30080/",
        "carddav": "http://127.0.0.1:30080/",
        "drive": "http://127.0.0.1:30080/drive/",
        "metrics": "http://127.0.0.1:30090/metrics",
    }
    assert told["ports"]["imaps"] == 30993
    assert "status" not in told["ports"]
    assert told["accounts"] == [{"login": "alice@example.test", "password": "word"}]
    assert Path(told["certificate"]).parent == tmp_path / "certificates"


def test_write_ready_puts_the_file_there_whole(tmp_path: Path) -> None:
    demo.write_ready(tmp_path / "ready", {"pid": 1})
    assert json.loads((tmp_path / "ready").read_text()) == {"pid": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["ready"]


def test_write_ready_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"ready file .* cannot be written"):
        demo.write_ready(tmp_path / "none" / "ready", {})


def test_welcome_names_every_port_and_the_folder(tmp_path: Path) -> None:
    told = demo.welcome(demo.demo_config(tmp_path, 30000, listen="192.0.2.1"))
    for port in (30143, 30993, 30025, 30587, 30465, 30024, 30080, 30443, 30090):
        assert str(port) in told
    assert str(tmp_path) in told
    assert str(tmp_path / "certificates" / "self-signed.pem") in told
    assert "192.0.2.1" in told


def test_keep_leaves_settings_that_are_read_back(tmp_path: Path) -> None:
    settings = demo.demo_config(tmp_path, 30000)
    demo._keep(settings)
    assert config.find({}, tmp_path) == settings
    other = demo.demo_config(tmp_path, 31000)
    demo._keep(other)
    assert config.find({}, tmp_path) == other


def test_keep_leaves_a_file_of_somebody_elses_alone(tmp_path: Path) -> None:
    (tmp_path / config.FILE_NAME).write_text("# mine\n")
    demo._keep(demo.demo_config(tmp_path, 30000))
    assert (tmp_path / config.FILE_NAME).read_text() == "# mine\n"

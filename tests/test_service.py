"""Putting a house together: what it is made of, and what keeps it from beginning."""

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock as Timers

from coserver import config
from coserver.clock import SystemClock
from coserver.config import Config
from coserver.model.errors import Locked, Unusable
from coserver.service import Service, certificate_names
from coserver.store.engine import Store


def settings(data: Path, **server: Any) -> Config:
    return config.changed(Config(), "server", data=str(data), domain="example.test", **server)


def test_certificate_names_are_the_servers_the_domains_and_where_it_listens() -> None:
    named = settings(Path(), host="house.example.test", listen=("127.0.0.1", "::"), listen_tls=("192.0.2.1",))
    named = config.changed(named, "tls", names=("other.test",))
    assert certificate_names(named) == [
        "house.example.test",
        "example.test",
        "mail.example.test",
        "localhost",
        "127.0.0.1",
        "192.0.2.1",
        "other.test",
    ]


def test_assembly_on_a_folder_that_is_served_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "data", clock=SystemClock())
    with pytest.raises(Locked, match="Stop it first"):
        Service(settings(tmp_path / "data"), Timers())
    store.close()


def test_assembly_with_a_bad_certificate_is_refused_and_lets_go_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "certificates"
    folder.mkdir(parents=True)
    (folder / "example.test.pem").write_text("nothing")
    with pytest.raises(Unusable, match=r"example\.test\.pem: must hold a private key"):
        Service(settings(tmp_path / "data"), Timers())
    Store.open(tmp_path / "data", clock=SystemClock()).close()


def test_assembly_makes_one_kit_of_one_store(tmp_path: Path) -> None:
    service = Service(settings(tmp_path / "data"), Timers())
    kit = service.kit
    assert kit.store.folder == tmp_path / "data"
    assert kit.config.server.domain == "example.test"
    assert kit.certificates.path.read_bytes()
    assert b"coserver_pool_calls 0.0" in kit.metrics.page()
    kit.store.close()

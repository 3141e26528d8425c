"""`coserver domain` on a folder that nobody serves, with a name server on loopback."""

from pathlib import Path
from typing import Any

import dns.zone
import pytest


@pytest.fixture
def named(begun: Any, name_server: Any, tmp_path: Path) -> Any:
    """The command, on a house at mail.example.test that asks that name server."""
    settings = tmp_path / "data" / "coserver.toml"
    server = '[server]\ndomain = "example.test"\nhost = "mail.example.test"\n'
    settings.write_text(f'{server}[dns]\nservers = ["{name_server.place}"]\nseconds = 1\n')
    return begun


def publish(name_server: Any, text: str) -> None:
    """Set a zone file in the DNS."""
    for line in text.splitlines():
        if not line.startswith(";"):
            name, _, _, kind, value = line.split(" ", 4)
            name_server.zone.setdefault((name.rstrip("."), kind), []).append(value)


def test_records_when_printed_then_they_are_a_zone_and_the_check_says_what_is_there(
    named: Any, name_server: Any
) -> None:
    """R26: what to set, and for each record whether it is set."""
    text = named("domain", "records", "example.test").out
    assert "mail.example.test. 3600 IN A <the address" in text
    head = "@ 60 IN SOA ns root 1 1 1 1 1\n@ 60 IN NS mail\n"
    assert len(dns.zone.from_text(head + text, "example.test.", check_origin=False).nodes) > 8
    assert text.count("._domainkey.example.test.") == 1
    told = named("domain", "records", "example.test", "--check", "--json").json
    assert {each["verdict"] for each in told} == {"missing"}
    publish(name_server, text)
    name_server.zone["mail.example.test", "A"] = ["192.0.2.1"]
    name_server.zone["_dmarc.example.test", "TXT"] = ['"v=DMARC1; p=loud"']
    told = named("domain", "records", "example.test", "--check", "--json").json
    assert [each["name"] for each in told if each["verdict"] != "right"] == ["_dmarc.example.test"]
    table = named("domain", "records", "example.test", "--check").out
    assert "v=DMARC1; p=loud" in table
    assert max(map(len, table.splitlines())) < 250


def test_rotate_when_the_record_is_set_then_the_new_key_is_used(named: Any, name_server: Any) -> None:
    """R24."""
    first = named("domain", "rotate", "example.test")
    assert "when the DNS has it" in first.err
    assert first.out.count("\n") == 1
    publish(name_server, first.out)
    second = named("domain", "rotate", "example.test")
    assert (second.out, "from now on" in second.err) == (first.out, True)
    now = named("domain", "rotate", "example.test", "--now")
    assert now.out != first.out
    assert "from now on" in now.err
    assert "PRIVATE" not in first.out + first.err + now.out + now.err


def test_remove_when_a_domain_goes_then_it_rests_and_is_restored(named: Any) -> None:
    """S27."""
    assert named("domain", "add", "other.test", "--postmaster", "bob").status == 0
    done = named("domain", "remove", "other.test")
    assert (done.status, done.out) == (0, "")
    assert "`coserver domain restore other.test` brings it back until 20" in done.err
    assert named("domain", "records", "other.test").status == 1
    assert named("domain", "list", "--json").json[1]["rests_until"] is not None
    assert named("domain", "restore", "other.test").status == 0
    (_, other) = named("domain", "list", "--json").json
    assert (other["postmaster"], other["rests_until"]) == ("bob@example.test", None)

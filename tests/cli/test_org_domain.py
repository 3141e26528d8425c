"""`coserver org domain` on a folder that nobody serves, with a name server on loopback."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def named(begun: Any, name_server: Any, tmp_path: Path) -> Any:
    """The command, in a house that asks that name server and where bob owns the club."""
    (tmp_path / "data" / "coserver.toml").write_text(
        f'[server]\ndomain = "example.test"\n[dns]\nservers = ["{name_server.place}"]\nseconds = 1\n'
    )
    assert begun("org", "add", "club", "--owner", "bob").status == 0
    return begun


def test_domain_when_its_owner_proves_it_in_the_dns_then_mail_for_it_is_taken(named: Any, name_server: Any) -> None:
    """R26: five steps from nothing to a domain of one's own, in real DNS messages."""
    made = named("org", "domain", "add", "club", "corp.test", "--as", "bob")
    assert (made.status, made.out.count("\n")) == (0, 1)
    assert "coserver org domain check club corp.test" in made.err
    early = named("org", "domain", "check", "club", "corp.test", "--as", "bob")
    assert (early.status, early.out, early.err.count("\n")) == (1, made.out, 1)
    assert "not seen yet" in early.err
    for words in (("records",), ("rotate",), ("remove",)):
        unproved = named("org", "domain", *words, "club", "corp.test")
        assert (unproved.status, "then `coserver org domain check club corp.test`" in unproved.err) == (1, True)
    assert "is no domain of organisation club" in named("org", "domain", "records", "club", "other.test").err
    name, _, _, kind, value = made.out.strip().split(" ", 4)
    name_server.zone[name.rstrip("."), kind] = ['"v=other"', value]
    done = named("org", "domain", "check", "club", "corp.test", "--as", "bob")
    assert (done.status, done.out) == (0, "")
    assert "is a domain of club now" in done.err
    assert named("org", "domain", "list", "club", "--json").json[0]["proved"]
    zone = named("org", "domain", "records", "club", "corp.test", "--as", "bob").out
    assert "corp.test. 3600 IN MX 10 example.test.\n" in zone
    assert "missing" in named("org", "domain", "records", "club", "corp.test", "--check").out
    assert "._domainkey.corp.test." in named("org", "domain", "rotate", "club", "corp.test").out
    gone = named("org", "domain", "remove", "club", "corp.test")
    assert "`coserver org domain restore club corp.test` brings it back" in gone.err
    assert named("org", "domain", "restore", "club", "corp.test").status == 0


def test_domain_when_somebody_else_asks_then_refused(named: Any) -> None:
    assert named("org", "domain", "add", "club", "corp.test", "--as", "alice").status == 1
    assert named("org", "domain", "add", "club", "example.test", "--as", "bob").status == 1
    assert named("org", "domain", "withdraw", "club", "corp.test").status == 1
    assert "no domains" in named("org", "domain", "list", "club").err

"""Records of our domains against a DNS that a test made up, and the rotation of keys."""

import logging
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from coserver.accounts import zones
from coserver.accounts.setup import pacc
from coserver.config import Config, changed
from coserver.mail import keys, signing, sts, zone
from coserver.mail.zone import Verdict
from coserver.model.errors import Busy, Denied, Missing

LISTENED = ("9.9.9.9", "2620:fe::fe")


@pytest.fixture(scope="module")
def secret() -> str:
    return signing.secret()


@pytest.fixture
def house(office: Any, estate: Any, world: Any, secret: str) -> Any:
    config = changed(Config(), "server", domain="example.test", host="mail.example.test")
    estate.store.write(lambda tx: keys.give(tx, "example.test", secret))
    return replace(office.house, asks=world, config=config)


def publish(world: Any, house: Any) -> None:
    """Set in the DNS what should stand there."""
    for each in zones.records(house, "example.test"):
        world.zone[each.name, each.kind] = (*world.zone.get((each.name, each.kind), ()), each.value or "192.0.2.1")


def verdicts(house: Any) -> dict[Verdict, int]:
    told = [each.verdict for each in zones.check(house, "example.test")]
    return {each: told.count(each) for each in dict.fromkeys(told)}


def test_check_when_the_dns_says_what_it_should_then_all_is_right(house, world) -> None:
    """R26: each record is asked for, and told beside what is there."""
    assert verdicts(house) == {Verdict.MISSING: 28}
    publish(world, house)
    assert verdicts(house) == {Verdict.RIGHT: 28}
    world.zone["example.test", "MX"] = ("5 elsewhere.test",)
    (other,) = [each for each in zones.check(house, "example.test") if each.verdict is not Verdict.RIGHT]
    assert (other.record.value, other.verdict, other.found) == (
        "10 mail.example.test", Verdict.DIFFERS, ("5 elsewhere.test",),
    )  # fmt: skip


def test_check_when_nobody_answers_then_it_soon_gives_up(house, world) -> None:
    world.silent = True
    assert verdicts(house) == {Verdict.SILENT: 28}
    assert len(world.asked) == 2


def test_records_when_the_domain_is_not_in_force_then_refused(house) -> None:
    with pytest.raises(Missing):
        zones.records(house, "elsewhere.test")


def test_rotate_when_a_key_is_made_then_it_signs_when_its_record_is_seen_and_not_before(house, world, secret) -> None:
    """R24: mail is never signed with what nobody can look up."""
    first = zones.rotate(house, "example.test", at_once=False)
    assert not first.used
    assert secret_of(house) == secret
    assert first.record in zones.records(house, "example.test")
    assert zones.rotate(house, "example.test", at_once=False) == first
    zones.round_(house)
    assert secret_of(house) == secret
    world.zone[first.record.name, "TXT"] = (first.record.value,)
    assert zones.rotate(house, "example.test", at_once=False) == replace(first, used=True)
    assert signing.record(secret_of(house)) == first.record.value
    assert secret != secret_of(house)


def test_rotate_when_two_ask_at_once_then_both_are_told_of_one_key(house, secret, monkeypatch) -> None:
    """The record that the first was told to set was that of a key already thrown away."""
    others: list[Any] = []

    def made() -> str:
        monkeypatch.setattr(signing, "secret", lambda: secret)
        others.append(zones.rotate(house, "example.test", at_once=False))
        return secret

    monkeypatch.setattr(signing, "secret", made)
    assert [zones.rotate(house, "example.test", at_once=False)] == others


def test_round_when_the_record_of_a_key_has_come_then_it_is_used(house, world, secret) -> None:
    made = zones.rotate(house, "example.test", at_once=False)
    world.silent = True
    zones.round_(house)
    assert secret_of(house) == secret
    world.silent, world.zone[made.record.name, "TXT"] = False, (made.record.value,)
    zones.round_(house)
    assert signing.record(secret_of(house)) == made.record.value


def test_round_when_name_servers_of_some_are_lame_then_the_keys_of_others_come_into_use(
    house, estate, world, secret
) -> None:
    """One domain without an answer ended each round, and those after it never had their turn."""
    lame = [f"lame{number}.test" for number in range(4)]
    for name in (*lame, "good.test"):
        estate.store.write(lambda tx, name=name: zones.domains.add(tx, name))
        estate.store.write(lambda tx, name=name: keys.give(tx, name, secret))
        estate.store.write(lambda tx, name=name: keys.prepare(tx, name, secret))
    made = zones.rotate(house, "good.test", at_once=False)
    world.zone[made.record.name, "TXT"] = (made.record.value,)
    asked: list[str] = []

    def asks(name: str, kind: str) -> tuple[str, ...]:
        asked.append(name)
        if "lame" in name:
            raise Busy("nobody answers")
        return world(name, kind)

    for _ in range(5):
        zones.round_(replace(house, asks=asks))
        estate.clock.seconds += 900
    with estate.store.read() as tx:
        assert [each.domain for each in keys.waiting(tx, most=10)] == lame
    assert len(asked) <= 4 * 5


def test_rotate_when_at_once_then_the_old_key_is_forgotten(house, secret) -> None:
    made = zones.rotate(house, "example.test", at_once=True)
    assert made.used
    assert signing.record(secret_of(house)) == made.record.value
    with house.store.read() as tx:
        assert keys.prepared(tx, "example.test") is None


def test_round_when_a_domain_has_no_key_then_it_gets_one_that_is_told_to_nobody(house, office, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    house.store.write(lambda tx: zones.domains.add(tx, "second.test"))
    zones.round_(house)
    with house.store.read() as tx:
        key = keys.find(tx, "second.test")
    assert key is not None
    lines = key.secret.splitlines()[1:-1]
    shown = [
        repr(key),
        zone.text(zones.records(house, "second.test")),
        *(str(each.__dict__) for each in caplog.records),
    ]
    assert not [line for line in lines for text in shown if line in text]


def test_rotate_when_the_domain_rests_then_denied(house) -> None:
    house.store.write(lambda tx: zones.domains.add(tx, "second.test"))
    house.store.write(lambda tx: zones.domains.remove(tx, "second.test"))
    with pytest.raises(Denied):
        zones.rotate(house, "second.test", at_once=True)


@pytest.mark.parametrize(
    ("server", "smarthost", "addresses", "relay"),
    [
        ({}, "", (), ""),
        ({"listen": ("9.9.9.9", "127.0.0.1", "10.0.0.1"), "listen_tls": ("2620:fe::fe",)}, "", LISTENED, ""),
        ({"host": "Mail.Example.Test."}, "Relay.test:2525", (), "a:relay.test"),
        ({}, "relay.test", (), "a:relay.test"),
        ({}, "[2620:fe::fe]:25", (), "ip6:2620:fe::fe"),
        ({}, "9.9.9.9:25", (), "ip4:9.9.9.9"),
        ({}, "10.0.0.1:25", (), ""),
    ],
)  # fmt: skip
def test_place_when_configured_then_only_what_others_can_reach_is_said(server, smarthost, addresses, relay) -> None:
    config = changed(
        changed(Config(), "server", **{"host": "mail.example.test", **server}), "smtp", smarthost=smarthost
    )
    found = zones.place(config)
    assert (found.host, found.addresses, found.relay) == ("mail.example.test", addresses, relay)


@pytest.mark.parametrize(
    ("mode", "smtp", "told"), [("none", 25, 0), ("testing", 25, 3), ("enforce", 25, 3), ("enforce", 0, 0)]
)
def test_records_when_other_servers_are_to_insist_on_tls_then_told_of_that_very_policy(house, mode, smtp, told) -> None:
    config = changed(changed(house.config, "smtp", sts=mode), "ports", smtp=smtp)
    config = changed(config, "server", host="Mail.Example.Test.")
    found = zones.records(replace(house, config=config), "example.test")
    about = [each for each in found if "mta-sts" in each.name or "_tls" in each.name]
    assert len(about) == told
    assert b"mx: mail.example.test\r\n" in zones.policy(config)
    if told:
        assert about[0].value == sts.announced(zones.policy(config))


def secret_of(house: Any) -> str:
    with house.store.read() as tx:
        key = keys.find(tx, "example.test")
    assert key is not None
    return key.secret


@pytest.mark.parametrize(
    ("web", "ports", "found"),
    [
        ("", {}, ("mail.example.test", 443)),
        ("https://www.example.org", {}, ("www.example.org", 443)),
        ("https://www.example.org:8443/", {}, ("www.example.org", 8443)),
        ("", {"https": 8443}, ("mail.example.test", 8443)),
        ("", {"https": 0}, ("mail.example.test", 0)),
        ("https://192.0.2.7", {}, ("", 443)),
        ("https://[2001:db8::1]:8443", {}, ("", 8443)),
    ],
)
def test_place_when_people_are_sent_to_another_name_then_programs_are_too(web, ports, found) -> None:
    config = changed(Config(), "server", domain="example.test", host="mail.example.test", web=web)
    there = zones.place(changed(config, "ports", **ports))
    assert (there.web, there.web_port) == found


def test_records_when_programs_read_the_settings_then_the_record_vouches_for_those_very_bytes(house, world) -> None:
    """A record of another document differs; one for other ends under the name does not count."""
    (record,) = [each for each in zones.records(house, "example.test") if each.name == "_ua-auto-config.example.test"]
    digest = b64encode(sha256(pacc.of(house.config, "example.test").body).digest()).decode()
    assert (record.kind, record.value) == ("TXT", f"v=UAAC1; a=sha256; d={digest}")
    for found, verdict in (
        ((), Verdict.MISSING),
        ((record.value,), Verdict.RIGHT),
        ((record.value.replace("d=", "d=x"),), Verdict.DIFFERS),
        (("v=spf1 -all", record.value), Verdict.RIGHT),
    ):
        world.zone[record.name, "TXT"] = found
        (told,) = [each for each in zones.check(house, "example.test") if each.record == record]
        assert told.verdict is verdict
    shut = replace(house, config=changed(house.config, "ports", imaps=0, submissions=0, https=0))
    assert not [each for each in zones.records(shut, "example.test") if each.name.startswith("_ua-")]

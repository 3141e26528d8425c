"""Passkeys of accounts, from the question to the log-in."""

import json
from typing import Any

import pytest

from coserver.auth import passkeys, standing
from coserver.auth.ceremonies import Site
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Exists, Malformed, Missing, Unknown
from coserver.store import journal, spaces
from coserver.store.schema.auth import passkey
from tests.passkey_device import Device

SITE = Site("https://mail.example.test")
COOKIE = 7


@pytest.fixture
def alice(estate: Any) -> Any:
    return estate.account("alice").id


def ask(estate: Any, account: Any, *, cookie: int = COOKIE) -> str:
    with estate.store.read() as tx:
        return passkeys.to_make(tx, SITE, account, "alice@example.test", "Alice", cookie=cookie)


def keep(estate: Any, account: Any, answer: Any, *, label: str = "Telephone", cookie: int = COOKIE) -> None:
    text = json.dumps(answer)
    estate.store.write(lambda tx: passkeys.add(tx, SITE, account, label, text, cookie=cookie))


def made(estate: Any, account: Any, *, label: str = "Telephone") -> Device:
    device = Device(SITE.origin)
    keep(estate, account, device.make(ask(estate, account)), label=label)
    return device


def question(estate: Any) -> str:
    with estate.store.read() as tx:
        return passkeys.to_show(tx, SITE)


def check(estate: Any, answer: Any) -> passkeys.Shown:
    with estate.store.read() as tx:
        return passkeys.check(tx, SITE, json.dumps(answer))


def listed(estate: Any, account: Any) -> list[passkeys.Passkey]:
    with estate.store.read() as tx:
        return passkeys.of(tx, account)


def acts(estate: Any, account: Any) -> list[ActKind]:
    with estate.store.read() as tx:
        return [each.kind for each in journal.listed(tx, spaces.of(tx, account).id)]


def test_passkey_when_made_then_it_is_listed_and_shown_for_its_account(estate: Any, alice: Any) -> None:
    device = made(estate, alice, label="  My \n telephone ")
    (one,) = listed(estate, alice)
    assert (one.label, one.site, one.used) == ("My telephone", "mail.example.test", 0)
    shown = check(estate, device.show(question(estate)))
    assert (shown.whose.account, shown.id) == (alice, one.id)
    estate.clock.seconds += 5
    estate.store.write(lambda tx: passkeys.take(tx, shown))
    (one,) = listed(estate, alice)
    assert one.used == int(estate.clock.seconds * 1000)
    assert {ActKind.PASSKEY, ActKind.LOGGED_IN} <= set(acts(estate, alice))


def test_answer_when_it_was_taken_then_it_and_earlier_ones_are_good_no_more(estate: Any, alice: Any) -> None:
    device = made(estate, alice)
    earlier = question(estate)
    estate.clock.seconds += 1
    answer = device.show(question(estate))
    old = device.show(earlier)
    shown = check(estate, answer)
    estate.store.write(lambda tx: passkeys.take(tx, shown))
    with pytest.raises(Malformed):  # the device counts
        check(estate, answer)
    late = check(estate, old)
    with pytest.raises(Denied):
        estate.store.write(lambda tx: passkeys.take(tx, late))


def test_answer_when_the_device_does_not_count_then_its_challenge_is_taken_once_as_well(
    estate: Any, alice: Any
) -> None:
    device = Device(SITE.origin, step=0)
    keep(estate, alice, device.make(ask(estate, alice)))
    estate.clock.seconds += 1
    answer = device.show(question(estate))
    for once in (True, False):
        shown = check(estate, answer)
        if once:
            estate.store.write(lambda tx, shown=shown: passkeys.take(tx, shown))
    with pytest.raises(Denied):
        estate.store.write(lambda tx: passkeys.take(tx, shown))


def test_answer_when_two_come_at_once_then_one_is_taken(estate: Any, alice: Any) -> None:
    device = made(estate, alice)
    estate.clock.seconds += 1
    both = [check(estate, device.show(question(estate))) for _ in range(2)]
    estate.store.write(lambda tx: passkeys.take(tx, both[0]))
    with pytest.raises(Denied):
        estate.store.write(lambda tx: passkeys.take(tx, both[1]))


def test_question_when_it_is_old_or_for_something_else_or_made_up_then_its_answer_is_refused(
    estate: Any, alice: Any
) -> None:
    device = made(estate, alice)
    answer = device.show(question(estate))
    other = Device(SITE.origin)
    late = other.make(ask(estate, alice))
    mixed = dict(device.show(json.dumps({**json.loads(ask(estate, alice)), "rpId": SITE.name})))
    with pytest.raises(Denied):
        check(estate, mixed)  # the question for a new one
    made_up = json.dumps({**json.loads(question(estate)), "challenge": "AAAA" * 14})
    with pytest.raises(Denied):
        check(estate, device.show(made_up))
    with pytest.raises(Denied):
        keep(estate, alice, late, cookie=COOKIE + 1)  # of another browser
    estate.clock.seconds += passkeys.GOOD // 1000
    for refused in (lambda: check(estate, answer), lambda: keep(estate, alice, late)):
        with pytest.raises(Denied):
            refused()
    assert len(listed(estate, alice)) == 1


def test_passkey_when_of_somebody_else_or_removed_then_unknown(estate: Any, alice: Any) -> None:
    bob = estate.account("bob").id
    device = made(estate, alice)
    stranger = Device(SITE.origin)
    with pytest.raises(Unknown):
        check(estate, stranger.show(question(estate)))
    mine = device.handle
    device.handle = made(estate, bob).handle
    with pytest.raises(Unknown):
        check(estate, device.show(question(estate)))  # the device holds it to be of another account
    device.handle = mine
    (one,) = listed(estate, alice)
    with pytest.raises(Missing):
        estate.store.write(lambda tx: passkeys.remove(tx, bob, one.id))
    estate.store.write(lambda tx: passkeys.remove(tx, alice, one.id))
    with pytest.raises(Unknown):
        check(estate, device.show(question(estate)))
    assert ActKind.PASSKEY_REMOVED in acts(estate, alice)


def test_passkey_when_kept_twice_then_exists(estate: Any, alice: Any) -> None:
    device = Device(SITE.origin)
    answer = device.make(ask(estate, alice))
    keep(estate, alice, answer)
    with pytest.raises(Exists):
        keep(estate, alice, answer)
    other = Device(SITE.origin, id=b"x" * 1024)
    with pytest.raises(Malformed):
        keep(estate, alice, other.make(ask(estate, alice)))


def test_passkeys_when_as_many_as_may_be_then_no_more(estate: Any, alice: Any) -> None:
    open_page = ask(estate, alice)
    for _ in range(passkeys.MOST):
        made(estate, alice)
    with pytest.raises(Denied, match=str(passkeys.MOST)):
        ask(estate, alice)
    with pytest.raises(Denied, match=str(passkeys.MOST)):
        keep(estate, alice, Device(SITE.origin).make(json.dumps({**json.loads(open_page), "excludeCredentials": []})))


def test_kept_when_looked_at_then_devices_learn_nothing_of_the_person(estate: Any, alice: Any) -> None:
    asked = json.loads(ask(estate, alice))
    assert asked["user"]["id"] == json.loads(ask(estate, alice))["user"]["id"]
    assert "alice" not in asked["user"]["id"]
    made(estate, alice)
    with estate.store.read() as tx:
        (row,) = tx.execute(passkey.select()).all()
        assert standing.get(tx, row.account_id) is not None
    assert row.taken == 0

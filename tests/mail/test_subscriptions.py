import pytest

from coserver.mail import subscriptions
from coserver.model.errors import Malformed, NoRoom

DEFAULTS = ["Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"]
TEAM = "Groups/team"


def listed(house, account, *foreign: str) -> list[str]:
    with house.store.read() as tx:
        return subscriptions.listed(tx, account, foreign)


def test_subscribe_when_repeated_or_not_there_then_is_kept_once(house, alice) -> None:
    for name in ("Nowhere/Yet", "Nowhere/Yet/", "inbox"):
        house.store.write(lambda tx, name=name: subscriptions.subscribe(tx, alice, name))
    house.store.write(lambda tx: subscriptions.unsubscribe(tx, alice, "Sent"))
    house.store.write(lambda tx: subscriptions.unsubscribe(tx, alice, "Never"))
    assert listed(house, alice) == sorted({*DEFAULTS, "Nowhere/Yet"} - {"Sent"})


def test_subscribe_when_there_are_too_many_then_no_room(house, alice, monkeypatch) -> None:
    monkeypatch.setattr(subscriptions, "_MOST", 6)
    for deed, name in ((subscriptions.subscribe, "One more"), (subscriptions.unsubscribe, TEAM)):
        with pytest.raises(NoRoom):
            house.store.write(lambda tx, deed=deed, name=name: deed(tx, alice, name))
    house.store.write(lambda tx: subscriptions.unsubscribe(tx, alice, "Sent"))
    assert "Sent" not in listed(house, alice)


def test_subscribe_when_the_name_cannot_be_one_then_malformed(house, alice) -> None:
    for deed in (subscriptions.subscribe, subscriptions.unsubscribe):
        with pytest.raises(Malformed):
            house.store.write(lambda tx, deed=deed: deed(tx, alice, "a//b"))


def test_listed_when_a_mailbox_is_of_others_then_it_is_subscribed_to_until_one_says_otherwise(house, alice) -> None:
    """(R47, R48) A client that shows subscriptions only shows it."""
    assert listed(house, alice, TEAM) == sorted([*DEFAULTS, TEAM])
    house.store.write(lambda tx: subscriptions.unsubscribe(tx, alice, TEAM))
    assert listed(house, alice, TEAM) == DEFAULTS
    house.store.write(lambda tx: subscriptions.subscribe(tx, alice, TEAM))
    assert listed(house, alice, TEAM) == listed(house, alice) == sorted([*DEFAULTS, TEAM])

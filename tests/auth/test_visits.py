"""Log-ins in the journal: once an hour for each place, and a flood of guesses stays small."""

import pytest

from coserver.auth import standing, visits
from coserver.auth.visits import Visits
from coserver.model.act import ActKind, Actor, Way
from coserver.model.errors import Busy
from coserver.store import journal


@pytest.fixture
def alice(estate):
    return estate.account("alice")


def came(alice, way=Way.IMAP, peer="192.0.2.1"):
    return Actor(alice.id, alice.login, way, peer)


def stranger(number=1):
    return Actor(None, "", Way.SMTP, f"192.0.2.{number}")


def noted(estate, account):
    estate.store.write(lambda tx: None)  # what was queued before is done
    with estate.store.read() as tx:
        return [
            (one.kind, one.actor.login, one.actor.way, one.actor.peer)
            for one in journal.listed(tx, account.space)
            if one.kind in (ActKind.LOGGED_IN, ActKind.REFUSED)
        ]


def test_log_in_when_repeated_within_the_hour_is_one_act_for_each_service_and_peer(estate, alice):
    seen = Visits(estate.store)
    for _ in range(3):
        seen.came(came(alice))
        seen.came(came(alice, Way.WEBDAV))
        seen.came(came(alice, peer="192.0.2.2"))
    first = [
        (ActKind.LOGGED_IN, alice.login, Way.IMAP, "192.0.2.1"),
        (ActKind.LOGGED_IN, alice.login, Way.WEBDAV, "192.0.2.1"),
        (ActKind.LOGGED_IN, alice.login, Way.IMAP, "192.0.2.2"),
    ]
    assert noted(estate, alice) == first
    estate.clock.seconds += 3600
    seen.came(came(alice))
    assert noted(estate, alice) == [*first, first[0]]


def test_log_in_when_the_server_was_started_again_is_still_noted_once_an_hour(estate, alice):
    for _ in range(2):
        Visits(estate.store).came(came(alice))
    assert len(noted(estate, alice)) == 1


def test_refusals_when_they_come_from_everywhere_are_bounded_by_the_hour(estate, alice):
    seen = Visits(estate.store)
    for number in range(50):
        seen.refused("ALICE@example.test", stranger(number))
    found = noted(estate, alice)
    assert len(found) == visits.MOST_REFUSED
    assert found[0] == (ActKind.REFUSED, "", Way.SMTP, "192.0.2.0")


@pytest.mark.parametrize("name", ["nobody", "", "a" * 5000, "\udcff", "alice\0"])
def test_refusal_when_the_name_is_no_account_is_noted_nowhere(estate, alice, name):
    Visits(estate.store).refused(name, stranger())
    assert noted(estate, alice) == []


def test_memory_when_many_come_stays_bounded(estate, alice, monkeypatch):
    monkeypatch.setattr(visits, "_REMEMBERED", 5)
    seen = Visits(estate.store)
    for number in range(20):
        seen.came(came(alice, peer=f"192.0.2.{number}"))
    assert len(seen._noted) == 5
    assert len(noted(estate, alice)) == 20


def test_log_in_when_the_store_is_closing_does_no_harm(estate, alice):
    class Closing:
        clock = estate.clock

        def submit(self, job):
            raise Busy("The server is stopping.")

    Visits(Closing()).came(came(alice))
    assert noted(estate, alice) == []


def test_conversation_when_it_goes_on_for_days_then_it_is_use_of_the_account_once_a_day(estate, alice):
    """S9: whose program stayed connected for months was warned of disuse."""
    seen = Visits(estate.store)

    def used():
        estate.store.write(lambda tx: None)
        with estate.store.read() as tx:
            return standing.get(tx, alice.id).used

    seen.goes_on(alice.id)
    first = used()
    estate.clock.seconds += 86_399
    seen.goes_on(alice.id)
    assert used() == first
    estate.clock.seconds += 1
    seen.goes_on(alice.id)
    assert used() == first + 86_400_000
    estate.clock.seconds += 3600
    Visits(estate.store).goes_on(alice.id)  # after a restart
    assert used() == first + 86_400_000
    assert noted(estate, alice) == []

"""Addresses an account is known to use."""

from coserver.auth import peers

DAY = 86_400


def test_known_when_seen_in_thirty_days_then_yes_and_for_this_account_only(estate):
    alice, bob = estate.account("alice").id, estate.account("bob").id
    estate.store.write(lambda tx: peers.stamp(tx, alice, "192.0.2.1"))

    def ask(account, address="192.0.2.1"):
        with estate.store.read() as tx:
            return peers.known(tx, account, address), peers.due(tx, account, address)

    assert ask(alice) == (True, False)
    assert ask(bob) == ask(alice, "192.0.2.2") == (False, True)
    estate.clock.seconds += DAY
    assert ask(alice) == (True, True)
    estate.clock.seconds += 29 * DAY
    assert ask(alice) == (False, True)
    estate.store.write(lambda tx: peers.stamp(tx, alice, "192.0.2.1"))
    assert ask(alice) == (True, False)


def test_stamp_when_there_are_many_then_the_latest_fifty_are_kept(estate):
    alice = estate.account("alice").id
    for number in range(60):
        estate.clock.seconds += 1
        estate.store.write(lambda tx, number=number: peers.stamp(tx, alice, f"10.0.0.{number}"))
    with estate.store.read() as tx:
        kept = [number for number in range(60) if peers.known(tx, alice, f"10.0.0.{number}")]
    assert kept == list(range(10, 60))

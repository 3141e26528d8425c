"""Postmaster and abuse of each domain lead to somebody."""

from coserver.accounts import closure, roles
from coserver.mail import addresses, domains


def _readers(estate, *hosts):
    with estate.store.read() as tx:
        return [{addresses.resolve(tx, role, host) for role in roles.ROLES} for host in hosts]


def test_roles_when_the_first_account_comes_then_are_his(estate):
    assert _readers(estate, "example.test") == [{None}]
    alice = estate.account("alice")
    estate.account("bob")
    assert _readers(estate, "example.test", "") == [{alice.id}, {alice.id}]


def test_settle_when_a_domain_is_new_then_the_oldest_account_reads_until_given_to_another(estate):
    alice, bob = estate.account("alice"), estate.account("bob")
    estate.store.write(lambda tx: domains.add(tx, "second.test"))
    estate.store.write(roles.settle)
    assert _readers(estate, "second.test") == [{alice.id}]
    estate.store.write(lambda tx: roles.give(tx, "second.test", bob.id))
    estate.store.write(roles.settle)
    assert _readers(estate, "example.test", "second.test") == [{alice.id}, {bob.id}]


def test_settle_when_the_reader_goes_then_one_of_the_domain_is_preferred(estate):
    estate.store.write(lambda tx: domains.add(tx, "second.test"))
    alice = estate.account("alice@second.test")
    bob, carol = estate.account("bob"), estate.account("carol@second.test")
    estate.store.write(lambda tx: closure.erase(tx, alice.id, rest_days=0))
    assert _readers(estate, "example.test", "second.test") == [{bob.id}, {carol.id}]
    estate.store.write(lambda tx: closure.erase(tx, bob.id, rest_days=0))
    assert _readers(estate, "example.test", "second.test") == [{carol.id}, {carol.id}]
    estate.store.write(lambda tx: closure.erase(tx, carol.id, rest_days=0))
    assert _readers(estate, "example.test", "second.test") == [{None}, {None}]

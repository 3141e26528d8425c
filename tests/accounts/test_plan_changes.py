"""Plans, what is agreed beside them and the end of a term: at once, and without loss."""

from dataclasses import replace

import pytest

from coserver.accounts import accounts, plan_changes
from coserver.config import Accounts
from coserver.model.errors import Missing
from coserver.model.plan import Capacity, Feature
from coserver.quota import plans, subscriptions
from coserver.store import journal

DAY = 86_400_000


def test_subscribe_when_nothing_is_lost_then_sessions_stay_and_when_a_feature_is_they_end(estate):
    """S31: sessions do not outlive a feature."""
    text = plans.bundled("plans-demo").partition("[small]")[0].replace("[demo]", "[paper]").replace('"imap", ', "")
    estate.store.write(lambda tx: plans.publish(tx, plans.parse(text)))
    alice = estate.account("alice")
    for code, epoch in (("big", 1), ("paper", 2), ("big", 2)):
        estate.store.write(lambda tx, code=code: plan_changes.subscribe(tx, alice.id, code))
        with estate.store.read() as tx:
            found = accounts.find(tx, "alice")
        assert (found.plan, found.epoch) == (code, epoch)
    with pytest.raises(Missing):
        estate.store.write(lambda tx: plan_changes.subscribe(tx, alice.id, "golden"))


def test_override_when_a_feature_is_taken_away_then_sessions_end_and_when_it_is_given_they_stay(estate):
    """R32, S31."""
    alice = estate.account("alice")
    for value, epoch in ((False, 2), (True, 2), (False, 3), (None, 3)):
        estate.store.write(lambda tx, value=value: plan_changes.override(tx, alice.id, "imap", value))
        with estate.store.read() as tx:
            assert accounts.find(tx, "alice").epoch == epoch
            assert (Feature.IMAP in plans.features_of(tx, alice.id)) is (value is not False)
    estate.store.write(lambda tx: plan_changes.override(tx, alice.id, "imap", False))
    estate.store.write(lambda tx: plan_changes.clear(tx, alice.id))
    with estate.store.read() as tx:
        assert Feature.IMAP in plans.features_of(tx, alice.id)


def test_override_when_something_is_agreed_then_the_log_says_what(estate):
    """R32: who reads the log can tell an agreement from another plan."""
    alice = estate.account("alice")
    for key, value in (("mail_bytes", 5_000), ("imap", False), ("imap", True), ("mail_bytes", None)):
        estate.store.write(lambda tx, key=key, value=value: plan_changes.override(tx, alice.id, key, value))
    estate.store.write(lambda tx: plan_changes.clear(tx, alice.id))
    with estate.store.read() as tx:
        told = [act.detail for act in journal.listed(tx, alice.space)][-5:]
    assert told == [
        "small: mail_bytes 5000",
        "small: imap no",
        "small: imap yes",
        "small: mail_bytes as the plan says",
        "small: all as the plan says",
    ]


def test_round_when_a_term_is_over_then_the_next_plan_or_the_free_one(estate, office):
    """C6: who does not renew falls to the free plan at term."""
    people = {name: estate.account(name, "big") for name in ("alice", "bob", "carol")}
    with estate.store.read() as tx:
        end = tx.now + 30 * DAY
    for name, following in (("alice", ""), ("bob", "demo")):
        estate.store.write(
            lambda tx, name=name, following=following: plan_changes.subscribe(
                tx, people[name].id, "big", paid_until=end, next_plan=following
            )
        )
    assert plan_changes.round_(office.house) == 0
    estate.clock.seconds += 30 * 86_400
    assert plan_changes.round_(office.house) == 2
    assert plan_changes.round_(office.house) == 0
    with estate.store.read() as tx:
        held = plans.codes(tx)
        assert [held[people[name].id] for name in ("alice", "bob", "carol")] == ["free", "demo", "big"]
        assert subscriptions.terms(tx, people["alice"].id).paid_until == 0


def test_round_when_the_next_plan_is_none_on_offer_then_he_keeps_what_he_has_and_the_log_says_so(
    estate, office, caplog
):
    alice = estate.account("alice", "big")
    estate.store.write(lambda tx: plan_changes.subscribe(tx, alice.id, "big", paid_until=1))
    assert plan_changes.round_(replace(office.house, life=Accounts(sign_up_plan="golden"))) == 0
    with estate.store.read() as tx:
        assert plans.plan_of(tx, alice.id).capacities[Capacity.GROUPS] == 1_000
    assert "term-not-ended" in caplog.text

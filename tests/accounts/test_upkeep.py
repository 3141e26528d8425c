"""What time itself does to accounts."""

from coserver.accounts import tokens
from coserver.accounts.signup import Wish, sign_up
from coserver.accounts.upkeep import Upkept, upkeep
from coserver.quota import plans
from coserver.store.schema.whole import TABLES

DAY = 86_400


def test_upkeep_when_days_go_by_then_each_thing_ends_in_its_time_and_nothing_is_done_twice(estate, office):
    estate.store.write(lambda tx: plans.publish(tx, plans.parse(plans.bundled())))
    for name in ("alice", "bob", "carol"):
        office.do("account add", login=name, password="x", external=f"{name}@elsewhere.test")
    office.do("account plan", login="carol", plan="free")
    office.do("account delete", login="bob")
    sign_up(office.house, Wish("dave", "dave@elsewhere.test", "three unrelated words"))
    alice = estate.store.write(lambda tx: tx.execute(TABLES["account"].select()).first().id)
    made = tokens.make()
    estate.store.write(lambda tx: tokens.add(tx, alice, tokens.Kind.RECOVER, made, expires=tx.now + DAY * 1000))
    assert upkeep(office.house) == Upkept(0, 0)
    done = {}
    for day in range(1, 400):
        estate.clock.seconds += DAY
        first = upkeep(office.house)
        assert upkeep(office.house) == Upkept(0, 0)
        if first != Upkept(0, 0):
            done[day] = (first.warned, first.erased)
    assert done == {
        1: (0, 1),  # dave never confirmed
        14: (0, 1),  # bob was deleted
        150: (1, 0), 180: (1, 0), 196: (1, 0), 207: (1, 0), 209: (1, 0), 210: (1, 0), 240: (0, 1),  # carol
    }  # fmt: skip
    assert [each["login"] for each in office.do("account list")] == ["alice@example.test"]
    with estate.store.read() as tx:
        assert tx.execute(TABLES["token"].select()).all() == []
        assert len(tx.execute(TABLES["former_address"].select()).all()) == 1  # carol's; bob's has rested


def test_upkeep_when_a_deleted_group_is_over_then_it_is_erased_in_the_same_round(estate, office, people):
    """(S32)"""
    office.do("group delete", name="team")
    estate.clock.seconds += 30 * DAY
    upkeep(office.house)
    assert office.do("group list", deleted=True) == []


def test_upkeep_when_a_disused_account_administers_a_group_then_the_group_is_settled_before_it_goes(estate, office):
    """(S3, S4) Nobody takes the group over: both go, the group first."""
    estate.store.write(lambda tx: plans.publish(tx, plans.parse(plans.bundled())))
    for name in ("alice", "bob"):
        office.do("account add", login=name, password="x", external=f"{name}@elsewhere.test")
    office.do("account plan", login="alice", plan="free")
    office.do("group add", name="team", admin="alice")
    office.do("group member add", name="team", login="bob")
    seen = {}
    for day in range(1, 400):
        estate.clock.seconds += DAY
        upkeep(office.house)
        frozen = [each["frozen"] for each in office.do("group list")]
        state = (len(office.do("account list")), frozen)
        if state not in seen.values():
            seen[day] = state
    assert seen == {1: (2, [False]), 240: (2, [True]), 330: (1, [])}

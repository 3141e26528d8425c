"""Subscriptions: changed at once and without loss, with what was agreed beside the plan."""

import pytest

from coserver.groups import members
from coserver.model.errors import Malformed, Missing, NoRoom
from coserver.model.ids import PrincipalId
from coserver.model.plan import Capacity, Feature, Occasion
from coserver.model.space import Tool
from coserver.quota import plans, subscriptions, usage

LIMIT = 1_000_000  # of plan small
DAY = 86_400


def _subscribe(estate, account, code):
    estate.store.write(lambda tx: subscriptions.subscribe(tx, account.id, code))


def _charge(estate, space, size, occasion=Occasion.ADDED, tool=Tool.MAIL):
    estate.store.write(
        lambda tx: usage.charge(tx, space, tool, bytes=size, items=1 if size > 0 else -1, occasion=occasion)
    )


def _over_since(estate, space, tool=Tool.MAIL):
    with estate.store.read() as tx:
        return usage.room(tx, space, tool).over_since


@pytest.fixture
def alice(estate):
    """Somebody whose mail is over-limit since she went to a smaller plan."""
    made = estate.account("alice", "demo")
    _charge(estate, made.space, 2 * LIMIT)
    _subscribe(estate, made, "small")
    return made


def test_subscribe_when_to_a_larger_plan_then_there_is_room_in_the_next_tx(estate):
    """R31."""
    bob = estate.account("bob")
    _charge(estate, bob.space, LIMIT)
    with pytest.raises(NoRoom):
        _charge(estate, bob.space, 1)
    _subscribe(estate, bob, "demo")
    _charge(estate, bob.space, 1)


def test_over_limit_when_mail_arrives_then_taken_for_seven_days_then_put_off_then_refused(estate, alice):
    """S1: 7 days of grace, 452 until the 30th, 552 from then on."""
    start = estate.clock.seconds
    for seconds in (0, 7 * DAY - 1):
        estate.clock.seconds = start + seconds
        _charge(estate, alice.space, 500, Occasion.MAIL)
    for seconds, lasting in ((7 * DAY, False), (30 * DAY - 1, False), (30 * DAY, True)):
        estate.clock.seconds = start + seconds
        with pytest.raises(NoRoom) as refused:
            _charge(estate, alice.space, 500, Occasion.MAIL)
        assert refused.value.lasting is lasting
    with estate.store.read() as tx, pytest.raises(NoRoom) as asked:
        usage.need_room(tx, alice.space, Tool.MAIL, bytes=1, items=1, occasion=Occasion.MAIL)
    assert asked.value.lasting


def test_over_limit_when_much_mail_arrives_in_the_days_of_grace_then_not_without_end(estate, alice):
    """S1: for seven days anybody could fill the disk through a mailbox on the smallest plan."""
    some = usage.GRACE_BYTES // 2
    for _ in range(2):
        _charge(estate, alice.space, some, Occasion.MAIL)
    for occasion in (Occasion.MAIL, Occasion.LETTER):
        with pytest.raises(NoRoom) as refused:
            _charge(estate, alice.space, 1, occasion)
        assert not refused.value.lasting
    _charge(estate, alice.space, -10)
    _charge(estate, alice.space, 10, Occasion.MAIL)
    estate.store.write(lambda tx: subscriptions.override(tx, alice.id, "mail_bytes", 1000))  # it counts from the first
    with pytest.raises(NoRoom):
        _charge(estate, alice.space, 1, Occasion.MAIL)
    with estate.store.read() as tx, pytest.raises(NoRoom):
        usage.need_room(tx, alice.space, Tool.MAIL, bytes=1, items=1, occasion=Occasion.MAIL)


def test_over_limit_when_a_person_adds_then_refused_from_the_first_moment(estate, alice):
    """S1."""
    with pytest.raises(NoRoom):
        _charge(estate, alice.space, 1)
    _charge(estate, alice.space, -500)


def test_over_limit_when_the_mailbox_filled_up_under_its_own_plan_then_there_is_no_grace(estate):
    """S1: grace is for who changed to a smaller plan."""
    bob = estate.account("bob")
    _charge(estate, bob.space, LIMIT)
    _subscribe(estate, bob, "small")
    with pytest.raises(NoRoom) as refused:
        _charge(estate, bob.space, 1, Occasion.MAIL)
    assert not refused.value.lasting


def test_over_limit_when_within_again_then_the_next_time_begins_anew(estate, alice):
    first = _over_since(estate, alice.space)
    assert first == int(estate.clock.seconds * 1000)
    estate.clock.seconds += 40 * DAY
    _subscribe(estate, alice, "free")
    assert _over_since(estate, alice.space) == 0
    _subscribe(estate, alice, "small")
    assert _over_since(estate, alice.space) == first + 40 * DAY * 1000
    _charge(estate, alice.space, -LIMIT)
    assert _over_since(estate, alice.space) == 0
    with pytest.raises(NoRoom):
        _charge(estate, alice.space, 1, Occasion.MAIL)


def test_over_limit_when_a_smaller_plan_follows_then_it_counts_from_the_first(estate, alice):
    since = _over_since(estate, alice.space)
    estate.clock.seconds += DAY
    estate.store.write(lambda tx: subscriptions.override(tx, alice.id, "mail_bytes", 1000))
    assert _over_since(estate, alice.space) == since


def test_over_limit_when_a_group_is_handed_over_to_a_smaller_plan_then_from_that_moment(estate):
    """C7, S5: the present administrator's plan counts."""
    carol, bob = estate.account("carol", "demo"), estate.account("bob", "small")
    team = estate.group("team", carol, bob)
    _charge(estate, team.space, 2 * LIMIT, tool=Tool.DOCUMENTS)
    estate.clock.seconds += DAY
    estate.store.write(lambda tx: members.hand_over(tx, team.id, bob.id))
    assert _over_since(estate, team.space, Tool.DOCUMENTS) == int(estate.clock.seconds * 1000)
    with pytest.raises(NoRoom, match="group team"):
        _charge(estate, team.space, 1, tool=Tool.DOCUMENTS)


def test_subscribe_when_an_administrator_has_a_smaller_plan_then_his_groups_follow(estate):
    """R59."""
    carol = estate.account("carol", "demo")
    team = estate.group("team", carol)
    _charge(estate, team.space, 2 * LIMIT, tool=Tool.CALENDAR)
    _subscribe(estate, carol, "small")
    assert _over_since(estate, team.space, Tool.CALENDAR)
    assert not _over_since(estate, carol.space, Tool.CALENDAR)


def test_override_when_agreed_then_every_question_sees_it(estate):
    """R32."""
    bob = estate.account("bob")
    team = estate.group("team", bob)
    agree = {"mail_bytes": 5 * LIMIT, "groups": 1, "members_per_group": 9, "imap": False}
    for key, value in agree.items():
        estate.store.write(lambda tx, key=key, value=value: subscriptions.override(tx, bob.id, key, value))
    with estate.store.read() as tx:
        found = plans.plan_of(tx, bob.id)
        assert (found.capacities[Capacity.GROUPS], found.capacities[Capacity.MEMBERS_PER_GROUP]) == (1, 9)
        assert Feature.IMAP not in found.features
        assert plans.features_of(tx, bob.id) == found.features
        assert plans.allowance(tx, team.space).plan == found
        assert usage.room(tx, bob.space, Tool.MAIL).bytes_limit == 5 * LIMIT
        assert [each.bytes_limit for each in usage.every(tx)[bob.id]] == [5 * LIMIT, LIMIT, LIMIT, LIMIT]
        assert plans.current(tx, "small").capacities[Capacity.MAIL_BYTES] == LIMIT
        assert subscriptions.terms(tx, bob.id).overrides == agree
        assert subscriptions.overridden(tx) == {bob.id}
    estate.store.write(lambda tx: subscriptions.clear(tx, bob.id))
    with estate.store.read() as tx:
        assert plans.plan_of(tx, bob.id) == plans.current(tx, "small")
        assert subscriptions.overridden(tx) == set()


@pytest.mark.parametrize(
    ("key", "value"), [("wishes", 1), ("imap", 1), ("mail_bytes", True), ("mail_bytes", -1), ("mail_bytes", 1 << 62)]
)
def test_override_when_it_is_none_then_refused(estate, key, value):
    bob = estate.account("bob")
    with pytest.raises(Malformed):
        estate.store.write(lambda tx: subscriptions.override(tx, bob.id, key, value))


def test_subscribe_when_only_the_version_is_newer_then_what_was_agreed_stays(estate):
    """S23: a stored version never changes; R32."""
    bob = estate.account("bob", "demo")
    estate.store.write(lambda tx: subscriptions.override(tx, bob.id, "groups", 3))
    text = plans.bundled("plans-demo").partition("[small]")[0].replace("groups = 100", "groups = 7")
    estate.store.write(lambda tx: plans.publish(tx, plans.parse(text)))
    _subscribe(estate, bob, "demo")
    with estate.store.read() as tx:
        found = plans.plan_of(tx, bob.id)
        assert (found.version, found.capacities[Capacity.GROUPS]) == (2, 3)
    _subscribe(estate, bob, "big")
    with estate.store.read() as tx:
        assert plans.plan_of(tx, bob.id) == plans.current(tx, "big")


def test_end_term_when_it_is_over_then_the_next_plan_and_before_nothing(estate):
    """C6."""
    bob = estate.account("bob")
    with estate.store.read() as tx:
        end = tx.now + 1000
    estate.store.write(lambda tx: subscriptions.subscribe(tx, bob.id, "big", paid_until=end, next_plan="demo"))
    assert estate.store.write(lambda tx: subscriptions.end_term(tx, bob.id, free="free")) is None
    estate.clock.seconds += 1
    with estate.store.read() as tx:
        assert subscriptions.ended(tx) == [bob.id]
    assert estate.store.write(lambda tx: subscriptions.end_term(tx, bob.id, free="free")).code == "demo"
    with estate.store.read() as tx:
        assert subscriptions.ended(tx) == []


def test_subscribe_when_the_next_plan_is_none_then_refused(estate):
    bob = estate.account("bob")
    with pytest.raises(Missing):
        estate.store.write(lambda tx: subscriptions.subscribe(tx, bob.id, "big", paid_until=1, next_plan="golden"))


def test_terms_when_there_is_no_such_account_then_missing(estate):
    with estate.store.read() as tx, pytest.raises(Missing):
        subscriptions.terms(tx, PrincipalId(999))

"""Who may write to a group, and which members want copies."""

import pytest

from coserver.groups import deletion, freezing, leaving, posting, presets
from coserver.groups.posting import Reader, Terms
from coserver.model.errors import Denied, Missing
from coserver.model.principal import Posting, Role
from coserver.model.rights import Preset
from coserver.model.space import Tool


@pytest.fixture
def people(estate):
    return [estate.account(name, "demo") for name in ("alice", "bob", "carol")]


@pytest.fixture
def team(estate, people):
    return estate.group("team", *people[:2])


def _ask(estate, question):
    with estate.store.read() as tx:
        return question(tx)


def test_of_when_asked_then_members_at_first_and_none_for_what_is_no_group(estate, people, team):
    """S19: by default only members write to it."""
    assert _ask(estate, lambda tx: posting.of(tx, team.id)) == Terms(team.id, "team", Posting.MEMBERS, frozen=False)
    assert _ask(estate, lambda tx: posting.of(tx, people[0].id)) is None
    estate.store.write(lambda tx: freezing.freeze(tx, team.id))
    assert _ask(estate, lambda tx: posting.of(tx, team.id)).frozen
    estate.store.write(lambda tx: deletion.delete_(tx, team.id))
    assert _ask(estate, lambda tx: posting.of(tx, team.id)) is None


def test_set_when_asked_by_who_does_not_manage_it_then_refused(estate, people, team):
    alice, bob, carol = people
    for by, error in ((bob, Denied), (carol, Missing)):
        with pytest.raises(error):
            estate.store.write(lambda tx, by=by: posting.set_(tx, team.id, Posting.ANYONE, by=by.id))
    estate.store.write(lambda tx: posting.set_(tx, team.id, Posting.MODERATED, by=alice.id))
    assert _ask(estate, lambda tx: posting.of(tx, team.id)).posting is Posting.MODERATED


def test_readers_when_asked_then_in_order_and_without_those_who_want_none(estate, people, team):
    alice, bob, carol = people
    now = int(estate.clock.now() * 1000)

    def readers(after=0, most=9):
        return _ask(estate, lambda tx: posting.readers(tx, team.id, after=after, most=most))

    assert readers() == [Reader(alice.id, now), Reader(bob.id, now)]
    assert readers(most=1) == [Reader(alice.id, now)]
    assert readers(after=alice.id) == [Reader(bob.id, now)]
    estate.store.write(lambda tx: posting.set_copies(tx, team.id, alice.id, wanted=False))
    assert readers() == [Reader(bob.id, now)]
    assert _ask(estate, lambda tx: posting.reader(tx, team.id, alice.id)) == Reader(alice.id, now, copies=False)
    assert _ask(estate, lambda tx: posting.reader(tx, team.id, carol.id)) is None
    with pytest.raises(Missing):
        estate.store.write(lambda tx: posting.set_copies(tx, team.id, carol.id, wanted=True))


def test_may_write_as_when_his_right_in_the_mail_is_to_post_then_yes(estate, people, team):
    alice, bob, carol = people

    def may(account):
        return _ask(estate, lambda tx: posting.may_write_as(tx, account.id, team.id))

    told = []
    for preset in (Preset.READ, Preset.CONTRIBUTE, Preset.EDIT, Preset.NOTHING):
        estate.store.write(lambda tx, p=preset: presets.give(tx, team.id, bob.id, tool=Tool.MAIL, preset=p))
        told.append(may(bob))
    assert (told, may(alice), may(carol)) == ([False, True, True, False], True, False)


def test_role_when_he_has_left_or_the_group_is_gone_then_none(estate, people, team):
    alice, bob, _ = people

    def role(account):
        return _ask(estate, lambda tx: posting.role(tx, team.id, account.id))

    assert (role(alice), role(bob)) == (Role.ADMINISTRATOR, Role.MEMBER)
    estate.store.write(lambda tx: leaving.remove(tx, team.id, bob.id))
    assert role(bob) is None
    estate.store.write(lambda tx: deletion.delete_(tx, team.id))
    assert role(alice) is None


def test_told_when_told_then_says_when(estate, team):
    assert _ask(estate, lambda tx: posting.told(tx, team.id)) == 0
    estate.store.write(lambda tx: posting.tell(tx, team.id))
    assert _ask(estate, lambda tx: posting.told(tx, team.id)) == int(estate.clock.now() * 1000)

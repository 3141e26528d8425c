"""Single messages that others share: they come and go in the tx that shares them or takes them back."""

import pytest

from coserver.accounts import closure
from coserver.groups import deletion, freezing, leaving, members
from coserver.mail import mailboxes, marks, messages, rows, sights, views
from coserver.mail.marks import Deed, Marking
from coserver.mail.rows import EVERY, Column
from coserver.model.errors import Denied, Missing
from coserver.model.item import Flag
from coserver.model.rights import Preset, Privacy
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import changes, collections

ONE, TWO = (b"Subject: %d\r\n\r\ntext %d\r\n" % (n, n) for n in (1, 2))
VIEW = "Shared/alice@example.test/Messages"


@pytest.fixture
def shared(house, alice, bob):
    """One message of alice's INBOX, which bob may read through the group team; another he may not."""
    house.group("team", alice, bob)
    items = house.append(alice, ONE, TWO)
    house.share(alice, items[0], to=bob)
    return house, items


def names(house, account) -> list[str]:
    with house.store.read() as tx:
        return [one.name for one in mailboxes.listed(tx, account) if one.name.startswith("Shared")]


def subjects(house, account, name: str = VIEW) -> dict[int, bytes]:
    with house.store.read() as tx:
        sight = sights.of(tx, account, mailboxes.find(tx, account, name).collection)
        found = rows.rows(tx, sight, EVERY, (Column.BLOB,))
        bodies = rows.bodies(tx, [blob for _, blob in found])
        return {uid: bodies[blob].read().partition(b"\r\n")[0] for uid, blob in found}


def test_settle_when_a_message_is_shared_then_it_shows_in_the_view_of_its_owner(shared, alice, bob) -> None:
    """(R48, R54) And in no mailbox of the viewer's own."""
    house, _ = shared
    assert names(house, bob) == [VIEW]
    assert names(house, alice) == []
    assert subjects(house, bob) == {1: b"Subject: 1"}
    with house.store.read() as tx:
        assert not [one for one in mailboxes.listed(tx, bob) if "\x1f" in one.name]


def test_settle_when_it_is_shared_with_the_whole_group_then_with_everybody_but_its_owner(house, alice, bob) -> None:
    carol = house.account("carol")
    house.group("team", alice, bob, carol)
    (item,) = house.append(alice, ONE)
    house.share(alice, item)
    assert [names(house, one) for one in (alice, bob, carol)] == [[], [VIEW], [VIEW]]


def test_settle_when_the_share_is_taken_back_then_the_message_goes_with_a_trace(shared, alice, bob) -> None:
    """(R15) A session that has the view open is told of it as of any expunge."""
    house, (item, _) = shared
    view = house.mailbox(bob, VIEW)
    house.unshare(alice, item, to=bob)
    assert names(house, bob) == []
    with house.store.read() as tx:
        with pytest.raises(Missing):
            mailboxes.find(tx, bob, VIEW)
        sight = sights.again(tx, bob, view.id)
        assert rows.uids(tx, sight) == []
        assert changes.expunged_since(tx, view.id, view.modseq) == [1]
        assert sight.collection.modseq > view.modseq


def test_settle_when_shared_again_then_under_a_new_uid_in_the_same_view(shared, alice, bob) -> None:
    house, (item, other) = shared
    before = house.mailbox(bob, VIEW)
    house.unshare(alice, item, to=bob)
    house.share(alice, other, to=bob)
    house.share(alice, item, to=bob)
    assert house.mailbox(bob, VIEW).id == before.id
    assert subjects(house, bob) == {2: b"Subject: 2", 3: b"Subject: 1"}


def test_settle_when_the_membership_ends_then_nothing_is_left(shared, alice, bob) -> None:
    """(R17, S7) For the one who leaves, as owner and as recipient."""
    house, _ = shared
    (of_bob,) = house.append(bob, TWO)
    house.share(bob, of_bob, to=alice)
    assert names(house, alice) == ["Shared/bob@example.test/Messages"]
    with house.store.read() as tx:
        team = mailboxes.members.find(tx, "team").id
    house.store.write(lambda tx: leaving.remove(tx, team, bob))
    assert names(house, alice) == names(house, bob) == []


def test_settle_when_the_group_is_deleted_then_it_is_empty_until_the_group_is_restored(shared, bob) -> None:
    """(S32)"""
    house, _ = shared
    with house.store.read() as tx:
        team = mailboxes.members.find(tx, "team").id
    house.store.write(lambda tx: deletion.delete_(tx, team))
    assert names(house, bob) == []
    house.store.write(lambda tx: deletion.restore(tx, "team"))
    assert subjects(house, bob) == {2: b"Subject: 1"}
    house.store.write(lambda tx: deletion.erase(tx, team))
    assert names(house, bob) == []


def test_settle_when_the_owner_closes_his_account_then_it_is_empty_until_he_is_back(house, alice, bob) -> None:
    """(R17, S24) And stays so when the account is erased."""
    house.group("club", bob, alice)
    (item,) = house.append(alice, ONE)
    house.share(alice, item, to=bob, group="club")
    house.store.write(lambda tx: closure.close(tx, alice))
    assert names(house, bob) == []
    house.store.write(lambda tx: closure.restore(tx, alice))
    assert subjects(house, bob) == {2: b"Subject: 1"}
    view = house.mailbox(bob, VIEW)
    house.store.write(lambda tx: closure.erase(tx, alice, rest_days=0))
    assert names(house, bob) == []
    with house.store.read() as tx, pytest.raises(Missing):
        collections.get(tx, view.id)  # the empty row stayed for ever


def test_settle_when_the_message_is_expunged_then_it_is_gone_from_the_view(shared, alice, bob) -> None:
    house, _ = shared
    inbox = house.mailbox(alice)
    house.store.write(lambda tx: marks.mark(tx, alice, inbox, [(1, 1)], Marking(Deed.ADD, Flag.DELETED)))
    house.store.write(lambda tx: messages.expunge(tx, alice, inbox))
    assert names(house, bob) == []


def test_settle_when_its_mailbox_is_shared_too_then_it_shows_there_alone(shared, alice, bob) -> None:
    house, _ = shared
    house.share(alice, "INBOX", to=bob)
    assert names(house, bob) == ["Shared/alice@example.test/INBOX"]


def test_settle_when_told_of_groups_and_strangers_then_does_nothing(house, alice) -> None:
    group = house.group("team", alice)
    house.store.write(lambda tx: views.settle(tx, frozenset({group, alice, 999_999})))
    assert names(house, alice) == []


def test_view_when_the_message_is_private_then_it_shows_all_the_same(shared, alice, bob) -> None:
    """(R13, R54) Privacy withholds what is inherited, not what was shared by itself."""
    house, (item, _) = shared
    house.store.write(lambda tx: messages.withhold(tx, alice, item, Privacy.PRIVATE))
    assert subjects(house, bob) == {1: b"Subject: 1"}


def test_view_when_a_mailbox_of_its_name_is_shared_then_that_one_gets_a_number(shared, alice, bob) -> None:
    """S8: the view was renamed when the mailbox came, and programs lost it."""
    house, _ = shared
    house.store.write(lambda tx: mailboxes.create(tx, alice, "Messages"))
    house.share(alice, "Messages", to=bob)
    assert sorted(names(house, bob)) == [VIEW, f"{VIEW} (2)"]
    assert subjects(house, bob) == {1: b"Subject: 1"}
    assert subjects(house, bob, f"{VIEW} (2)") == {}


def test_view_when_marked_then_the_flags_are_the_viewers_own(shared, alice, bob) -> None:
    """(S33)"""
    house, _ = shared
    view = house.mailbox(bob, VIEW)
    marking = Marking(Deed.ADD, Flag.SEEN | Flag.FLAGGED, frozenset({"todo"}))
    done = house.store.write(lambda tx: marks.mark(tx, bob, view, EVERY, marking))
    assert [(one.uid, one.flags, one.keywords) for one in done.items] == [(1, 5, "todo")]
    with house.store.read() as tx:
        found = rows.rows(tx, sights.again(tx, bob, view.id), EVERY, (Column.FLAGS, Column.KEYWORDS), since=view.modseq)
        own = rows.rows(tx, house.sight(alice), EVERY, (Column.FLAGS, Column.KEYWORDS))
    assert found == [(1, 5, "todo")]
    assert own == [(1, 0, ""), (2, 0, "")]


def test_view_when_somebody_would_put_in_or_take_out_then_denied(shared, bob) -> None:
    house, _ = shared
    view, inbox = house.mailbox(bob, VIEW), house.mailbox(bob)
    house.append(bob, TWO)
    for deed in (
        lambda tx: messages.append(tx, bob, view, [house.new(ONE)]),
        lambda tx: messages.copy(tx, bob, inbox, EVERY, view),
        lambda tx: messages.move(tx, bob, view, EVERY, inbox),
        lambda tx: messages.expunge(tx, bob, view),
        lambda tx: marks.mark(tx, bob, view, EVERY, Marking(Deed.ADD, Flag.DELETED)),
        lambda tx: mailboxes.remove(tx, bob, VIEW),
        lambda tx: mailboxes.rename(tx, bob, VIEW, to="Mine"),
        lambda tx: mailboxes.create(tx, bob, f"{VIEW}/Below"),
    ):
        with pytest.raises(Denied):
            house.store.write(deed)


def test_view_when_a_message_is_copied_then_the_copy_is_ones_own(shared, alice, bob) -> None:
    house, (item, _) = shared
    view, inbox = house.mailbox(bob, VIEW), house.mailbox(bob)
    house.store.write(lambda tx: marks.mark(tx, bob, view, EVERY, Marking(Deed.ADD, Flag.FLAGGED)))
    pairs = house.store.write(lambda tx: messages.copy(tx, bob, view, EVERY, inbox))
    assert [(pair.source, pair.target) for pair in pairs] == [(1, 1)]
    house.unshare(alice, item, to=bob)
    assert subjects(house, bob, "INBOX") == {1: b"Subject: 1"}
    with house.store.read() as tx:
        assert rows.rows(tx, house.sight(bob), EVERY, (Column.FLAGS,)) == [(1, Flag.FLAGGED)]


def test_view_when_the_preset_changes_then_it_stays_as_it_is(shared, alice, bob) -> None:
    house, (item, _) = shared
    before = house.mailbox(bob, VIEW)
    house.share(alice, item, Preset.EDIT, to=bob)
    assert subjects(house, bob) == {1: b"Subject: 1"}
    assert house.mailbox(bob, VIEW).uidnext == before.uidnext


def test_view_when_a_message_was_shared_to_be_edited_then_it_is_deleted_where_it_lies(shared, alice, bob) -> None:
    """(R55) And only that one."""
    house, (item, other) = shared
    house.share(alice, item, Preset.EDIT, to=bob)
    house.share(alice, other, to=bob)
    view = house.mailbox(bob, VIEW)
    done = house.store.write(lambda tx: marks.mark(tx, bob, view, EVERY, Marking(Deed.ADD, Flag.DELETED)))
    assert [one.flags for one in done.items] == [Flag.DELETED, 0]
    with house.store.read() as tx:
        assert rows.rows(tx, house.sight(alice), EVERY, (Column.FLAGS,)) == [(1, 0), (2, 0)]
    assert house.store.write(lambda tx: messages.expunge(tx, bob, view, [])) == []
    assert house.store.write(lambda tx: messages.expunge(tx, bob, view)) == [1]
    assert subjects(house, bob) == {2: b"Subject: 2"}
    with house.store.read() as tx:
        assert rows.uids(tx, house.sight(alice)) == [2]
        assert usage.room(tx, house.mailbox(alice).space, Tool.MAIL).items == 1


def test_view_when_a_message_may_be_deleted_then_it_can_be_moved_out(shared, alice, bob) -> None:
    house, (item, _) = shared
    house.share(alice, item, Preset.EDIT, to=bob)
    view, inbox = house.mailbox(bob, VIEW), house.mailbox(bob)
    assert len(house.store.write(lambda tx: messages.move(tx, bob, view, EVERY, inbox))) == 1
    assert subjects(house, bob, "INBOX") == {1: b"Subject: 1"}
    with house.store.read() as tx:
        assert rows.uids(tx, house.sight(alice)) == [2]


def test_settle_when_its_owner_moves_the_message_then_it_shows_in_one_place(shared, alice, bob) -> None:
    """Into a mailbox that is shared as a whole and out again, alone or with the mailbox it lies in."""
    house, _ = shared
    work = "Shared/alice@example.test/Work"
    house.store.write(lambda tx: mailboxes.create(tx, alice, "Work"))
    house.store.write(lambda tx: mailboxes.create(tx, alice, "Box"))
    house.share(alice, "Work", to=bob)

    def move(source: str, to: str) -> None:
        here, there = house.mailbox(alice, source), house.mailbox(alice, to)
        house.store.write(lambda tx: messages.move(tx, alice, here, [(1, 1)], there))

    move("INBOX", "Work")
    assert (names(house, bob), subjects(house, bob, work)) == ([work], {1: b"Subject: 1"})
    move("Work", "Box")
    assert names(house, bob) == [VIEW, work]
    house.store.write(lambda tx: mailboxes.rename(tx, alice, "Box", to="Work/Box"))
    assert names(house, bob) == [work, f"{work}/Box"]
    house.store.write(lambda tx: mailboxes.rename(tx, alice, "Work/Box", to="Box"))
    assert names(house, bob) == [VIEW, work]
    house.store.write(lambda tx: mailboxes.rename(tx, alice, "INBOX", to="Work/Old"))
    assert subjects(house, bob) == {3: b"Subject: 1"}


def test_settle_when_a_private_message_is_shared_with_who_reads_its_mailbox_then_it_is_new_there(
    shared, alice, bob
) -> None:
    """(R13, R54) Clients look for what is new above the highest uid they know."""
    house, (_, other) = shared
    house.share(alice, "INBOX", to=bob)
    now = house.store.write(lambda tx: messages.withhold(tx, alice, other, Privacy.PRIVATE))
    inbox = "Shared/alice@example.test/INBOX"
    assert set(subjects(house, bob, inbox)) == {1}
    house.share(alice, now, to=bob)
    assert subjects(house, bob, inbox) == {1: b"Subject: 1", 3: b"Subject: 2"}
    with house.store.read() as tx:
        assert rows.uids(tx, house.sight(alice)) == [1, 3]


@pytest.fixture
def discreet(house, alice, bob):
    """A group of alice's with bob and carol; in its mailbox what alice keeps private between two others."""
    carol = house.account("carol")
    house.group("team", alice, bob, carol)
    items = house.append(alice, ONE, TWO, ONE, mailbox=TEAM)
    item = house.store.write(lambda tx: messages.withhold(tx, alice, items[1], Privacy.PRIVATE))
    return house, item, carol


TEAM = "Groups/team"


def test_settle_when_a_group_is_handed_over_then_private_messages_are_new_to_its_administrator(
    discreet, alice, bob
) -> None:
    """They came under uids below those he knew: no program asks there again (RFC 9051 2.3.1.1)."""
    house, _, carol = discreet
    assert list(subjects(house, carol, TEAM)) == list(subjects(house, bob, TEAM)) == [1, 3]
    house.clock.seconds += 1
    before = house.mailbox(bob, TEAM)
    house.store.write(lambda tx: members.hand_over(tx, members.find(tx, "team").id, bob))
    assert subjects(house, bob, TEAM) == {1: b"Subject: 1", 3: b"Subject: 1", 4: b"Subject: 2"}
    assert list(subjects(house, alice, TEAM)) == [1, 3, 4]  # she made it
    assert list(subjects(house, carol, TEAM)) == [1, 3]
    with house.store.read() as tx:
        assert changes.expunged_since(tx, before.id, before.modseq) == [2]
    house.clock.seconds += 1
    house.share(alice, "INBOX", to=bob)  # another deed: nothing comes anew
    assert list(subjects(house, bob, TEAM)) == [1, 3, 4]


def test_settle_when_a_private_message_of_a_group_is_shared_then_it_is_new_to_who_reads_its_mailbox(
    discreet, alice, bob
) -> None:
    """Those in a group's own space were forgotten."""
    house, item, carol = discreet
    house.clock.seconds += 1
    house.share(alice, item, to=bob)
    assert list(subjects(house, bob, TEAM)) == [1, 3, 4]
    assert list(subjects(house, carol, TEAM)) == [1, 3]


def test_settle_when_somebody_joins_the_group_in_which_it_is_shared_then_it_is_new_to_him(house, alice, bob) -> None:
    """He reads its mailbox by another group, and has synchronised that already."""
    house.group("team", alice, bob)
    club = house.group("club", alice)
    items = house.append(alice, ONE, TWO, ONE)
    house.share(alice, "INBOX", to=bob)
    item = house.store.write(lambda tx: messages.withhold(tx, alice, items[1], Privacy.PRIVATE))
    house.share(alice, item, group="club")
    inbox = "Shared/alice@example.test/INBOX"
    assert list(subjects(house, bob, inbox)) == [1, 3]
    house.clock.seconds += 1
    house.store.write(lambda tx: members.add(tx, club, bob))
    assert list(subjects(house, bob, inbox)) == [1, 3, 4]


def test_settle_when_a_frozen_group_is_thawed_then_what_had_rested_is_new(discreet, alice, bob) -> None:
    """What was shared singly is expunged for the recipient while shares rest; it must not come back under its uid."""
    house, item, _ = discreet
    house.share(alice, item, to=bob)
    assert list(subjects(house, bob, TEAM)) == [1, 3, 4]
    house.clock.seconds += 1
    with house.store.read() as tx:
        team = members.find(tx, "team").id
    house.store.write(lambda tx: freezing.freeze(tx, team))
    assert list(subjects(house, bob, TEAM)) == [1, 3]
    house.clock.seconds += 1
    house.store.write(lambda tx: freezing.thaw(tx, team))
    assert list(subjects(house, bob, TEAM)) == [1, 3, 5]


def test_share_when_the_message_was_looked_up_before_it_became_private_then_it_stays_so(discreet, alice, bob) -> None:
    """(R13) To stamp it wrote the privacy that was known of it before."""
    house, _, carol = discreet
    (item,) = house.append(alice, TWO, mailbox=TEAM)
    house.store.write(lambda tx: messages.withhold(tx, alice, item, Privacy.PRIVATE))
    house.share(alice, item, to=bob)
    assert list(subjects(house, carol, TEAM)) == [1, 3]

import pytest

from coserver.groups import members, presets
from coserver.mail import marks, messages, rows, search
from coserver.mail.marks import Deed, Marking
from coserver.mail.messages import Pair
from coserver.mail.rows import EVERY, Column
from coserver.model.errors import Denied, Malformed, Missing, NoRoom
from coserver.model.item import Flag
from coserver.model.rights import Preset, Privacy
from coserver.model.search import All
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import doctor, lookup

ONE, TWO, THREE = (b"Subject: %d\r\n\r\nbody\r\n" % n for n in (1, 2, 3))


def mark(house, account, deed: Deed, flags: Flag = messages.NO_FLAGS, *keywords: str, uids=EVERY, **more):
    box = house.mailbox(account, more.pop("mailbox", "INBOX"))
    marking = Marking(deed, flags, frozenset(keywords))
    return house.store.write(lambda tx: marks.mark(tx, account, box, uids, marking, **more))


def state(house, account, mailbox: str = "INBOX") -> list[tuple[int, int, str]]:
    with house.store.read() as tx:
        return rows.rows(tx, house.sight(account, mailbox), EVERY, (Column.FLAGS, Column.KEYWORDS))


def used(house, account, mailbox: str = "INBOX") -> tuple[int, int]:
    with house.store.read() as tx:
        now = usage.room(tx, house.mailbox(account, mailbox).space, Tool.MAIL)
    return now.bytes, now.items


def sound(house) -> bool:
    return not doctor.check(house.store)


# ---------------------------------------------------------------- append


def test_append_when_several_come_then_uids_rise_and_room_is_booked(house, alice) -> None:
    kept = house.append(alice, house.new(ONE, Flag.SEEN, ["b", "$A"], stamp=5000), TWO, ONE)
    assert [item.uid for item in kept] == [1, 2, 3]
    assert state(house, alice) == [(1, 1, "$A b"), (2, 0, ""), (3, 0, "")]
    assert kept[0].stamp == 5000
    assert kept[1].stamp == 1_800_000_000_000
    assert used(house, alice) == (len(ONE) * 2 + len(TWO), 3)


def test_append_when_the_same_bytes_come_again_then_they_are_rendered_once(house, alice) -> None:
    (first,), (second,) = house.append(alice, ONE), house.append(alice, ONE)
    assert first.blob == second.blob
    with house.store.read() as tx:
        found = rows.rows(tx, house.sight(alice), EVERY, (Column.ENVELOPE,))
    assert len(found) == 2
    assert found[0][1] == found[1][1]


def test_append_when_the_last_does_not_fit_then_none_is_kept(house) -> None:
    carol = house.account("carol", "tiny")
    with pytest.raises(NoRoom):
        house.append(carol, ONE, TWO, THREE, ONE)
    assert state(house, carol) == []
    assert used(house, carol) == (0, 0)


def test_append_when_keywords_are_too_many_or_too_long_then_malformed(house, alice) -> None:
    for words in ([f"k{n}" for n in range(101)], ["x" * 256]):
        with pytest.raises(Malformed):
            house.append(alice, house.new(ONE, messages.NO_FLAGS, words))
    assert state(house, alice) == []


def test_append_when_the_mailbox_belongs_to_somebody_else_then_missing(house, alice, bob) -> None:
    inbox = house.mailbox(alice)
    with pytest.raises(Missing):
        house.store.write(lambda tx: messages.append(tx, bob, inbox, [house.new(ONE)]))


# ---------------------------------------------------------------- mark


@pytest.mark.parametrize(
    ("deed", "flags", "words", "expected"),
    [
        (Deed.ADD, Flag.SEEN, ["New", "$forwarded"], (5, "$Forwarded New old")),
        (Deed.REMOVE, Flag.FLAGGED | Flag.SEEN, ["OLD", "none"], (0, "$Forwarded")),
        (Deed.REPLACE, Flag.DRAFT, ["x"], (16, "x")),
        (Deed.REPLACE, messages.NO_FLAGS, [], (0, "")),
        (Deed.REPLACE, messages.NO_FLAGS, ["OLD"], (0, "old")),
        (Deed.ADD, messages.NO_FLAGS, [], (4, "$Forwarded old")),
    ],
)
def test_mark_when_done_then_flags_and_keywords_are_as_asked(house, alice, deed, flags, words, expected) -> None:
    house.append(alice, house.new(ONE, Flag.FLAGGED, ["old", "$Forwarded"]))
    if flags or words or deed is Deed.REPLACE:
        marked = mark(house, alice, deed, flags, *words)
        assert [(item.flags, item.keywords) for item in marked.items] == [expected]
    assert state(house, alice) == [(1, *expected)]
    assert sound(house)


def test_mark_when_unchanged_since_then_leaves_what_changed_later(house, alice) -> None:
    house.append(alice, ONE, TWO, THREE)
    before = house.mailbox(alice).modseq
    mark(house, alice, Deed.ADD, Flag.SEEN, uids=[(2, 2)])
    marked = mark(house, alice, Deed.ADD, Flag.FLAGGED, unchanged_since=before)
    assert marked.modified == [2]
    assert [item.uid for item in marked.items] == [1, 3]
    assert state(house, alice) == [(1, 4, ""), (2, 1, ""), (3, 4, "")]


def test_mark_when_nothing_changes_then_the_modseq_stays(house, alice) -> None:
    house.append(alice, house.new(ONE, Flag.SEEN))
    before = house.mailbox(alice).modseq
    marked = mark(house, alice, Deed.ADD, Flag.SEEN)
    assert [item.uid for item in marked.items] == [1]
    assert house.mailbox(alice).modseq == before


def test_mark_when_changed_then_items_and_mailbox_carry_the_new_modseq_and_counters(house, alice) -> None:
    house.append(alice, ONE, TWO)
    marked = mark(house, alice, Deed.ADD, Flag.SEEN | Flag.DELETED, uids=[(1, 1)])
    inbox = house.mailbox(alice)
    assert [item.modseq for item in marked.items] == [inbox.modseq]
    assert (inbox.unseen, inbox.deleted) == (1, 1)


def test_mark_when_a_member_only_reads_then_denied_what_others_would_see(house, alice, bob) -> None:
    house.group("team", alice, bob)
    house.append(alice, ONE, mailbox="Groups/team")
    for flag in (Flag.DELETED, Flag.FLAGGED):
        with pytest.raises(Denied, match="its administrator can give you the right"):
            mark(house, bob, Deed.ADD, flag, mailbox="Groups/team")
    assert state(house, alice, "Groups/team") == [(1, 0, "")]


def test_mark_when_a_member_contributes_then_others_messages_get_seen_alone(house, alice, bob) -> None:
    group = house.group("team", alice, bob)
    house.store.write(lambda tx: presets.give(tx, group, bob, tool=Tool.MAIL, preset=Preset.CONTRIBUTE))
    house.append(alice, ONE, mailbox="Groups/team")
    house.append(bob, TWO, mailbox="Groups/team")
    mark(house, bob, Deed.REPLACE, Flag.SEEN | Flag.FLAGGED | Flag.DELETED, "k", mailbox="Groups/team")
    assert state(house, bob, "Groups/team") == [(1, 1, ""), (2, 13, "k")]


# ---------------------------------------------------------------- copy and move


def copy(house, account, source: str, uids, target: str):
    a, b = house.mailbox(account, source), house.mailbox(account, target)
    return house.store.write(lambda tx: messages.copy(tx, account, a, uids, b))


def move(house, account, source: str, uids, target: str):
    a, b = house.mailbox(account, source), house.mailbox(account, target)
    return house.store.write(lambda tx: messages.move(tx, account, a, uids, b))


def test_copy_when_done_then_state_is_kept_and_pairs_tell_both_uids(house, alice) -> None:
    house.append(alice, THREE, mailbox="Archive")
    house.append(alice, house.new(ONE, Flag.FLAGGED, ["k"], stamp=7000), TWO)
    assert copy(house, alice, "INBOX", [(1, None)], "Archive") == [Pair(1, 2), Pair(2, 3)]
    assert state(house, alice, "Archive") == [(1, 0, ""), (2, 4, "k"), (3, 0, "")]
    assert used(house, alice) == (2 * (len(ONE) + len(TWO)) + len(THREE), 5)
    assert copy(house, alice, "INBOX", [(77, 80)], "Archive") == []
    assert sound(house)


def test_append_and_copy_when_the_mail_of_somebody_else_is_full_then_it_says_whose(house, bob) -> None:
    """R48: nobody is told to clear up what is not his, nor how much there is."""
    carol = house.account("carol", "tiny")
    house.group("room", bob, carol)
    house.append(carol, ONE, TWO, THREE)
    house.share(carol, "INBOX", Preset.CONTRIBUTE, to=bob, group="room")
    house.append(bob, ONE)
    there = house.mailbox(bob, "Shared/carol@example.test/INBOX")
    for deed in (
        lambda: house.append(bob, ONE, mailbox="Shared/carol@example.test/INBOX"),
        lambda: house.store.write(lambda tx: messages.copy(tx, bob, house.mailbox(bob), EVERY, there)),
    ):
        with pytest.raises(NoRoom, match="the owner of this mailbox") as refused:
            deed()
        assert "subscription" not in refused.value.text
    with pytest.raises(NoRoom, match="your subscription"):
        house.append(carol, ONE)


def test_copy_when_it_does_not_fit_then_nothing_is_copied(house) -> None:
    carol = house.account("carol", "tiny")
    house.append(carol, ONE, TWO)
    with pytest.raises(NoRoom):
        copy(house, carol, "INBOX", EVERY, "Archive")
    assert state(house, carol, "Archive") == []
    assert used(house, carol) == (len(ONE) + len(TWO), 2)


def test_copy_when_to_a_group_then_bytes_and_what_was_rendered_go_along(house, alice) -> None:
    house.group("team", alice)
    house.append(alice, ONE, TWO, ONE)
    assert len(copy(house, alice, "INBOX", EVERY, "Groups/team")) == 3
    with house.store.read() as tx:
        columns = (Column.ENVELOPE, Column.STRUCTURE, Column.PARTS, Column.WORDS, Column.SENT)
        here, there = (rows.rows(tx, house.sight(alice, name), EVERY, columns) for name in ("INBOX", "Groups/team"))
        ((_, blob),) = rows.rows(tx, house.sight(alice, "Groups/team"), [(2, 2)], (Column.BLOB,))
        assert rows.bodies(tx, [blob])[blob].read() == TWO
    assert here == there
    assert used(house, alice, "Groups/team") == (2 * len(ONE) + len(TWO), 3)
    assert sound(house)


def test_move_when_inside_a_space_then_messages_keep_their_state_and_room(house, alice) -> None:
    house.append(alice, house.new(ONE, Flag.SEEN, ["k"]), TWO)
    before = used(house, alice)
    assert move(house, alice, "INBOX", [(1, 1)], "Archive") == [Pair(1, 1)]
    assert state(house, alice) == [(2, 0, "")]
    assert state(house, alice, "Archive") == [(1, 1, "k")]
    assert used(house, alice) == before
    assert sound(house)


def test_move_when_to_a_group_then_the_room_is_the_groups(house, alice) -> None:
    house.group("team", alice)
    house.append(alice, ONE, TWO)
    assert move(house, alice, "INBOX", EVERY, "Groups/team") == [Pair(1, 1), Pair(2, 2)]
    assert used(house, alice) == (0, 0)
    assert used(house, alice, "Groups/team") == (len(ONE) + len(TWO), 2)
    with house.store.read() as tx:
        found = rows.rows(tx, house.sight(alice, "Groups/team"), EVERY, (Column.ENVELOPE,))
    assert len(found) == 2
    assert move(house, alice, "Groups/team", [(9, 9)], "INBOX") == []
    assert sound(house)


def test_move_when_a_member_only_reads_then_denied_but_copying_out_works(house, alice, bob) -> None:
    house.group("team", alice, bob)
    house.append(alice, ONE, mailbox="Groups/team")
    with pytest.raises(Denied):
        move(house, bob, "Groups/team", EVERY, "INBOX")
    with pytest.raises(Denied):
        copy(house, bob, "INBOX", EVERY, "Groups/team")
    assert copy(house, bob, "Groups/team", EVERY, "INBOX") == [Pair(1, 1)]
    assert used(house, bob) == (len(ONE), 1)


# ---------------------------------------------------------------- expunge


def expunge(house, account, uids=None, mailbox: str = "INBOX") -> list[int]:
    box = house.mailbox(account, mailbox)
    return house.store.write(lambda tx: messages.expunge(tx, account, box, uids))


def test_expunge_when_some_are_deleted_then_only_they_go_and_room_comes_back(house, alice) -> None:
    house.append(alice, house.new(ONE, Flag.DELETED), TWO, house.new(THREE, Flag.DELETED | Flag.SEEN))
    assert expunge(house, alice, [(2, None)]) == [3]
    assert expunge(house, alice) == [1]
    assert expunge(house, alice) == []
    assert state(house, alice) == [(2, 0, "")]
    assert used(house, alice) == (len(TWO), 1)
    assert sound(house)


def test_expunge_when_a_member_contributes_then_only_his_own_go(house, alice, bob) -> None:
    group = house.group("team", alice, bob)
    house.store.write(lambda tx: presets.give(tx, group, bob, tool=Tool.MAIL, preset=Preset.CONTRIBUTE))
    house.append(alice, house.new(ONE, Flag.DELETED), mailbox="Groups/team")
    house.append(bob, house.new(TWO, Flag.DELETED), mailbox="Groups/team")
    assert expunge(house, bob, mailbox="Groups/team") == [2]
    assert expunge(house, alice, mailbox="Groups/team") == [1]


def test_expunge_when_a_member_only_reads_then_denied(house, alice, bob) -> None:
    house.group("team", alice, bob)
    house.append(alice, house.new(ONE, Flag.DELETED), mailbox="Groups/team")
    with pytest.raises(Denied):
        expunge(house, bob, mailbox="Groups/team")


def test_messages_when_a_thousand_are_marked_copied_moved_and_expunged_then_all_adds_up(house, alice) -> None:
    house.append(alice, *(b"Subject: %d\r\n\r\n" % n for n in range(1200)))
    assert len(mark(house, alice, Deed.ADD, Flag.SEEN | Flag.DELETED).items) == 1200
    assert len(copy(house, alice, "INBOX", EVERY, "Archive")) == 1200
    assert len(move(house, alice, "Archive", EVERY, "Trash")) == 1200
    assert len(expunge(house, alice)) == len(expunge(house, alice, mailbox="Trash")) == 1200
    assert used(house, alice) == (0, 0)
    assert sound(house)


# ---------------------------------------------------------------- private messages, one's own only


@pytest.fixture
def team(house, alice, bob):
    """The group team, in whose mail bob may contribute; one message of each."""
    group = house.group("team", alice, bob)
    house.store.write(lambda tx: presets.give(tx, group, bob, tool=Tool.MAIL, preset=Preset.CONTRIBUTE))
    house.append(alice, ONE, mailbox="Groups/team")
    house.append(bob, TWO, mailbox="Groups/team")
    return house


def withhold(house, account, uid: int, privacy: Privacy, mailbox: str = "Groups/team"):
    with house.store.read() as tx:
        (item,) = lookup.by_uids(tx, house.mailbox(account, mailbox).id, [(uid, uid)])
    return house.store.write(lambda tx: messages.withhold(tx, account, item, privacy))


def test_withhold_when_a_message_is_private_then_it_is_gone_for_who_inherits(team, alice, bob) -> None:
    """(R13) In a group its author and the administrator still read it."""
    carol = team.account("carol")
    with team.store.read() as tx:
        group = members.find(tx, "team").id
    team.store.write(lambda tx: members.add(tx, group, carol))
    withhold(team, bob, 2, Privacy.PRIVATE)
    assert [row[0] for row in state(team, carol, "Groups/team")] == [1]
    assert [row[0] for row in state(team, bob, "Groups/team")] == [1, 2]
    assert [row[0] for row in state(team, alice, "Groups/team")] == [1, 2]
    box = team.mailbox(carol, "Groups/team")
    with team.store.read() as tx:
        assert rows.uids(tx, team.sight(carol, "Groups/team")) == [1]
        assert rows.first_unseen(tx, team.sight(carol, "Groups/team")) == 1
        assert [uid for part in search.search(tx, team.sight(carol, "Groups/team"), All()) for uid in part] == [1]
    assert team.store.write(lambda tx: messages.copy(tx, carol, box, EVERY, team.mailbox(carol))) == [Pair(1, 1)]


def test_withhold_when_it_comes_to_light_again_then_it_has_a_new_uid(team, alice, bob) -> None:
    """Clients look for what is new above the highest uid they know."""
    withhold(team, bob, 2, Privacy.PRIVATE)
    withhold(team, bob, 2, Privacy.CONFIDENTIAL)
    assert [row[0] for row in state(team, alice, "Groups/team")] == [1, 2]
    now = withhold(team, bob, 2, Privacy.OPEN)
    assert (now.uid, now.privacy) == (3, Privacy.OPEN)
    assert [row[0] for row in state(team, alice, "Groups/team")] == [1, 3]
    assert team.mailbox(alice, "Groups/team").items == 2


def test_withhold_when_it_is_anothers_then_denied(team, alice, bob) -> None:
    with pytest.raises(Denied, match="the administrator of the group and who made it"):
        withhold(team, bob, 1, Privacy.PRIVATE)
    withhold(team, alice, 2, Privacy.PRIVATE)  # the administrator may
    house = team
    house.append(alice, ONE)
    house.share(alice, "INBOX", Preset.MANAGE, to=bob)
    with pytest.raises(Denied, match=r"Only alice@example\.test"):
        withhold(house, bob, 1, Privacy.PRIVATE, "Shared/alice@example.test/INBOX")
    with house.store.read() as tx:
        (item,) = lookup.by_uids(tx, house.mailbox(alice).id, EVERY)
    assert house.store.write(lambda tx: messages.withhold(tx, None, item, Privacy.PRIVATE)).privacy is Privacy.PRIVATE


def test_copy_and_move_when_a_private_message_would_come_to_somebody_else_then_denied(team, alice, bob) -> None:
    """(R13) In her mail only alice says what is private: he would not see it there any more."""
    house = team
    house.append(bob, ONE, TWO)
    house.share(alice, "INBOX", Preset.CONTRIBUTE, to=bob)
    withhold(house, bob, 1, Privacy.PRIVATE, "INBOX")
    here, there = house.mailbox(bob), house.mailbox(bob, "Shared/alice@example.test/INBOX")
    for deed in (messages.copy, messages.move):
        with pytest.raises(Denied, match=r"only alice@example\.test can keep something private"):
            house.store.write(lambda tx, deed=deed: deed(tx, bob, here, EVERY, there))
    assert [row[0] for row in state(house, bob)] == [1, 2]
    assert house.store.write(lambda tx: messages.copy(tx, bob, here, [(2, 2)], there)) == [Pair(2, 1)]
    group = house.mailbox(bob, "Groups/team")
    assert house.store.write(lambda tx: messages.copy(tx, bob, here, [(1, 1)], group)) == [Pair(1, 3)]


def test_own_only_when_a_member_contributes_then_others_messages_are_left_alone(team, alice, bob) -> None:
    """(R57) Rights t, e and w are advertised, and hold for what he put there."""
    for flag in (Flag.DELETED, Flag.FLAGGED):
        with pytest.raises(Denied):
            mark(team, bob, Deed.ADD, flag, uids=[(1, 1)], mailbox="Groups/team")
    mark(team, alice, Deed.ADD, Flag.DELETED, mailbox="Groups/team")
    box = team.mailbox(bob, "Groups/team")
    with pytest.raises(Denied):
        team.store.write(lambda tx: messages.move(tx, bob, box, EVERY, team.mailbox(bob)))
    assert state(team, bob) == []
    assert team.store.write(lambda tx: messages.expunge(tx, bob, box)) == [2]
    assert [row[0] for row in state(team, alice, "Groups/team")] == [1]


def test_own_only_when_one_message_was_shared_to_be_edited_then_it_may_be_deleted(team, alice, bob) -> None:
    """(R55) What was given on one message adds to what is held on its mailbox."""
    (item,) = team.append(alice, THREE)
    team.share(alice, "INBOX", to=bob)
    team.append(alice, ONE)
    team.share(alice, item, Preset.EDIT, to=bob)
    name = "Shared/alice@example.test/INBOX"
    marked = mark(team, bob, Deed.ADD, Flag.DELETED | Flag.FLAGGED, mailbox=name)
    assert [one.flags for one in marked.items] == [Flag.DELETED | Flag.FLAGGED, 0]
    box = team.mailbox(bob, name)
    assert team.store.write(lambda tx: messages.expunge(tx, bob, box)) == [1]

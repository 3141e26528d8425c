import pytest

from coserver.groups import leaving, presets, rights
from coserver.mail import faces, mailboxes, messages, sights, subscriptions
from coserver.model.errors import Denied, Exists, Malformed, Missing, NoRoom
from coserver.model.rights import Preset, Privacy, Right
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import collections, spaces


def names(house, account) -> list[str]:
    with house.store.read() as tx:
        return [one.name for one in mailboxes.listed(tx, account)]


def create(house, account, name: str, role: str = ""):
    return house.store.write(lambda tx: mailboxes.create(tx, account, name, role=role))


def rename(house, account, name: str, to: str) -> None:
    house.store.write(lambda tx: mailboxes.rename(tx, account, name, to=to))


DEFAULTS = ["INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"]


def test_furnish_when_an_account_is_new_then_has_its_mailboxes_subscribed(house, alice) -> None:
    with house.store.read() as tx:
        found = mailboxes.listed(tx, alice)
        assert [one.name for one in found] == DEFAULTS
        assert {one.name: one.collection.role for one in found}["Sent"] == "\\Sent"
        assert subscriptions.listed(tx, alice) == sorted(DEFAULTS)
        assert mailboxes.inbox(tx, alice).name == "INBOX"


def test_create_when_parents_are_missing_then_makes_them(house, alice) -> None:
    create(house, alice, "Work/2027/January/")
    assert names(house, alice)[-3:] == ["Work", "Work/2027", "Work/2027/January"]
    with house.store.read() as tx:
        assert [one.children for one in mailboxes.listed(tx, alice)][-3:] == [True, True, False]


def test_create_when_below_inbox_then_its_case_does_not_matter(house, alice) -> None:
    create(house, alice, "inbox/lists")
    assert names(house, alice)[:2] == ["INBOX", "Archive"]
    with house.store.read() as tx:
        assert mailboxes.find(tx, alice, "Inbox/lists").name == "INBOX/lists"
        with pytest.raises(Missing):
            mailboxes.find(tx, alice, "INBOX/Lists")


@pytest.mark.parametrize("name", ["INBOX", "inbox", "Trash", "Trash/"])
def test_create_when_it_is_there_then_exists(kept_house, name: str) -> None:
    with pytest.raises(Exists):
        create(kept_house, kept_house.accounts["alice"], name)


@pytest.mark.parametrize("name", ["", "/", "a//b", "a\rb", "x" * 256, "/".join("a" * 31), "\ud800", "a\0"])
def test_create_when_the_name_cannot_be_one_then_malformed(kept_house, name: str) -> None:
    with pytest.raises(Malformed):
        create(kept_house, kept_house.accounts["alice"], name)


def test_create_when_names_are_composed_differently_then_they_are_one(house, alice) -> None:
    create(house, alice, "Cafe\u0301")
    with house.store.read() as tx:
        assert mailboxes.find(tx, alice, "Caf\u00e9").name == "Caf\u00e9"


def test_create_when_a_role_is_asked_then_it_is_given_once(house, alice) -> None:
    house.store.write(lambda tx: mailboxes.remove(tx, alice, "Junk"))
    assert create(house, alice, "Spam", "\\Junk").collection.role == "\\Junk"
    with pytest.raises(Exists):
        create(house, alice, "Spam2", "\\Junk")
    with pytest.raises(Malformed):
        create(house, alice, "Spam3", "\\All")


@pytest.mark.parametrize("name", ["Groups", "Groups/"])
def test_create_when_the_name_is_reserved_then_denied(kept_house, name: str) -> None:
    with pytest.raises(Denied):
        create(kept_house, kept_house.accounts["alice"], name)
    with kept_house.store.read() as tx, pytest.raises(Missing):
        mailboxes.find(tx, kept_house.accounts["alice"], "Groups")


def test_rename_when_it_has_children_then_they_come_along(house, alice) -> None:
    create(house, alice, "A/B")
    rename(house, alice, "A", "New/Place")
    assert set(names(house, alice)) - set(DEFAULTS) == {"New", "New/Place", "New/Place/B"}


@pytest.mark.parametrize(
    ("name", "to", "error"),
    [
        ("Nothing", "X", Missing),
        ("Sent", "Trash", Exists),
        ("Sent", "Sent/Below", Denied),
        ("Sent", "Groups", Denied),
        ("Sent", "Groups/none/X", Missing),
        ("Sent", "a//b", Malformed),
    ],
)
def test_rename_when_it_cannot_be_then_says_why_and_nothing_changes(kept_house, name, to, error) -> None:
    with pytest.raises(error):
        rename(kept_house, kept_house.accounts["alice"], name, to)
    assert names(kept_house, kept_house.accounts["alice"]) == DEFAULTS


def test_rename_when_it_is_inbox_then_its_messages_move_and_it_stays(house, alice) -> None:
    create(house, alice, "INBOX/Below")
    house.append(alice, b"Subject: one\r\n\r\n", b"Subject: two\r\n\r\n")
    rename(house, alice, "inbox", "Old/Mail")
    with house.store.read() as tx:
        assert mailboxes.find(tx, alice, "INBOX").collection.items == 0
        assert mailboxes.find(tx, alice, "Old/Mail").collection.items == 2
        assert mailboxes.find(tx, alice, "INBOX/Below").collection.items == 0


def test_remove_when_it_holds_messages_then_their_room_comes_back(house, alice) -> None:
    create(house, alice, "Work")
    house.append(alice, b"Subject: one\r\n\r\n", mailbox="Work")
    house.store.write(lambda tx: mailboxes.remove(tx, alice, "Work"))
    assert names(house, alice) == DEFAULTS
    with house.store.read() as tx:
        now = usage.room(tx, house.mailbox(alice).space, Tool.MAIL)
    assert (now.bytes, now.items) == (0, 0)


def test_remove_when_it_may_not_go_then_denied(house, alice) -> None:
    create(house, alice, "Work/Below")
    for name in ("INBOX", "Work"):
        with pytest.raises(Denied):
            house.store.write(lambda tx, name=name: mailboxes.remove(tx, alice, name))
    assert "Work/Below" in names(house, alice)


def test_listed_when_in_a_group_then_its_mail_is_there_with_the_rights_of_a_member(house, alice, bob) -> None:
    """(R47, C11)"""
    house.group("team", alice, bob)
    create(house, alice, "Groups/team/Plans")
    assert names(house, bob) == [
        "INBOX", "Archive", "Drafts", "Groups/team", "Groups/team/Plans", "Junk", "Sent", "Trash",
    ]  # fmt: skip
    assert Right.ADD in house.sight(alice, "Groups/team").rights
    for name in ("Groups/team", "Groups/team/Plans"):
        assert house.sight(bob, name).rights == Right.BUSY | Right.READ


def test_group_mailboxes_when_a_member_only_reads_then_changes_are_denied(house, alice, bob) -> None:
    group = house.group("team", alice, bob)
    create(house, alice, "Groups/team/Plans")
    for deed in (
        lambda tx: mailboxes.create(tx, bob, "Groups/team/Mine"),
        lambda tx: mailboxes.remove(tx, bob, "Groups/team/Plans"),
        lambda tx: mailboxes.rename(tx, bob, "Groups/team/Plans", to="Groups/team/Other"),
    ):
        with pytest.raises(Denied):
            house.store.write(deed)
    house.store.write(lambda tx: presets.give(tx, group, bob, tool=Tool.MAIL, preset=Preset.EDIT))
    rename(house, bob, "Groups/team/Plans", "Groups/team/Other")
    assert "Groups/team/Other" in names(house, alice)


def test_group_mailboxes_when_the_member_left_then_nothing_is_known_of_them(house, alice, bob) -> None:
    group = house.group("team", alice, bob)
    collection = house.mailbox(bob, "Groups/team")
    with house.store.read() as tx:
        assert sights.again(tx, bob, collection.id).collection == collection
    house.store.write(lambda tx: leaving.remove(tx, group, bob))
    with house.store.read() as tx:
        with pytest.raises(Missing):
            mailboxes.find(tx, bob, "Groups/team")
        with pytest.raises(Missing):
            sights.again(tx, bob, collection.id)
    assert names(house, bob) == DEFAULTS


def test_group_mailbox_when_it_is_the_groups_own_then_it_is_neither_renamed_nor_deleted(house, alice) -> None:
    house.group("team", alice)
    with pytest.raises(Denied):
        rename(house, alice, "Groups/team", "Groups/other")
    with pytest.raises(Denied):
        house.store.write(lambda tx: mailboxes.remove(tx, alice, "Groups/team"))
    with pytest.raises(Exists):
        create(house, alice, "Groups/team")
    with pytest.raises(Denied, match="copy its messages"):
        rename(house, alice, "Sent", "Groups/team/Sent")
    with pytest.raises(Denied, match="copy its messages"):
        rename(house, alice, "INBOX", "Groups/team/Mine")
    assert "Groups/team/Mine" not in names(house, alice)


# ---------------------------------------------------------------- what others share


@pytest.fixture
def shared(house, alice, bob):
    """Work of alice, with a mailbox below it, which bob may read through the group team."""
    house.group("team", alice, bob)
    create(house, alice, "Work/Plans")
    house.share(alice, "Work", Preset.READ, to=bob)
    return house


def test_listed_when_a_mailbox_is_shared_then_it_stands_below_its_owner_with_all_in_it(shared, alice, bob) -> None:
    """(R48)"""
    of_alice = "Shared/alice@example.test"
    assert [name for name in names(shared, bob) if name.startswith("Shared")] == [
        f"{of_alice}/Work", f"{of_alice}/Work/Plans",
    ]  # fmt: skip
    assert not [name for name in names(shared, alice) if name.startswith("Shared")]
    with shared.store.read() as tx:
        found = mailboxes.find(tx, bob, f"{of_alice}/Work/Plans")
    assert (found.face, found.fixed, found.collection) == (
        faces.FOREIGN, False, shared.mailbox(alice, "Work/Plans"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "name", ["Shared", "Shared/alice@example.test", "Shared/alice@example.test/Sent", "Shared/bob@example.test/Work"]
)
def test_find_when_nothing_is_shared_under_the_name_then_missing(shared, bob, name) -> None:
    with shared.store.read() as tx, pytest.raises(Missing):
        mailboxes.find(tx, bob, name)


def test_shared_mailbox_when_only_read_then_changes_are_denied_with_the_reason(shared, bob) -> None:
    of_alice = "Shared/alice@example.test/Work"
    for deed, what in (
        (lambda tx: mailboxes.create(tx, bob, f"{of_alice}/Mine"), "not add, edit"),
        (lambda tx: mailboxes.remove(tx, bob, f"{of_alice}/Plans"), "not delete"),
        (lambda tx: mailboxes.rename(tx, bob, f"{of_alice}/Plans", to=f"{of_alice}/Else"), "not add, edit"),
        (lambda tx: mailboxes.remove(tx, bob, of_alice), "only its owner"),
        (lambda tx: mailboxes.rename(tx, bob, of_alice, to="Mine"), "only its owner"),
    ):
        with pytest.raises(Denied, match=what):
            shared.store.write(deed)


def test_shared_mailbox_when_it_may_be_edited_then_below_it_all_can_be_done(shared, alice, bob) -> None:
    shared.share(alice, "Work", Preset.EDIT, to=bob)
    of_alice = "Shared/alice@example.test/Work"
    create(shared, bob, f"{of_alice}/Mine")
    rename(shared, bob, f"{of_alice}/Mine", f"{of_alice}/Plans/Mine")
    assert "Work/Plans/Mine" in names(shared, alice)
    with pytest.raises(Denied, match="copy its messages"):
        rename(shared, bob, f"{of_alice}/Plans", "Plans")
    shared.store.write(lambda tx: mailboxes.remove(tx, bob, f"{of_alice}/Plans/Mine"))
    assert "Work/Plans/Mine" not in names(shared, alice)


def test_shared_mailbox_when_it_holds_what_is_withheld_then_it_cannot_be_deleted_by_others(shared, alice, bob) -> None:
    """(R13)"""
    shared.share(alice, "Work", Preset.EDIT, to=bob)
    (item,) = shared.append(alice, b"Subject: mine\r\n\r\n", mailbox="Work/Plans")
    shared.store.write(lambda tx: messages.withhold(tx, alice, item, Privacy.PRIVATE))
    with pytest.raises(Denied, match="only others may delete"):
        shared.store.write(lambda tx: mailboxes.remove(tx, bob, "Shared/alice@example.test/Work/Plans"))


def test_shared_mailbox_when_the_share_is_taken_back_then_nothing_is_known_of_it(shared, alice, bob) -> None:
    """(R15)"""
    collection = shared.mailbox(bob, "Shared/alice@example.test/Work")
    shared.unshare(alice, "Work", to=bob)
    assert names(shared, bob) == [*DEFAULTS[:3], "Groups/team", *DEFAULTS[3:]]
    with shared.store.read() as tx, pytest.raises(Missing):
        sights.again(tx, bob, collection.id)


def test_own_mailbox_when_it_is_called_as_the_prefix_then_it_stays_ones_own(shared, alice, bob) -> None:
    """A store of old may have one (S8); a new one cannot be made."""
    with pytest.raises(Denied, match="choose another name"):
        create(shared, bob, "Shared")
    with pytest.raises(Missing):
        create(shared, bob, "Shared/mine")

    def as_of_old(tx):
        root = collections.root(tx, shared.mailbox(bob).space, Tool.MAIL)
        collections.add(tx, root, "Shared", grant=rights.house(tx, root, Right.ADD))

    shared.store.write(as_of_old)
    create(shared, bob, "Shared/mine")
    assert {"Shared", "Shared/mine", "Shared/alice@example.test/Work"} <= set(names(shared, bob))
    shared.append(bob, b"Subject: x\r\n\r\n", mailbox="Shared/mine")
    assert shared.mailbox(bob, "Shared").space == shared.mailbox(bob).space


def test_create_when_there_are_too_many_then_no_room_however_deep(house, alice, monkeypatch) -> None:
    """Mailboxes are charged to no capacity, and could be made without end."""
    with house.store.read() as tx:
        there = len(collections.tree(tx, spaces.of(tx, alice).id, Tool.MAIL)) - 1
    monkeypatch.setattr(usage, "MOST_COLLECTIONS", there + 3)
    house.store.write(lambda tx: mailboxes.create(tx, alice, "a/b"))
    for deed in (
        lambda tx: mailboxes.create(tx, alice, "c/d"),
        lambda tx: mailboxes.rename(tx, alice, "a", to="x/y/z"),
    ):
        with pytest.raises(NoRoom, match="mailboxes here"):
            house.store.write(deed)
    house.store.write(lambda tx: mailboxes.create(tx, alice, "c"))

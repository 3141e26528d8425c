import pytest

from coserver.groups import leaving, presets
from coserver.mail import mailboxes
from coserver.model.errors import Denied, Exists, Malformed, Missing, NoRoom
from coserver.model.rights import Preset, Right
from coserver.model.space import Tool
from coserver.quota import usage


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
        assert mailboxes.subscriptions(tx, alice) == sorted(DEFAULTS)
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


def test_subscribe_when_repeated_or_not_there_then_is_kept_once(house, alice) -> None:
    for name in ("Nowhere/Yet", "Nowhere/Yet/", "inbox"):
        house.store.write(lambda tx, name=name: mailboxes.subscribe(tx, alice, name))
    house.store.write(lambda tx: mailboxes.unsubscribe(tx, alice, "Sent"))
    house.store.write(lambda tx: mailboxes.unsubscribe(tx, alice, "Never"))
    with house.store.read() as tx:
        assert mailboxes.subscriptions(tx, alice) == sorted({*DEFAULTS, "Nowhere/Yet"} - {"Sent"})


def test_subscribe_when_there_are_too_many_then_no_room(house, alice, monkeypatch) -> None:
    monkeypatch.setattr(mailboxes, "_MOST_SUBSCRIBED", 6)
    with pytest.raises(NoRoom):
        house.store.write(lambda tx: mailboxes.subscribe(tx, alice, "One more"))


def test_listed_when_in_a_group_then_its_mail_is_there_with_the_rights_of_a_member(house, alice, bob) -> None:
    house.group("team", alice, bob)
    create(house, alice, "Groups/team/Plans")
    assert names(house, bob) == [
        "INBOX", "Archive", "Drafts", "Groups/team", "Groups/team/Plans", "Junk", "Sent", "Trash",
    ]  # fmt: skip
    with house.store.read() as tx:
        of_alice = {one.name: one.rights for one in mailboxes.listed(tx, alice)}
        of_bob = {one.name: one.rights for one in mailboxes.listed(tx, bob)}
    assert Right.ADD in of_alice["Groups/team"]
    assert of_bob["Groups/team"] == of_bob["Groups/team/Plans"] == Right.BUSY | Right.READ


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
        assert mailboxes.again(tx, bob, collection.id)[0] == collection
    house.store.write(lambda tx: leaving.remove(tx, group, bob))
    with house.store.read() as tx:
        with pytest.raises(Missing):
            mailboxes.find(tx, bob, "Groups/team")
        with pytest.raises(Missing):
            mailboxes.again(tx, bob, collection.id)
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

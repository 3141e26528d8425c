"""Sharing and privacy by the operator's verbs."""

import pytest

from coserver.accounts import accounts
from coserver.groups import members as groups_members
from coserver.groups import presets, rights, shares
from coserver.model.errors import Denied, Malformed, Missing, NoRoom
from coserver.model.rights import Preset, Right
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import collections, items


def _file(estate, path, author, *, group=None):
    """A file of one byte at a path of a space's documents."""
    staged = estate.store.stage(b"x")

    def job(tx):
        account = accounts.find(tx, author)
        space = account.space if group is None else groups_members.find(tx, group).space
        at = collections.root(tx, space, Tool.DOCUMENTS)
        *folders, name = path.split("/")
        for folder in folders:
            below = collections.find(tx, at.id, folder)
            at = below or collections.add(tx, at, folder, grant=rights.house(tx, at, Right.ADD))
        charge = usage.charge(tx, space, Tool.DOCUMENTS, bytes=1, items=1)
        new = items.New(staged, name, author=account.id)
        items.add(tx, at, [new], grant=rights.house(tx, at, Right.ADD), charge=charge)

    estate.store.write(job)


def _held(office, login, path):
    return office.do("rights why", login=login, path=path)["rights"]


def test_share_add_when_the_owner_shares_too_much_then_no_room_with_what_to_do(estate, office, people, monkeypatch):
    monkeypatch.setattr(shares, "MOST_OF_OWNER", 0)
    _file(estate, "a.txt", "alice")
    with pytest.raises(NoRoom, match="take some shares back"):
        office.do("share add", path="/a.txt", owner="alice", group="team", preset="read")
    assert office.do("share list", login="alice")["given"] == []


def test_share_list_when_one_lies_in_another_then_it_is_listed_where_it_appears(estate, office, people):
    _file(estate, "Plans/deep/down/a.txt", "alice")
    for path in ("/Plans/deep", "/Plans/deep/down", "/Plans/deep/down/a.txt"):
        office.do("share add", path=path, owner="alice", group="team", to="bob", preset="read")
    office.do("share add", path="mail:INBOX", owner="alice", group="team", to="bob", preset="read")
    found = [each["path"] for each in office.do("share list", login="bob")["received"]]
    beginning = "Shared/alice@example.test/"
    assert sorted(found) == [
        f"{beginning}deep", f"{beginning}deep/down", f"{beginning}deep/down/a.txt", f"mail:{beginning}INBOX",
    ]  # fmt: skip
    for path in found:
        assert _held(office, "bob", path)[:2] == ["busy", "read"]


def test_share_add_when_done_then_both_sides_list_it_and_why_tells(estate, office, people):
    _file(estate, "Plans/a.txt", "alice")
    office.do("share add", path="/Plans", owner="alice", group="team", to="bob", preset="edit")
    office.do("share add", path="/Plans/a.txt", owner="alice", group="team", preset="read")
    alice = "alice@example.test"
    assert office.do("share list", login="alice") == {
        "given": [
            {"path": "/Plans", "group": "team", "to": "bob@example.test", "preset": "edit", "by": alice},
            {"path": "/Plans/a.txt", "group": "team", "to": "all", "preset": "read", "by": alice},
        ],
        "received": [],
    }
    assert office.do("share list", login="carol")["received"] == [
        {"path": "Shared/alice@example.test/a.txt", "group": "team", "to": "all", "preset": "read"}
    ]
    why = office.do("rights why", login="bob", path="Shared/alice@example.test/Plans/a.txt")
    assert "edit_any" in why["rights"]
    assert "It is shared with the account through group team as 'edit'" in " ".join(why["why"])
    assert "It is shared with all members through group team as 'read'" in " ".join(why["why"])
    why = office.do("rights why", login="dave", path="Shared/alice/Plans/a.txt")
    assert why["rights"] == []
    assert "alice@example.test can share it, within a group that both belong to" in " ".join(why["why"])


def test_share_remove_when_done_then_it_counts_at_once(estate, office, people):
    _file(estate, "Plans/a.txt", "alice")
    office.do("share add", path="/Plans", owner="alice", group="team", preset="edit")
    assert _held(office, "bob", "Shared/alice/Plans")
    office.do("share remove", path="/Plans", owner="alice", group="team")
    assert _held(office, "bob", "Shared/alice/Plans") == []
    with pytest.raises(Missing, match="not shared like that"):
        office.do("share remove", path="/Plans", owner="alice", group="team")


def test_share_add_when_names_are_wrong_then_each_is_said(estate, office, people):
    _file(estate, "Plans/a.txt", "alice")
    right = {"path": "/Plans", "owner": "alice", "group": "team", "preset": "read"}
    for wrong, error in (
        ({"path": "/None"}, Missing),
        ({"path": "/"}, Malformed),
        ({"owner": "nobody"}, Missing),
        ({"owner": "dave", "path": "calendar:calendar"}, Missing),
        ({"group": "none"}, Missing),
        ({"to": "nobody"}, Missing),
        ({"to": "dave"}, Missing),
        ({"preset": "all"}, Malformed),
        ({"preset": "busy"}, Malformed),
    ):
        with pytest.raises(error):
            office.do("share add", **right | wrong)
    assert office.do("share list", login="alice")["given"] == []


def test_item_private_when_set_then_only_its_own_shares_count(estate, office, people):
    """R13: by the command line."""
    _file(estate, "Plans/a.txt", "alice")
    office.do("share add", path="/Plans", owner="alice", group="team", preset="edit")
    office.do("item private", path="/Plans/a.txt", owner="alice")
    why = office.do("rights why", login="bob", path="Shared/alice/Plans/a.txt")
    assert why["rights"] == []
    assert "The item is private: of what is given around it, this leaves nothing." in why["why"]
    office.do("item public", path="/Plans/a.txt", owner="alice")
    assert "edit_any" in _held(office, "bob", "Shared/alice/Plans/a.txt")


def test_item_private_when_in_a_group_then_by_author_or_administrator_who_still_read(estate, office, people):
    estate.store.write(
        lambda tx: presets.give(
            tx, groups_members.find(tx, "team").id, None, tool=Tool.DOCUMENTS, preset=Preset.CONTRIBUTE
        )
    )
    _file(estate, "b.txt", "bob", group="team")
    path = "Groups/team/b.txt"
    with pytest.raises(Denied, match="Only the administrator of the group and who made it"):
        office.do("item private", path=path, owner="carol")
    office.do("item private", path=path, owner="bob")
    assert [bool(_held(office, name, path)) for name in people] == [True, True, False, False]
    office.do("item public", path=path, owner="alice")
    assert [bool(_held(office, name, path)) for name in people] == [True, True, True, False]


def test_item_private_when_it_is_a_folder_or_an_entry_of_a_calendar_then_says_what_to_do(estate, office, people):
    _file(estate, "Plans/a.txt", "alice")
    for path, words in (("/Plans", "not what holds them"), ("/Plans/none", "no 'none'")):
        with pytest.raises((Malformed, Missing), match=words):
            office.do("item private", path=path, owner="alice")
    with pytest.raises(Missing):
        office.do("item private", path="Shared/alice/None", owner="bob")

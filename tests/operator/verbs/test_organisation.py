"""The operator's verbs about organisations, and what their owners see by them."""

import re

import pytest

from coserver.auth import standing
from coserver.model.errors import Denied, Malformed, Missing

PASSWORD = "four plain words here"


@pytest.fixture
def club(office, people):
    """The organisation club of alice, with the account erin."""
    office.do("org add", org="club", owner="alice")
    office.do("org user add", org="club", login="erin", password=PASSWORD)
    return office


def test_add_when_done_then_it_is_listed_and_shown(club):
    """R25, R26."""
    (listed,) = club.do("org list")
    shown = club.do("org show", org="club")
    assert (listed["org"], listed["owner"], listed["accounts"]) == ("club", "alice@example.test", 1)
    assert (shown["accounts_allowed"], shown["on_free_plans"], shown["domains_allowed"]) == (1000, 0, 10)
    assert shown["waiting"] == []
    assert club.do("org list", by="alice") == [listed]
    assert club.do("org list", by="bob") == []
    assert [club.do("account show", login=name)["organisation"] for name in ("erin", "alice")] == ["club", ""]


def test_add_when_somebody_asks_for_another_then_denied(office, people):
    assert office.do("org add", org="firm", owner="bob", by="bob")["owner"] == "bob@example.test"
    with pytest.raises(Denied, match="name yourself"):
        office.do("org add", org="other", owner="alice", by="bob")


def test_show_when_asked_by_others_then_missing_for_strangers_and_denied_for_its_accounts(club):
    with pytest.raises(Missing):
        club.do("org show", org="club", by="bob")
    with pytest.raises(Denied):
        club.do("org user list", org="club", by="erin")


def test_user_verbs_when_the_owner_asks_then_done_and_the_log_of_the_account_names_him(club):
    """R25, R64."""
    asked = {"org": "club", "login": "erin", "by": "alice"}
    assert club.do("org user suspend", **asked)["state"] == "suspended"
    assert club.do("org user resume", **asked)["state"] == "active"
    assert club.do("org user plan", **asked, plan="big")["plan"] == "big"
    club.do("org user passwd", **asked, password="four other words here")
    assert club.do("org user delete", **asked)["until"] is not None
    assert club.do("org user restore", **asked)["state"] == "active"
    (row,) = club.do("org user list", org="club", by="alice")
    assert (row["login"], row["plan"], row["usage"]["mail"]["bytes_limit"]) == ("erin@example.test", "big", 10**12)
    acts = [(act["did"], act["who"]) for act in club.do("log", space="erin@example.test", limit=50)]
    for did in ("suspended", "resumed", "plan changed", "password changed", "closed", "restored"):
        assert (did, "alice@example.test") in acts, acts


def test_user_passwd_when_set_by_the_owner_then_the_rules_for_passwords_count(strict):
    """R43, R44."""
    strict.do("account add", login="alice", password="four plain words here")
    strict.do("org add", org="club", owner="alice")
    with pytest.raises(Malformed):
        strict.do("org user add", org="club", login="erin", password="erin")
    strict.do("org user add", org="club", login="erin", password="four plain words here")
    with pytest.raises(Malformed):
        strict.do("org user passwd", org="club", login="erin", password="short", by="alice")


def test_user_add_many_when_dry_then_each_line_is_told_and_nothing_written(club):
    """R25."""
    lines = [{"login": name, "password": "x", "groups": ["crew"]} for name in ("desk", "desk", "postmaster")]
    told = club.do("org user add-many", org="club", rows=lines, dry_run=True, by="alice")
    assert [(each["login"], each["added"]) for each in told] == [
        ("desk@example.test", True), ("desk@example.test", False), ("postmaster", False),
    ]  # fmt: skip
    assert len(club.do("org user list", org="club")) == 1
    assert club.do("org user add-many", org="club", rows=lines, by="alice") == told
    assert club.do("group show", name="crew")["administrator"] == "desk@example.test"


def test_user_add_many_when_asked_by_a_stranger_then_no_line_tells_him_anything(club):
    with pytest.raises(Missing):
        club.do("org user add-many", org="club", rows=[{"login": "bob", "password": "x"}], dry_run=True, by="bob")


def test_group_verbs_when_the_owner_asks_then_done(club):
    """S4, S16."""
    assert club.do("org group add", org="club", group="team", login="erin", by="alice")["state"] == "active"
    club.do("group add", name="crew", admin="erin")
    club.do("group member add", name="crew", login="bob")
    club.do("group member add", name="crew", login="alice")
    assert not club.do("org group reassign", org="club", group="crew", login="bob", by="alice")["done"]
    assert club.do("org group reassign", org="club", group="crew", login="alice", by="alice")["done"]


def test_owner_and_remove_when_done_then_it_is_in_other_hands_and_gone_in_the_end(club):
    assert club.do("org owner", org="club", login="erin", by="alice")["owner"] == "erin@example.test"
    assert club.do("org remove", org="club", by="erin") == {"org": "club"}
    assert club.do("org list") == []


def _code(post, office, login):
    with office.house.store.read() as tx:
        letters = post.letters(standing.find(tx, login).account)
    return [code for _, text in letters for code in re.findall(r"^ {4}([0-9a-f]{64})$", text, re.MULTILINE)][-1]


def test_transfer_verbs_when_both_sides_agree_then_accounts_come_and_go(club, post):
    """S35."""
    assert club.do("org invite", org="club", login="bob", by="alice")["until"]
    (waiting,) = club.do("org show", org="club")["waiting"]
    assert (waiting["login"], waiting["is_to"], waiting["asked_by"]) == ("bob@example.test", "join", "organisation")
    assert club.do("org accept", token=_code(post, club, "bob"))["is_to"] == "join"
    club.do("org leave", login="bob")
    assert club.do("org accept", token=_code(post, club, "alice")) == {
        "org": "club", "login": "bob@example.test", "is_to": "leave", "left_behind": [],
    }  # fmt: skip
    club.do("org release", org="club", login="erin", by="alice")
    assert club.do("org decline", token=_code(post, club, "erin")) == {"org": "club", "login": "erin@example.test"}
    club.do("org invite", org="club", login="carol")
    assert club.do("org withdraw", org="club", login="carol") == {"org": "club", "login": "carol"}
    assert club.do("org show", org="club")["waiting"] == []

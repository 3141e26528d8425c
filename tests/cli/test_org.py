"""`coserver org` on a folder without a server."""

import pytest


@pytest.fixture
def club(begun):
    """The command, in a house where alice owns the organisation club with the account desk."""
    assert begun("org", "add", "club", "--owner", "alice").status == 0
    assert begun("org", "user", "add", "club", "desk", "--password-stdin", typed="four plain words here").status == 0
    return begun


def test_org_when_its_owner_works_with_it_then_each_is_told(club):
    """R25."""
    assert "alice@example.test" in club("org", "list").out
    assert club("org", "list", "--as", "bob").err == "There are no organisations.\n"
    assert club("org", "show", "club", "--as", "alice", "--json").json["accounts"] == 1
    assert [each["login"] for each in club("org", "user", "list", "club", "--json").json] == ["desk@example.test"]
    for deed in ("suspend", "resume"):
        assert club("org", "user", deed, "club", "desk", "--as", "alice").status == 0
    assert club("org", "user", "plan", "club", "desk", "large", "--as", "alice").status == 0
    passwd = ("org", "user", "passwd", "club", "desk", "--password-stdin", "--as", "alice")
    assert club(*passwd, typed="four other words here").status == 0
    closed = club("org", "user", "delete", "club", "desk", "--as", "alice").err
    assert "`coserver org user restore club desk` brings it back until 2" in closed
    assert club("org", "user", "restore", "club", "desk").status == 0


def test_org_when_somebody_else_asks_then_refused_on_one_line(club):
    refused = club("org", "user", "delete", "club", "desk", "--as", "bob")
    assert (refused.status, refused.err) == (1, "coserver: There is no organisation 'club'.\n")
    refused = club("org", "remove", "club", "--as", "desk")
    assert (refused.status, refused.err) == (1, "coserver: Only the owner of organisation club can do that.\n")


def test_org_user_add_many_when_dry_then_each_line_is_told_and_nothing_made(club, tmp_path):
    """R25."""
    file = tmp_path / "people.csv"
    file.write_text("login,password\ncounter,four plain words here\ndesk,x\ncounter,four plain words here\n")
    tried = club("org", "user", "add-many", "club", "--from", str(file), "--dry-run", "--as", "alice")
    assert tried.status == 1
    assert tried.err.splitlines() == [
        "counter@example.test: would be added.",
        "desk@example.test: There is an account desk@example.test already.",
        "counter@example.test: There is an account counter@example.test already.",
        "coserver: 2 of 3 accounts would not be added. Correct their lines and add those alone.",
    ]
    assert len(club("org", "user", "list", "club", "--json").json) == 1
    file.write_text("counter,four plain words here\n")
    tried = club("org", "user", "add-many", "club", "--from", str(file), "--dry-run", "--as", "alice")
    assert (tried.status, tried.err.splitlines()[-1]) == (0, "1 account would be added.")
    done = club("org", "user", "add-many", "club", "--from", str(file), "--as", "alice")
    assert (done.status, done.err) == (0, "1 account was added.\n")
    assert len(club("org", "user", "list", "club", "--json").json) == 2


def test_org_group_reassign_when_another_has_to_agree_then_that_is_told(club):
    """S4."""
    for words in (("add", "crew", "--admin", "desk"), ("member", "add", "crew", "bob")):
        assert club("group", *words).status == 0
    told = club("org", "group", "reassign", "club", "crew", "bob", "--as", "alice")
    assert (told.status, told.err) == (0, "bob was asked, and has to agree: coserver group take-over\n")
    assert club("org", "group", "reassign", "club", "crew", "bob").err == ""
    assert club("group", "add", "team", "--admin", "alice").status == 0
    assert club("org", "group", "add", "club", "team", "desk", "--as", "alice").status == 0


def test_org_when_accounts_come_and_go_then_each_is_told(club):
    """S35."""
    for verb in ("invite", "withdraw"):
        assert club("org", verb, "club", "bob", "--as", "alice").status == 0
    assert "desk finds a code in its INBOX" in club("org", "release", "club", "desk").err
    assert club("org", "leave", "desk").status == 0
    for verb in ("accept", "decline"):
        refused = club("org", verb, "0" * 64)
        assert (refused.status, refused.err.count("\n")) == (1, 1)
    assert club("org", "owner", "club", "desk", "--as", "alice").status == 0
    assert club("org", "remove", "club", "--as", "desk").status == 0

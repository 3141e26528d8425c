"""`coserver group invite` and its kin on a folder that nobody serves."""

import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.clock import SystemClock
from coserver.mail import mailboxes
from coserver.quota import plans
from coserver.store import blobs, lookup
from coserver.store.engine import Store


@pytest.fixture
def team(begun: Any) -> Any:
    assert begun("group", "add", "team", "--admin", "alice").status == 0
    return begun


def code(data: Path, login: str) -> str:
    """The code in the latest letter to an account."""
    store = Store.open(data, clock=SystemClock())
    try:
        with store.read() as tx:
            inbox = mailboxes.inbox(tx, accounts.find(tx, login).id)
            latest = lookup.list_(tx, inbox.id)[-1]
            message = message_from_bytes(blobs.open_(tx, latest.blob).read(), policy=policy.default)
    finally:
        store.close()
    (found,) = re.findall(r"^ {4}([0-9a-f]{64})\r?$", message.get_body(("plain",)).get_content(), re.MULTILINE)
    return str(found)


def test_an_invitation_is_mailed_listed_and_accepted_once(team: Any, tmp_path: Path) -> None:
    assert "Nobody is invited" in team("group", "invitations", "team").err
    invited = team("group", "invite", "team", "bob@example.test")
    assert (invited.status, invited.out) == (0, "")
    assert "mailed to bob@example.test, good until" in invited.err
    (pending,) = team("group", "invitations", "team", "--json").json
    assert (pending["address"], pending["letters"]) == ("bob@example.test", 1)
    assert "bob@example.test" in team("group", "invitations", "team").out
    token = code(tmp_path / "data", "bob")
    accepted = team("group", "accept", token)
    assert (accepted.status, "see now of bob@example.test" in accepted.err) == (0, True)
    assert len(team("group", "show", "team", "--json").json["members"]) == 2
    again = team("group", "accept", token)
    assert (again.status, again.err.count("\n"), "accepted already" in again.err) == (1, 1, True)


def test_an_invitation_is_declined_or_taken_back(team: Any, tmp_path: Path) -> None:
    team("group", "invite", "team", "bob@example.test")
    assert team("group", "decline", code(tmp_path / "data", "bob")).status == 0
    team("group", "invite", "team", "bob@example.test")
    assert team("group", "uninvite", "team", "bob@example.test").status == 0
    assert team("group", "uninvite", "team", "bob@example.test").status == 1
    assert team("group", "accept", code(tmp_path / "data", "bob")).status == 1
    assert team("group", "invitations", "team", "--json").json == []


def test_a_member_takes_over_what_was_proposed_to_him(team: Any) -> None:
    assert team("group", "propose", "team", "bob").status == 1
    team("group", "member", "add", "team", "bob")
    assert "offered to nobody" in team("group", "proposals", "team").err
    assert team("group", "propose", "team", "bob").status == 0
    assert "bob@example.test" in team("group", "proposals", "team").out
    assert team("group", "refuse", "team", "bob").status == 0
    assert team("group", "take-over", "team", "bob").status == 1
    team("group", "propose", "team", "bob")
    assert team("group", "take-over", "team", "bob").status == 0
    assert team("group", "show", "team", "--json").json["administrator"] == "bob@example.test"


def test_the_groups_that_stay_writable_are_chosen(team: Any, tmp_path: Path) -> None:
    team("group", "add", "choir", "--admin", "alice")
    (tmp_path / "tiny.toml").write_text(plans.bundled().partition("[standard]")[0].replace("[free]", "[tiny]"))
    team("plan", "load", str(tmp_path / "tiny.toml"))
    team("account", "plan", "alice", "tiny")
    assert "Nothing can be added to: choir." in team("group", "writable", "alice").err
    assert "Nothing can be added to: team." in team("group", "writable", "alice", "choir").err
    assert team("group", "show", "choir", "--json").json["writable"]
    assert team("group", "writable", "alice", "choir", "team").status == 1

"""`coserver rights` on a folder that nobody serves."""

from typing import Any


def test_why_when_asked_by_a_person_then_a_line_for_each_reason(begun: Any) -> None:
    told = begun("rights", "why", "alice", "mail:INBOX")
    assert told.status == 0
    first, *reasons = told.out.splitlines()
    assert first == "alice@example.test at mail:INBOX: manage"
    assert "- This is the account's own private space: its owner may do everything." in reasons


def test_why_when_nothing_is_held_then_says_so_and_the_status_is_still_0(begun: Any) -> None:
    begun("group", "add", "team", "--admin", "alice")
    told = begun("rights", "why", "bob", "Groups/team")
    assert told.status == 0
    assert told.out.splitlines()[0].endswith(": nothing")
    assert "not a member" in told.out

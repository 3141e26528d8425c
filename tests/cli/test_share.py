"""`coserver share` and `coserver item` on a folder that nobody serves."""

import json
from typing import Any


def _team(begun: Any) -> None:
    begun("group", "add", "team", "--admin", "alice")
    begun("group", "member", "add", "team", "bob")


def test_share_when_added_and_taken_back_then_lists_follow(begun: Any) -> None:
    _team(begun)
    options = ("--owner", "alice", "--group", "team")
    assert begun("share", "add", "calendar:calendar", *options, "--to", "bob", "read").status == 0
    told = begun("share", "list", "bob")
    assert "calendar:Shared/alice@example.test/calendar" in told.out
    assert "Shared by bob:" in told.out
    found = json.loads(begun("share", "list", "alice", "--json").out)
    assert found["given"] == [
        {
            "path": "calendar:calendar", "group": "team", "to": "bob@example.test", "preset": "read",
            "by": "alice@example.test",
        }
    ]  # fmt: skip
    assert begun("share", "remove", "calendar:calendar", *options, "--to", "bob").status == 0
    assert json.loads(begun("share", "list", "alice", "--json").out) == {"given": [], "received": []}


def test_share_list_when_there_is_nothing_then_says_so_where_the_list_would_be(begun: Any) -> None:
    told = begun("share", "list", "bob")
    assert (told.out, told.err) == ("Shared by bob: nothing\n\nShared with bob: nothing\n", "")


def test_share_when_refused_then_one_line_says_why(begun: Any) -> None:
    _team(begun)
    told = begun("share", "add", "/None", "--owner", "alice", "--group", "team", "read")
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert "'/None' leads nowhere: there is no 'None'." in told.err
    assert begun("share", "add", "/None", "--owner", "alice", "read").status == 2
    assert begun("share", "add", "/None", "--owner", "alice", "--group", "team", "nothing").status == 2


def test_item_when_private_is_asked_of_a_calendar_then_refused_with_what_to_do(begun: Any) -> None:
    for word in ("private", "public"):
        told = begun("item", word, "calendar:calendar", "--owner", "alice")
        assert told.status == 1
        assert "Only a message, file or contact" in told.err

"""`coserver log` on a folder that nobody serves."""

import json
from typing import Any

import pytest

from coserver.cli import log


def test_log_when_shown_then_is_a_table_and_json_on_request(begun: Any) -> None:
    begun("group", "add", "team", "--admin", "alice")
    told = begun("log", "team")
    assert told.status == 0
    assert "the operator" in told.out
    assert "group made" in told.out
    (row,) = json.loads(begun("log", "team", "--json").out)
    assert (row["did"], row["detail"], row["way"]) == ("group made", "alice@example.test", "command")


def test_log_when_a_day_is_given_then_counts_from_it_in_local_time(begun: Any) -> None:
    assert "account made" in begun("log", "alice", "--since", "2000-01-31").out
    told = begun("log", "alice", "--since", "2900-01-31T12:00")
    assert (told.status, told.out) == (0, "")
    assert "Nothing was done there." in told.err


def test_log_when_used_wrongly_then_says_how(begun: Any) -> None:
    wrong = begun("log", "alice", "--since", "yesterday")
    assert (wrong.status, "--since: Write a day as" in wrong.err) == (2, True)
    assert begun("log", "alice", "--limit", "0").status == 2
    told = begun("log", "nobody")
    assert (told.status, told.err.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("account", "who", "way", "shown"),
    [
        (None, None, "command", "the operator"),
        (None, None, "house", "the house"),
        (None, None, "imap", "somebody"),
        (7, None, "imap", "account 7, erased"),
        (7, "a@x", "imap", "a@x"),
    ],
)
def test_row_when_read_by_people_then_names_who_it_was(account: Any, who: Any, way: str, shown: str) -> None:
    row = {
        "at": "2026-01-31T12:00:00Z", "who": who, "account": account, "did": "removed", "tool": "mail",
        "what": "INBOX/1", "detail": "", "count": 1000, "way": way, "from": None,
    }  # fmt: skip
    told = log._readable(row)
    assert told["who"] == shown
    assert told["what"] == "mail: INBOX/1 and 999 more"


def test_row_when_a_name_would_command_a_terminal_then_does_not(begun: Any) -> None:
    row = {"at": "2026-01-31T12:00:00Z", "who": "a", "account": 1, "did": "added", "tool": "documents", "count": 1}
    told = log._readable({**row, "what": "x\x1b[2J\u202ey", "detail": "", "way": "webdav", "from": ""})
    assert told["what"] == "documents: x?[2J?y"

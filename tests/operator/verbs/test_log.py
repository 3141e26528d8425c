"""Whose journal is shown, from when on and how much of it."""

import pytest

from coserver.model.errors import Malformed, Missing


def _did(office, space, **more):
    return [one["did"] for one in office.do("log", space=space, **{"limit": 100, **more})]


@pytest.mark.parametrize("name", ["alice", "ALICE@example.test"])
def test_log_when_of_an_account_then_tells_what_the_operator_did(office, people, name):
    office.do("account suspend", login="alice")
    last = office.do("log", space=name, limit=1)[-1]
    assert (last["did"], last["way"], last["who"], last["from"]) == ("suspended", "command", None, None)
    assert last["at"].endswith("Z")


def test_log_when_of_a_group_then_is_found_also_after_it_was_deleted(office, people):
    assert _did(office, "team")[0] == "group made"
    office.do("group delete", name="team")
    assert _did(office, "team")[-1] == "group deleted"


def test_log_when_limited_then_gives_the_latest_and_the_newest_last(office, people):
    for verb in ("account suspend", "account resume"):
        office.do(verb, login="alice")
    assert _did(office, "alice", limit=2) == ["suspended", "resumed"]


def test_log_when_from_a_moment_on_then_leaves_out_what_was_before(office, people):
    assert _did(office, "alice", since="2100-01-01T00:00:00+00:00") == []
    assert _did(office, "alice", since="1970-01-02T00:00:00+00:00") != []


@pytest.mark.parametrize("more", [{"since": "yesterday"}, {"since": "2026-01-01"}, {"limit": 0}, {"limit": 1001}])
def test_log_when_asked_oddly_then_says_what_it_takes(office, people, more):
    with pytest.raises(Malformed):
        _did(office, "alice", **more)


@pytest.mark.parametrize("name", ["nobody", "nobody@example.test"])
def test_log_when_there_is_no_such_space_then_says_so(office, people, name):
    with pytest.raises(Missing, match="no account and no group"):
        _did(office, name)

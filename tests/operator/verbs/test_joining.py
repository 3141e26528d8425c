"""The operator's verbs about who comes into a group, and who takes one over."""

import pytest

from coserver.accounts import accounts
from coserver.model.errors import Denied, Exists, HouseError, Missing, NotInPlan


def test_invite_when_answered_then_the_group_follows_and_the_code_is_never_told(estate, office, people, post):
    """(S16)"""
    asked = office.do("group invite", name="team", address="dave@example.test")
    assert asked == {"name": "team", "address": "dave@example.test", "until": "2027-01-29T08:00:00Z"}
    (pending,) = office.do("group invitations", name="team")
    assert pending == {
        "address": "dave@example.test",
        "invited": "2027-01-15T08:00:00Z",
        "until": "2027-01-29T08:00:00Z",
        "letters": 1,
    }
    with estate.store.read() as tx:
        dave = accounts.find(tx, "dave").id
    ((_, text),) = post.letters(dave)
    token = next(line.strip() for line in text.splitlines() if len(line) == 68 and line.startswith("    "))
    assert token not in repr((asked, pending))
    done = office.do("group accept", token=token)
    assert (done["name"], done["login"]) == ("team", "dave@example.test")
    assert "see now of dave@example.test: last and first name, organisation" in done["text"]
    assert office.do("group invitations", name="team") == []
    for verb in ("group accept", "group decline"):
        with pytest.raises(Exists, match="accepted already"):
            office.do(verb, token=token)


def test_decline_and_uninvite_when_done_then_nobody_comes(office, people, post):
    office.do("group invite", name="team", address="one@elsewhere.test")
    office.do("group invite", name="team", address="two@elsewhere.test")
    declined = office.do("group decline", token=post.code("one@elsewhere.test"))
    assert declined == {"name": "team", "address": "one@elsewhere.test"}
    assert office.do("group uninvite", name="team", address="Two@elsewhere.test")["address"] == "two@elsewhere.test"
    assert office.do("group invitations", name="team") == []
    with pytest.raises(Missing):
        office.do("group uninvite", name="team", address="two@elsewhere.test")
    with pytest.raises(Exists, match="withdrawn already"):
        office.do("group accept", token=post.code("two@elsewhere.test"))


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("group invite", {"name": "none", "address": "a@elsewhere.test"}),
        ("group invite", {"name": "team/..", "address": "a@elsewhere.test"}),
        ("group invite", {"name": "team"}),
        ("group invite", {"name": "team", "address": "\0@\0"}),
        ("group uninvite", {"name": "none", "address": "a@elsewhere.test"}),
        ("group invitations", {"name": "none"}),
        ("group accept", {}),
        ("group accept", {"token": "none"}),
        ("group decline", {"token": "x" * 10_000}),
        ("group propose", {"name": "none", "login": "bob"}),
        ("group propose", {"name": "team", "login": "none"}),
        ("group propose", {"name": "team", "login": "dave"}),
        ("group proposals", {"name": "none"}),
        ("group take-over", {"name": "team", "login": "bob"}),
        ("group refuse", {"name": "team", "login": "bob"}),
        ("group restore", {"name": "team"}),
        ("group role", {"name": "team", "login": "dave", "role": "member"}),
        ("group leave", {"name": "team", "login": "dave"}),
        ("group writable", {"login": "bob", "names": ["team"]}),
        ("group writable", {"login": "alice", "names": ["none"]}),
    ],
)
def test_verbs_when_a_name_or_token_is_unknown_then_one_clear_sentence_and_nothing_is_done(office, people, verb, args):
    before = office.do("group show", name="team"), office.do("group invitations", name="team")
    with pytest.raises(HouseError) as refused:
        office.do(verb, **args)
    assert refused.value.text.endswith(".")
    assert (office.do("group show", name="team"), office.do("group invitations", name="team")) == before


def test_propose_when_taken_over_or_refused_then_shown_with_what_his_plan_does_not_hold(office, people):
    """(R58, S5)"""
    office.do("account plan", login="bob", plan="small")
    office.do("group member add", name="team", login="dave")
    made = office.do("group propose", name="team", login="bob")
    assert made == {"name": "team", "login": "bob@example.test", "until": "2027-01-29T08:00:00Z"}
    (shown,) = office.do("group proposals", name="team")
    assert (shown["login"], shown["declined"], shown["over"]) == ("bob@example.test", False, {})
    assert shown["members"] == {"members": 4, "allowed": 3}
    office.do("group refuse", name="team", login="bob")
    assert office.do("group proposals", name="team")[0]["declined"]
    with pytest.raises(Missing):
        office.do("group take-over", name="team", login="bob")
    office.do("group propose", name="team", login="bob")
    taken = office.do("group take-over", name="team", login="bob")
    assert (taken["over"], taken["members"]) == ({}, {"members": 4, "allowed": 3})
    assert office.do("group show", name="team")["administrator"] == "bob@example.test"
    assert office.do("group proposals", name="team") == []
    with pytest.raises(NotInPlan, match="full"):
        office.do("group invite", name="team", address="a@elsewhere.test")
    office.do("group leave", name="team", login="alice")
    with pytest.raises(Denied):
        office.do("group leave", name="team", login="bob")


def test_writable_when_the_plan_allows_fewer_then_chosen_ones_or_the_oldest(office, people):
    """(S1)"""
    for name in ("two", "three"):
        office.do("group add", name=name, admin="alice")
    office.do("account plan", login="alice", plan="small")
    assert [office.do("group show", name=name)["writable"] for name in ("team", "two", "three")] == [True, True, False]
    done = office.do("group writable", login="alice", names=["three"])
    assert done == {"login": "alice@example.test", "writable": ["team", "three"], "read_only": ["two"]}
    assert office.do("group writable", login="alice", names=[])["read_only"] == ["three"]
    with pytest.raises(NotInPlan, match="no more than that"):
        office.do("group writable", login="alice", names=["team", "two", "three"])

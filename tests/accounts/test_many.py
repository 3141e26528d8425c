"""Accounts from a file."""

import pytest

from coserver.accounts import accounts, many
from coserver.accounts.many import Row
from coserver.auth import credentials, standing
from coserver.groups import members
from coserver.model.errors import Malformed


def test_parse_when_given_all_forms_of_lines_then_reads_them():
    text = '\ufefflogin,password\nalice, spaced ,small,team,choir\n\n"bob@example.test","with,comma"\ncarol,x,,team,\n'
    assert many.parse(text) == [
        Row("alice", " spaced ", "small", ("team", "choir")),
        Row("bob@example.test", "with,comma"),
        Row("carol", "x", "", ("team",)),
    ]


@pytest.mark.parametrize("line", ["alice", "alice,", ",secret"])
def test_parse_when_a_line_lacks_something_then_its_number_is_named(line):
    with pytest.raises(Malformed, match="Line 2: write login,password"):
        many.parse(f"bob,x\n{line}\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('alice,"x\nbob,y\ncarol,z\n', "Line 3: unexpected end of data"),
        ('alice,"x\nbob,"y"\n', "Line 2: .*expected after"),
        ('alice,"x\nbob,y"\ncarol,z\n', "Line 2: a quote before it is not closed"),
        ('bob,x\nalice,"a"b\n', "Line 2: .*A quote inside quotes is written twice"),
        (f"alice,{'x' * 200_000}\n", "Line 1: field larger"),
        (f"bob,x\nalice,{'x' * 2001}\n", "Line 2: a cell has 2000 characters at most"),
    ],
)
def test_parse_when_a_quote_is_not_closed_or_a_cell_is_huge_then_malformed(text, said):
    """What followed an open quote became one long password, without a word (R25)."""
    with pytest.raises(Malformed, match=said):
        many.parse(text)


def test_parse_when_a_password_holds_odd_characters_then_no_line_is_cut():
    """A next-line or line separator inside of a password made an account of what stood behind it (R25)."""
    for odd in "\x85\u2028\x0b\x0c\x1c":
        assert many.parse(f"alice,one{odd}bob,two\r\ncarol,x\r") == [
            Row("alice", f"one{odd}bob", "two"),
            Row("carol", "x"),
        ]


def test_add_when_groups_are_named_then_the_first_who_names_one_administers_it(estate, office):
    rows = [Row("alice", "a", "", ("team",)), Row("bob", "b", "small", ("team", "choir")), Row("carol", "c")]
    outcomes = many.add(office.house, rows)
    assert [(each.full, each.added) for each in outcomes] == [(f"{row.login}@example.test", True) for row in rows]
    with estate.store.read() as tx:
        found = {each.name: each for each in members.listed(tx)}
        people = {
            name: [one.login.partition("@")[0] for one in members.members(tx, each.id)] for name, each in found.items()
        }
    assert people == {"team": ["alice", "bob"], "choir": ["bob"]}
    assert office.do("account show", login="alice")["plan"] == "demo"
    assert office.do("account show", login="bob")["plan"] == "small"


def test_add_when_done_again_then_existing_accounts_stay_as_they_are(estate, office):
    many.add(office.house, [Row("alice", "first")])
    with estate.store.read() as tx:
        before = credentials.password(tx, standing.find(tx, "alice").account)
    outcomes = many.add(
        office.house, [Row("alice", "second", "big", ("team",)), Row("alice", "third"), Row("bob", "x")]
    )
    assert [each.added for each in outcomes] == [False, False, True]
    assert "already" in outcomes[0].text
    with estate.store.read() as tx:
        alice = standing.find(tx, "alice")
        assert credentials.password(tx, alice.account) == before
        assert alice.plan.code == "demo"
        assert [each.name for each in members.groups_of(tx, alice.account)] == ["team"]


def test_add_when_some_lines_are_refused_then_all_others_are_added(strict):
    rows = [
        Row("alice", "short"),
        Row("bob", "three unrelated words"),
        Row("root", "three unrelated words"),
        Row("carol", "three unrelated words", "golden"),
        Row("dave", "three unrelated words", "", ("No Slug",)),
    ]
    outcomes = many.add(strict.house, rows)
    assert [each.added for each in outcomes] == [False, True, False, False, False]
    told = [each.text for each in outcomes if not each.added]
    for words, text in zip(["too short", "reserved", "no plan", "group's name"], told, strict=True):
        assert words in text
    assert [each["login"] for each in strict.do("account list")] == ["bob@example.test"]


def test_add_when_there_are_more_than_a_batch_then_all_come_in_order(office):
    rows = [Row(f"u{number:03}", "x", "", ("team",)) for number in range(120)]
    assert [each.full for each in many.add(office.house, rows)] == [f"{row.login}@example.test" for row in rows]
    assert office.do("group list")[0]["members"] == 120


def test_add_when_two_accounts_are_written_alike_then_the_first_is_made(office):
    outcomes = many.add(office.house, [Row("alice", "a"), Row("ALICE@example.test", "b")])
    assert [each.added for each in outcomes] == [True, False]


def test_add_when_a_stranger_signs_up_under_that_name_then_he_is_let_into_no_group(estate, office):
    """R21."""
    new = accounts.New("bob", "none", "demo", external="bob@elsewhere.test", pending=True)
    bob = estate.store.write(lambda tx: accounts.add(tx, new))
    _, outcome = many.add(office.house, [Row("alice", "x", groups=("team",)), Row("bob", "x", groups=("team",))])
    assert (outcome.added, "signing up" in outcome.text) == (False, True)
    with estate.store.read() as tx:
        assert members.groups_of(tx, bob.id) == []

"""Letters and presets: what rounds to what, and that rounding never gives more than was named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.groups import members, presets
from coserver.mail import acl, mailboxes
from coserver.model.errors import Denied, Malformed, Missing
from coserver.model.rights import ALL, PRESETS, Preset, Right
from coserver.model.space import Tool

LETTERS = "lrswipkxtea"
MAIL_PRESETS = (Preset.NOTHING, Preset.READ, Preset.CONTRIBUTE, Preset.EDIT, Preset.MANAGE)


@pytest.mark.parametrize(
    ("preset", "letters"),
    [
        (Preset.NOTHING, ""), (Preset.READ, "lrs"), (Preset.CONTRIBUTE, "lrswipted"), (Preset.EDIT, "lrswipkxtecd"),
        (Preset.MANAGE, "lrswipkxtecda"),
    ],
)  # fmt: skip
def test_letters_when_a_preset_is_held_then_are_those_of_its_row(preset, letters) -> None:
    assert acl.letters(PRESETS[preset]) == letters
    assert acl.rounded(letters) is preset


def test_letters_when_everything_is_held_then_none_is_missing() -> None:
    assert set(acl.letters(ALL)) == {*LETTERS, "c", "d"}
    assert acl.letters(Right.BUSY) == ""


@given(st.sets(st.sampled_from(LETTERS)))
def test_rounded_when_given_any_letters_then_is_the_largest_preset_they_hold(named) -> None:
    """Rounded down: what decides about a preset was named; the next one lacks a letter."""
    found = acl.rounded(named)
    needed = {Preset.READ: "lr", Preset.CONTRIBUTE: "lri", Preset.EDIT: "lriwkxte", Preset.MANAGE: "lriwkxtea"}
    assert found is Preset.NOTHING or named.issuperset(needed[found])
    larger = MAIL_PRESETS[MAIL_PRESETS.index(found) + 1 :]
    assert not any(named.issuperset(needed[each]) for each in larger)


@given(st.sets(st.sampled_from(LETTERS)), st.sets(st.sampled_from(LETTERS)))
def test_rounded_when_more_letters_are_given_then_never_is_less(some, others) -> None:
    assert MAIL_PRESETS.index(acl.rounded(some)) <= MAIL_PRESETS.index(acl.rounded(some | others))


def test_rounded_when_old_letters_are_used_then_they_stand_for_the_new() -> None:
    """(RFC 4314 2.1.1)"""
    assert acl.rounded("lrswipcd") is Preset.EDIT
    assert acl.rounded("lrswipcda") is Preset.MANAGE
    for wrong in ("L", "z", "1", "é", " "):
        with pytest.raises(Malformed):
            acl.rounded("lr" + wrong)


def set_(house, account, name: str, identifier: str, change: str) -> Preset:
    box = house.mailbox(account, name)
    return house.store.write(lambda tx: acl.set_(tx, account, box, identifier, change=change))


def listed(house, account, name: str) -> dict[str, str]:
    with house.store.read() as tx:
        return dict(acl.listed(tx, account, mailboxes.find(tx, account, name).collection))


@pytest.fixture
def two(house, alice, bob):
    """Alice and bob are together in two groups, alice and carol in one."""
    carol = house.account("carol")
    house.group("team", alice, bob, carol)
    house.group("club", alice, bob)
    house.store.write(lambda tx: mailboxes.create(tx, alice, "Work"))
    return house


def test_set_when_there_is_more_than_one_group_in_common_then_it_must_be_named(two, alice) -> None:
    """(R16, R55) A share goes through one group, and can differ for each."""
    for identifier in ("bob@example.test", "bob"):
        with pytest.raises(Denied, match=f"say club/{identifier} or team/{identifier}"):
            set_(two, alice, "Work", identifier, "lrs")
    assert set_(two, alice, "Work", "club/bob", "lrs") is Preset.READ
    assert set_(two, alice, "Work", "team/bob@example.test", "lrsip") is Preset.CONTRIBUTE
    assert set_(two, alice, "Work", "carol@example.test", "lr") is Preset.READ
    assert listed(two, alice, "Work") == {
        "alice@example.test": "lrswipkxtecda", "club/bob@example.test": "lrs", "team/bob@example.test": "lrswipted",
        "carol@example.test": "lrs",
    }  # fmt: skip


def test_set_when_somebody_manages_then_within_his_group_and_his_rights(two, alice, bob) -> None:
    """(S6)"""
    set_(two, alice, "Work", "team/bob", "lrswipkxtea")
    name = "Shared/alice@example.test/Work"
    assert set_(two, bob, name, "carol", "lrs") is Preset.READ
    with pytest.raises(Denied, match="through another group than club"):
        set_(two, bob, name, "club", "lrs")
    set_(two, alice, "Work", "team/bob", "-a")
    with pytest.raises(Denied, match="not manage"):
        set_(two, bob, name, "carol", "lrs")


def test_listed_when_somebody_manages_then_of_groups_he_is_not_in_he_is_told_nothing(two, alice, bob) -> None:
    """(R16) Neither that there are such groups nor who is in them."""
    dave = two.account("dave")
    two.group("board", alice, dave)
    for identifier in ("board", "board/dave", "club", "carol"):
        set_(two, alice, "Work", identifier, "lrs")
    set_(two, alice, "Work", "team/bob", "lrswipkxtea")
    name = "Shared/alice@example.test/Work"
    told = {"alice@example.test", "club", "carol@example.test", "team/bob@example.test"}
    assert listed(two, bob, name).keys() == told
    assert listed(two, alice, "Work").keys() == told | {"board", "dave@example.test"}
    for identifier in ("board", "dave", "board/dave"):
        with pytest.raises(Missing, match="neither a group that could be shared with"):
            set_(two, bob, name, identifier, "")


def test_set_when_it_is_the_mail_of_a_group_then_its_preset_is_given(two, alice, bob) -> None:
    """(R57) On the group's mailbox itself for all its mail, below it for that mailbox."""
    assert set_(two, alice, "Groups/team", "team", "lrsip") is Preset.CONTRIBUTE
    two.store.write(lambda tx: mailboxes.create(tx, alice, "Groups/team/Plans"))
    assert set_(two, alice, "Groups/team/Plans", "bob", "lrswipkxte") is Preset.EDIT
    with two.store.read() as tx:
        given = presets.given(tx, members.find(tx, "team").id)
    assert [(each.login, each.tool, each.preset) for each in given] == [(None, Tool.MAIL, Preset.CONTRIBUTE)]
    assert listed(two, alice, "Groups/team/Plans") == {
        "alice@example.test": "lrswipkxtecda", "team": "lrswipted", "bob@example.test": "lrswipkxtecd",
    }  # fmt: skip
    with two.store.read() as tx:
        for name, letters in (("Groups/team", "lrswipted"), ("Groups/team/Plans", "lrswipkxtecd")):
            assert acl.mine(tx, bob, mailboxes.find(tx, bob, name).collection) == letters
    assert set_(two, alice, "Groups/team", "team", "") is Preset.NOTHING
    assert listed(two, alice, "Groups/team")["team"] == "lrs"  # members always read (C11)


def test_set_when_the_mailbox_cannot_be_known_of_then_missing(two, alice, bob) -> None:
    box = two.mailbox(alice, "Work")
    with pytest.raises(Missing):
        two.store.write(lambda tx: acl.set_(tx, bob, box, "team", change="lrs"))
    with two.store.read() as tx, pytest.raises(Missing):
        acl.mine(tx, bob, box)
    with two.store.read() as tx, pytest.raises(Missing):
        acl.listed(tx, bob, box)


def test_mine_when_it_is_a_view_then_reading_ones_own_flags_and_what_the_share_lets_one_delete(two, alice, bob) -> None:
    (item,) = two.append(alice, b"Subject: x\r\n\r\n")
    two.share(alice, item, Preset.MANAGE, to=bob)
    with two.store.read() as tx:
        view = mailboxes.find(tx, bob, "Shared/alice@example.test/Messages").collection
        assert acl.mine(tx, bob, view) == "lrswted"
        with pytest.raises(Denied):
            acl.listed(tx, bob, view)


def test_mine_when_what_may_be_deleted_is_not_in_the_view_then_says_nothing_of_it(two, alice, bob) -> None:
    (item,) = two.append(alice, b"Subject: x\r\n\r\n")
    (other,) = two.append(alice, b"Subject: y\r\n\r\n", mailbox="Work")
    two.share(alice, item, Preset.READ, to=bob)
    two.share(alice, other, Preset.EDIT, to=bob)
    two.share(alice, "Work", Preset.READ, to=bob)  # which shows it itself
    with two.store.read() as tx:
        view = mailboxes.find(tx, bob, "Shared/alice@example.test/Messages").collection
        assert acl.mine(tx, bob, view) == "lrsw"

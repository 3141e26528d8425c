"""Groups by the portal: which ones, a new one, and how things stand in one (R47, R56)."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.groups import members
from tests.web.browser import Browser


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def make(browser: Browser, name: str = "chess") -> Browser:
    return browser.open("/groups").send("/groups", name=name)


def test_group_when_made_then_its_creator_administers_it_and_is_led_to_the_members(alice: Browser) -> None:
    """R56."""
    make(alice)
    assert alice.path.startswith("/groups/chess/members")
    assert "The group is made, and you administer it." in alice.text
    assert alice.form("/groups/chess/invite")
    alice.open("/groups/chess")
    assert "You are the administrator." in alice.text
    assert "The account is the administrator of group chess: he may do everything." in alice.text
    assert "Groups/chess" in alice.text
    for there in ("/documents/at/Groups/chess", "/calendar/all", "/contacts", "/mail"):
        assert f'href="{there}"' in alice.answer.text
        assert Browser(alice.front).log_in("alice").open(there).status == 200
    alice.open("/groups")
    assert "chess You are the administrator. 1 member 0 % full" in alice.text


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("Chess Club", 400, "cannot be a group's name"),
        ("", 400, "cannot be a group's name"),
        ("<b>", 400, "cannot be a group's name"),
        ("twice", 409, "There is a group 'twice' already"),
    ],
)
def test_group_when_the_name_will_not_do_then_said_and_what_was_typed_stays(
    front: Any, alice: Browser, name: str, status: int, said: str
) -> None:
    make(Browser(front).log_in("bob"), "twice")
    make(alice, name)
    assert alice.status == status
    assert said in alice.text
    assert alice.form("/groups").fields["name"] == name


def test_group_when_one_is_no_member_then_there_is_none(front: Any, alice: Browser) -> None:
    """Whether there is such a group is not for strangers."""
    make(alice)
    eve = Browser(front).log_in("eve")
    for page in ("", "/members", "/rights", "/mail", "/activity", "/leave", "/delete", "/hand-over", "/take-over"):
        there, nowhere = eve.open(f"/groups/chess{page}"), Browser(front)
        assert there.status == 404
        said = there.text
        nowhere.sid = eve.sid
        assert nowhere.open(f"/groups/nowhere{page}").text.replace("nowhere", "chess") == said


def test_groups_when_there_are_many_then_shown_leaf_by_leaf(front: Any, alice: Browser) -> None:
    with front.store.read() as tx:
        who = accounts.find(tx, "alice").id
    front.store.write(lambda tx: [members.create(tx, f"many-{n:02}", administrator=who) for n in range(38)])
    alice.open("/groups")
    assert "Page 1 of 4" in alice.text
    assert "many-00" in alice.text
    assert "many-37" not in alice.text
    for odd in ("3", "99", "9999999", "0", "-1", "x", "%D9%A3"):
        assert "Page" in alice.open(f"/groups?page={odd}").text
    assert "many-37" in alice.open("/groups?page=4").text
    assert "more groups" in alice.open("/").text

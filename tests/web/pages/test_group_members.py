"""The members of a group by the portal: seen by each other, given roles, taken out; others invited (R17, R52, S16)."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.auth import profiles
from coserver.model.principal import Profile
from tests.office import Post
from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers, made, number, role

PIXEL = b"\x89PNG\r\n\x1a\n drawn anew when it was taken"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    made(front, "chess", "alice", "bob", "carol")
    return front


def tell(front: Any, login: str, told: Profile) -> None:
    front.store.write(lambda tx: profiles.put(tx, accounts.find(tx, login).id, told))


def test_members_when_looked_at_then_each_with_what_he_shows_and_no_more(front: Any) -> None:
    """R52."""
    tell(front, "bob", Profile("Bob", "<b>Builder</b>", "Yards & Co", "image/png", PIXEL))
    (carol,) = browsers(front, "carol")
    carol.open("/groups/chess/members")
    assert "Bob <b>Builder</b>" in carol.text
    assert "&lt;b&gt;Builder&lt;/b&gt;" in carol.answer.text
    assert "Yards & Co bob@example.test member" in carol.text
    assert "administrator" in carol.text
    assert not [form for form in carol.page.forms if "/groups/" in form.action]  # nothing to change
    carol.ask("GET", f"/groups/chess/members/{number(front, 'bob')}/picture")
    assert (carol.answer.headers["content-type"], carol.answer.body) == ("image/png", PIXEL)
    for login in ("alice", "eve"):  # one shows none, the other is no member
        carol.ask("GET", f"/groups/chess/members/{number(front, login)}/picture")
        assert carol.status == 404
    (eve,) = browsers(front, "eve")
    eve.ask("GET", f"/groups/chess/members/{number(front, 'bob')}/picture")
    assert eve.status == 404


def test_role_when_given_then_he_manages_members_but_neither_the_administrator_nor_roles(front: Any) -> None:
    """R56, R57."""
    alice, bob = browsers(front, "alice", "bob")
    which = number(front, "bob")
    alice.open(f"/groups/chess/members/{which}").send(f"/groups/chess/members/{which}/role", role="coadministrator")
    assert role(front, "bob") == "coadministrator"
    assert bob.open("/groups/chess/members").form("/groups/chess/invite")
    mark = bob.form("/groups/chess/invite").fields["mark"]
    for whom in ("carol", "bob", "alice"):
        bob.post(f"/groups/chess/members/{number(front, whom)}/role", {"mark": mark, "role": "member"})
        assert bob.status == 403
    bob.post(f"/groups/chess/members/{number(front, 'alice')}/remove", {"mark": mark})
    assert bob.status == 403
    assert "hand it over" in bob.text
    bob.open(f"/groups/chess/members/{number(front, 'carol')}").send(
        f"/groups/chess/members/{number(front, 'carol')}/remove"
    )
    assert role(front, "carol") is None
    for odd in ("administrator", "emperor", ""):
        alice.post(f"/groups/chess/members/{which}/role", {**_marked(alice), "role": odd})
        assert alice.status == 400


def test_member_when_removed_then_the_group_is_gone_for_him(front: Any) -> None:
    """R17."""
    alice, bob = browsers(front, "alice", "bob")
    assert bob.open("/groups/chess").status == 200
    which = number(front, "bob")
    alice.open(f"/groups/chess/members/{which}").send(f"/groups/chess/members/{which}/remove")
    assert "has no access to the group any more" in alice.text
    assert bob.open("/groups/chess").status == 404
    alice.post(f"/groups/chess/members/{which}/remove", _marked(alice.open("/groups/chess/members")))
    assert alice.status == 404


def test_plain_member_when_he_tries_the_deeds_of_others_then_denied(front: Any) -> None:
    """R57: the address of a page opens nothing that the page does not offer."""
    (carol,) = browsers(front, "carol")
    mark = carol.open("/settings").form("/settings").fields["mark"]
    which = number(front, "bob")
    for path, typed in (
        ("invite", {"address": "x@elsewhere.test"}),
        ("uninvite", {"address": "x@elsewhere.test"}),
        (f"members/{which}/role", {"role": "coadministrator"}),
        (f"members/{which}/remove", {}),
        (f"members/{number(front, 'carol')}/role", {"role": "coadministrator"}),
    ):
        carol.post(f"/groups/chess/{path}", {"mark": mark, **typed})
        assert carol.status == 403, path
    assert carol.open(f"/groups/chess/members/{which}").status == 403


def test_invitation_when_mailed_then_pending_and_taken_back(front: Any) -> None:
    """S16."""
    post = Post(front)
    (alice,) = browsers(front, "alice")
    alice.open("/groups/chess/members").send("/groups/chess/invite", address="friend@elsewhere.test")
    assert "The invitation is on its way." in alice.text
    assert "friend@elsewhere.test good until" in alice.text
    ((subject, text),) = post.sent("friend@elsewhere.test")
    assert subject == "Invitation to the group chess"
    assert f"/invitation?code={post.code('friend@elsewhere.test')}\n" in text
    alice.send("/groups/chess/uninvite")
    assert "friend@elsewhere.test" not in alice.text
    stranger = Browser(front).open(f"/invitation?code={post.code('friend@elsewhere.test')}")
    assert "was withdrawn already" in stranger.text


@pytest.mark.parametrize(
    ("address", "status"), [("nobody@example.test", 404), ("no address", 400), ("bob@example.test", 409), ("", 400)]
)
def test_invitation_when_it_cannot_be_then_said_and_what_was_typed_stays(front: Any, address: str, status: int) -> None:
    (alice,) = browsers(front, "alice")
    alice.open("/groups/chess/members").send("/groups/chess/invite", address=address)
    assert alice.status == status
    assert alice.form("/groups/chess/invite").fields["address"] == address


def _marked(browser: Browser) -> dict[str, str]:
    return {"mark": next(form.fields["mark"] for form in browser.page.forms if "mark" in form.fields)}

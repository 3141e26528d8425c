"""One thing and who may do what with it, by the portal: shared, taken back, private, explained (R13-R17, R55)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.browser import Browser
from tests.web.pages.in_groups import browsers, made
from tests.web.pages.test_sharing import EVENT, link

PLANS = "/drive/Shared/alice@example.test/Plans"


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    front.serve_calendars()
    made(front, "chess", "alice", "bob", "carol")
    made(front, "choir", "alice", "bob")
    assert front.ask("MKCOL", "/drive/Plans").status == 201
    for name in ("a.txt", "b.txt"):
        assert front.ask("PUT", f"/drive/Plans/{name}", None, b"x").status == 201
    calendar = {"Content-Type": "text/calendar"}
    assert front.ask("PUT", "/dav/alice@example.test/calendar/party.ics", calendar, EVENT).status == 201
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def plans(alice: Browser) -> str:
    """The page of the folder."""
    return link(alice.open("/sharing/pick/documents"), "/Plans")


def file(alice: Browser, name: str = "a.txt") -> str:
    """The page of a file in it."""
    return link(alice.open(plans(alice).replace("/sharing/", "/sharing/pick/documents/")), name)


def status(front: Any, verb: str, path: str, who: str) -> int:
    return int(front.ask(verb, path, None, b"y" if verb == "PUT" else b"", who=who).status)


def test_folder_when_shared_with_a_group_then_all_have_it_and_after_taking_back_nobody(
    front: Any, alice: Browser
) -> None:
    """R14, R15: on the drive of the others, at once."""
    page = plans(alice)
    alice.open(page).send(f"{page}/add", group="chess", to="", preset="edit")
    assert "It is shared, and in the programs of the others at once." in alice.text
    assert [status(front, "PUT", f"{PLANS}/a.txt", who) for who in ("bob", "carol")] == [204, 204]
    alice.send(f"{page}/add", group="chess", to="carol", preset="read")
    alice.open(page).send(f"{page}/remove")  # the oldest stands first: that with all of the group
    assert [status(front, "GET", f"{PLANS}/a.txt", who) for who in ("bob", "carol")] == [404, 200]
    assert status(front, "PUT", f"{PLANS}/a.txt", "carol") == 403
    alice.send(f"{page}/remove")
    assert status(front, "GET", f"{PLANS}/a.txt", "carol") == 404


def test_thing_when_shared_differently_through_two_groups_then_each_gets_its_own(front: Any, alice: Browser) -> None:
    """R55."""
    page = plans(alice)
    alice.open(page).send(f"{page}/add", group="chess", to="", preset="read")
    alice.open(page).send(f"{page}/add", group="choir", to="", preset="edit")
    assert [status(front, "PUT", f"{PLANS}/a.txt", who) for who in ("bob", "carol")] == [204, 403]
    (bob,) = browsers(front, "bob")
    bob.open(page)
    assert "It is shared with all members through group chess as 'read'" in bob.text
    assert "It is shared with all members through group choir as 'edit'" in bob.text
    assert not [form for form in bob.page.forms if form.action.startswith("/sharing")]  # nothing to change


def test_file_when_private_then_stays_back_although_its_folder_is_shared(front: Any, alice: Browser) -> None:
    """R13."""
    folder, page = plans(alice), file(alice)
    alice.open(folder).send(f"{folder}/add", group="chess", to="", preset="read")
    alice.open(page).send(f"{page}/private")
    assert "It is private: only you see it" in alice.text
    assert [status(front, "GET", f"{PLANS}/{name}", "bob") for name in ("a.txt", "b.txt")] == [404, 200]
    (bob,) = browsers(front, "bob")
    assert bob.open(page).status == 404
    alice.send(f"{page}/private")
    assert status(front, "GET", f"{PLANS}/a.txt", "bob") == 200


def test_event_when_shared_alone_then_the_others_of_the_calendar_stay_back(front: Any, alice: Browser) -> None:
    """R16: a single thing."""
    calendar = link(alice.open("/sharing/pick/calendar"), "Calendar")
    page = link(
        alice.open(calendar.replace("/sharing/", "/sharing/pick/calendar/")), "Party, with &lt;b&gt;cake&lt;/b&gt;"
    )
    alice.open(page).send(f"{page}/add", group="chess", to="bob", preset="read")
    bob, carol = browsers(front, "bob", "carol")
    assert "<h1>Party, with &lt;b&gt;cake&lt;/b&gt;</h1>" in bob.open(page).answer.text
    assert bob.open(calendar).status == 404
    assert carol.open(page).status == 404


def test_why_when_asked_by_who_shares_then_told_of_others_and_else_of_oneself_alone(front: Any, alice: Browser) -> None:
    page = plans(alice)
    alice.open(page).send(f"{page}/add", group="chess", to="bob", preset="read")
    assert "It is shared with the account through group chess as 'read'" in alice.open(f"{page}?who=bob").text
    assert "This is the private space of alice@example.test." in alice.open(f"{page}?who=carol").text
    assert "eve has no group in common with you, and no access." in alice.open(f"{page}?who=eve").text
    assert "This is the account's own private space" in alice.open(page).text
    (bob,) = browsers(front, "bob")
    assert "has no group in common with you" in bob.open(f"{page}?who=carol").text


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ({"to": "eve"}, 404, "eve is not a member of group chess: sharing happens within a group."),
        ({"to": "nobody"}, 404, "nobody is not a member of group chess"),
        ({"to": "alice"}, 400, "belongs to this account already"),
        ({"group": "team-of-others"}, 404, "There is no group"),
        ({"preset": "busy"}, 400, "Only calendars"),
        ({"preset": "emperor"}, 400, "choose what may be done"),
        ({"preset": "nothing"}, 400, "take the share back"),
    ],
)
def test_share_when_it_cannot_be_then_said_and_nothing_is_shared(
    alice: Browser, typed: dict[str, str], code: int, said: str
) -> None:
    page = plans(alice)
    alice.open(page).send(f"{page}/add", **{"group": "chess", "to": "", "preset": "read", **typed})
    assert alice.status == code
    assert said in alice.text
    assert "Nobody." in alice.open(page).text


def test_strangers_when_they_know_the_number_then_there_is_nothing(front: Any, alice: Browser) -> None:
    """Another account's numbers in every address."""
    folder, page = plans(alice), file(alice)
    (bob,) = browsers(front, "bob")
    mark = bob.open("/settings").form("/settings").fields["mark"]
    fields = {"mark": mark, "group": "chess", "to": "", "preset": "manage", "private": "yes"}
    for path in (folder, page):
        assert bob.open(path).status == 404
        for deed in ("add", "remove", "private"):
            bob.post(f"{path}/{deed}", fields)
            assert bob.status in (404, 405)
    alice.open(folder).send(f"{folder}/add", group="chess", to="bob", preset="edit")
    for deed in ("add", "remove"):
        bob.post(f"{folder}/{deed}", fields)
        assert bob.status == 403
    assert bob.open("/sharing/0").status == 404
    assert bob.open(f"{folder}/999999").status == 404
    assert bob.open(page.replace(folder.rpartition("/")[2], "1", 1)).status == 404

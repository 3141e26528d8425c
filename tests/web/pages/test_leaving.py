"""The page where a member ends his copies, and one click from a mail program (RFC 8058; S19)."""

import logging
from typing import Any

import pytest

from coserver.accounts import accounts, group_mail
from coserver.groups import leaving, members, posting
from coserver.mail import lists
from coserver.store import journal

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}
CLICK = b"List-Unsubscribe=One-Click"


@pytest.fixture
def front(fronts: Any) -> Any:
    """A front with a group of alice and bob; `link` is bob's."""
    made = fronts()

    def job(tx: Any) -> tuple[str, int, int]:
        bob, team = accounts.find(tx, "bob"), members.find(tx, "team")
        group_mail.set_address(tx, "team")
        return lists.token(tx, team.id, posting.reader(tx, team.id, bob.id)), team.id, bob.id

    token, made.team, made.bob = made.store.write(job)
    made.link = f"/lists/{token}"
    return made


def copies(front: Any) -> bool:
    with front.store.read() as tx:
        return bool(posting.reader(tx, front.team, front.bob).copies)


def ask(front: Any, method: str, path: str | None = None, body: bytes = b"", **more: Any) -> Any:
    kind = MULTIPART if body.startswith(b"--b") else FORM
    return front.ask(method, path or front.link, kind if body else {}, who=None, body=body, **more)


def test_page_when_looked_at_then_shows_a_button_and_does_nothing(front: Any) -> None:
    """Programs follow links: only what is posted acts."""
    for method in ("GET", "HEAD"):
        answer = ask(front, method)
        assert answer.status == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    text = ask(front, "GET").text
    assert '<form method="post">' in text
    assert "team@example.test" in text
    assert "bob" not in text
    assert copies(front)


@pytest.mark.parametrize(
    "body", [CLICK, b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n']
)
def test_click_when_posted_then_ends_the_copies_at_once_and_again_is_harmless(front: Any, body: bytes) -> None:
    """RFC 8058 3.2: no login, no redirect, either kind of form."""
    for _ in range(2):
        answer = ask(front, "POST", body=body)
        assert answer.status == 200
        assert "<form" not in answer.text
        assert not copies(front)
    assert "<form" not in ask(front, "GET").text
    with front.store.read() as tx:
        acts = [act for act in journal.listed(tx, accounts.find(tx, "bob").space) if act.kind == "copies changed"]
    assert [(act.actor.login, str(act.actor.way), act.detail) for act in acts] == [
        ("bob@example.test", "web", "team: off")
    ]


@pytest.mark.parametrize("body", [b"", b"List-Unsubscribe=", b"x=One-Click"])
def test_click_when_it_is_none_then_400_and_nothing_is_done(front: Any, body: bytes) -> None:
    assert ask(front, "POST", body=body or b"x").status == 400
    assert copies(front)


def test_token_when_it_is_wrong_or_void_then_404_that_says_nothing(front: Any) -> None:
    told = set()
    flipped = front.link[:-1] + ("A" if front.link[-1] != "A" else "B")
    for path in ("/lists/x", flipped, "/lists/" + "A" * 43):
        for method, body in (("GET", b""), ("POST", CLICK)):
            answer = ask(front, method, path, body)
            assert answer.status == 404, path
            told.add(answer.text)
    (page,) = told
    assert "This link leads nowhere (any more)." in page
    for path in ("/lists/", front.link + "/x"):
        assert ask(front, "GET", path).status == 404
    front.store.write(lambda tx: leaving.remove(tx, front.team, front.bob))
    assert ask(front, "POST", body=CLICK).status == 404
    front.clock.seconds += 1
    front.store.write(lambda tx: members.add(tx, front.team, front.bob))
    assert ask(front, "POST", body=CLICK).status == 404  # a link ends with the membership it was made in
    assert copies(front)


def test_page_when_used_otherwise_then_405_or_413(front: Any) -> None:
    answer = ask(front, "PUT", body=b"x")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert ask(front, "POST", body=b"x" * 5000).status == 413


def test_page_when_one_address_asks_too_often_then_503_for_a_while(front: Any) -> None:
    told = [ask(front, "GET").status for _ in range(32)]
    assert told == [200] * 30 + [503] * 2


def test_token_when_requests_are_logged_then_is_not_in_it(front: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        ask(front, "GET")
        ask(front, "POST", body=CLICK)
    told = [str(vars(record)) for record in caplog.records]
    assert len([each for each in told if "/lists/..." in each]) == 2
    assert not [each for each in told if front.link in each]

"""Many users at once by the portal: tried, then made, and what each line says if it cannot be (R25)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.browser import OWN, Browser
from tests.web.pages.in_organisations import founded, state

AT = "/organisations/club/many"
LINES = """login,password
ann@club.test,violet-anchor-7,demo,crew
bob,violet-anchor-8
ben@club.test,short
<b>,violet-anchor-9"""


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    founded(front)
    return front


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice").open(AT)


def test_lines_when_tried_then_nothing_is_done_and_when_sent_for_good_they_are(front: Any, alice: Browser) -> None:
    alice.send(AT, lines=LINES)
    assert "1 account would be made. Nothing is done yet." in alice.text
    assert "There is an account bob@example.test already." in alice.text
    assert state(front, "ann@club.test") is None
    good = next(each for each in alice.page.forms if each.fields.get("good"))
    alice.post(AT, good.fields)
    assert "1 account is made." in alice.text
    assert state(front, "ann@club.test") is not None
    assert Browser(front).log_in("ann@club.test", "violet-anchor-7").open("/groups/crew").status == 200
    assert "violet-anchor-7" not in alice.answer.text


def test_lines_when_they_come_as_a_file_then_read_as_if_they_were_typed(front: Any, alice: Browser) -> None:
    mark = alice.form(AT).fields["mark"]

    def send(data: bytes) -> None:
        parts = [
            b'--b\r\nContent-Disposition: form-data; name="mark"\r\n\r\n' + mark.encode(),
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + data,
            b"--b--\r\n",
        ]
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        alice.ask("POST", AT, b"\r\n".join(parts), {**OWN, **kind})

    send("\ufeffänn@club.test,violet-anchor-7\n".encode())
    assert "would be made" in alice.text
    send(b"\xe4nn@club.test,violet-anchor-7\n")
    assert alice.status == 400
    assert "UTF-8" in alice.text


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "There are no lines."),
        ("ann", "Line 1: write login,password"),
        ('ann,"x', "Line 1"),
        ("a,violet-anchor-7\n" * 201, "At most 200 lines"),
    ],
)
def test_lines_when_they_are_none_then_said_which(alice: Browser, lines: str, said: str) -> None:
    alice.post(AT, {**alice.form(AT).fields, "lines": lines})
    assert alice.status == 400
    assert said in alice.text


def test_lines_when_the_login_is_over_then_the_passwords_in_them_are_not_kept(front: Any, alice: Browser) -> None:
    alice.sid = "x" * 43
    alice.post(AT, {"mark": "x", "lines": LINES})
    assert alice.form("/log-in")
    assert "violet-anchor" not in alice.answer.text

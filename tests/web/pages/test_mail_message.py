"""One message in the browser: read safely, kept, marked, moved, deleted."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.model.errors import Missing
from coserver.model.item import Flag
from coserver.net.sending import Download
from coserver.web.pages import mail_message
from tests.web.browser import Browser
from tests.web.pages.in_mail import PLAIN, flags_of, kept

HOSTILE = b"""From: eve@elsewhere.test
Subject: Prize
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8

<html><head><title>x</title><meta http-equiv="refresh" content="0;url=https://evil.test/">
<base href="https://evil.test/"><style>@import "https://evil.test/a.css"</style></head>
<body onload="alert(1)" background="https://evil.test/b.png"><script>alert(2)</script>
<p style="color:red;background:url(https://evil.test/c.png)">K\xc3\xa4se</p>
<img src="https://evil.test/pixel.png" onerror="alert(3)"><img src="cid:logo@x" alt="Logo">
<a href="javascript:alert(4)">one</a> <a href="https://good.test/?a=1&amp;b=2">two</a>
<form action="https://evil.test/"><input name="password"><button>go</button></form>
<iframe src="https://evil.test/"></iframe><object data="https://evil.test/"></object>
<svg><script>alert(5)</script></svg><div style="background-image:u\\rl(https://evil.test/d.png)">three</div>
</body></html>
--r
Content-Type: image/png
Content-ID: <logo@x>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--r--
--m
Content-Type: text/html; name="../../<b>evil.html"
Content-Disposition: attachment; filename*=utf-8''..%2F..%2F%3Cb%3Eev%C3%AFl.html

<script>alert(6)</script>
--m--
"""


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    return fronts()


@pytest.fixture
def alice(front: Any) -> Browser:
    return Browser(front).log_in("alice")


def test_message_when_opened_then_read_and_seen_by_mail_programs_too(front: Any, alice: Browser) -> None:
    number, uid = kept(front, "alice", PLAIN.replace(b"five?", b"five? See https://tea.test/a?b=1, or <b>not</b>."))
    alice.open(f"/mail/{number}/{uid}")
    assert "At five? See https://tea.test/a?b=1 , or <b>not</b>." in alice.text
    assert 'href="https://tea.test/a?b=1"' in alice.answer.text
    assert flags_of(front, "alice", uid) == Flag.SEEN
    alice.send(f"/mail/{number}/{uid}/mark")
    assert alice.path == f"/mail/{number}"
    assert flags_of(front, "alice", uid) == Flag(0)


def test_message_when_flagged_moved_or_deleted_then_so_it_is(front: Any, alice: Browser) -> None:
    number, uid = kept(front, "alice")
    here = f"/mail/{number}/{uid}"
    mark = alice.open(here).form(f"{here}/move").fields["mark"]
    alice.post(f"{here}/mark", {"mark": mark, "deed": "flag"})
    assert flags_of(front, "alice", uid) == Flag.SEEN | Flag.FLAGGED
    alice.post(f"{here}/mark", {"mark": mark, "deed": "unflag"})
    assert flags_of(front, "alice", uid) == Flag.SEEN
    alice.post(f"{here}/mark", {"mark": mark, "deed": "burn"})
    assert alice.status == 400
    for typed in ("", "x", "-1", "9" * 30):
        alice.post(f"{here}/move", {"mark": mark, "to": typed})
        assert alice.status == 400
    alice.post(f"{here}/move", {"mark": mark, "to": "999999"})
    assert alice.status == 404
    alice.open(here).send(f"{here}/delete")
    assert "The message is deleted." in alice.text
    assert flags_of(front, "alice", uid) is None
    assert flags_of(front, "alice", 1, "Trash") == Flag.SEEN
    trash, _ = kept(front, "alice", PLAIN, "Trash")
    alice.open(f"/mail/{trash}/1").send(f"/mail/{trash}/1/delete")
    assert flags_of(front, "alice", 1, "Trash") is None
    assert alice.open(f"/mail/{trash}/1").status == 404


def test_html_when_it_is_hostile_then_nothing_runs_and_nothing_is_loaded(front: Any, alice: Browser) -> None:
    number, uid = kept(front, "alice", HOSTILE)
    here = f"/mail/{number}/{uid}"
    alice.open(here)
    assert f'<iframe class="letter" sandbox="allow-popups allow-popups-to-escape-sandbox" src="{here}/html"' in (
        alice.answer.text
    )
    assert "frame-src 'self'" in alice.answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in alice.answer.headers["content-security-policy"]
    alice.open(f"{here}/html")
    policy = alice.answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "script" not in policy
    assert alice.answer.headers["x-content-type-options"] == "nosniff"
    body = alice.answer.text
    assert "Käse" in body
    for wrong in ("evil.test", "<script", "alert", "javascript", "onload", "onerror", "<form", "<input", "<iframe"):
        assert wrong not in body
    assert '<img src="data:image/png;base64,iVBORw0KGgo=" alt="Logo">' in body
    assert '<a href="https://good.test/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">two</a>' in body


def test_attachment_when_saved_then_as_a_file_that_no_browser_shows(front: Any, alice: Browser) -> None:
    number, uid = kept(front, "alice", HOSTILE)
    alice.open(f"/mail/{number}/{uid}")
    assert "<b>evïl.html" in alice.text  # as text, and no path
    alice.open(f"/mail/{number}/{uid}/part/2")
    assert alice.answer.headers["content-type"] == "application/octet-stream"
    assert alice.answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%3Cb%3Eev%C3%AFl.html"
    assert "alert(6)" in alice.answer.text
    for odd in ("9", "1.9", "x", "0", "%2e%2e"):
        assert alice.open(f"/mail/{number}/{uid}/part/{odd}").status == 404
    alice.open(f"/mail/{number}/{uid}/whole")
    assert alice.answer.headers["content-disposition"].startswith("attachment")
    assert "Subject: Prize" in alice.answer.text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"Content-Type: text/plain; charset=nonsense\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 500,
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 300,
        b"Subject: " + b"=?utf-8?b?" * 2000 + b"\r\n\r\n" + b"x" * 400_000,
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 20_000,
        b'Content-Disposition: attachment; filename="\xff\x00.txt"\r\nSubject: \xff\xfe\r\n\r\n\x00\xff',
    ],
)
def test_message_when_it_is_broken_or_huge_then_shown_as_far_as_it_goes(
    front: Any, alice: Browser, data: bytes
) -> None:
    number, uid = kept(front, "alice", data)
    for page in (f"/mail/{number}", f"/mail/{number}/{uid}", f"/mail/{number}/{uid}/whole"):
        assert alice.open(page).status == 200
    assert alice.open(f"/mail/{number}/{uid}/html").status in (200, 404)


def test_message_when_it_is_taken_away_while_it_is_being_sent_then_no_more_of_it_is(
    front: Any, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R17."""
    number, uid = kept(front, "alice", b"Subject: x\n\n" + b"y" * 600_000)
    made: list[Download] = []

    def noted(*told: Any, **more: Any) -> Download:
        made.append(Download(*told, **more))
        return made[-1]

    monkeypatch.setattr(mail_message, "Download", noted)
    alice.open(f"/mail/{number}/{uid}/whole")
    pieces = made[0].pieces()
    assert next(pieces)
    alice.open(f"/mail/{number}/{uid}").send(f"/mail/{number}/{uid}/delete")
    front.clock.seconds += 1
    with pytest.raises(Missing):
        next(pieces)

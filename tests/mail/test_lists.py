"""The fields that make mail to a group the mail of a list."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.groups.posting import Reader
from coserver.mail import lists, mime, parts
from coserver.mail.lists import Listing

TEAM = Listing("team", "team", "example.test")
MIXED = (
    b"From: a@example.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n"
    b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntwo\r\n--b--\r\n"
)


def test_fields_when_the_address_is_international_then_are_ascii() -> None:
    """RFC 2369 2: a URL; RFC 2919 2: an identifier in angle brackets."""
    found = lists.fields(Listing("team", "équipe", "example.test"), b"Precedence: bulk\r\n\r\n")
    assert found == b"List-Id: team <team.example.test>\r\nList-Post: <mailto:%C3%A9quipe@example.test>\r\n"
    assert lists.fields(TEAM, b"\r\n").endswith(b"Precedence: list\r\n")


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        (b"A: 1\r\nB: 2\r\n\r\n", b"A: 1\r\nB: 2\r\n\r\n"),
        (b"odd line\r\nA: 1\r\n\r\n", b"odd line\r\nA: 1\r\n\r\n"),
        (b"A: 1\r\nList-ID: <x>,\r\n <y>\r\nB: 2\r\n\r\n", b"A: 1\r\nB: 2\r\n\r\n"),
        (b"list-unsubscribe-post: x\r\n\r\n", b"\r\n"),
        (b"", b""),
    ],
)
def test_without_others_when_there_are_fields_of_lists_then_only_they_go(head: bytes, kept: bytes) -> None:
    assert lists.without_others(head) == kept


@pytest.mark.parametrize(
    ("head", "answer", "report", "again"),
    [
        (b"Auto-Submitted: auto-replied\r\n\r\n", True, False, False),
        (b"Auto-Submitted: Auto-Replied; x=y\r\n\r\n", True, False, False),
        (b"Auto-Submitted: (away (till May \\))) auto-replied\r\n\r\n", True, False, False),
        (b"Auto-Submitted: no (auto-replied)\r\n\r\n", False, False, False),
        (b"Content-Type: (x) multipart/report; report-type=delivery-status\r\n\r\n", False, True, False),
        (b"Auto-Submitted: auto-generated\r\n\r\n", False, False, False),
        (b'Content-Type: Multipart/Report;\r\n boundary=x; report-type="delivery-status"\r\n\r\n', False, True, False),
        (b"Content-Type: multipart/report; report-type=disposition-notification\r\n\r\n", False, False, False),
        (b"List-Id: Our <Team.Example.Test>\r\n\r\n", False, False, True),
        (b"List-Id: <team.example.test.example.net>\r\n\r\n", False, False, False),
        (b"X: List-Id: <team.example.test>\r\n\r\n", False, False, False),
    ],
)
def test_head_when_it_is_read_then_tells_answers_reports_and_loops(
    head: bytes, answer: bool, report: bool, again: bool
) -> None:
    assert (lists.answers_itself(head), lists.reports(head), lists.comes_again(head, TEAM)) == (answer, report, again)


@given(st.binary(max_size=300))
def test_head_when_it_is_anything_then_nothing_is_raised(head: bytes) -> None:
    lists.answers_itself(head)
    lists.reports(head)
    lists.comes_again(head, TEAM)
    lists.without_others(head)
    lists.place(head)
    lists.fields(TEAM, head)


def test_place_when_fields_are_put_there_then_stand_before_ours_and_the_parts_are_found() -> None:
    data = b"Return-Path: <>\r\nReceived: x\r\n" + lists.fields(TEAM, b"") + MIXED
    more = lists.personal("https://x.test", "t" * 43)
    at = lists.place(data)
    whole = data[:at] + more + data[at:]
    assert whole.startswith(b"Return-Path: <>\r\nReceived: x\r\nList-Help: <https://x.test/lists/ttt")
    moved = parts.shifted(parts.pack(mime.scan(data)), len(more))
    assert moved == parts.pack(mime.scan(whole))
    assert lists.place(MIXED) == 0


@pytest.fixture
def reader(house, alice) -> Reader:
    return Reader(alice, 5)


def test_token_when_made_then_opens_and_proves_for_that_member_alone(house, alice, bob, reader) -> None:
    with house.store.read() as tx:
        made = lists.token(tx, bob, reader)
        assert len(made) == 43
        assert lists.opened(made) == (bob, alice)
        assert lists.proves(tx, made, bob, reader)
        for other in (Reader(bob, 5), Reader(alice, 6)):  # another one; the same, come anew
            assert not lists.proves(tx, made, bob, other)
        assert not lists.proves(tx, made, alice, reader)


def test_token_when_it_was_altered_then_proves_nothing(house, alice, bob, reader) -> None:
    with house.store.read() as tx:
        made = lists.token(tx, bob, reader)
        raw = base64.urlsafe_b64decode(made + "=")
        for position in range(len(raw)):
            bent = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
            text = base64.urlsafe_b64encode(bent).decode().rstrip("=")
            assert not lists.proves(tx, text, bob, reader)
        last = chr(ord(made[-1]) + 1)
        assert not lists.proves(tx, made[:-1] + last, bob, reader)


@pytest.mark.parametrize("text", ["", "x", "a" * 44, "é" * 43, "=" * 43, "a" * 42 + "\n", "_" * 43])
def test_opened_when_it_is_no_token_then_nothing(text: str) -> None:
    assert lists.opened(text) is None

"""Answers as bytes: every error of the house has its words, and no text can break a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.imap import replies
from coserver.imap.commands.search import BadCharsetError
from coserver.imap.replies import Done, PrivacyRequiredError, TryCreateError
from coserver.imap.wire import Cursor
from coserver.model import errors
from coserver.model.item import Flag

SPOKEN = [
    (errors.Malformed, b"BAD", b""),
    (errors.Unknown, b"NO", b"AUTHENTICATIONFAILED"),
    (errors.Denied, b"NO", b"NOPERM"),
    (errors.NotInPlan, b"NO", b"AUTHORIZATIONFAILED"),
    (errors.Missing, b"NO", b"NONEXISTENT"),
    (errors.Exists, b"NO", b"ALREADYEXISTS"),
    (errors.Locked, b"NO", b"INUSE"),
    (errors.NoRoom, b"NO", b"OVERQUOTA"),
    (errors.TooBig, b"NO", b"TOOBIG"),
    (errors.Busy, b"NO", b"UNAVAILABLE"),
    (PrivacyRequiredError, b"NO", b"PRIVACYREQUIRED"),
    (TryCreateError, b"NO", b"TRYCREATE"),
    (BadCharsetError, b"NO", b"BADCHARSET (US-ASCII UTF-8)"),
]


@pytest.mark.parametrize(("error", "kind", "code"), SPOKEN)
def test_refused_when_given_an_error_then_speaks_its_word(error: type, kind: bytes, code: bytes) -> None:
    assert replies.refused(error("Why.", secret="hidden")) == Done(kind, "Why.", code)


@given(st.text(max_size=80))
def test_tagged_when_given_any_text_then_is_one_line_of_ascii(text: str) -> None:
    line = replies.tagged(b"a1", Done(b"NO", text, b"NOPERM"))
    assert line.startswith(b"a1 NO [NOPERM] ")
    assert line.index(b"\r\n") == len(line) - 2
    assert line.count(b"\n") == line.count(b"\r") == 1
    assert line.isascii()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_name_when_told_then_reads_back_as_the_same(mailbox: str) -> None:
    assert Cursor(replies.name(mailbox, utf8=False)).mailbox() == mailbox


def test_name_when_it_reads_as_nil_then_is_quoted() -> None:
    assert replies.name("NIL", utf8=False) == b'"NIL"'


def test_flags_when_all_are_set_then_each_is_told_once() -> None:
    every = Flag.SEEN | Flag.ANSWERED | Flag.FLAGGED | Flag.DELETED | Flag.DRAFT
    told = replies.flags(every, "Work", recent=True)
    assert sorted(told.split()) == sorted(
        [b"\\Answered", b"\\Flagged", b"\\Deleted", b"\\Seen", b"\\Draft", b"Work", b"\\Recent"]
    )
    assert replies.flags(0, "") == b""

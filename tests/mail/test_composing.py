"""From what a person typed to a message: addresses, fields, and nothing that becomes another field."""

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.mail import composing
from coserver.mail.composing import Before, Draft
from coserver.model.errors import HouseError, Malformed

NOBODY = Draft("", "", "", "", "")


def made(draft: Draft, before: Before = Before()):  # noqa: B008
    return composing.compose(
        draft, sender=("Älice", "alice@example.test"), before=before, now=1_800_000_000.7, host="mail.test"
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("a@b.test", ["a@b.test"]),
        ("Bob Doe <b@x.test>, c@x.test;d@x.test,", ["Bob Doe <b@x.test>", "c@x.test", "d@x.test"]),
        ('"Doe, Bob" <b@x.test>', ['"Doe, Bob" <b@x.test>']),
        ("jörg@müller.test", ["jörg@müller.test"]),
        (" , ; ", []),
        ("", []),
    ],
)
def test_addresses_when_typed_as_people_do_then_read(typed, found):
    assert [str(each) for each in composing.addresses(typed)] == found


@pytest.mark.parametrize(
    "typed",
    ["bob", "a b@x.test", "x@y.test)z@evil.test", "<b>@x", "a@b@c", "@x", "x@", "Bob <a@b.test> evil@x.test",
     "a@b.test\x00", "<a@b.test", '"a', "(a)b@c.test", "a@b.test <c@d.test> <e@f.test>", "x" * 30_000],
)  # fmt: skip
def test_addresses_when_one_is_none_then_refused_and_never_taken_in_part(typed):
    with pytest.raises(Malformed):
        composing.addresses(typed)


def test_message_when_made_then_every_field_is_what_was_typed_into_it_and_the_unseen_ones_are_in_none():
    draft = Draft("b@x.test, B <b@x.test>", "c@x.test", "d@x.test", " Käse\r\nX-Evil: 1 ", "line\r\n.\nlast")
    done = made(draft, Before("<1@x>", tuple(f"<{n}@y>" for n in range(50))))
    assert done.recipients == ("b@x.test", "c@x.test", "d@x.test")
    found = message_from_bytes(done.data, policy=policy.default)
    assert [name for name in found if name.startswith("X-")] == []
    assert found["Subject"] == "Käse X-Evil: 1"
    assert found["From"].addresses[0].display_name == "Älice"
    assert "d@x.test" not in done.data.decode()
    assert found["In-Reply-To"] == "<1@x>"
    assert found["References"].split() == [*(f"<{n}@y>" for n in range(20, 50)), "<1@x>"]
    assert found["Date"].datetime.timestamp() == 1_800_000_000
    assert found["Message-ID"].endswith("@mail.test>")
    assert found.get_content().replace("\r\n", "\n") == "line\n.\nlast\n"
    assert b"\n" not in done.data.replace(b"\r\n", b"")


def test_quoted_when_answered_then_each_line_is_marked():
    told = composing.quoted("a\n\nb\n", who="Bob", when="today")
    assert told == "\n\nBob, today:\n> a\n>\n> b\n"


def test_others_when_all_are_answered_then_without_oneself():
    told = composing.others(["Al <A@x.test>, b@x.test", '"Doe, C" <c@x.test>'], without=["a@x.test"])
    assert [each.addr_spec for each in composing.addresses(told)] == ["b@x.test", "c@x.test"]


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_message_whatever_is_typed_then_made_or_refused(to, subject, text):
    try:
        done = made(Draft(f"b@x.test, {to}", "", "", subject, text))
    except HouseError:
        return
    head = done.data.partition(b"\r\n\r\n")[0]
    names = {line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")}
    known = b"From To Subject Date Message-ID Content-Type Content-Transfer-Encoding MIME-Version"
    assert names <= set(known.split())

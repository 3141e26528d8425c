"""Members as vCards."""

import base64

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from coserver.pim import cards, objects
from coserver.pim.cards import Face

PLAIN = {
    "account": 7, "login": "bob@example.test", "display_name": "", "first": "Bob", "last": "Example",
    "organisation": "Example, Ltd; Sons", "address": "bob@example.test", "media": "", "version": 0,
}  # fmt: skip
WORDS = st.text(st.characters(categories=("L", "N", "P", "Zs", "S")), max_size=120)


def face(**more) -> Face:
    return Face(**{**PLAIN, **more})


def test_card_when_everything_was_told_then_the_five_fields_and_no_more() -> None:
    """R52"""
    read = vobject.readOne(cards.card(face(media="image/png", version=1, picture=b"\x89PNG" * 100)).decode())
    assert set(read.contents) == {"version", "uid", "fn", "n", "org", "email", "photo"}
    assert (read.n.value.family, read.n.value.given, read.fn.value) == ("Example", "Bob", "Bob Example")
    assert read.org.value == ["Example, Ltd; Sons"]
    assert read.email.value == "bob@example.test"
    assert read.photo.value == b"\x89PNG" * 100
    assert read.photo.params["TYPE"] == ["PNG"]


@pytest.mark.parametrize(
    ("told", "name", "parts"),
    [
        ({"first": "", "last": "", "display_name": "Bob E."}, "Bob E.", "N:Bob E.;;;;"),
        ({"first": "", "last": ""}, "bob", "N:bob;;;;"),
        ({"last": ""}, "Bob", "N:;Bob;;;"),
        ({"first": "", "display_name": "ignored"}, "Example", "N:Example;;;;"),
    ],
)
def test_card_when_little_was_told_then_a_name_all_the_same(told, name: str, parts: str) -> None:
    lines = cards.card(face(**told, organisation="")).decode().splitlines()
    assert f"FN:{name}" in lines
    assert parts in lines
    assert [line.split(":")[0] for line in lines] == [
        "BEGIN", "VERSION", "UID", "FN", "N", "EMAIL;TYPE=INTERNET", "END",
    ]  # fmt: skip


@given(first=WORDS, last=WORDS, organisation=WORDS, picture=st.binary(max_size=200))
def test_card_when_anything_is_told_then_it_can_be_read_back(first, last, organisation, picture) -> None:
    data = cards.card(face(first=first, last=last, organisation=organisation, media="image/jpeg", picture=picture))
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert objects.read_card(data).ical_uid == "coserver-account-7"
    lines = data.replace(b"\r\n ", b"").decode().split("\r\n")
    escaped = [text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,") for text in (last, first)]
    if first or last:
        assert f"N:{escaped[0]};{escaped[1]};;;" in lines
    photo = [line for line in lines if line.startswith("PHOTO")]
    assert [base64.b64decode(line.partition(":")[2]) for line in photo] == ([picture] if picture else [])


@pytest.mark.parametrize(
    "change", [{"first": "Rob"}, {"last": "x"}, {"organisation": "x"}, {"address": "x@y"}, {"version": 2},
               {"media": "image/png"}, {"login": "x@y"}, {"display_name": "x"}],
)  # fmt: skip
def test_digest_when_anything_shown_changes_then_it_does(change) -> None:
    assert face(**change).digest != face().digest == face(picture=b"not loaded").digest

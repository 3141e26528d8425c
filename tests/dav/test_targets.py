"""Paths in requests: what is in a name stays in the name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.dav import targets
from coserver.dav.targets import Elsewhere
from coserver.documents.paths import checked
from coserver.model.errors import HouseError, Malformed


def fits(name: str) -> bool:
    try:
        return checked([name]) == (name,)
    except Malformed:
        return False


names = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=30).filter(fits)


@given(st.lists(names, max_size=6).map(tuple), st.booleans())
def test_href_when_read_back_as_destination_then_the_same_names(found: tuple[str, ...], folder: bool) -> None:
    path = targets.href(found, folder=folder)
    assert targets.names_of(path) == found
    assert targets.destination(f"http://house.test{path}", "house.test") == found
    assert path.isascii()


@given(st.text(max_size=200) | st.text(st.sampled_from("/%.;?#:@ <>drive2Fhtp"), max_size=60))
def test_destination_when_any_text_then_names_or_an_error_of_the_house(text: str) -> None:
    for header in (text, f"/drive/{text}", f"http://house.test/drive/{text}"):
        try:
            found = targets.destination(header, "house.test")
        except HouseError:
            continue
        assert checked(found) == found


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("/drive/a%3Bb.txt", ("a;b.txt",)),
        ("/drive/a%3Fb", ("a?b",)),
        ("/drive/a;b", ("a;b",)),
        ("/drive/a#b", ("a#b",)),
        ("/drive/a%2525", ("a%25",)),
        ("/drive/a+b//c/", ("a+b", "c")),
        ("https://me@HOUSE.test/drive/x", ("x",)),
        ("<http://house.test/drive/x>", ("x",)),
        ("/drive/e%CC%81", ("\u00e9",)),
    ],
)
def test_destination_when_names_are_special_then_they_stay_whole(header: str, found: tuple[str, ...]) -> None:
    assert targets.destination(header, "house.test") == found


@pytest.mark.parametrize("header", ["/drive/a%2Fb", "/drive/a%00b", "/drive/%ff", "/drive/..", "/drive/a?b", "x", ""])
def test_destination_when_it_cannot_be_meant_then_malformed(header: str) -> None:
    with pytest.raises(Malformed):
        targets.destination(header, "house.test")


@pytest.mark.parametrize("header", ["http://other.test/drive/x", "ftp://house.test/drive/x", "/", "/drivex", "/dav/x"])
def test_destination_when_it_is_not_on_this_drive_then_elsewhere(header: str) -> None:
    with pytest.raises(Elsewhere):
        targets.destination(header, "house.test")


@pytest.mark.parametrize(
    ("target", "path"),
    [("/a?b", "/a"), ("http://h/a?b", "/a"), ("http://h", "/"), ("*", "*"), ("/a%3Fb", "/a%3Fb"), ("//a", "//a")],
)
def test_path_of_when_the_target_has_other_parts_then_the_path_alone(target: str, path: str) -> None:
    assert targets.path_of(target) == path


@pytest.mark.parametrize(
    ("path", "names", "said"),
    [
        ("/drive", (), "/drive"),
        ("/drive/", (), "/drive"),
        ("/drive/a%40b/", ("a@b",), "/drive/a%40b"),
        ("/drive/a@b", ("a@b",), "/drive/a@b"),
        ("/drive//a", ("a",), "/drive/a"),
        ("/drive/a%62", ("ab",), "/drive/a%62"),
        ("/drive/\xc3\xa9", ("é",), "/drive/%C3%A9"),
        ('/drive/"', ('"',), "/drive/%22"),
    ],
)
def test_echoed_when_asked_for_then_as_the_client_wrote_it_where_that_is_a_path(
    path: str, names: tuple[str, ...], said: str
) -> None:
    """cadaver writes '@' as %40 and took an answer with '@' for another place."""
    assert targets.echoed(path, names) == said


@given(st.text(st.characters(max_codepoint=255), max_size=30), st.text(min_size=1, max_size=20))
def test_echoed_when_any_text_then_a_path_of_plain_characters(path: str, name: str) -> None:
    found = targets.below(targets.echoed(f"/drive/{path}", ("a",)), name.encode("utf-8", "ignore").decode())
    assert re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=:@/%-]+", found)

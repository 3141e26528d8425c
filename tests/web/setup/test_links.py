"""Addresses that open programs."""

from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given

from coserver.accounts.setup.places import Service
from coserver.model.errors import Malformed, Missing
from coserver.web.setup import links
from tests.web.here import HERE, SHUT, TEXTS

ODD = replace(HERE, https=Service("mail.example.test", 20443))
SIX = replace(HERE, https=Service("2001:db8::1", 443))
WITH_LOGIN = (links.davx5, links.calendars, links.contacts, links.gnome, links.kde)
ALICE = "alice@example.test"


@pytest.mark.parametrize(
    ("made", "link"),
    [
        (links.davx5(HERE, ALICE), "davx5://alice%40example.test@mail.example.test/dav/"),
        (links.davx5(ODD, ALICE), "davx5://alice%40example.test@mail.example.test:20443/dav/"),
        (links.calendars(HERE, ALICE), "caldavs://alice%40example.test@mail.example.test/dav/"),
        (links.contacts(ODD, "élise"), "carddavs://%C3%A9lise@mail.example.test:20443/dav/"),
        (links.gnome(ODD, ALICE), "davs://alice%40example.test@mail.example.test:20443/drive/"),
        (links.kde(HERE, ALICE), "webdavs://alice%40example.test@mail.example.test/drive/"),
        (links.kde(SIX, "a/b"), "webdavs://a%2Fb@[2001:db8::1]/drive/"),
        (links.finder(HERE), "https://mail.example.test/drive/"),
        (links.finder(ODD), "https://mail.example.test:20443/drive/"),
        (links.explorer(HERE), r"\\mail.example.test@SSL\drive"),
        (links.explorer(ODD), r"\\mail.example.test@SSL@20443\drive"),
        (links.explorer(SIX), r"\\2001-db8--1.ipv6-literal.net@SSL\drive"),
        (links.explorer(replace(ODD, drive="/a/b/")), r"\\mail.example.test@SSL@20443\a\b"),
    ],
)
def test_links_when_made_then_they_are_as_the_programs_want_them(made, link) -> None:
    assert made == link


@given(TEXTS)
def test_links_when_a_login_is_any_then_it_is_found_again_and_no_password_beside_it(login) -> None:
    for made in WITH_LOGIN:
        try:
            parts = urlsplit(made(ODD, login))
        except Malformed:
            continue
        assert unquote(parts.username, errors="strict") == login
        assert (parts.password, parts.hostname, parts.port) == (None, "mail.example.test", 20443)
        assert parts.path in ("/dav/", "/drive/")
        assert not parts.query
        assert parts.geturl().isascii()


@pytest.mark.parametrize("login", ["", "alice:tulip", "a\x00", "\ud800"])
def test_links_when_a_login_can_be_none_then_malformed(login) -> None:
    for made in WITH_LOGIN:
        with pytest.raises(Malformed):
            made(HERE, login)


def test_links_when_the_web_server_is_off_then_missing() -> None:
    for made in WITH_LOGIN:
        with pytest.raises(Missing):
            made(SHUT, ALICE)
    for told in (links.finder, links.explorer):
        with pytest.raises(Missing):
            told(SHUT)

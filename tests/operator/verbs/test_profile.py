"""What the members of groups see of an account, set by the operator."""

import base64

import pytest
from sqlalchemy import select

from coserver.model.errors import Malformed, Missing, TooBig
from coserver.store.views import owned_space

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")


def _picture(data: bytes = PNG) -> str:
    return base64.b64encode(data).decode()


def test_profile_when_told_bit_by_bit_then_the_rest_stays(office, people) -> None:
    """R52"""
    office.do("account profile", login="bob", first="Bob", last=" Example ")
    told = office.do("account profile", login="bob", organisation="Example Ltd", picture=_picture())
    assert told == {
        "login": "bob@example.test", "first": "Bob", "last": "Example", "organisation": "Example Ltd",
        "picture": f"image/png, {len(PNG)} bytes", "private": "busy",
    }  # fmt: skip
    shown = office.do("account show", login="bob")
    assert {shown[f"profile_{name}"] for name in ("first", "last", "organisation")} == {"Bob", "Example", "Example Ltd"}
    assert office.do("account profile", login="bob", picture="", last="")["picture"] == ""
    assert office.do("account profile", login="bob")["first"] == "Bob"


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"picture": "%%%"}, Malformed), ({"picture": _picture(b"GIF89a")}, Malformed), ({"first": 7}, Malformed),
        ({"picture": _picture(bytes(200_000))}, TooBig), ({"first": "x" * 201}, Malformed),
        ({"address": "dave@example.test", "group": "team"}, Missing), ({"address": ""}, Malformed),
        ({"address": "", "group": "none"}, Missing), ({"private": "sometimes"}, Malformed),
        ({"address": "nonsense", "group": "team"}, Missing),
    ],
)  # fmt: skip
def test_profile_when_something_is_wrong_then_nothing_is_kept(office, people, told, error) -> None:
    with pytest.raises(error):
        office.do("account profile", login="bob", **{"last": "Kept", **told})
    assert office.do("account profile", login="bob")["last"] == ""


def test_profile_when_an_address_is_chosen_for_a_group_then_taken_back(office, people) -> None:
    """S17"""
    office.do("account profile", login="bob", address="bob@example.test", group="team")
    office.do("account profile", login="bob", address="", group="team")
    with pytest.raises(Missing):
        office.do("account profile", login="dave", address="", group="team")


def test_profile_when_private_events_are_hidden_then_so_they_are_until_told_otherwise(estate, office, people) -> None:
    """C12"""
    statement = select(owned_space.c.hides_private).where(owned_space.c.owner_login == "bob@example.test")
    for word, hides in (("nothing", 1), ("busy", 0)):
        assert office.do("account profile", login="bob", private=word)["private"] == word
        with estate.store.read() as tx:
            assert tx.execute(statement).scalar_one() == hides


def test_profile_when_changed_then_the_journal_says_which_parts_and_not_what(office, people):
    office.do("account profile", login="bob", first="Robert", organisation="Bakery")
    office.do(
        "account profile", login="bob", first="Robert", private="nothing", address="bob@example.test", group="team"
    )
    office.do("account profile", login="bob", organisation="")
    acts = office.do("log", space="bob", limit=10)
    assert [each["detail"] for each in acts if each["did"] == "profile changed"] == [
        "first, organisation", "address in team", "private events: nothing", "organisation",
    ]  # fmt: skip

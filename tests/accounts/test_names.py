"""Names that nobody may have."""

import pytest

from coserver.accounts import names
from coserver.model.errors import Denied, Malformed


@pytest.mark.parametrize(
    "local",
    ["abuse", "postmaster", "hostmaster", "webmaster", "admin", "root", "noreply", "mailer-daemon", "autoconfig"],
)
def test_check_when_the_name_is_the_houses_then_denied(local):
    """S26: every name that the rule lists."""
    with pytest.raises(Denied, match="reserved"):
        names.check(local)


@pytest.mark.parametrize(
    "local",
    ["alice", "info", "j\u00f6rg", "\u0438\u0432\u0430\u043d", "\u5c71\u7530\u30bf\u30ed\u30a6", "a1-b_c.d", "42"],
)
def test_check_when_it_is_a_name_then_fine(local):
    names.check(local)


@pytest.mark.parametrize("local", ["\u0430lice", "alic\u0435", "\u03bfscar", "\u0430dmin", "al\u04cfce"])
def test_check_when_it_mixes_alphabets_then_malformed(local):
    with pytest.raises(Malformed, match="alphabets"):
        names.check(local)


@pytest.mark.parametrize(
    "local", ["\uff41\uff44\uff4d\uff49\uff4e", "\U0001d41a\U0001d41d\U0001d426\U0001d422\U0001d427", "a\u2024b"]
)
def test_check_when_its_letters_are_others_in_another_form_then_malformed(local):
    """S26: `admin` in wide or bold letters, all of one kind, and the one-dot leader for a dot."""
    with pytest.raises(Malformed, match="plain"):
        names.check(local)


@pytest.mark.parametrize("local", ["info", "sales", "billing", "postmaster"])
def test_check_chosen_when_the_name_is_official_then_denied(local):
    with pytest.raises(Denied):
        names.check_chosen(local)


@pytest.mark.parametrize("local", ["j\u00f6rg", "\u0438\u0432\u0430\u043d"])
def test_check_chosen_when_a_stranger_wants_other_letters_then_malformed(local):
    """A whole name in letters that look like others cannot be told apart."""
    with pytest.raises(Malformed, match="a to z"):
        names.check_chosen(local)


def test_names_when_they_stand_in_the_lists_then_in_one_and_in_their_kept_form():
    assert not names.RESERVED & names.OFFICIAL
    assert all(name == name.lower() and name.isascii() for name in names.RESERVED | names.OFFICIAL)

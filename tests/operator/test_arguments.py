"""Arguments of verbs."""

import pytest

from coserver.model.errors import Malformed
from coserver.model.space import Tool
from coserver.operator.arguments import Arguments

GIVEN = Arguments(
    {
        "name": " team ",
        "secret": " x ",
        "number": 3,
        "sure": True,
        "tool": "MAIL",
        "tools": "mail, contacts",
        "list": ["mail"],
        "rows": [{}],
    }
)


def test_values_when_there_then_are_read_with_their_types():
    assert (GIVEN.text("name"), GIVEN.secret("secret"), GIVEN.number("number")) == ("team", " x ", 3)
    assert (GIVEN.optional("name"), GIVEN.optional("none"), GIVEN.optional("none", "usual")) == ("team", "", "usual")
    assert GIVEN.one("tool", Tool) is Tool.MAIL
    assert GIVEN.several("tools", Tool) == {Tool.MAIL, Tool.CONTACTS}
    assert GIVEN.several("list", Tool) == {Tool.MAIL}
    assert len(GIVEN.rows("rows")) == 1
    assert (GIVEN.yes("sure"), GIVEN.yes("name"), GIVEN.yes("none")) == (True, False, False)
    assert (GIVEN.texts("list"), GIVEN.texts("none")) == (["mail"], [])


@pytest.mark.parametrize(
    "read",
    [
        lambda args: args.text("none"),
        lambda args: args.text("number"),
        lambda args: args.secret("none"),
        lambda args: args.number("name"),
        lambda args: args.optional("number"),
        lambda args: args.one("name", Tool),
        lambda args: args.several("none", Tool),
        lambda args: args.several("name", Tool),
        lambda args: args.rows("list"),
        lambda args: args.rows("none"),
        lambda args: args.texts("name"),
        lambda args: args.texts("rows"),
    ],
)
def test_values_when_missing_or_odd_then_malformed(read):
    with pytest.raises(Malformed):
        read(GIVEN)


@pytest.mark.parametrize("value", ["x" * 2001, "\ud800"])
def test_texts_when_too_long_or_no_unicode_then_malformed_in_a_short_line(value):
    args = Arguments({"name": value, "names": [value]})
    for read in (args.text, args.secret, args.optional, args.given, lambda _: args.texts("names")):
        with pytest.raises(Malformed) as refused:
            read("name")
        assert len(refused.value.text) < 100

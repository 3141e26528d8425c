"""What was done in a group, to its members."""

from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest

from coserver.model.act import ActKind, Way
from tests.web.pages.in_groups import browsers, made


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    made(front, "chess", "alice", "bob")
    return front


def test_activity_when_something_was_done_then_who_what_and_how_and_no_address(front: Any) -> None:
    assert front.ask("PUT", "/drive/Groups/chess/rules%20%3Cb%3E.txt", None, b"x").status == 201
    (bob,) = browsers(front, "bob")
    bob.open("/groups/chess/activity")
    assert "alice@example.test added Documents" in bob.text
    assert "rules <b>.txt" in bob.text
    assert "<b>.txt" not in bob.answer.text
    assert bob.text.index("added Documents") < bob.text.index("joined")  # the latest first
    assert "127.0.0.1" not in bob.text


def test_words_when_compared_with_what_can_happen_then_none_is_missing() -> None:
    source = (resources.files("coserver.web") / "templates" / "acts.html").read_text("utf-8")
    assert [kind for kind in ActKind if f'"{kind}": _("{kind}")' not in source] == []
    assert [way for way in Way if f'"{way}": _(' not in source] == []

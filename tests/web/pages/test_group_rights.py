"""Rights in a group by the portal, and what they mean for the programs at once (R57)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.pages.in_groups import browsers, made, number

NOTHING = {"mail": "nothing", "documents": "nothing", "calendar": "nothing", "contacts": "nothing"}


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    made(front, "chess", "alice", "bob", "carol")
    return front


def put(front: Any, who: str) -> int:
    return int(front.ask("PUT", f"/drive/Groups/chess/{who}.txt", None, b"x", who=who).status)


def test_right_when_given_to_one_then_he_adds_and_the_others_do_not(front: Any) -> None:
    """R57: seen by the drive, at once."""
    assert (put(front, "bob"), put(front, "carol")) == (403, 403)
    (alice,) = browsers(front, "alice")
    page = f"/groups/chess/rights/{number(front, 'bob')}"
    alice.open(page).send(page, documents="contribute")
    assert "The rights are changed." in alice.text
    assert (put(front, "bob"), put(front, "carol")) == (201, 403)
    alice.open("/groups/chess/rights/0").send("/groups/chess/rights/0", documents="edit")
    assert put(front, "carol") == 201
    (bob,) = browsers(front, "bob")
    bob.open("/groups/chess")
    assert "The account was given the right 'contribute' in documents" in bob.text
    assert "All members hold the right 'edit' in documents" in bob.text
    alice.open("/groups/chess/rights/0").send("/groups/chess/rights/0", documents="nothing")
    alice.open(page).send(page, documents="nothing")
    assert front.ask("DELETE", "/drive/Groups/chess/bob.txt", who="bob").status == 403


def test_matrix_when_looked_at_then_what_each_holds_stands_in_it(front: Any) -> None:
    alice, bob = browsers(front, "alice", "bob")
    page = f"/groups/chess/rights/{number(front, 'bob')}"
    alice.open(page).send(page, documents="manage", calendar="edit")
    bob.open("/groups/chess/rights")
    assert "bob reads manages edits reads" in bob.text
    assert "carol reads reads reads reads" in bob.text
    assert "alice administrator everything everything everything everything" in bob.text
    assert "Change" not in bob.text
    assert alice.open(page).form(page).fields.items() >= {"documents": "manage", "calendar": "edit"}.items()


def test_right_when_somebody_may_not_or_it_is_none_then_nothing_is_given(front: Any) -> None:
    alice, bob = browsers(front, "alice", "bob")
    page = f"/groups/chess/rights/{number(front, 'bob')}"
    mark = bob.open("/settings").form("/settings").fields["mark"]
    bob.post(page, {**NOTHING, "mark": mark, "documents": "manage"})
    assert bob.status == 403
    for odd in ({"documents": "emperor"}, {"documents": ""}):
        alice.open(page).send(page, **odd)
        assert alice.status == 400
    alice.post(page, {"mark": alice.form(page).fields["mark"]})
    assert alice.status == 400
    assert alice.open(f"/groups/chess/rights/{number(front, 'eve')}").status == 404
    assert put(front, "bob") == 403

"""How groups end by the portal: left, handed over, deleted, restored (R58, S5, S32)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.office import Post
from tests.web.pages.in_groups import browsers, made, number, role


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    made(front, "chess", "alice", "bob", "carol")
    return front


def test_member_when_he_leaves_then_he_was_told_what_that_means(front: Any) -> None:
    (bob,) = browsers(front, "bob")
    bob.open("/groups/chess/leave")
    assert "You lose access to everything in the group at once" in bob.text
    bob.send("/groups/chess/leave")
    assert bob.path == "/groups?done=left"
    assert "You are not a member any more." in bob.text
    assert role(front, "bob") is None


def test_administrator_when_he_would_leave_then_he_hands_over_first(front: Any) -> None:
    """R58, S5: offered, read, accepted; then the former one can leave."""
    alice, bob, carol = browsers(front, "alice", "bob", "carol")
    alice.open("/groups/chess/leave")
    assert "hand the group over to another member first" in alice.text
    mark = alice.open("/groups/chess/delete").form("/groups/chess/delete").fields["mark"]
    alice.post("/groups/chess/leave", {"mark": mark})
    assert alice.status == 403
    alice.open("/groups/chess/hand-over").send("/groups/chess/hand-over", login="bob@example.test")
    assert "Offered to bob@example.test" in alice.text
    assert [subject for subject, _ in Post(front).letters(number(front, "bob"))] == [  # type: ignore[arg-type]
        "You can take over the group chess"
    ]
    assert carol.open("/groups/chess/take-over").status == 404
    assert "The group chess is offered to you." in bob.open("/").text
    bob.open("/groups/chess/take-over")
    assert "Everything in the group fits your plan." in bob.text
    bob.send("/groups/chess/take-over")
    assert "You are the administrator of the group now." in bob.text
    assert (role(front, "alice"), role(front, "bob")) == ("member", "administrator")
    alice.open("/groups/chess/leave").send("/groups/chess/leave")
    assert role(front, "alice") is None


def test_offer_when_refused_then_the_administrator_sees_it(front: Any) -> None:
    alice, bob = browsers(front, "alice", "bob")
    alice.open("/groups/chess/hand-over").send("/groups/chess/hand-over", login="bob@example.test")
    bob.open("/groups/chess/take-over").send("/groups/chess/refuse")
    assert bob.path == "/groups?done=refused"
    assert "The offer was declined." in alice.open("/groups/chess/hand-over").text
    assert role(front, "alice") == "administrator"


def test_group_when_deleted_then_its_name_was_typed_and_it_can_be_restored(front: Any) -> None:
    """S32."""
    alice, bob = browsers(front, "alice", "bob")
    alice.open("/groups/chess/delete")
    assert "for all its 3 members" in alice.text
    alice.send("/groups/chess/delete", name="ches")
    assert alice.status == 400
    assert role(front, "alice") == "administrator"
    alice.send("/groups/chess/delete", name="chess")
    assert bob.open("/groups/chess").status == 404
    mark = alice.form("/groups/chess/restore").fields["mark"]
    assert "Restore" not in bob.open("/groups").text
    bob.post("/groups/chess/restore", {"mark": bob.form("/groups").fields["mark"]})
    assert bob.status == 404
    alice.post("/groups/chess/restore", {"mark": mark})
    assert "The group is there again" in alice.text
    assert bob.open("/groups/chess").status == 200


def test_member_when_he_would_delete_or_hand_over_then_denied(front: Any) -> None:
    """R57."""
    (bob,) = browsers(front, "bob")
    mark = bob.open("/settings").form("/settings").fields["mark"]
    for path, typed in (("delete", {"name": "chess"}), ("hand-over", {"login": "bob@example.test"})):
        assert bob.open(f"/groups/chess/{path}").status == 403
        bob.post(f"/groups/chess/{path}", {"mark": mark, **typed})
        assert bob.status == 403
    for path in ("take-over", "refuse"):
        bob.post(f"/groups/chess/{path}", {"mark": mark})
        assert bob.status == 404
    assert role(front, "alice") == "administrator"

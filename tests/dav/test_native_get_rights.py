"""A right that ends while a file is being sent ends the sending (R15, R17)."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts.house import House
from coserver.auth.passwords import Hasher
from coserver.operator.desk import operate

BODY = bytes(range(256)) * 4000  # about a megabyte: several pieces


def begun(front: Any, path: str, who: str) -> Any:
    """A connection on which a download has begun; the rest waits until `front.pool.go_on()`."""
    line = front.connect()
    front.pool.stopped = True
    line.send(front.head("GET", path, who=who))
    while not line.transport.value():
        front.pool.waiting.pop(0)()
    return line


def _done(front: Any, verb: str, **args: str) -> None:
    front.pool.stopped = False
    operate(House(front.store, Hasher(1)), verb, args)


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_get_when_the_membership_ends_meanwhile_then_no_more_than_a_second_longer(
    fronts: Callable[..., Any], seconds: float
) -> None:
    front = fronts()
    front.put("/drive/Groups/team/f", BODY)
    line = begun(front, "/drive/Groups/team/f", "bob")
    _done(front, "group member remove", name="team", login="bob")
    front.clock.seconds += seconds
    front.pool.go_on()
    assert (len(line.raw()) > len(BODY)) is (seconds == 0.0)
    assert line.transport.disconnecting is (seconds > 0.0)


def test_get_when_a_share_is_taken_back_meanwhile_then_the_connection_is_cut(fronts: Callable[..., Any]) -> None:
    front = fronts()
    front.ask("MKCOL", "/drive/plans")
    front.put("/drive/plans/f", BODY)
    share = {"path": "/plans", "owner": "alice", "group": "team", "to": "bob"}
    _done(front, "share add", **share, preset="read")
    line = begun(front, "/drive/Shared/alice@example.test/plans/f", "bob")
    _done(front, "share remove", **share)
    front.clock.seconds += 1
    front.pool.go_on()
    assert len(line.raw()) < len(BODY)
    assert line.transport.disconnecting


def test_get_when_made_private_meanwhile_then_cut_for_those_who_inherited_only(fronts: Callable[..., Any]) -> None:
    front = fronts()
    front.put("/drive/Groups/team/f", BODY)
    line = begun(front, "/drive/Groups/team/f", "bob")
    _done(front, "item private", path="/Groups/team/f", owner="alice")
    front.clock.seconds += 1
    front.pool.go_on()
    assert len(line.raw()) < len(BODY)


def test_get_when_it_may_be_read_still_then_sent_whole_though_moved_or_gone(fronts: Callable[..., Any]) -> None:
    front = fronts()
    for deed in ("MOVE", "DELETE"):
        front.put("/drive/Groups/team/f", BODY)
        line = begun(front, "/drive/Groups/team/f", "bob")
        front.pool.stopped = False
        waiting, front.pool.waiting = front.pool.waiting, []
        assert front.ask(deed, "/drive/Groups/team/f", {"Destination": "/drive/Groups/team/g"}).status in (201, 204)
        front.clock.seconds += 1
        front.pool.waiting = waiting
        front.pool.go_on()
        assert len(line.raw()) > len(BODY)

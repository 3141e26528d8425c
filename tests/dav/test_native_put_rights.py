"""A right that ends while a file is being received: nothing of it is kept (R15, R17)."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts.house import House
from coserver.accounts.operator import operate
from coserver.auth.passwords import Hasher

BODY = b"x" * 300_000


def _half(front: Any, path: str, who: str) -> Any:
    line = front.connect()
    line.send(front.head("PUT", path, {"Content-Length": str(len(BODY))}, who=who) + BODY[:200_000])
    return line


def _done(front: Any, verb: str, **args: str) -> None:
    operate(House(front.store, Hasher(1)), verb, args)


def _ended(front: Any, line: Any) -> int:
    line.send(BODY[200_000:])
    status: int = line.answer().status
    assert front.spool() == []
    return status


@pytest.mark.parametrize(("preset", "status"), [("read", 403), ("edit", 201)])
def test_put_when_the_share_becomes_another_meanwhile_then_as_it_is_at_the_end(
    fronts: Callable[..., Any], preset: str, status: int
) -> None:
    front = fronts()
    front.ask("MKCOL", "/drive/plans")
    share = {"path": "/plans", "owner": "alice", "group": "team", "to": "bob"}
    _done(front, "share add", **share, preset="edit")
    line = _half(front, "/drive/Shared/alice@example.test/plans/f", "bob")
    _done(front, "share add", **share, preset=preset)
    assert _ended(front, line) == status
    assert front.ask("GET", "/drive/plans/f").status == (200 if status == 201 else 404)


@pytest.mark.parametrize("path", ["/drive/Groups/team/f", "/drive/Drop/alice@example.test/f"])
def test_put_when_the_membership_ends_meanwhile_then_404_and_nothing_is_kept(
    fronts: Callable[..., Any], path: str
) -> None:
    front = fronts()
    _done(front, "group rights", name="team", login="bob", tool="documents", preset="edit")
    line = _half(front, path, "bob")
    _done(front, "group member remove", name="team", login="bob")
    assert _ended(front, line) == 404
    assert front.ask("GET", "/drive/Groups/team/f").status == 404
    assert front.ask("GET", "/drive/Received/f").status == 404

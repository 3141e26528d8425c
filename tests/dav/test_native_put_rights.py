"""A right that ends while a file is being received: nothing of it is kept (R15, R17)."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts.house import House
from coserver.auth import standing
from coserver.auth.passwords import Hasher
from coserver.documents import dropping, paths
from coserver.model.rights import Privacy
from coserver.operator.desk import operate
from coserver.quota import usage

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


def _chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (*pieces, b"")).removesuffix(b"0\r\n\r\n")


@pytest.mark.parametrize("path", ["/drive/Drop/bob@example.test/f", "/drive/Drop/bob@example.test/there"])
def test_put_when_a_dropped_file_of_unknown_length_grows_too_large_then_507_and_no_figures(
    fronts: Callable[..., Any], monkeypatch: Any, path: str
) -> None:
    """(S11)"""
    front = fronts()
    assert front.put("/drive/Drop/bob@example.test/there", b"x").status == 201
    monkeypatch.setattr(dropping, "PART", 10**9 // 100_000)
    line = front.connect()
    line.send(front.head("PUT", path, chunked=True) + _chunks(b"x" * 60_000))
    assert line.raw() == b""
    line.send(_chunks(b"x" * 600_000))
    answer = line.answer()
    assert answer.status == 507
    assert dropping.FULL in answer.text
    assert front.spool() == []
    assert front.ask("GET", path).body in (b"x", b"There is no such folder or file.\n")


def test_put_when_a_shared_folder_is_full_then_its_owner_is_named_and_not_the_subscription(
    fronts: Callable[..., Any], monkeypatch: Any
) -> None:
    """(S14)"""
    front = fronts()
    front.ask("MKCOL", "/drive/plans")
    _done(front, "share add", path="/plans", owner="alice", group="team", to="bob", preset="edit")
    front.ask("PUT", "/drive/own", {}, b"x" * 20, who="bob")
    monkeypatch.setattr(usage, "limits", lambda _plan, _tool: (30, 3))
    folder = "/drive/Shared/alice@example.test/plans"
    for verb, path, headers in (
        ("PUT", f"{folder}/f", {}),
        ("COPY", "/drive/own", {"Destination": f"{folder}/f"}),
        ("MOVE", "/drive/own", {"Destination": f"{folder}/f"}),
    ):
        front.put("/drive/full", b"x" * 15)
        answer = front.ask(verb, path, headers, b"x" * 31 if verb == "PUT" else b"", who="bob")
        assert answer.status == 507
        assert "ask him to clear it up" in answer.text
    answer = front.put("/drive/Groups/team/f", b"x" * 31)
    assert "group team" in answer.text


@pytest.mark.parametrize("path", ["/drive/Shared/alice@example.test/pool/guess", "/drive/Groups/team/guess"])
def test_put_when_the_bytes_lie_elsewhere_in_the_space_of_others_then_no_etag_tells(
    fronts: Callable[..., Any], path: str
) -> None:
    """R13: equal bytes of one space are kept once, which who puts a guess there must not learn."""
    front = fronts()
    _done(front, "group rights", name="team", login="bob", tool="documents", preset="edit")
    for name in ("/drive/secret", "/drive/Groups/team/secret"):
        front.put(name, b"the secret")
    front.ask("MKCOL", "/drive/pool")
    _done(front, "share add", path="/pool", owner="alice", group="team", to="bob", preset="edit")
    told = [
        front.ask("PUT", path, {}, body, who="bob").headers["etag"] for body in (b"the secret", b"other", b"the secret")
    ]
    assert len(set(told)) == 3
    assert front.ask("GET", path, who="bob").headers["etag"] == told[-1]
    assert front.ask("PUT", path, {"If-Match": told[0]}, b"x", who="bob").status == 412
    assert front.ask("PUT", path, {"If-Match": told[-1]}, b"x", who="bob").status == 204


def test_proppatch_when_the_author_may_only_read_by_now_then_private_and_nothing_else(
    fronts: Callable[..., Any],
) -> None:
    """R13: in a group's space its author says whether a thing is private."""
    front = fronts()
    body = (
        '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><private xmlns="urn:coserver">T</private>{}</D:prop></D:set>'
        "</D:propertyupdate>"
    )
    _done(front, "group rights", name="team", login="bob", tool="documents", preset="contribute")
    assert front.ask("PUT", "/drive/Groups/team/f", {}, b"x", who="bob").status == 201
    _done(front, "group rights", name="team", login="bob", tool="documents", preset="nothing")
    more = body.format("<D:getlastmodified>Mon, 12 Oct 2026 08:00:00 GMT</D:getlastmodified>").encode()
    assert front.ask("PROPPATCH", "/drive/Groups/team/f", {}, more, who="bob").status == 403
    answer = front.ask("PROPPATCH", "/drive/Groups/team/f", {}, body.format("").encode(), who="bob")
    assert answer.status == 207
    assert " 200 OK" in answer.text
    assert front.ask("GET", "/drive/Groups/team/f", who="bob").status == 200
    with front.store.read() as tx:
        names = ("Groups", "team", "f")
        assert paths.wanted(tx, standing.find(tx, "bob").account, names).item.privacy is Privacy.PRIVATE

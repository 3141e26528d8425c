"""PUT: refused before the body, streamed, and never half of it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from coserver.auth import standing
from coserver.model.space import Tool
from coserver.quota import reservations, usage
from coserver.store import spaces

MEGABYTE = 1_000_000


def test_put_when_new_or_not_then_201_or_204_with_a_strong_etag(front: Any) -> None:
    first = front.put("/drive/f", b"one")
    assert (first.status, first.headers["etag"]) == (201, front.ask("HEAD", "/drive/f").headers["etag"])
    second = front.put("/drive/f", b"two")
    assert second.status == 204
    assert second.headers["etag"] != first.headers["etag"]
    assert front.put("/drive/f", b"one").headers["etag"].startswith('"')


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/drive/none/f", {}, 409),
        ("/drive/folder", {}, 405),
        ("/drive/folder/", {}, 405),
        ("/drive/", {}, 405),
        ("/drive/f", {"If-Match": '"none"'}, 412),
        ("/drive/new", {"If-Match": "*"}, 412),
        ("/drive/f", {"If-None-Match": "*"}, 412),
        ("/drive/f", {"If": "(<urn:none>)"}, 412),
        ("/drive/f", {"If": '<http://house.test/drive/f> (["none"])'}, 412),
        ("/drive/f", {"If": "junk"}, 400),
        ("/drive/f", {"Content-Range": "bytes 0-4/10"}, 400),
        ("/drive/f", {"Content-Encoding": "gzip"}, 400),
        ("/drive/f", {"X-OC-Mtime": "yesterday"}, 400),
        ("/drive/f", {"X-Expected-Entity-Length": "many"}, 400),
        ("/drive/Shared", {}, 403),
        ("/drive/%zz", {}, 400),
        ("/drive/f", {"Content-Length": "1100000000"}, 507),
    ],
)
def test_put_when_it_cannot_be_then_refused_before_the_first_byte(
    front: Any, path: str, headers: dict[str, str], status: int
) -> None:
    front.ask("MKCOL", "/drive/folder")
    front.put("/drive/f", b"old")
    line = front.connect()
    told = {"Content-Length": "5", "Expect": "100-continue", **headers}
    if "X-Expected-Entity-Length" in headers:
        del told["Content-Length"]
    line.send(front.head("PUT", path, told, chunked="Content-Length" not in told))
    answer = line.answer()
    assert answer.status == status if path != "/drive/" else answer.status in (403, 405)
    assert "continued" not in answer.headers
    assert front.ask("GET", "/drive/f").body == b"old"


def test_put_when_announced_by_finder_and_too_large_then_507_before_the_first_byte(front: Any) -> None:
    line = front.connect()
    told = {"X-Expected-Entity-Length": "2000000"}
    line.send(front.head("PUT", "/drive/f", told, who="eve", chunked=True))
    answer = line.answer()
    assert answer.status == 507
    assert "quota-not-exceeded" in answer.text


def test_put_when_larger_than_the_configuration_allows_then_413(fronts: Callable[..., Any]) -> None:
    front = fronts(max_file_bytes=10)
    assert front.put("/drive/f", b"x" * 11).status == 413
    assert front.put("/drive/f", b"x" * 10).status == 201


def test_put_when_chunked_and_the_room_passes_then_507_on_the_way_and_no_spool(front: Any) -> None:
    front.ask("PUT", "/drive/f", {}, b"old", who="eve")
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", who="eve", chunked=True))
    for _ in range(11):
        line.send(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")
    answer = line.answer()
    assert (answer.status, answer.headers["connection"]) == (507, "close")
    assert front.spool() == []
    assert front.ask("GET", "/drive/f", who="eve").body == b"old"


def test_put_when_it_replaces_then_the_old_size_counts_as_room(front: Any) -> None:
    assert front.ask("PUT", "/drive/f", {}, b"x" * 900_000, who="eve").status == 201
    assert front.ask("PUT", "/drive/f", {}, b"y" * 950_000, who="eve").status == 204
    assert front.ask("PUT", "/drive/g", {}, b"z" * 60_000, who="eve").status == 507


def test_put_when_two_fill_the_room_at_once_then_one_gets_507_and_the_sum_fits(front: Any) -> None:
    lines = [front.connect(), front.connect()]
    for number, line in enumerate(lines):
        line.send(front.head("PUT", f"/drive/f{number}", {"Content-Length": "600000"}, who="eve"))
    for line in lines:
        line.send(b"x" * 600_000)
    assert sorted(line.answer().status for line in lines) == [201, 507]
    assert front.spool() == []


def test_put_when_broken_off_then_the_old_content_stays_and_no_spool(front: Any) -> None:
    front.put("/drive/f", b"old")
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": str(5 * MEGABYTE)}))
    for _ in range(4):
        line.send(b"x" * MEGABYTE)
    assert len(front.spool()) == 1
    line.channel.connectionLost(Failure(ConnectionLost()))
    assert front.spool() == []
    assert front.ask("GET", "/drive/f").body == b"old"


def test_put_when_large_then_streamed_whole(front: Any) -> None:
    body = bytes(range(256)) * 40_000
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": str(len(body))}))
    for start in range(0, len(body), 50_000):
        line.send(body[start : start + 50_000])
    assert line.answer().status == 201
    assert front.spool() == []
    fetched = front.ask("GET", "/drive/f")
    assert fetched.body == body


def test_put_when_threads_are_slow_then_the_client_is_not_read_until_they_catch_up(front: Any) -> None:
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": str(8 * MEGABYTE)}))
    front.pool.stopped = True
    for _ in range(6):  # one is with the thread, the others wait
        assert not line.paused
        line.send(b"x" * MEGABYTE)
    assert line.paused
    front.pool.go_on()
    assert not line.paused
    line.send(b"x" * (2 * MEGABYTE))
    assert line.answer().status == 201
    assert front.ask("HEAD", "/drive/f").headers["content-length"] == str(8 * MEGABYTE)


def test_put_when_broken_off_while_a_thread_writes_then_nothing_is_left(front: Any) -> None:
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": str(6 * MEGABYTE)}))
    front.pool.stopped = True
    line.send(b"x" * MEGABYTE)
    line.channel.connectionLost(Failure(ConnectionLost()))
    front.pool.go_on()
    assert front.spool() == []


@pytest.mark.parametrize("steps", range(5))
def test_put_when_the_client_leaves_at_any_step_then_all_or_nothing_and_no_fault(
    front: Any, caplog: Any, steps: int
) -> None:
    body = b"x" * MEGABYTE
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": str(MEGABYTE)}))
    front.pool.stopped = True
    line.send(body)
    for _ in range(steps):  # write, write, finish, keep
        if front.pool.waiting:
            front.pool.waiting.pop(0)()
    line.channel.connectionLost(Failure(ConnectionLost()))
    front.pool.go_on()
    assert front.spool() == []
    assert front.ask("GET", "/drive/f").body in (body, b"There is no such folder or file.\n")
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def test_put_when_the_disk_is_full_then_507_and_the_old_content_stays(front: Any, monkeypatch: Any) -> None:
    from coserver.store import files  # noqa: PLC0415

    def full(_descriptor: int, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    front.put("/drive/f", b"old")
    monkeypatch.setattr(files, "write_all", full)
    answer = front.put("/drive/f", b"x" * MEGABYTE)
    assert answer.status == 507
    assert front.ask("GET", "/drive/f").body == b"old"


def test_put_when_unexpected_fault_then_500_with_a_number_and_nothing_inside(front: Any, monkeypatch: Any) -> None:
    from coserver.dav import native_put  # noqa: PLC0415

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(native_put, "admit", broken)
    answer = front.put("/drive/f", b"x")
    assert answer.status == 500
    assert "secret" not in answer.text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 400), max_size=12), st.binary(max_size=600))
def test_put_when_cut_anywhere_then_the_same_answers(front: Any, cuts: list[int], body: bytes) -> None:
    """A PUT, a chunked PUT, a refused one and a GET on one connection, in pieces of any length."""
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:200], body[200:]) if part) + b"0\r\n\r\n"
    stream = b"".join(
        [
            front.head("PUT", "/drive/f", {"Content-Length": str(len(body))}) + body,
            front.head("PUT", "/drive/g", chunked=True) + chunked,
            front.head("PUT", "/drive/none/x", {"Content-Length": str(len(body))}) + body,
            front.head("GET", "/drive/g"),
        ]
    )
    line = front.connect()
    position = 0
    for length in [*cuts, len(stream)]:
        line.send(stream[position : position + length])
        position += length
    statuses = [int(answer[:3]) for answer in line.raw().split(b"HTTP/1.1 ")[1:]]
    assert [statuses[0] in (201, 204), statuses[1] in (201, 204), *statuses[2:]] == [True, True, 409, 200]
    for name in ("f", "g"):
        assert front.ask("GET", f"/drive/{name}").body == body


def _figures(front: Any, who: str) -> tuple[int, int]:
    """Bytes used and bytes reserved in somebody's documents."""
    with front.store.read() as tx:
        account = standing.find(tx, who)
        assert account is not None
        held = usage.room(tx, spaces.of(tx, account.account).id, Tool.DOCUMENTS)
    return held.bytes, held.reserved


def test_put_when_another_is_on_its_way_then_the_second_is_refused_before_its_body(front: Any) -> None:
    """S13: the room of an upload is held from its headers on."""
    first, second = front.connect(), front.connect()
    first.send(front.head("PUT", "/drive/f", {"Content-Length": "600000"}, who="eve"))
    assert _figures(front, "eve") == (0, 600_000)
    second.send(front.head("PUT", "/drive/g", {"Content-Length": "600000", "Expect": "100-continue"}, who="eve"))
    refused = second.answer()
    assert refused.status == 507
    assert "continued" not in refused.headers
    first.send(b"x" * 600_000)
    assert first.answer().status == 201
    assert _figures(front, "eve") == (600_000, 0)


@pytest.mark.parametrize("chunked", [True, False])
def test_put_when_broken_off_then_the_room_is_free_at_once(front: Any, chunked: bool) -> None:
    """S13."""
    line = front.connect()
    told = {} if chunked else {"Content-Length": "900000"}
    line.send(front.head("PUT", "/drive/f", told, who="eve", chunked=chunked))
    line.send(b"186a0\r\n" + b"x" * 100_000 + b"\r\n" if chunked else b"x" * 100_000)
    assert _figures(front, "eve") == (0, 1_000_000 if chunked else 900_000)
    line.channel.connectionLost(Failure(ConnectionLost()))
    assert _figures(front, "eve") == (0, 0)


def test_put_when_refused_at_its_end_then_the_room_is_free(front: Any) -> None:
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": "900000", "If-None-Match": "*"}, who="eve"))
    assert front.ask("PUT", "/drive/f", {}, b"sooner", who="eve").status == 201
    line.send(b"x" * 900_000)
    assert line.answer().status == 412
    assert _figures(front, "eve") == (6, 0)


def test_put_when_chunked_then_grows_by_8_mebibytes_and_is_charged_what_came(front: Any) -> None:
    """S13: a body of unknown length."""
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", chunked=True))
    step = reservations.STEP
    assert _figures(front, "alice") == (0, step)
    piece = b"%x\r\n" % MEGABYTE + b"x" * MEGABYTE + b"\r\n"
    for _ in range(9):
        line.send(piece)
    assert _figures(front, "alice") == (0, 2 * step)
    line.send(b"0\r\n\r\n")
    assert line.answer().status == 201
    assert _figures(front, "alice") == (9 * MEGABYTE, 0)


def test_put_when_slow_then_the_room_is_held_as_long_as_bytes_come(front: Any) -> None:
    line = front.connect()
    line.send(front.head("PUT", "/drive/f", {"Content-Length": "900000"}, who="eve"))
    for _ in range(4):
        front.clock.seconds += 1_800
        line.send(b"x" * 200_000)
        assert _figures(front, "eve") == (0, 900_000)
    front.clock.seconds += 3_700
    assert _figures(front, "eve") == (0, 0)
    line.send(b"x" * 100_000)
    assert line.answer().status == 201
    assert _figures(front, "eve") == (900_000, 0)

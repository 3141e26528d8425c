"""GET and HEAD: validators, ranges, and no more than the client takes."""

from typing import Any

import pytest
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

BODY = bytes(range(256)) * 4000  # about a megabyte


def test_get_when_file_then_bytes_type_and_validators(front: Any) -> None:
    front.put("/drive/page.html", b"<script>")
    answer = front.ask("GET", "/drive/page.html")
    assert (answer.status, answer.body) == (200, b"<script>")
    assert answer.headers["content-type"] == "text/html"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["last-modified"] == "Fri, 15 Jan 2027 08:00:00 GMT"


def test_head_when_file_then_the_length_and_no_body(front: Any) -> None:
    front.put("/drive/f", BODY)
    answer = front.ask("HEAD", "/drive/f")
    assert (answer.status, answer.headers["content-length"]) == (200, str(len(BODY)))


@pytest.mark.parametrize("verb", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/drive", "/drive/", "/drive/folder", "/drive/folder/", "/drive/Groups"])
def test_get_when_folder_then_200(front: Any, path: str, verb: str) -> None:
    front.ask("MKCOL", "/drive/folder")
    assert front.ask(verb, path).status == 200


def test_get_when_missing_then_404(front: Any) -> None:
    front.put("/drive/f")
    for path in ("/drive/none", "/drive/none/f", "/drive/f/", "/drive/f/g", "/drive/Shared/x", "/drive/Groups/none"):
        assert front.ask("GET", path).status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Modified-Since": "Fri, 15 Jan 2027 08:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Fri, 15 Jan 2027 07:59:59 GMT"}, 200),
        ({"If-None-Match": "ETAG"}, 304),
        ({"If-None-Match": "W/ETAG"}, 304),
        ({"If-None-Match": "ETAG", "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304),
        ({"If-None-Match": '"none"', "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200),
        ({"If-None-Match": "*"}, 304),
        ({"If-Match": "ETAG"}, 200),
        ({"If-Match": '"none"'}, 412),
        ({"If-Unmodified-Since": "Fri, 15 Jan 2027 07:59:59 GMT"}, 412),
        ({"If": "([ETAG])"}, 200),
        ({"If": '(["none"])'}, 412),
    ],
)
def test_get_when_conditional_then_as_rfc_9110_says(front: Any, headers: dict[str, str], status: int) -> None:
    etag = front.put("/drive/f").headers["etag"]
    answer = front.ask("GET", "/drive/f", {name: value.replace("ETAG", etag) for name, value in headers.items()})
    assert answer.status == status
    if status == 304:
        assert answer.headers["etag"] == etag


def test_get_when_one_range_then_206(front: Any) -> None:
    front.put("/drive/f", BODY)
    answer = front.ask("GET", "/drive/f", {"Range": "bytes=1000-400999"})
    assert (answer.status, answer.body) == (206, BODY[1000:401_000])
    assert answer.headers["content-range"] == f"bytes 1000-400999/{len(BODY)}"


def test_get_when_many_ranges_then_multipart(front: Any) -> None:
    front.put("/drive/f", BODY)
    answer = front.ask("GET", "/drive/f", {"Range": "bytes=0-1,-2"})
    assert answer.status == 206
    boundary = answer.headers["content-type"].partition("boundary=")[2]
    parts = answer.body.split(f"\r\n--{boundary}".encode())
    assert parts[0] == b""
    assert parts[1].endswith(b"\r\n\r\n\x00\x01")
    assert f"Content-Range: bytes 0-1/{len(BODY)}".encode() in parts[1]
    assert parts[2].endswith(b"\r\n\r\n\xfe\xff")
    assert parts[3] == b"--\r\n"


def test_get_when_range_is_outside_then_416_with_the_size(front: Any) -> None:
    front.put("/drive/f", b"12345")
    answer = front.ask("GET", "/drive/f", {"Range": "bytes=5-"})
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */5")


def test_get_when_if_range_is_old_then_the_whole_file(front: Any) -> None:
    etag = front.put("/drive/f", b"12345").headers["etag"]
    assert front.ask("GET", "/drive/f", {"Range": "bytes=0-0", "If-Range": etag}).body == b"1"
    assert front.ask("GET", "/drive/f", {"Range": "bytes=0-0", "If-Range": '"old"'}).body == b"12345"


def test_get_when_the_client_stalls_then_nothing_more_is_read_and_it_is_cut_off_in_time(front: Any) -> None:
    front.put("/drive/f", BODY)
    line = front.connect()
    front.pool.stopped = True
    line.send(front.head("GET", "/drive/f"))
    while not line.transport.value():
        front.pool.waiting.pop(0)()
    line.transport.producer.pauseProducing()
    front.pool.go_on()
    held = len(line.transport.value())
    assert held < 600_000
    line.transport.producer.resumeProducing()
    assert len(line.transport.value()) > len(BODY)


def test_get_when_the_client_never_reads_on_then_the_connection_is_aborted(front: Any) -> None:
    front.put("/drive/f", BODY)
    line = front.connect()
    front.pool.stopped = True
    line.send(front.head("GET", "/drive/f"))
    while not line.transport.value():
        front.pool.waiting.pop(0)()
    line.transport.producer.pauseProducing()
    front.reactor.advance(front.kit.config.dav.idle_seconds + 1)
    assert line.transport.disconnected or line.transport.disconnecting


def test_get_when_the_client_goes_away_then_no_more_is_read(front: Any) -> None:
    front.put("/drive/f", BODY)
    line = front.connect()
    front.pool.stopped = True
    line.send(front.head("GET", "/drive/f"))
    while not line.transport.value():
        front.pool.waiting.pop(0)()
    held = len(line.transport.value())
    line.channel.connectionLost(Failure(ConnectionLost()))
    front.pool.go_on()
    assert front.pool.waiting == []
    assert len(line.transport.value()) == held


def test_get_when_the_file_is_removed_meanwhile_then_it_is_still_sent_whole(front: Any) -> None:
    front.put("/drive/f", BODY)
    line = front.connect()
    front.pool.stopped = True
    line.send(front.head("GET", "/drive/f"))
    while not line.transport.value():
        front.pool.waiting.pop(0)()
    front.pool.stopped = False
    waiting, front.pool.waiting = front.pool.waiting, []
    assert front.ask("DELETE", "/drive/f").status == 204
    for deed in waiting:
        deed()
    assert line.answer().body == BODY

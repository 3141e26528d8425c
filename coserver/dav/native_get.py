"""GET and HEAD on the drive: validators, ranges and bytes, in pieces of 256 KB.

Invariants: one look at the store decides everything; what is sent afterwards comes from a handle that
stays readable whatever happens to the file meanwhile; no more than one piece is in memory. What lies on
no drive of one's own is sent only as long as it may be read: the connection ends within a second (R17).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from secrets import token_hex

from coserver.dav import demands, live, ranges, replies
from coserver.dav.asked import Asked
from coserver.dav.conditions import Conditions, Verdict, parse
from coserver.dav.ranges import Part, Unsatisfiable
from coserver.dav.replies import Reply
from coserver.documents import files, folders
from coserver.documents.paths import Names, Spot
from coserver.model.errors import Missing, Stale
from coserver.model.ids import PrincipalId
from coserver.store.blobs import Bytes
from coserver.store.engine import Store
from coserver.store.tx import Tx

PIECE = 262_144
_AT_ONCE = 65_536  # a file up to here is read in the same look
_LISTED = 1000  # names shown of a folder
_LOOKS = 0.5  # seconds between two looks whether what is being sent may still be read


def _no_watch() -> None:
    """It lies on one's own drive."""


class Watch:
    """Looks now and then whether a file that is being sent may be read still."""

    def __init__(self, store: Store, account: PrincipalId, spot: Spot) -> None:
        self._store = store
        self._account = account
        self._spot = spot
        self._next = store.clock.monotonic() + _LOOKS

    def __call__(self) -> None:
        """Raises Missing when it may not."""
        now = self._store.clock.monotonic()
        if now >= self._next:
            self._next = now + _LOOKS
            with self._store.read() as tx:
                files.need_still(tx, self._account, self._spot)


@dataclass(frozen=True, slots=True)
class Download:
    """An answer whose body is read as it is sent: `length` bytes, pieces of `source` and text between them.

    `watch` is called before each piece, and raises Missing when nothing more may be sent.
    """

    reply: Reply
    length: int
    source: Bytes
    plan: tuple[Part | bytes, ...]
    watch: Callable[[], None] = _no_watch

    def pieces(self) -> Iterator[bytes]:
        """The body, piece by piece; blocking reads."""
        for step in self.plan:
            if isinstance(step, bytes):
                yield step
                continue
            position = step.start
            while position < step.end:
                self.watch()
                data = self.source.read(position, min(PIECE, step.end - position))
                if not data:
                    raise Missing("The file ended early.")
                position += len(data)
                yield data


def look(store: Store, asked: Asked, names: Names) -> Reply | Download:
    """The answer to a GET or HEAD; blocking, on a pool thread.

    Raises:
        Missing, Malformed, Stale.
    """
    found = parse(asked.header)
    with store.read() as tx:
        spot, source = files.open_(tx, asked.who.account, names)
        if source is None or spot.item is None:
            return _listing(tx, asked, spot)
        if asked.path.endswith("/"):
            raise Missing("There is no such folder; a file has this name.")
        outcome = Verdict.GO if found == Conditions() else demands.verdict(tx, asked, spot, found)
    if outcome is Verdict.FAILED:
        raise Stale("The file changed since you last looked, or a condition of the request does not hold.")
    validators = (
        ("ETag", demands.etag(spot)),
        ("Last-Modified", live.http_date(live.modified(spot))),
        ("Accept-Ranges", "bytes"),
        ("Cache-Control", "private, no-cache"),
    )
    if outcome is Verdict.NOT_MODIFIED:
        return Reply(304, validators)
    # what people keep here must not run in the name of this server when a browser opens it
    safe = (("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "sandbox; default-src 'none'"))
    content = _content(asked, spot, source, (*validators, *safe))
    if isinstance(content, Reply) or not spot.top:
        return content
    return replace(content, watch=Watch(store, asked.who.account, spot))


def _content(asked: Asked, spot: Spot, source: Bytes, headers: tuple[tuple[str, str], ...]) -> Reply | Download:
    kind = live.content_type(spot.name)
    fits = spot.item is not None and ranges.still_fits(asked.header("If-Range"), demands.etag(spot), spot.item.stamp)
    try:
        wanted = ranges.parts(asked.header("Range"), source.size) if fits else None
    except Unsatisfiable:
        said = (*headers, ("Content-Range", f"bytes */{source.size}"), ("Content-Type", replies.TEXT))
        return Reply(416, said, b"The file is shorter than the range asked for.\n")
    if wanted is None:
        head = (*headers, ("Content-Type", kind))
        if source.size <= _AT_ONCE:
            return Reply(200, head, source.read(0, source.size))
        return Download(Reply(200, head), source.size, source, (Part(0, source.size),))
    if len(wanted) == 1:
        head = (*headers, ("Content-Type", kind), ("Content-Range", wanted[0].of(source.size)))
        return Download(Reply(206, head), wanted[0].length, source, (wanted[0],))
    return _multipart(wanted, kind, source, headers)


def _multipart(
    wanted: list[Part], kind: str, source: Bytes, headers: tuple[tuple[str, str], ...]
) -> Download:  # RFC 9110 14.6
    boundary = token_hex(16)
    plan: list[Part | bytes] = []
    for part in wanted:
        head = f"\r\n--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: {part.of(source.size)}\r\n\r\n"
        plan += [head.encode(), part]
    plan.append(f"\r\n--{boundary}--\r\n".encode())
    length = sum(len(step) if isinstance(step, bytes) else step.length for step in plan)
    said = (*headers, ("Content-Type", f"multipart/byteranges; boundary={boundary}"))
    return Download(Reply(206, said), length, source, tuple(plan))


def _listing(tx: Tx, asked: Asked, spot: Spot) -> Reply:
    """A folder for people with a browser, and 200 for clients that only want to know that it is there."""
    found = folders.members(tx, asked.who.account, spot)
    lines = [f"{one.name}/" if one.is_folder else one.name for one in found[:_LISTED]]
    if len(found) > _LISTED:
        lines.append(f"... and {len(found) - _LISTED} more")
    text = "".join(f"{line}\n" for line in lines) or "This folder is empty.\n"
    return Reply(200, (("Content-Type", replies.TEXT), ("Cache-Control", "private, no-cache")), text.encode())

"""GET and HEAD on the drive: validators, ranges and bytes.

Invariant: one look at the store decides everything; see `coserver.net.sending` for what is sent afterwards.
"""

from dataclasses import replace
from secrets import token_hex

from coserver.dav import demands, live, ranges
from coserver.dav.asked import Asked
from coserver.dav.conditions import Conditions, Verdict, parse
from coserver.dav.ranges import Part, Unsatisfiable
from coserver.documents import files, folders
from coserver.documents.paths import Names, Spot
from coserver.model.errors import Missing, Stale
from coserver.net.http.replies import TEXT, Reply
from coserver.net.sending import Download, Watch
from coserver.store.blobs import Bytes
from coserver.store.engine import Store
from coserver.store.tx import Tx

_AT_ONCE = 65_536  # a file up to here is read in the same look
_LISTED = 1000  # names shown of a folder


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
    return replace(content, watch=Watch(store, lambda tx: files.need_still(tx, asked.who.account, spot)))


def _content(asked: Asked, spot: Spot, source: Bytes, headers: tuple[tuple[str, str], ...]) -> Reply | Download:
    kind = live.content_type(spot.name)
    fits = spot.item is not None and ranges.still_fits(asked.header("If-Range"), demands.etag(spot), spot.item.stamp)
    try:
        wanted = ranges.parts(asked.header("Range"), source.size) if fits else None
    except Unsatisfiable:
        said = (*headers, ("Content-Range", f"bytes */{source.size}"), ("Content-Type", TEXT))
        return Reply(416, said, b"The file is shorter than the range asked for.\n")
    if wanted is None:
        head = (*headers, ("Content-Type", kind))
        if source.size <= _AT_ONCE:
            return Reply(200, head, source.read(0, source.size))
        return Download(Reply(200, head), source.size, source, (range(source.size),))
    if len(wanted) == 1:
        head = (*headers, ("Content-Type", kind), ("Content-Range", wanted[0].of(source.size)))
        return Download(Reply(206, head), wanted[0].length, source, (range(wanted[0].start, wanted[0].end),))
    return _multipart(wanted, kind, source, headers)


def _multipart(
    wanted: list[Part], kind: str, source: Bytes, headers: tuple[tuple[str, str], ...]
) -> Download:  # RFC 9110 14.6
    boundary = token_hex(16)
    plan: list[range | bytes] = []
    for part in wanted:
        head = f"\r\n--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: {part.of(source.size)}\r\n\r\n"
        plan += [head.encode(), range(part.start, part.end)]
    plan.append(f"\r\n--{boundary}--\r\n".encode())
    length = sum(map(len, plan))
    said = (*headers, ("Content-Type", f"multipart/byteranges; boundary={boundary}"))
    return Download(Reply(206, said), length, source, tuple(plan))


def _listing(tx: Tx, asked: Asked, spot: Spot) -> Reply:
    """A folder for people with a browser, and 200 for clients that only want to know that it is there."""
    found = folders.members(tx, asked.who.account, spot)
    lines = [f"{one.name}/" if one.is_folder else one.name for one in found[:_LISTED]]
    if len(found) > _LISTED:
        lines.append(f"... and {len(found) - _LISTED} more")
    text = "".join(f"{line}\n" for line in lines) or "This folder is empty.\n"
    return Reply(200, (("Content-Type", TEXT), ("Cache-Control", "private, no-cache")), text.encode())

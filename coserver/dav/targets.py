"""Paths in requests: from the request line, the Destination header and tags of an If header.

Invariants: the text is split before it is decoded, so that `%3B`, `%3F`, `%23` and `%25` in a name
stay part of the name; `%2F` is refused; the answer is the names below the drive, in one form.
"""

import re
from urllib.parse import quote, unquote_to_bytes

from coserver.documents.paths import Names, checked
from coserver.model.errors import HouseError, Malformed

DRIVE = "/drive"

_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/]*)(/.*|)\Z", re.DOTALL)
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLAIN_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)+")  # RFC 3986 3.3
_SAFE = "!*'(),$-_.@:=~"  # left as they are in answers: some clients compare the text (RFC 3986 3.3)


class Elsewhere(HouseError):
    """The target is on another server, or outside the drive (RFC 4918 9.8.5: 502)."""


def names_of(path: str) -> Names:
    """The names below the drive of the path of a request, which starts with `/drive`.

    Raises:
        Malformed: the path cannot be decoded or has names that may not be.
        Elsewhere: it is not on the drive.
    """
    inside = _below_drive(path)
    found = []
    for part in inside.split("/"):
        if part:
            found.append(_decoded(part))
    return checked(found)


def path_of(target: str) -> str:
    """The path of a request line, still encoded: without scheme, host and query (RFC 9112 3.2)."""
    absolute = _ABSOLUTE.match(target)
    path = (absolute.group(3) or "/") if absolute else target
    return path.partition("?")[0]


def destination(header: str, host: str) -> Names:
    """The names below the drive of a Destination header (RFC 4918 10.3): absolute, or from the root on.

    `host` is the Host of the request; a destination on another host is elsewhere. The scheme may
    differ: TLS may end before this process.

    Raises:
        Malformed, Elsewhere.
    """
    text = header.strip()
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
    absolute = _ABSOLUTE.match(text)
    if absolute:
        scheme, authority, text = absolute.groups()
        if scheme.lower() not in ("http", "https") or not _same_host(authority, host):
            raise Elsewhere("The destination is on another server.")
    elif not text.startswith("/"):
        raise Malformed("The Destination header must hold a URL or a path that starts with '/'.")
    if "?" in text:
        raise Malformed("A '?' in the Destination must be written as %3F.")
    return names_of(text or "/")


def tagged(reference: str, host: str) -> Names | None:
    """The names that a tag of an If header leads to; None when that is not a place on this drive."""
    try:
        return destination(reference, host)
    except (Malformed, Elsewhere):
        return None


def href(names: Names, *, folder: bool) -> str:
    """The path of a place as answers show it; folders end with a slash (RFC 4918 5.2, 8.3)."""
    encoded = "".join("/" + quote(name, safe=_SAFE) for name in names)
    return f"{DRIVE}{encoded}/" if folder else f"{DRIVE}{encoded}"


def echoed(path: str, names: Names) -> str:
    """The path of a place as its own request wrote it, without a slash at its end; `names` is where it led.

    Clients compare the text of answers with what they asked for, and write '@' as it is or as %40.
    Where the text is no clean path it is written as `href` does.
    """
    text = path.rstrip("/")
    clean = _PLAIN_PATH.fullmatch(text) and text.count("/") == len(names) + 1
    return text if clean else href(names, folder=False)


def below(path: str, name: str) -> str:
    """The path of a name in the folder that has this path."""
    return f"{path}/{quote(name, safe=_SAFE)}"


def _below_drive(path: str) -> str:
    if path != DRIVE and not path.startswith(DRIVE + "/"):
        raise Elsewhere("This is outside the drive.")
    return path[len(DRIVE) :]


def _decoded(part: str) -> str:
    if _BROKEN.search(part):
        raise Malformed("A '%' in the path is not followed by two hexadecimal digits; write it as %25.")
    try:
        return unquote_to_bytes(part.encode("latin-1")).decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise Malformed("The path is not UTF-8.") from error


def _same_host(authority: str, host: str) -> bool:
    """Whether two authorities name the same server, user part and the usual ports aside."""
    return _plain(authority) == _plain(host)


def _plain(authority: str) -> str:
    bare = authority.rpartition("@")[2].strip().lower()
    return re.sub(r":(80|443|)\Z", "", bare)

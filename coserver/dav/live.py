"""The properties of files and folders as XML (RFC 4918 15, RFC 4331), for PROPFIND and LOCK.

Invariants: built as text, one piece an entry; values are escaped here and nowhere else. The value of
getetag is the ETag header, quotes included.
"""

import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from time import gmtime, strftime
from xml.sax.saxutils import escape

from coserver.dav import privileges
from coserver.dav.demands import etag
from coserver.dav.targets import href
from coserver.documents.locks import Lock, Reach
from coserver.documents.paths import Names, Spot
from coserver.model.plan import Usage
from coserver.model.rights import Privacy, Right

HOUSE = "{urn:coserver}"
SENDER = f"{HOUSE}sender"  # the login of who dropped the file (S12)
PRIVATE = f"{HOUSE}private"  # T: withheld from those who only inherit rights on the file (R13); F: not
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SUPPORTED_LOCKS = "".join(
    f"<D:lockentry><D:lockscope><D:{scope}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>"
    for scope in ("exclusive", "shared")
)
_TYPES = mimetypes.MimeTypes()  # the table of Python itself, whatever the machine has


@dataclass(frozen=True, slots=True)
class Entry:
    """A place with what else its properties tell.

    `room` is set where the quota was asked for, `held` where privileges were, `acl` (the inside of the property)
    where that was and may be told; `login` is who asks.
    """

    spot: Spot
    locks: Sequence[tuple[Lock, Names]] = ()
    dead: Mapping[str, str] = field(default_factory=dict)
    room: Usage | None = None
    now: int = 0
    sender: str = ""
    acl: str | None = None
    held: Right = Right.NOTHING
    login: str = ""


def content_type(name: str) -> str:
    """The media type a file name tells; text is taken as UTF-8 by whoever reads it, so none is said."""
    return _type_of(name.rpartition(".")[2].lower()) if "." in name else "application/octet-stream"


@lru_cache(maxsize=500)
def _type_of(extension: str) -> str:
    return _TYPES.types_map[True].get(f".{extension}", "application/octet-stream")


@lru_cache(maxsize=2000)
def http_date(seconds: int) -> str:
    """A moment as HTTP writes it (RFC 9110 5.6.7), whatever the locale."""
    at = gmtime(seconds)
    return (
        f"{DAYS[at.tm_wday]}, {at.tm_mday:02} {MONTHS[at.tm_mon - 1]} {at.tm_year:04} "
        f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} GMT"
    )


def modified(spot: Spot) -> int:
    """When a place was last modified, in seconds since 1970."""
    if spot.item is not None:
        return spot.item.stamp // 1000
    return spot.folder.created // 1000 if spot.folder else 0


def discovery(locks: Sequence[tuple[Lock, Names]], now: int) -> str:
    """The inside of lockdiscovery (RFC 4918 15.8); each lock with the path it was put on."""
    return "".join(_active(lock, names, now) for lock, names in locks)


def _active(lock: Lock, names: Names, now: int) -> str:
    left = max(0, lock.expires - now) // 1000
    return (
        f"<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:{lock.scope}/></D:lockscope>"
        f"<D:depth>{lock.depth}</D:depth>{lock.owner}<D:timeout>Second-{left}</D:timeout>"
        f"<D:locktoken><D:href>{escape(lock.token)}</D:href></D:locktoken>"
        f"<D:lockroot><D:href>{escape(href(names, folder=lock.collection is not None))}</D:href></D:lockroot>"
        "</D:activelock>"
    )


def _resource_type(entry: Entry) -> str:
    return "<D:collection/>" if entry.spot.is_folder else ""


def _creation(entry: Entry) -> str | None:
    folder, item = entry.spot.folder, entry.spot.item
    made = folder.created if folder else item.stamp if item else None
    return None if made is None else strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(made // 1000))


def _length(entry: Entry) -> str | None:
    return str(entry.spot.item.size) if entry.spot.item else None


def _type(entry: Entry) -> str | None:
    return content_type(entry.spot.name) if entry.spot.item else None


def _etag(entry: Entry) -> str | None:
    return etag(entry.spot) if entry.spot.item else None


def _modified(entry: Entry) -> str | None:
    return None if entry.spot.virtual else http_date(modified(entry.spot))


def _private(entry: Entry) -> str | None:
    item = entry.spot.item
    return None if item is None or entry.spot.box else "F" if item.privacy is Privacy.OPEN else "T"


def _available(entry: Entry) -> str | None:
    room = entry.room
    return None if room is None else str(room.available)


def _used(entry: Entry) -> str | None:
    return None if entry.room is None else str(entry.room.bytes)


LIVE: Mapping[str, Callable[[Entry], str | None]] = {
    "{DAV:}resourcetype": _resource_type,
    "{DAV:}displayname": lambda entry: escape(entry.spot.name or "drive"),
    "{DAV:}creationdate": _creation,
    "{DAV:}getlastmodified": _modified,
    "{DAV:}getcontentlength": _length,
    "{DAV:}getcontenttype": _type,
    "{DAV:}getetag": _etag,
    "{DAV:}supportedlock": lambda _entry: SUPPORTED_LOCKS,
    "{DAV:}lockdiscovery": lambda entry: discovery(entry.locks, entry.now),
}
QUOTA: Mapping[str, Callable[[Entry], str | None]] = {
    "{DAV:}quota-available-bytes": _available,  # RFC 4331 3
    "{DAV:}quota-used-bytes": _used,  # RFC 4331 4
}

ACCESS: Mapping[str, Callable[[Entry], str | None]] = {
    "{DAV:}current-user-privilege-set": lambda entry: privileges.current(entry.spot, entry.held),
    "{DAV:}supported-privilege-set": lambda _entry: privileges.supported(),
    "{DAV:}acl": lambda entry: entry.acl,
    "{DAV:}acl-restrictions": lambda _entry: privileges.restrictions(),
    "{DAV:}principal-collection-set": lambda _entry: f"<D:href>{privileges.PRINCIPALS}/</D:href>",  # RFC 3744 5.8
    "{DAV:}owner": lambda entry: privileges.owner(entry.spot, entry.login),
    "{DAV:}current-user-principal": lambda entry: privileges.principal(entry.login),
}
HOUSES: Mapping[str, Callable[[Entry], str | None]] = {
    PRIVATE: _private,
    SENDER: lambda entry: escape(entry.sender) or None,
}


def inherited(lock: Lock) -> bool:
    """Whether a lock on a folder also covers what is in it."""
    return lock.depth is Reach.ALL

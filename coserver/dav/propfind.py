"""PROPFIND on the drive (RFC 4918 9.1): the listing of a folder, straight from rows to text.

Invariants: one query lists a folder, whatever its length; Depth: infinity on a folder is refused
(RFC 4918 9.1.1); what was asked for by name and is not there is told as 404, never left out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import repeat
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from coserver.dav import access, demands, live, replies, xml_limits
from coserver.dav.asked import Asked
from coserver.dav.conditions import Verdict, parse
from coserver.dav.live import ACCESS, HOUSES, LIVE, QUOTA, Entry
from coserver.dav.targets import below, echoed, href
from coserver.documents import boxes, folders, locks, paths, properties, sharing
from coserver.documents import held as standing
from coserver.documents.locks import Lock
from coserver.documents.paths import Names, Spot
from coserver.model.errors import Malformed, Stale, TooBig
from coserver.model.ids import CollectionId, PrincipalId
from coserver.model.plan import Usage
from coserver.model.rights import Right
from coserver.net.http.replies import Reply, line
from coserver.store.tx import Tx

MOST_NAMES = 200
_PRIVILEGES = "{DAV:}current-user-privilege-set"
_ACL = "{DAV:}acl"
_KNOWN = {**LIVE, **QUOTA, **ACCESS, **HOUSES}


class Mode(Enum):
    """What kind of answer is wanted."""

    NAMED = "prop"
    ALL = "allprop"
    NAMES = "propname"


@dataclass(frozen=True, slots=True)
class Question:
    """The body of a PROPFIND; `names` in Clark notation: those asked for, or included with allprop."""

    mode: Mode
    names: tuple[str, ...] = ()

    @property
    def dead(self) -> bool:
        """Whether dead properties must be looked at."""
        return self.mode is not Mode.NAMED or any(not name.startswith("{DAV:}") for name in self.names)

    def wants(self, name: str) -> bool:
        """Whether a live property is part of the answer."""
        return name in self.names or (self.mode is not Mode.NAMED and name in LIVE)


def question(root: Element | None) -> Question:
    """What the body asks; no body asks for everything (RFC 4918 9.1).

    Raises:
        Malformed: it is no propfind, or asks for several things at once.
    """
    if root is None:
        return Question(Mode.ALL)
    if root.tag != "{DAV:}propfind":
        raise Malformed("The body of PROPFIND must be a DAV: propfind element.")
    found = {child.tag: child for child in root if child.tag != "{DAV:}include"}
    modes = [mode for mode in Mode if f"{{DAV:}}{mode.value}" in found]
    if len(modes) != 1:
        raise Malformed("The body of PROPFIND must hold one of prop, allprop and propname.")
    inside = found.get("{DAV:}prop")
    if inside is None:
        inside = root.find("{DAV:}include")
    names = () if inside is None else tuple(dict.fromkeys(child.tag for child in inside))
    if len(names) > MOST_NAMES:
        raise TooBig(f"Please ask for {MOST_NAMES} properties at most.")
    return Question(modes[0], names)


def answer(tx: Tx, asked: Asked, names: Names) -> Reply:
    """The multistatus of a place and, with Depth: 1, of what is in it.

    Raises:
        Missing, Malformed, TooBig, Stale.
    """
    depth = (asked.header("Depth") or "infinity").strip().lower()
    if depth not in ("0", "1", "infinity"):
        raise Malformed("Depth must be 0, 1 or infinity.")
    wanted = question(xml_limits.parse(asked.body))
    spot = paths.wanted(tx, asked.who.account, names)
    if demands.verdict(tx, asked, spot, parse(asked.header)) is Verdict.FAILED:
        raise Stale("A condition of the request does not hold any more.")
    if depth == "infinity" and spot.is_folder:
        text = "A whole tree is not listed at once. Please ask folder by folder (Depth: 1)."
        return replies.dav_error(403, "<D:propfind-finite-depth/>", text)
    entries = _entries(tx, asked, spot, wanted, deep=depth == "1")
    body = "".join(_multistatus(entries, wanted, echoed(asked.path, spot.names))).encode()
    return Reply(207, (("Content-Type", replies.XML),), body)


def held(tx: Tx, account: PrincipalId, spot: Spot) -> list[tuple[Lock, Names]]:
    """The locks that protect a place, each with the path it was put on; in a drop folder one's own only."""
    first = len(spot.names) - len(spot.above)  # a lock around what is shared is shown as one on that
    roots = {folder: spot.names[: max(spot.top, first + position)] for position, folder in enumerate(spot.above)}
    return [
        (lock, roots.get(lock.collection, spot.names) if lock.collection else spot.names)
        for lock in locks.covering(tx, spot)
        if spot.box is None or lock.account == account
    ]


def _entries(tx: Tx, asked: Asked, spot: Spot, wanted: Question, *, deep: bool) -> Iterator[Entry]:
    account = asked.who.account
    spots = [spot, *(folders.members(tx, account, spot) if deep else ())]
    folder_ids = [one.folder.id for one in spots if one.folder]
    file_ids = [one.item.id for one in spots if one.item and one.deposit is None]  # a deposit is the recipient's
    of_folders = properties.of_folders(tx, folder_ids) if wanted.dead else {}
    of_files = properties.of_files(tx, file_ids) if wanted.dead else {}
    dropped = boxes.senders(tx, file_ids) if live.SENDER in wanted.names else {}
    own = held(tx, account, spot) if wanted.wants("{DAV:}lockdiscovery") else []
    from_above = [pair for pair in own if live.inherited(pair[0])]
    direct = locks.direct(tx, folder_ids, file_ids) if deep and wanted.wants("{DAV:}lockdiscovery") else []
    rooms = _rooms(tx, account, spot, spots) if any(name in QUOTA for name in wanted.names) else repeat(None)
    rights = _rights(tx, account, spot, spots[1:]) if _PRIVILEGES in wanted.names else repeat(Right.NOTHING)
    for one, room, right in zip(spots, rooms, rights, strict=False):
        noted = of_folders.get(one.folder.id, {}) if one.folder else of_files.get(one.item.id, {}) if one.item else {}
        shown = own if one is spot else [*from_above, *((lock, one.names) for lock in direct if _on(lock, one))]
        sender = dropped.get(one.item.id, "") if one.item else ""
        acl = _acl(tx, account, spot) if one is spot and _ACL in wanted.names else None  # asked thing by thing
        yield Entry(one, shown, noted, room, tx.now, sender, acl, right, asked.who.login)


def _rooms(tx: Tx, account: PrincipalId, spot: Spot, spots: Sequence[Spot]) -> Iterator[Usage | None]:
    """The quota of each folder is that of the root it lies in (S14); lists and drop folders tell none.

    Nor does what others share to be read only: how full their drives are is not for everybody.
    """
    around = folders.room(tx, account, spot)
    for one in spots:
        yield (folders.room(tx, account, one) if spot.virtual else around) if one.folder else None


def _rights(tx: Tx, account: PrincipalId, spot: Spot, members: Sequence[Spot]) -> Iterator[Right]:
    yield standing.at(tx, account, spot)
    yield from standing.inside(tx, account, spot, members)


def _acl(tx: Tx, account: PrincipalId, spot: Spot) -> str | None:
    target = sharing.of(spot)
    if target is None:
        return None
    first = len(spot.names) - len(spot.above)
    around = {folder: spot.names[: max(spot.top, first + position)] for position, folder in enumerate(spot.above)}

    def where(folder: CollectionId) -> str:
        return href(around.get(folder, spot.names[: spot.top]), folder=True)

    return access.shown(tx, account, target, where)


def _on(lock: Lock, spot: Spot) -> bool:
    if spot.item is not None:
        return lock.item == spot.item.id
    return spot.folder is not None and lock.collection == spot.folder.id


def _multistatus(entries: Iterator[Entry], wanted: Question, own: str) -> Iterator[str]:
    """The answer; `own` is the path of the place itself, the first of the entries."""
    yield '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">'
    render: Callable[[Entry], str] = _named(wanted.names) if wanted.mode is Mode.NAMED else _all(wanted)
    for position, entry in enumerate(entries):
        path = below(own, entry.spot.name) if position else own
        shown_at = escape(f"{path}/" if entry.spot.is_folder else path)
        yield f"<D:response><D:href>{shown_at}</D:href>{render(entry)}</D:response>"
    yield "</D:multistatus>\n"


def _named(names: Sequence[str]) -> Callable[[Entry], str]:
    plan = [(name, _KNOWN.get(name), *_tags(name)) for name in names]

    def render(entry: Entry) -> str:
        found, missing = [], []
        for name, value_of, opening, closing in plan:
            value = value_of(entry) if value_of else None
            if value is not None:
                found.append(f"{opening}>{value}{closing}" if value else f"{opening}/>")
            elif name in entry.dead:
                found.append(entry.dead[name])
            else:
                missing.append(f"{opening}/>")
        return _propstat(found, 200, even_empty=not missing) + _propstat(missing, 404)

    return render


def _all(wanted: Question) -> Callable[[Entry], str]:
    names = [*LIVE, *(name for name in wanted.names if name not in LIVE)]
    plan = [(name, _KNOWN.get(name), *_tags(name)) for name in names]

    def render(entry: Entry) -> str:
        found = []
        for _, value_of, opening, closing in plan:
            value = value_of(entry) if value_of else None
            if value is None:
                continue
            bare = wanted.mode is Mode.NAMES or not value
            found.append(f"{opening}/>" if bare else f"{opening}>{value}{closing}")
        for name, xml in entry.dead.items():
            found.append(f"{_tags(name)[0]}/>" if wanted.mode is Mode.NAMES else xml)
        return _propstat(found, 200, even_empty=True)

    return render


def _tags(name: str) -> tuple[str, str]:
    """How an element begins (without its last bracket) and ends."""
    space, local = xml_limits.split(name)
    if space == "DAV:":
        return f"<D:{local}", f"</D:{local}>"
    if not space:
        return f"<{local}", f"</{local}>"
    return f"<N:{local} xmlns:N={quoteattr(space)}", f"</N:{local}>"


def _propstat(found: Sequence[str], status: int, *, even_empty: bool = False) -> str:
    if not found and not even_empty:
        return ""
    state = f"<D:status>HTTP/1.1 {line(status)}</D:status>"
    return f"<D:propstat><D:prop>{''.join(found)}</D:prop>{state}</D:propstat>"

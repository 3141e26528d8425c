"""Access control lists (RFC 3744) on the drive, of calendars and of address books: a face of `groups.lists`.

Invariants: nothing is stored but presets: privileges that a client grants are rounded down to the largest preset they
hold, and what is shown again is that. A principal is an account, a group or a member of one group: `/dav/LOGIN/`,
`/dav/GROUP/`, `/dav/GROUP/LOGIN/`. There are grants only; who owns a thing or manages its group holds everything,
protected; the method sets what was set on the thing itself, all of it or nothing, and leaves what is inherited.
"""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from coserver.dav import privileges
from coserver.dav.privileges import PRINCIPALS
from coserver.groups import lists, rights
from coserver.groups.lists import Entry
from coserver.groups.shares import Target
from coserver.model.errors import Denied, HouseError, Malformed, Missing
from coserver.model.ids import CollectionId, PrincipalId
from coserver.model.rights import Preset, Right
from coserver.model.space import Tool
from coserver.store.tx import Tx

MOST = 1000  # entries of one list
_DAV, _CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_BUSY = "read-free-busy"  # RFC 4791 6.1.1
_WRITE = ("write-properties", "write-content", "bind", "unbind")
_INSIDE: Mapping[str, Sequence[str]] = {  # what an aggregate holds besides itself (RFC 3744 3)
    "all": ("read", "write", *_WRITE, "read-acl", "write-acl", "read-current-user-privilege-set"),
    "write": _WRITE,
    "read": ("read-current-user-privilege-set",),
}
_STEPS = (  # each needs what the one before needs, too
    (Preset.READ, {"read"}), (Preset.CONTRIBUTE, {"bind"}), (Preset.EDIT, {"write-content", "unbind"}),
    (Preset.MANAGE, {"write-acl"}),
)  # fmt: skip
SHOWN: Mapping[Preset, Sequence[str]] = {
    Preset.NOTHING: (), Preset.BUSY: (_BUSY,), Preset.DROP: ("bind",), Preset.READ: ("read",),
    Preset.CONTRIBUTE: ("read", "bind"), Preset.EDIT: ("read", "write"),
    Preset.MANAGE: ("read", "write", "read-acl", "write-acl"),
}  # fmt: skip
Whereabouts = Callable[[CollectionId], str | None]
"""The path of a collection that something is inherited from, as the account sees it; None if it sees it nowhere."""


class Conflict(HouseError):
    """A condition of the method ACL that does not hold (RFC 3744 8.1.1); `name` is the condition's."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


# ---------------------------------------------------------------- showing


def shown(tx: Tx, account: PrincipalId, target: Target, where: Whereabouts) -> str | None:
    """The inside of the property acl (RFC 3744 5.5); None for who may not manage the thing: it is not for him."""
    item, collection = target.item, target.collection
    held = rights.of(tx, account, collection) if item is None else rights.on(tx, account, collection, item)
    if Right.ADMINISTER not in held:
        return None
    return "".join(_ace(each, where) for each in lists.entries(tx, account, target))


def identifier(href: str) -> str:
    """The identifier of a principal by its path, with or without scheme and host; empty if it is none of ours."""
    try:
        path = unquote(urlsplit(href.strip()).path)
    except ValueError:
        return ""
    if not path.startswith(f"{PRINCIPALS}/"):
        return ""
    parts = [part for part in path.removeprefix(PRINCIPALS).split("/") if part]
    return "/".join(parts) if len(parts) in (1, 2) else ""


def _ace(each: Entry, where: Whereabouts) -> str:
    granted = "".join(map(privileges.privilege, ("all",) if each.preset is None else SHOWN[each.preset]))
    kind = "<D:protected/>" if each.preset is None else ""
    if each.where is not None:
        kind = f"<D:inherited><D:href>{escape(where(each.where) or PRINCIPALS + '/')}</D:href></D:inherited>"
    named = privileges.principal(each.identifier)
    return f"<D:ace><D:principal>{named}</D:principal><D:grant>{granted}</D:grant>{kind}</D:ace>"


# ---------------------------------------------------------------- setting


def set_(tx: Tx, account: PrincipalId, target: Target, asked: Element | None) -> None:
    """Carry out the body of a method ACL (RFC 3744 8.1).

    Raises:
        Missing: the thing may not be known to the account.
        Denied: it may not manage it, or not give that much.
        Malformed: the body is no acl, or cannot be given here.
        NoRoom: it is shared often enough.
        Conflict: a condition of the method.
    """
    if target.item is None:
        rights.need(tx, account, target.collection, Right.ADMINISTER)
    else:
        rights.need_on(tx, account, target.collection, target.item, Right.ADMINISTER)
    wanted = read(asked, tool=target.collection.tool, item=target.item is not None)
    _need_recognised(tx, account, target, wanted)
    lists.replace(tx, account, target, wanted)


def read(asked: Element | None, *, tool: Tool, item: bool) -> dict[str, Preset]:
    """The body of a method ACL as identifiers and presets; entries that are protected or inherited are left out.

    Raises:
        Malformed, Conflict.
    """
    if asked is None or asked.tag != f"{_DAV}acl":
        raise Malformed("The body of ACL must be a DAV: acl element.")
    aces = list(asked)
    if len(aces) > MOST:
        raise Conflict("limited-number-of-aces", f"A list has {MOST} entries at most: share it with whole groups.")
    wanted: dict[str, Preset] = {}
    for ace in aces:
        if ace.tag != f"{_DAV}ace":
            raise Malformed("An acl consists of DAV: ace elements.")
        if ace.find(f"{_DAV}protected") is not None or ace.find(f"{_DAV}inherited") is not None:
            continue  # sent back as it was told
        named, preset = _principal(ace), _granted(ace, tool=tool, item=item)
        if wanted.get(named, preset) is not preset:
            raise Conflict("no-ace-conflict", f"{named} is named twice, with different privileges.")
        wanted[named] = preset
    return wanted


def rounded(names: set[str], *, tool: Tool, item: bool) -> Preset:
    """The largest preset that gives no more than these privileges; NOTHING if there is none."""
    held = set(names)
    for name in ("all", "write", "read"):
        held.update(_INSIDE[name] if name in held else ())
    if item and "write-content" in held:
        held |= {"bind", "unbind"}  # which say nothing of a single thing
    found = Preset.NOTHING
    for preset, needed in _STEPS:
        if not needed <= held:
            break
        found = preset
    if found is Preset.NOTHING and tool is Tool.CALENDAR and _BUSY in held:
        return Preset.BUSY
    if found is Preset.NOTHING and tool is Tool.DOCUMENTS and not item and "bind" in held:
        return Preset.DROP
    return found


def _principal(ace: Element) -> str:
    if ace.find(f"{_DAV}invert") is not None:
        raise Conflict("no-invert", "Who is not meant cannot be said here: name those who are.")
    principal = ace.find(f"{_DAV}principal")
    if principal is None or len(principal) != 1:
        raise Malformed("Each ace names one principal.")
    if principal[0].tag != f"{_DAV}href":
        text = "Sharing happens within a group: name a group, or a member of one, by its path."
        raise Conflict("allowed-principal", text)
    named = identifier(principal[0].text or "")
    if not named:
        raise Conflict("recognized-principal", f"Principals are {PRINCIPALS}/LOGIN/, {PRINCIPALS}/GROUP/ and so on.")
    return named


def _granted(ace: Element, *, tool: Tool, item: bool) -> Preset:
    if ace.find(f"{_DAV}deny") is not None:
        raise Conflict("grant-only", "What is not granted is not held: nothing is denied here.")
    grant = ace.find(f"{_DAV}grant")
    if grant is None:
        raise Malformed("Each ace grants something.")
    names = set()
    for privilege in grant.iterfind(f"{_DAV}privilege/*"):
        name = privilege.tag.removeprefix(_CALDAV if privilege.tag == _CALDAV + _BUSY else _DAV)
        if name not in privileges.WORDS:
            raise Conflict("not-supported-privilege", "There is no such privilege: see supported-privilege-set.")
        names.add(name)
    preset = rounded(names, tool=tool, item=item)
    if preset is Preset.NOTHING:
        raise Conflict("not-supported-privilege", "Rights begin with reading: grant read at least.")
    return preset


def _need_recognised(tx: Tx, account: PrincipalId, target: Target, wanted: Mapping[str, Preset]) -> None:
    for named in wanted:
        try:
            to = lists.recipient(tx, account, target.collection, named)
        except Missing as error:
            raise Conflict("recognized-principal", error.text) from error
        except Denied as error:
            raise Conflict("allowed-principal", error.text) from error
        try:
            lists.need_changeable(tx, target.collection, to)
        except Denied as error:
            raise Conflict("no-protected-ace-conflict", error.text) from error

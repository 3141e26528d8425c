"""What may be done with a folder or file, in the words of RFC 3744.

Invariant: what is told is true for the account that asks, own-only rights and privacy included.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote
from xml.sax.saxutils import escape

from coserver.documents.paths import GROUPS, Spot
from coserver.model.rights import Right

PRINCIPALS = "/dav"  # the collection of principals
_READ = ("read", "read-current-user-privilege-set")
BUSY = "read-free-busy"  # RFC 4791 6.1.1
WORDS = {
    "all": "Everything", "read": "Read", "write": "Write", "write-properties": "Change properties",
    "write-content": "Change the content", "bind": "Add things", "unbind": "Remove things",
    "read-acl": "See who may do what", "write-acl": "Say who may do what",
    "read-current-user-privilege-set": "See what one may do", BUSY: "See when it is busy",
}  # fmt: skip
_TREE: Mapping[str, Sequence[str]] = {
    "all": ("read", "write", "read-acl", "write-acl"),
    "read": ("read-current-user-privilege-set",),
    "write": ("write-properties", "write-content", "bind", "unbind"),
}
_CALDAV = "urn:ietf:params:xml:ns:caldav"


def current(spot: Spot, held: Right) -> str:
    """The inside of current-user-privilege-set (RFC 3744 5.4)."""
    found = list(_READ) if Right.READ in held or spot.box is not None else []
    if spot.item is not None:
        found += ["write-properties", "write-content"] * (Right.EDIT_ANY in held)
    else:
        found += ["bind"] * bool(held & (Right.ADD | Right.DROP))
        found += ["write-properties"] * (Right.EDIT_ANY in held) + ["unbind"] * (Right.DELETE_ANY in held)
        if Right.ADD | Right.EDIT_ANY | Right.DELETE_ANY in held:
            found += ["write-content", "write"]
    found += ["read-acl", "write-acl"] * (Right.ADMINISTER in held)
    return "".join(map(privilege, found))


def supported(*, calendar: bool = False) -> str:
    """The inside of supported-privilege-set (RFC 3744 5.3)."""
    return _supported("all", calendar=calendar)


def restrictions() -> str:
    """The inside of acl-restrictions (RFC 3744 5.6): grants to single principals, and nothing else."""
    return "<D:grant-only/><D:no-invert/>"


def privilege(name: str) -> str:
    """One privilege."""
    inside = f'<C:{name} xmlns:C="{_CALDAV}"/>' if name == BUSY else f"<D:{name}/>"
    return f"<D:privilege>{inside}</D:privilege>"


def owner(spot: Spot, login: str) -> str:
    """The inside of owner (RFC 3744 5.1), seen by the account of that login; empty for a group's."""
    if spot.names[:1] == (GROUPS,):
        return ""
    return principal(spot.names[1] if spot.top and len(spot.names) > 1 else login)


def principal(login: str) -> str:
    """The href of an account, a group or a member of one, by its identifier (RFC 5397 3)."""
    return f"<D:href>{escape(quote(f'{PRINCIPALS}/{login}/'))}</D:href>"


def _supported(name: str, *, calendar: bool) -> str:
    kind = "<D:abstract/>" if name == "all" else ""
    within = [*_TREE.get(name, ()), *([BUSY] if calendar and name == "read" else [])]
    inside = "".join(_supported(each, calendar=calendar) for each in within)
    words = f'<D:description xml:lang="en">{WORDS[name]}</D:description>'
    return f"<D:supported-privilege>{privilege(name)}{kind}{words}{inside}</D:supported-privilege>"

"""What may be done with a folder or file, in the words of RFC 3744; to be read only.

Invariants: what is told is true for the account that asks, own-only rights and privacy included.
Privileges of access control itself are not told, not even to owners: sharing is not done by this protocol.
"""

from urllib.parse import quote
from xml.sax.saxutils import escape

from coserver.documents.paths import GROUPS, Spot
from coserver.model.rights import Right

PRINCIPALS = "/dav"  # the collection of principals
_READ = ("read", "read-current-user-privilege-set")
_WRITE = {
    "write-properties": "Change properties",
    "write-content": "Change the content",
    "bind": "Add folders and files",
    "unbind": "Remove folders and files",
}


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
    return "".join(f"<D:privilege><D:{name}/></D:privilege>" for name in found)


def supported() -> str:
    """The inside of supported-privilege-set (RFC 3744 5.3)."""
    write = "".join(_supported(name, words) for name, words in _WRITE.items())
    read = _supported("read-current-user-privilege-set", "See what one may do")
    inner = _supported("read", "Read", read) + _supported("write", "Write", write)
    return _supported("all", "Everything", inner, abstract=True)


def owner(spot: Spot, login: str) -> str:
    """The inside of owner (RFC 3744 5.1), seen by the account of that login; empty for a group's."""
    if spot.names[:1] == (GROUPS,):
        return ""
    return principal(spot.names[1] if spot.top and len(spot.names) > 1 else login)


def principal(login: str) -> str:
    """The href of an account (RFC 5397 3)."""
    return f"<D:href>{escape(quote(f'{PRINCIPALS}/{login}/'))}</D:href>"


def _supported(name: str, words: str, inner: str = "", *, abstract: bool = False) -> str:
    kind = "<D:abstract/>" if abstract else ""
    return (
        f"<D:supported-privilege><D:privilege><D:{name}/></D:privilege>{kind}"
        f'<D:description xml:lang="en">{words}</D:description>{inner}</D:supported-privilege>'
    )

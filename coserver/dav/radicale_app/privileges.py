"""What an account may do, in the words of WebDAV: current-user-privilege-set (RFC 3744 5.5)."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from radicale import xmlutils

from coserver.model.rights import ALL, Right


def of_rights(held: Right, *, calendar: bool, item: bool = False, own: bool = True) -> Element:
    """Rights in the words of RFC 3744 3; on a book, rights on one's own items count as rights there."""
    edit = Right.EDIT_ANY in held or (own and Right.EDIT_OWN in held)
    delete = Right.DELETE_ANY in held or (own and Right.DELETE_OWN in held)
    found = ["D:read", "D:read-current-user-privilege-set"]
    if calendar:
        found.append("C:read-free-busy")
    if edit:
        found.append("D:write-content")
    if not item:
        found += ["D:bind"] * (Right.ADD in held) + ["D:unbind"] * delete
        found += ["D:write-properties"] * (Right.EDIT_ANY in held)
    if Right.ADD in held and Right.EDIT_ANY in held and Right.DELETE_ANY in held:
        found.append("D:write")
    found += ["D:read-acl", "D:write-acl"] * (Right.ADMINISTER in held)
    if held & ALL == ALL:
        found.append("D:all")
    return of_names(found)


def of_names(names: Sequence[str]) -> Element:
    """The set of these, written D:read and the like."""
    element = Element("{DAV:}current-user-privilege-set")
    for name in names:
        SubElement(SubElement(element, "{DAV:}privilege"), xmlutils.make_clark(name))
    return element

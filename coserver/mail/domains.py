"""The domains whose mail is ours. One of them is the standard: names without a domain belong to it.

Invariants: names are kept in lower case, as A-labels; once there is a domain, exactly one is the standard.
"""

import re
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, exists, func, insert, select

from coserver.model.errors import Denied, Exists, Malformed, Missing
from coserver.store.schema.mail import address, domain
from coserver.store.tx import Tx

_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_COLUMNS = (domain.c.id, domain.c.name, domain.c.standard)
_FIND = select(*_COLUMNS).where(domain.c.name == bindparam("name"))
_LISTED = select(*_COLUMNS).order_by(domain.c.standard.desc(), domain.c.name)
_STANDARD = select(*_COLUMNS).where(domain.c.standard == 1)
_ADD = insert(domain)
_REMOVE = delete(domain).where(domain.c.id == bindparam("which"))
_USED = select(func.count()).select_from(address).where(address.c.domain_id == bindparam("which"))
_IS_OURS = select(exists().where(domain.c.name == bindparam("name")))


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain whose mail we take."""

    id: int
    name: str
    standard: bool


def normal(name: str) -> str:
    """A domain name as it is kept: lower case, international labels as A-labels (RFC 5891 4.4).

    Raises:
        Malformed: it cannot be a domain name.
    """
    try:
        ascii_name = name.strip().rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise Malformed(f"{name!r} is not a domain name.") from error
    if not _NAME.fullmatch(ascii_name):
        raise Malformed(f"{name!r} is not a domain name.")
    return ascii_name


def add(tx: Tx, name: str) -> Domain:
    """Take mail for a domain from now on; the first one is the standard.

    Raises:
        Malformed: it cannot be a domain name.
        Exists: it is ours already.
    """
    kept = normal(name)
    if is_ours(tx, kept):
        raise Exists(f"The domain {kept} is there already.", domain=kept)
    tx.execute(_ADD, {"name": kept, "standard": int(tx.execute(_STANDARD).first() is None), "created": tx.now})
    return find(tx, kept)


def remove(tx: Tx, name: str) -> None:
    """Take no more mail for a domain.

    Raises:
        Missing: it is not ours.
        Denied: addresses of it are still in use, or it is the standard.
    """
    found = find(tx, name)
    used = tx.execute(_USED, {"which": found.id}).scalar_one()
    if used:
        raise Denied(f"{used} addresses end in @{found.name}: delete their accounts first.", domain=found.name)
    if found.standard:
        raise Denied(f"{found.name} is the domain of names without one; it stays.", domain=found.name)
    tx.execute(_REMOVE, {"which": found.id})


def find(tx: Tx, name: str) -> Domain:
    """The domain of that name, or the standard one for an empty name; Missing if there is none."""
    row = tx.execute(_FIND, {"name": normal(name)}).first() if name else tx.execute(_STANDARD).first()
    if row is None:
        raise Missing(f"{name or 'A standard domain'} is not among our domains.", domain=name)
    return Domain(row.id, row.name, bool(row.standard))


def listed(tx: Tx) -> list[Domain]:
    """All domains, the standard one first."""
    return [Domain(row.id, row.name, bool(row.standard)) for row in tx.execute(_LISTED)]


def is_ours(tx: Tx, name: str) -> bool:
    """Whether mail for that domain is for us; never raises."""
    try:
        kept = normal(name)
    except Malformed:
        return False
    return bool(tx.execute(_IS_OURS, {"name": kept}).scalar_one())

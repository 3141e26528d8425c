"""Addresses: what routes mail to an account.

Invariants: local parts are kept folded, so that case never matters; an address of ours routes to
one principal; what follows a plus sign is the account's own affair (sub-addressing, RFC 5233 1).
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from coserver.mail import domains, former
from coserver.model.errors import Exists, Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.store.schema.mail import address, domain
from coserver.store.tx import Tx

_LONGEST = 64  # octets of a local part, RFC 5321 4.5.3.1.1
_FORBIDDEN = set('()<>[]:;,@\\"')
_COLUMNS = (address.c.local, domain.c.name.label("domain"), address.c.principal_id, address.c.kind)
_joined = select(*_COLUMNS).join(domain, domain.c.id == address.c.domain_id)
_RESOLVE = _joined.where(address.c.local.in_(bindparam("locals", expanding=True)), domain.c.name == bindparam("name"))
_RESOLVE_STANDARD = _joined.where(
    address.c.local.in_(bindparam("locals", expanding=True)), domain.c.standard == 1
)  # fmt: skip
_OF = _joined.where(address.c.principal_id == bindparam("principal")).order_by(
    address.c.kind != "primary", domain.c.name, address.c.local
)
_ADD = insert(address)
_REMOVE = delete(address).where(
    address.c.local == bindparam("which"), address.c.domain_id == bindparam("at"), address.c.kind != "primary"
)
_NUMBER = (
    select(address.c.id)
    .join(domain, domain.c.id == address.c.domain_id)
    .where(address.c.principal_id == bindparam("principal"), address.c.local == bindparam("which"))
    .where(domain.c.name == bindparam("name"))
)
_REMOVE_ALL = delete(address).where(address.c.principal_id == bindparam("principal"))


class Kind(StrEnum):
    """What an address is to its principal."""

    PRIMARY = "primary"
    ALIAS = "alias"
    ROLE = "role"  # postmaster, abuse (RFC 2142)


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address of ours."""

    local: str
    domain: str
    principal: PrincipalId
    kind: Kind

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.local}@{self.domain}"


def folded(local: str) -> str:
    """A local part as it is kept: one form for all ways to write it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())


def resolve(tx: Tx, local: str, host: str) -> PrincipalId | None:
    """Whose mail it is that goes to `local`@`host`; None when the address is not ours.

    The whole local part counts first, then the part before the first plus sign. An empty host
    means the standard domain (``postmaster`` alone, RFC 5321 4.5.1).
    """
    whole = folded(local)
    base = whole.partition("+")[0]
    wanted = {"locals": [whole, base] if base else [whole]}
    if host:
        try:
            rows = tx.execute(_RESOLVE, {**wanted, "name": domains.normal(host)}).all()
        except Malformed:
            return None
    else:
        rows = tx.execute(_RESOLVE_STANDARD, wanted).all()
    found = {row.local: PrincipalId(row.principal_id) for row in rows}
    return found.get(whole, found.get(base))


def add(tx: Tx, principal: PrincipalId, local: str, host: str, *, kind: Kind) -> Address:
    """Give a principal an address of one of our domains (empty: the standard one).

    Raises:
        Malformed: it cannot be a local part.
        Missing: the domain is not ours.
        Exists: the address is taken, or rests since its former principal was erased (S25).
    """
    kept = _checked(local)
    at = domains.find(tx, host)
    former.need_rested(tx, kept, at.name)
    try:
        tx.execute(
            _ADD, {"local": kept, "domain_id": at.id, "principal_id": principal, "kind": str(kind)}
        )  # fmt: skip
    except IntegrityError as error:
        raise Exists(f"The address {kept}@{at.name} is taken.", local=kept, domain=at.name) from error
    return Address(kept, at.name, principal, kind)


def remove(tx: Tx, local: str, host: str) -> None:
    """Take an alias or role address away; the primary one goes with its account only.

    Raises:
        Missing: there is no such alias or role address.
    """
    at = domains.find(tx, host)
    if tx.execute(_REMOVE, {"which": folded(local), "at": at.id}).rowcount == 0:
        raise Missing(f"{local}@{at.name} is not an alias.", local=local, domain=at.name)


def remove_all(tx: Tx, principal: PrincipalId) -> None:
    """Take every address of a principal away, for when it goes."""
    tx.execute(_REMOVE_ALL, {"principal": principal})


def of(tx: Tx, principal: PrincipalId) -> list[Address]:
    """The addresses of a principal, the primary one first."""
    return [
        Address(row.local, row.domain, PrincipalId(row.principal_id), Kind(row.kind))
        for row in tx.execute(_OF, {"principal": principal})
    ]


def number(tx: Tx, principal: PrincipalId, text: str) -> int:
    """The number of one of a principal's own addresses.

    Raises:
        Missing: it is none of his.
        Malformed: it is no address.
    """
    local, _, host = text.rpartition("@")
    found = tx.execute(_NUMBER, {"principal": principal, "which": folded(local), "name": domains.normal(host)}).scalar()
    if found is None:
        raise Missing(f"{text} is none of the account's addresses: `account show` lists them.", principal=principal)
    return int(found)


def _checked(local: str) -> str:
    kept = folded(local)
    if not kept or len(kept.encode()) > _LONGEST:
        raise Malformed(f"{local!r} cannot stand before the @: it must have 1 to {_LONGEST} bytes.")
    odd = any(character in _FORBIDDEN or character.isspace() or not character.isprintable() for character in kept)
    if odd or kept.startswith(".") or kept.endswith(".") or ".." in kept or "+" in kept:
        raise Malformed(f"{local!r} cannot stand before the @: use letters, digits, dots, hyphens and underscores.")
    return kept

"""Addresses: what routes mail to an account or a group.

Invariants: local parts are kept folded, so that case never matters; an address of ours routes to
one principal; what follows a plus sign is the account's own affair (sub-addressing, RFC 5233 1). The
catch-all of a domain (its row has an empty local part) gets what nobody has, and neither what is the
house's by its name (S26), nor what was somebody's and rests (S25). An address that is over routes
nowhere, and only who has a say about the domain gives it to somebody else.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, Update, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from coserver.mail import domains, former
from coserver.mail.reserved import RESERVED
from coserver.model.errors import Denied, Exists, Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.store.schema.mail import address, domain
from coserver.store.tx import Tx

_LONGEST = 64  # octets of a local part, RFC 5321 4.5.3.1.1
_FORBIDDEN = set('()<>[]:;,@\\"')
_EVERYTHING_ELSE = ""  # the local part of a catch-all
_COLUMNS = (address.c.local, domain.c.name.label("domain"), address.c.principal_id, address.c.kind, address.c.until)
_joined = select(*_COLUMNS).join(domain, domain.c.id == address.c.domain_id)
_RESOLVE = _joined.where(
    address.c.local.in_(bindparam("locals", expanding=True)), domain.c.name == bindparam("name"), domain.c.removed == 0
)
_RESOLVE_STANDARD = _joined.where(
    address.c.local.in_(bindparam("locals", expanding=True)), domain.c.standard == 1
)  # fmt: skip
_order = (address.c.kind != "primary", domain.c.name, address.c.local)
_EVERY = _joined.where(address.c.principal_id == bindparam("principal")).order_by(*_order)
_in_force = or_(address.c.until == 0, address.c.until > bindparam("now"))
_OF = _EVERY.where(_in_force)
_LISTED = _joined.where(_in_force, address.c.kind != "primary").order_by(domain.c.name, address.c.local)
_SOME_AT = (
    _joined.where(_in_force, address.c.kind != "primary", address.c.domain_id == bindparam("at"))
    .order_by(address.c.local)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_COUNT_AT = (
    select(func.count())
    .select_from(address)
    .where(_in_force, address.c.kind != "primary", address.c.domain_id == bindparam("at"))
)
_COUNT = (
    select(func.count())
    .select_from(address)
    .where(address.c.principal_id == bindparam("principal"), address.c.kind == bindparam("which"), _in_force)
)
_ADD = insert(address)
_at = (address.c.local == bindparam("which"), address.c.domain_id == bindparam("at"))
_REPLACE_OVER: Update = (
    update(address)
    .where(*_at, address.c.until > 0, address.c.until <= bindparam("now"))
    .values(principal_id=bindparam("principal"), kind=bindparam("as"), until=bindparam("then"))
)
_AT = _joined.where(*_at)
_REMOVE = delete(address).where(*_at)
_END = update(address).where(*_at).values(until=bindparam("now"))
_NUMBER = (
    select(address.c.id)
    .join(domain, domain.c.id == address.c.domain_id)
    .where(address.c.principal_id == bindparam("principal"), address.c.local == bindparam("which"))
    .where(domain.c.name == bindparam("name"), _in_force)
    .where(address.c.kind.in_(("primary", "alias", "role")))
)
_of_organisation = (
    address.c.principal_id == bindparam("principal"),
    address.c.domain_id.in_(select(domain.c.id).where(domain.c.organisation_id == bindparam("organisation"))),
)
_LEAVE_BEHIND = (
    update(address)
    .where(*_of_organisation, address.c.kind.in_(("primary", "alias")), _in_force)
    .values(kind="forward", until=bindparam("then"))
    .returning(address.c.id)
)
_PASS_ON = (
    update(address)
    .where(*_of_organisation, address.c.kind.in_(("role", "catch-all")))
    .values(principal_id=bindparam("heir"))
)
_MAKE_PRIMARY = (
    update(address)
    .where(*_at, address.c.principal_id == bindparam("principal"), address.c.kind.in_(("alias", "primary")))
    .values(kind="primary", until=0)
)
_REMOVE_ALL = delete(address).where(address.c.principal_id == bindparam("principal"))
_SWEEP = delete(address).where(address.c.until > 0, address.c.until <= bindparam("before"))


class Kind(StrEnum):
    """What an address is to its principal."""

    PRIMARY = "primary"
    ALIAS = "alias"
    ROLE = "role"  # postmaster, abuse (RFC 2142)
    GROUP = "group"
    FORWARD = "forward"  # left behind by who moved, for a time
    CATCH_ALL = "catch-all"


SENDING = frozenset({Kind.PRIMARY, Kind.ALIAS, Kind.ROLE})  # as which an account may write: names given to it
_LASTING = frozenset({Kind.PRIMARY})
_LEAVING_NOTHING = frozenset({Kind.ROLE, Kind.CATCH_ALL})  # of these nobody is known to anybody


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address of ours; `until` is when it is over (milliseconds since 1970), 0: it stays."""

    local: str
    domain: str
    principal: PrincipalId
    kind: Kind
    until: int = 0

    def __str__(self) -> str:
        """As people write it; the catch-all as `*@domain`."""
        return f"{self.local or '*'}@{self.domain}"


def folded(local: str) -> str:
    """A local part as it is kept: one form for all ways to write it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())


def resolve(tx: Tx, local: str, host: str) -> PrincipalId | None:
    """Whose mail it is that goes to `local`@`host`; None when the address is not ours. See `find`."""
    found = find(tx, local, host)
    return None if found is None else found.principal


def find(tx: Tx, local: str, host: str) -> Address | None:
    """The address that mail to `local`@`host` is for; None when it is not ours, or its domain rests (S27).

    The whole local part counts first, then the part before the first plus sign, then the catch-all of
    the domain. An empty host means the standard domain (``postmaster`` alone, RFC 5321 4.5.1).
    """
    whole = folded(local)
    base = whole.partition("+")[0]
    wanted = {"locals": [each for each in (whole, base) if each] + [_EVERYTHING_ELSE]}
    if host:
        try:
            rows = tx.execute(_RESOLVE, {**wanted, "name": domains.normal(host)}).all()
        except Malformed:
            return None
    else:
        rows = tx.execute(_RESOLVE_STANDARD, wanted).all()
    found = {row.local: _address(row) for row in rows}
    for each in (whole, base):
        if each and each in found:
            return None if _is_over(tx, found[each]) else found[each]
    return _caught(tx, (whole, base), found.get(_EVERYTHING_ELSE))


def catch_all(tx: Tx, host: str) -> Address | None:
    """Where mail to unknown names of a domain goes; None when it is refused."""
    row = tx.execute(_AT, {"which": _EVERYTHING_ELSE, "at": domains.find(tx, host).id}).first()
    return None if row is None else _address(row)


def add(tx: Tx, principal: PrincipalId, local: str, host: str, *, kind: Kind, until: int = 0) -> Address:
    """Give a principal an address of one of our domains (empty: the standard one), for good or `until` then.

    A catch-all has no local part. What is over is taken from whose it was, but for a primary address:
    a login is not what somebody else wrote under until lately.

    Raises:
        Malformed: it cannot be a local part.
        Missing: the domain is not ours.
        Exists: the address is taken, or rests since its former principal was erased (S25).
    """
    kept = _EVERYTHING_ELSE if kind is Kind.CATCH_ALL else _checked(local)
    at = domains.find(tx, host)
    if kept:
        former.need_rested(tx, kept, at.name)
    made = Address(kept, at.name, principal, kind, until)
    if kind not in _LASTING:
        again = {"which": kept, "at": at.id, "now": tx.now, "principal": principal, "as": str(kind), "then": until}
        if tx.execute(_REPLACE_OVER, again).rowcount:
            return made
    row = {"local": kept, "domain_id": at.id, "principal_id": principal, "kind": str(kind), "until": until}
    try:
        tx.execute(_ADD, row)
    except IntegrityError as error:
        raise Exists(f"The address {made} is taken.", local=kept, domain=at.name) from error
    return made


def remove(tx: Tx, local: str, host: str) -> Address:
    """Take an address away; the primary one goes with its account only.

    It is over then, as if its time had come; roles and catch-alls are gone.

    Raises:
        Missing: there is no such address, or it is a primary one.
    """
    at = domains.find(tx, host)
    here = {"which": folded(local), "at": at.id}
    row = tx.execute(_AT, here).first()
    if row is None or Kind(row.kind) is Kind.PRIMARY or 0 < row.until <= tx.now:
        raise Missing(f"{local or '*'}@{at.name} is not an alias.", local=local, domain=at.name)
    found = _address(row)
    if found.kind in _LEAVING_NOTHING:
        tx.execute(_REMOVE, here)
    else:
        tx.execute(_END, {**here, "now": tx.now})
    return found


def remove_all(tx: Tx, principal: PrincipalId) -> None:
    """Take every address of a principal away, for when it goes."""
    tx.execute(_REMOVE_ALL, {"principal": principal})


def of(tx: Tx, principal: PrincipalId) -> list[Address]:
    """The addresses of a principal that are in force, the primary one first."""
    return _addresses(tx.execute(_OF, {"principal": principal, "now": tx.now}))


def every(tx: Tx, principal: PrincipalId) -> list[Address]:
    """The same with those that are over."""
    return _addresses(tx.execute(_EVERY, {"principal": principal}))


def of_group(tx: Tx, group: PrincipalId) -> Address | None:
    """The address of a group; None if it has none."""
    return next((each for each in of(tx, group) if each.kind is Kind.GROUP), None)


def listed(tx: Tx) -> list[Address]:
    """All addresses in force but the primary ones, by domain and name."""
    return _addresses(tx.execute(_LISTED, {"now": tx.now}))


def at(tx: Tx, host: str, *, skip: int, most: int) -> tuple[list[Address], int]:
    """A part of the addresses of one domain that are in force, but the primary ones, by name; and how many there are.

    Errors as those of `domains.find`.
    """
    here = {"at": domains.find(tx, host).id, "now": tx.now}
    found = _addresses(tx.execute(_SOME_AT, {**here, "skip": skip, "most": most}))
    return found, int(tx.execute(_COUNT_AT, here).scalar_one())


def count(tx: Tx, principal: PrincipalId, kind: Kind) -> int:
    """How many addresses of a kind a principal has in force."""
    return int(tx.execute(_COUNT, {"principal": principal, "which": str(kind), "now": tx.now}).scalar_one())


def lay_to_rest(tx: Tx, principal: PrincipalId, *, until: int) -> None:
    """Take a principal's addresses away when it is erased, and keep its names from everybody until then (S25)."""
    for each in every(tx, principal):
        if each.kind is not Kind.CATCH_ALL:
            former.lay_to_rest(tx, each.local, each.domain, until=until)
    remove_all(tx, principal)


def sweep(tx: Tx, *, rest: int) -> int:
    """Forget addresses that have been over for so many milliseconds; how many."""
    return tx.execute(_SWEEP, {"before": tx.now - rest}).rowcount


def leave_behind(
    tx: Tx, principal: PrincipalId, organisation: PrincipalId, *, heir: PrincipalId, until: int
) -> list[Address]:
    """Let an account leave the domains of an organisation: what it has there forwards `until` then (S35).

    The heir gets the roles and catch-alls. The addresses that forward now, those of before among them.
    """
    pass_on(tx, principal, organisation, heir=heir)
    where = {"principal": principal, "organisation": organisation}
    tx.execute(_LEAVE_BEHIND, {**where, "now": tx.now, "then": until})
    return [each for each in of(tx, principal) if each.kind is Kind.FORWARD]


def pass_on(tx: Tx, principal: PrincipalId, organisation: PrincipalId, *, heir: PrincipalId) -> None:
    """Let the heir get what a principal gets by its office in the domains of an organisation: roles, catch-alls."""
    tx.execute(_PASS_ON, {"principal": principal, "organisation": organisation, "heir": heir})


def make_primary(tx: Tx, principal: PrincipalId, local: str, host: str) -> Address:
    """Give an account another primary address; it may be an alias of its own. Errors as those of `add`."""
    kept, at = _checked(local), domains.find(tx, host)
    if tx.execute(_MAKE_PRIMARY, {"which": kept, "at": at.id, "principal": principal}).rowcount:
        return Address(kept, at.name, principal, Kind.PRIMARY)
    return add(tx, principal, kept, host, kind=Kind.PRIMARY)


def number(tx: Tx, principal: PrincipalId, text: str) -> int:
    """The number of one of the addresses under which an account writes.

    Raises:
        Missing: it is none of its own.
        Malformed: it is no address.
    """
    local, _, host = text.rpartition("@")
    asked = {"principal": principal, "which": folded(local), "name": domains.normal(host), "now": tx.now}
    found = tx.execute(_NUMBER, asked).scalar()
    if found is None:
        raise Missing(f"{text!r} is none of the account's addresses: `account show` lists them.", principal=principal)
    return int(found)


def need_free_name(local: str) -> None:
    """Denied for a name that is the house's own (S26)."""
    if folded(local) in RESERVED:
        raise Denied(f"The name {local!r} is reserved: choose another one.", local=local)


def _is_over(tx: Tx, found: Address) -> bool:
    return 0 < found.until <= tx.now


def _caught(tx: Tx, names: Iterable[str], found: Address | None) -> Address | None:
    """The catch-all, unless one of the names is not for it."""
    if found is None or _is_over(tx, found):
        return None
    asked = [each for each in dict.fromkeys(names) if each]
    if not asked or any(each in RESERVED or former.rests(tx, each, found.domain) for each in asked):
        return None
    return found


def _addresses(rows: Iterable[Row[*tuple[object, ...]]]) -> list[Address]:
    return [_address(row) for row in rows]


def _address(row: Row[*tuple[object, ...]]) -> Address:
    return Address(row.local, row.domain, PrincipalId(row.principal_id), Kind(row.kind), int(row.until))


def _checked(local: str) -> str:
    kept = folded(local)
    if not kept or len(kept.encode()) > _LONGEST:
        raise Malformed(f"{local!r} cannot stand before the @: it must have 1 to {_LONGEST} bytes.")
    odd = any(character in _FORBIDDEN or character.isspace() or not character.isprintable() for character in kept)
    if odd or kept.startswith(".") or kept.endswith(".") or ".." in kept or "+" in kept:
        raise Malformed(f"{local!r} cannot stand before the @: use letters, digits, dots, hyphens and underscores.")
    return kept

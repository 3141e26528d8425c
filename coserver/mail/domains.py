"""The domains whose mail is ours. One of them is the standard: names without a domain belong to it.

Invariants: names are kept in lower case, as A-labels; once there is a domain, exactly one is the standard.
A domain that is removed rests for a time (S27): its mail is still for us and put off, nothing new comes into it,
and it can be restored; then it is gone, with its addresses. Logins are no addresses: they stay.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Row, Select, bindparam, delete, exists, insert, select, update

from coserver.model.errors import Denied, Exists, Malformed, Missing
from coserver.model.hosts import a_labels
from coserver.model.ids import PrincipalId
from coserver.store.schema.mail import domain
from coserver.store.tx import Tx

REST = 30 * 86_400_000  # milliseconds for which the addresses of a removed domain rest (S27)

_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_COLUMNS = (domain.c.id, domain.c.name, domain.c.standard, domain.c.organisation_id, domain.c.removed)
_FIND = select(*_COLUMNS).where(domain.c.name == bindparam("name"))
_LISTED = select(*_COLUMNS).order_by(domain.c.standard.desc(), domain.c.name)
_OF = select(*_COLUMNS).where(domain.c.organisation_id == bindparam("organisation")).order_by(domain.c.name)
_STANDARD = select(*_COLUMNS).where(domain.c.standard == 1)
_ADD = insert(domain)
_REMOVED = update(domain).where(domain.c.id == bindparam("which")).values(removed=bindparam("moment"))
_REMOVED_OF = (
    update(domain)
    .where(domain.c.organisation_id == bindparam("organisation"), domain.c.removed == 0)
    .values(removed=bindparam("moment"))
)
_LEFT = (
    update(domain).where(domain.c.organisation_id == bindparam("organisation")).values(organisation_id=None)
)  # fmt: skip
_SWEEP = delete(domain).where(domain.c.removed > 0, domain.c.removed <= bindparam("before")).returning(domain.c.name)
_IS_OURS = select(exists().where(domain.c.name == bindparam("name")))
_RESTS = select(exists().where(domain.c.name == bindparam("name"), domain.c.removed > 0))


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain whose mail we take.

    `organisation` is whose it is, None: the operator's; `removed` when it was removed (milliseconds), 0: it is
    in force.
    """

    id: int
    name: str
    standard: bool
    organisation: PrincipalId | None = None
    removed: int = 0


def normal(name: str) -> str:
    """A domain name as it is kept: lower case, international labels as A-labels (RFC 5891 4.4).

    Raises:
        Malformed: it cannot be a domain name.
    """
    try:
        ascii_name = a_labels(name.strip().rstrip("."))
    except UnicodeError as error:
        raise Malformed(f"{name!r} is not a domain name.") from error
    if not _NAME.fullmatch(ascii_name):
        raise Malformed(f"{name!r} is not a domain name.")
    return ascii_name


def add(tx: Tx, name: str, *, organisation: PrincipalId | None = None) -> Domain:
    """Take mail for a domain from now on; the first one is the standard.

    Raises:
        Malformed: it cannot be a domain name.
        Exists: it is ours already, or rests.
    """
    kept = normal(name)
    need_free(tx, kept)
    first = tx.execute(_STANDARD).first() is None
    row = {"name": kept, "standard": int(first), "created": tx.now, "organisation_id": organisation}
    tx.execute(_ADD, row)
    return find(tx, kept)


def need_free(tx: Tx, name: str) -> None:
    """Exists if a domain, as it is kept, is ours, or somebody's who may still restore it."""
    found = known(tx, name)
    if found is not None and found.removed:
        raise Exists(f"The domain {name} was removed lately: {_until(found)} it can only be restored.", domain=name)
    if found is not None:
        raise Exists(f"The domain {name} is there already.", domain=name)


def remove(tx: Tx, name: str) -> Domain:
    """Let a domain and its addresses rest for `REST`, after which they are gone; logins stay as they are (S27).

    Raises:
        Missing: it is not ours.
        Denied: it is the standard, or rests already.
    """
    found = find(tx, name)
    if found.standard:
        raise Denied(f"{found.name} is the domain of names without one; it stays.", domain=found.name)
    tx.execute(_REMOVED, {"which": found.id, "moment": tx.now})
    return Domain(found.id, found.name, found.standard, found.organisation, tx.now)


def remove_all(tx: Tx, organisation: PrincipalId) -> None:
    """Let the domains of an organisation that goes rest; the operator alone can restore them."""
    tx.execute(_REMOVED_OF, {"organisation": organisation, "moment": tx.now})
    tx.execute(_LEFT, {"organisation": organisation})


def restore(tx: Tx, name: str) -> Domain:
    """Bring a removed domain back, with all its addresses.

    Raises:
        Missing: it is not ours, or not any more.
        Denied: it was not removed.
    """
    found = known(tx, name)
    if found is None:
        raise Missing(f"{name!r} is not among our domains.", domain=name)
    if not found.removed:
        raise Denied(f"{found.name} is in force: there is nothing to restore.", domain=found.name)
    tx.execute(_REMOVED, {"which": found.id, "moment": 0})
    return find(tx, found.name)


def sweep(tx: Tx) -> list[str]:
    """Forget the domains that have rested long enough, with their addresses; their names."""
    return list(tx.execute(_SWEEP, {"before": tx.now - REST}).scalars())


def find(tx: Tx, name: str) -> Domain:
    """The domain of that name, or the standard one for an empty name.

    Raises:
        Missing: there is none.
        Denied: it was removed, and rests.
    """
    found = known(tx, name)
    if found is None:
        raise Missing(f"{repr(name) if name else 'A standard domain'} is not among our domains.", domain=name)
    if found.removed:
        again = "domain restore" if found.organisation is None else "org domain restore ORG"
        raise Denied(
            f"{found.name} was removed: `coserver {again} {found.name}` brings it back, {_until(found)}.",
            domain=found.name,
        )
    return found


def known(tx: Tx, name: str) -> Domain | None:
    """The same whether it rests or not; None if there is none."""
    row = tx.execute(_FIND, {"name": normal(name)}).first() if name else tx.execute(_STANDARD).first()
    return None if row is None else _domain(row)


def listed(tx: Tx) -> list[Domain]:
    """All domains, those that rest too, the standard one first."""
    return [_domain(row) for row in tx.execute(_LISTED)]


def of(tx: Tx, organisation: PrincipalId) -> list[Domain]:
    """The domains of an organisation, those that rest too."""
    return [_domain(row) for row in tx.execute(_OF, {"organisation": organisation})]


def is_ours(tx: Tx, name: str) -> bool:
    """Whether mail for that domain is for us, be it that the domain rests; never raises."""
    return _holds(tx, name, _IS_OURS)


def rests(tx: Tx, name: str) -> bool:
    """Whether a domain was removed and its addresses rest, so that mail for them is put off; never raises."""
    return _holds(tx, name, _RESTS)


def _holds(tx: Tx, name: str, question: Select[bool]) -> bool:
    try:
        kept = normal(name)
    except Malformed:
        return False
    return bool(tx.execute(question, {"name": kept}).scalar_one())


def _until(found: Domain) -> str:
    return f"until {datetime.fromtimestamp((found.removed + REST) / 1000, UTC).date()}"


def _domain(row: Row[*tuple[object, ...]]) -> Domain:
    owner = None if row.organisation_id is None else PrincipalId(row.organisation_id)
    return Domain(row.id, row.name, bool(row.standard), owner, row.removed)

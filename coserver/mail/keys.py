"""The DKIM keys of our domains: the one in use, and one that waits for its record to stand in the DNS.

Invariants: a domain signs with one key, under one selector, which is never used again for another; a key comes
into use when its record was seen in the DNS, so that nothing leaves signed with what nobody can look up, unless
it is the first or somebody said at once. Keys are made outside the tx.
"""

import secrets
from datetime import UTC, datetime

from sqlalchemy import bindparam, func, select, update

from coserver.mail import domains
from coserver.mail.signing import Key
from coserver.model.errors import Malformed, Missing
from coserver.store.schema.mail import domain
from coserver.store.tx import Tx

_IN_USE = select(domain.c.name, domain.c.dkim_selector.label("selector"), domain.c.dkim_key.label("secret")).where(
    domain.c.dkim_key != ""
)
_NEXT = select(domain.c.name, domain.c.next_selector.label("selector"), domain.c.next_key.label("secret")).where(
    domain.c.next_key != "", domain.c.removed == 0
)
_named = domain.c.name == bindparam("host")
_FIND, _FIND_NEXT = _IN_USE.where(_named), _NEXT.where(_named)
_WAITING = _NEXT.order_by(domain.c.id).limit(bindparam("most")).offset(bindparam("first"))
_NUMBER_WAITING = select(func.count()).select_from(domain).where(domain.c.next_key != "", domain.c.removed == 0)
_WITHOUT = select(domain.c.name).where(domain.c.dkim_key == "", domain.c.removed == 0).order_by(domain.c.id)
_which = update(domain).where(_named)
_GIVE = _which.where(domain.c.dkim_key == "").values(dkim_selector=bindparam("selector"), dkim_key=bindparam("secret"))
_PREPARE = _which.values(next_selector=bindparam("selector"), next_key=bindparam("secret"))
_SWITCH = _which.where(domain.c.next_selector == bindparam("selector")).values(
    dkim_selector=domain.c.next_selector, dkim_key=domain.c.next_key, next_selector="", next_key=""
)


def find(tx: Tx, host: str) -> Key | None:
    """With what mail from a domain is signed; None for one that is not ours or has no key. Never raises."""
    try:
        row = tx.execute(_FIND, {"host": domains.normal(host)}).first()
    except Malformed:
        return None
    return None if row is None else Key(row.name, row.selector, row.secret)


def prepared(tx: Tx, host: str) -> Key | None:
    """The key of a domain that is to be used next."""
    row = tx.execute(_FIND_NEXT, {"host": domains.normal(host)}).first()
    return None if row is None else Key(row.name, row.selector, row.secret)


def waiting(tx: Tx, *, most: int, turn: int = 0) -> list[Key]:
    """Keys that are to be used when their records are seen: so many, from the one on whose turn it is."""
    number = tx.execute(_NUMBER_WAITING).scalar_one()
    found = tx.execute(_WAITING, {"most": most, "first": turn % max(1, number)})
    return [Key(row.name, row.selector, row.secret) for row in found]


def without(tx: Tx) -> list[str]:
    """The domains that have no key yet."""
    return list(tx.execute(_WITHOUT).scalars())


def give(tx: Tx, host: str, secret: str) -> None:
    """Let a domain that has no key sign with this one from now on; harmless if it has one."""
    tx.execute(_GIVE, {"host": domains.normal(host), "selector": _selector(tx), "secret": secret})


def prepare(tx: Tx, host: str, secret: str) -> Key:
    """Keep a key as the next one of a domain, in place of another that was to be the next."""
    found = domains.find(tx, host)
    made = Key(found.name, _selector(tx), secret)
    tx.execute(_PREPARE, {"host": made.domain, "selector": made.selector, "secret": secret})
    return made


def switch(tx: Tx, key: Key) -> None:
    """Sign with a prepared key from now on; the former one is forgotten.

    Raises:
        Missing: another one was prepared meanwhile.
    """
    if tx.execute(_SWITCH, {"host": key.domain, "selector": key.selector}).rowcount == 0:
        raise Missing(f"{key.selector} is no key that {key.domain} waits for.", domain=key.domain)


def _selector(tx: Tx) -> str:
    """A name never used before, which tells people when it was made (RFC 6376 3.1)."""
    return f"c{datetime.fromtimestamp(tx.now / 1000, UTC):%Y%m%d}-{secrets.token_hex(3)}"

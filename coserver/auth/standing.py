"""What a login needs of an account: its row by name, read at every attempt.

Invariants: a name without a domain belongs to the standard domain; names are compared in NFKC and
lower case; `renew` is the one way in which an account's epoch rises, and what was verified under an
older epoch counts no more.
"""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from coserver.model.ids import PrincipalId
from coserver.model.plan import Feature
from coserver.model.principal import State
from coserver.quota.plans import features_of
from coserver.store.schema import account
from coserver.store.tx import Tx
from coserver.store.views import standard_domain

LONGEST_NAME = 320  # characters: RFC 5321 4.5.3.1

_STANDARD = select(standard_domain.c.name)
_FIND = select(account.c.id, account.c.login, account.c.state, account.c.epoch, account.c.used).where(
    account.c.login == bindparam("login")
)
_RENEW = update(account).where(account.c.id == bindparam("which")).values(epoch=account.c.epoch + 1)
_USED = update(account).where(account.c.id == bindparam("which")).values(used=bindparam("now"))


@dataclass(frozen=True, slots=True)
class Standing:
    """An account as it stands now; `used` is its last login in milliseconds, to the hour."""

    account: PrincipalId
    login: str
    state: State
    epoch: int
    used: int
    features: frozenset[Feature]


def full(tx: Tx, name: str) -> str:
    """The login that a name means: lower case, NFKC, with the standard domain where none is given."""
    plain = unicodedata.normalize("NFKC", name.strip()).lower()
    if "@" in plain:
        return plain
    standard = tx.execute(_STANDARD).scalar()
    return plain if standard is None else f"{plain}@{standard}"


def find(tx: Tx, name: str) -> Standing | None:
    """The account of that name, bare or full."""
    if len(name) > LONGEST_NAME or not _is_text(name):
        return None
    row = tx.execute(_FIND, {"login": full(tx, name)}).first()
    if row is None:
        return None
    owner = PrincipalId(row.id)
    return Standing(owner, row.login, State(row.state), row.epoch, row.used, features_of(tx, owner))


def renew(tx: Tx, account_id: PrincipalId) -> None:
    """Make everything verified before count no more, and let open sessions look again."""
    tx.execute(_RENEW, {"which": account_id})
    tx.tell(account_id)


def stamp(tx: Tx, account_id: PrincipalId) -> None:
    """Note that the account was used now (S9)."""
    tx.execute(_USED, {"which": account_id, "now": tx.now})


def _is_text(name: str) -> bool:
    """False for bytes that were no UTF-8 and no name in any account's."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in name

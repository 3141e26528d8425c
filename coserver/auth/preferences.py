"""What people set for themselves in the portal: how long it waits for them, and in which language it speaks."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId
from coserver.store.schema.auth import preference
from coserver.store.tx import Tx

IDLE_MINUTES, SHORTEST, LONGEST = 20, 5, 720  # R37

_GET = select(preference.c.idle_minutes, preference.c.language).where(preference.c.account_id == bindparam("account"))
_FORGET = delete(preference).where(preference.c.account_id == bindparam("account"))
_ADD = insert(preference)


@dataclass(frozen=True, slots=True)
class Preferences:
    """Of one account: minutes until an unused login in a browser ends, a language (empty: the browser's)."""

    idle_minutes: int = IDLE_MINUTES
    language: str = ""


def get(tx: Tx, account: PrincipalId) -> Preferences:
    """What an account set, or what holds where it set nothing."""
    row = tx.execute(_GET, {"account": account}).one_or_none()
    return Preferences() if row is None else Preferences(row.idle_minutes, row.language)


def put(tx: Tx, account: PrincipalId, wanted: Preferences) -> None:
    """Keep what an account sets.

    Raises:
        Malformed: the idle time is too short or too long.
    """
    if not SHORTEST <= wanted.idle_minutes <= LONGEST:
        raise Malformed(f"The time without use can be from {SHORTEST} to {LONGEST} minutes.")
    tx.execute(_FORGET, {"account": account})
    tx.execute(_ADD, {"account_id": account, "idle_minutes": wanted.idle_minutes, "language": wanted.language})

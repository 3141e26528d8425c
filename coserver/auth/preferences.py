"""What people set for themselves in the portal: how long it waits, language, zone, and letters they do without."""

from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import available_timezones

from sqlalchemy import bindparam, delete, insert, select

from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId
from coserver.model.letter import LetterKind
from coserver.store.schema.auth import preference
from coserver.store.tx import Tx

IDLE_MINUTES, SHORTEST, LONGEST = 20, 5, 720  # R37

# what else the list of zones has are other names of the same, and offsets
_PLACES = frozenset((
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
))  # fmt: skip

_GET = select(preference.c.idle_minutes, preference.c.language, preference.c.zone, preference.c.unwanted).where(
    preference.c.account_id == bindparam("account")
)
_FORGET = delete(preference).where(preference.c.account_id == bindparam("account"))
_ADD = insert(preference)


@dataclass(frozen=True, slots=True)
class Preferences:
    """Of one account: minutes until an unused login in a browser ends, a language (empty: the browser's), and the zone
    in which it reads and types times (empty: none was chosen); and the letters that it does without.
    """

    idle_minutes: int = IDLE_MINUTES
    language: str = ""
    zone: str = ""
    unwanted: frozenset[LetterKind] = frozenset()


def get(tx: Tx, account: PrincipalId) -> Preferences:
    """What an account set, or what holds where it set nothing."""
    row = tx.execute(_GET, {"account": account}).one_or_none()
    if row is None:
        return Preferences()
    unwanted = frozenset(LetterKind(each) for each in row.unwanted.split())
    return Preferences(row.idle_minutes, row.language, row.zone, unwanted)


def wants(tx: Tx, account: PrincipalId, kind: LetterKind) -> bool:
    """Whether letters of a kind are to come to an account."""
    return kind not in get(tx, account).unwanted


def put(tx: Tx, account: PrincipalId, wanted: Preferences) -> None:
    """Keep what an account sets.

    Raises:
        Malformed: the idle time is too short or too long, or there is no such zone.
    """
    if not SHORTEST <= wanted.idle_minutes <= LONGEST:
        raise Malformed(f"The time without use can be from {SHORTEST} to {LONGEST} minutes.")
    if wanted.zone and wanted.zone not in zones():
        raise Malformed("There is no such time zone. Please choose one of the list.")
    tx.execute(_FORGET, {"account": account})
    row = {"idle_minutes": wanted.idle_minutes, "language": wanted.language, "zone": wanted.zone}
    tx.execute(_ADD, {"account_id": account, **row, "unwanted": " ".join(sorted(wanted.unwanted))})


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The zones that can be chosen, by name: those of places, and UTC."""
    return (*sorted(name for name in available_timezones() if name.partition("/")[0] in _PLACES), "UTC")

"""Cookies: the logins of browsers, each known by 256 random bits of which only a hash is kept.

Invariants: a cookie is good while its account is in force, was used within the idle time that its owner set
(R36, R37), and for half a day at most; another password ends every one (S20). What was used lately is
remembered here as well as stored, so that a page costs a write four times a minute and not each time.
"""

import hashlib
import secrets
import threading
from collections import OrderedDict
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from coserver.auth import preferences
from coserver.clock import milliseconds
from coserver.model.errors import Busy
from coserver.model.ids import PrincipalId
from coserver.model.principal import State
from coserver.store.engine import Store
from coserver.store.schema.auth import account, cookie, preference
from coserver.store.tx import Tx

LONGEST = 12 * 3_600_000  # milliseconds from login to the next one
HALF = 10 * 60_000  # milliseconds in which the second factor has to follow
MOST = 100  # of one account: the longest unused goes
LONGEST_BROWSER = 300  # characters of what a browser says of itself
_MINUTE = 60_000
_STAMPED = 15_000  # milliseconds from one stored use to the next
_REMEMBERED = 10_000

_IDLE = func.coalesce(preference.c.idle_minutes, preferences.IDLE_MINUTES).label("idle")
_ROWS = (
    select(
        cookie.c.id,
        cookie.c.account_id,
        cookie.c.created,
        cookie.c.seen,
        cookie.c.peer,
        cookie.c.browser,
        cookie.c.half,
        account.c.login,
        account.c.display_name,
        account.c.state,
        _IDLE,
        func.coalesce(preference.c.language, "").label("language"),
        func.coalesce(preference.c.zone, "").label("zone"),
    )
    .join(account, account.c.id == cookie.c.account_id)
    .outerjoin(preference, preference.c.account_id == cookie.c.account_id)
)
_ADD = insert(cookie)
_FIND = _ROWS.where(cookie.c.hash == bindparam("digest"))
_OF = _ROWS.where(cookie.c.account_id == bindparam("account"), cookie.c.half == 0).order_by(
    cookie.c.seen.desc(), cookie.c.id.desc()
)
_STAMP = (
    update(cookie)
    .where(cookie.c.id == bindparam("which"), cookie.c.seen < bindparam("at"))
    .values(seen=bindparam("at"))
)
_END = delete(cookie).where(cookie.c.id == bindparam("which"), cookie.c.account_id == bindparam("account"))
_END_ALL = delete(cookie).where(cookie.c.account_id == bindparam("account"), cookie.c.id != bindparam("but"))
_SWEEP = delete(cookie).where(cookie.c.created <= bindparam("before"))


class End(Enum):
    """Why a cookie is not good."""

    UNKNOWN = "unknown"  # there is none, or it was ended
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Cookie:
    """One login of one browser; times in milliseconds since 1970, `idle` in minutes.

    A `half` one knows the password, and has yet to show the second factor: it opens nothing but that.
    """

    id: int
    account: PrincipalId
    login: str
    display_name: str
    created: int
    seen: int
    idle: int
    peer: str
    browser: str
    language: str
    zone: str = ""
    half: bool = False


class Presence:
    """When cookies were used last: here at once, in the store a little later."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: OrderedDict[int, int] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, tx: Tx, text: str, *, counts: bool = True) -> Cookie | End:
        """The cookie that a browser sent, if it is good; what a page refreshes by itself does not `count` as use."""
        row = tx.execute(_FIND, {"digest": digest(text)}).one_or_none()
        if row is None or State(row.state) is not State.ACTIVE:
            return End.UNKNOWN
        now = milliseconds(self._store.clock)
        with self._lock:
            seen = max(row.seen, self._seen.get(row.id, 0))
        if now >= min(seen + row.idle * _MINUTE, row.created + (HALF if row.half else LONGEST)):
            return End.IDLE
        if counts:
            self._use(row.id, now, stored=row.seen)
        return _cookie(row)

    def _use(self, which: int, now: int, *, stored: int) -> None:
        with self._lock:
            self._seen[which] = now
            self._seen.move_to_end(which)
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        if now - stored >= _STAMPED:
            with suppress(Busy):  # the store is closing
                self._store.submit(lambda tx: _stamp(tx, which, now)).add_done_callback(_written)


def make() -> str:
    """What a browser is to keep."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> bytes:
    """What is kept of it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def add(tx: Tx, account_id: PrincipalId, text: str, *, peer: str, browser: str, half: bool = False) -> None:
    """Keep a new login of a browser; the one unused for longest goes where there are too many."""
    for old in of(tx, account_id)[MOST - 1 :]:
        end(tx, account_id, old.id)
    row = {"account_id": account_id, "hash": digest(text), "created": tx.now, "seen": tx.now}
    tx.execute(_ADD, {**row, "peer": peer, "browser": browser[:LONGEST_BROWSER], "half": int(half)})


def of(tx: Tx, account_id: PrincipalId) -> list[Cookie]:
    """All of an account that are not over, the one used last first."""
    rows = tx.execute(_OF, {"account": account_id}).all()
    return [_cookie(row) for row in rows if tx.now < min(row.seen + row.idle * _MINUTE, row.created + LONGEST)]


def end(tx: Tx, account_id: PrincipalId, which: int) -> None:
    """End one of an account's, if it is there."""
    tx.tell(account_id)
    tx.execute(_END, {"account": account_id, "which": which})


def end_all(tx: Tx, account_id: PrincipalId, *, but: int = 0) -> None:
    """End every one of an account's, or every other."""
    tx.tell(account_id)
    tx.execute(_END_ALL, {"account": account_id, "but": but})


def sweep(tx: Tx) -> None:
    """Forget those that are over in any case."""
    tx.execute(_SWEEP, {"before": tx.now - LONGEST})


def _stamp(tx: Tx, which: int, at: int) -> None:
    tx.execute(_STAMP, {"which": which, "at": at})


def _cookie(row: Row[*tuple[object, ...]]) -> Cookie:
    return Cookie(
        id=row.id,
        account=PrincipalId(row.account_id),
        login=row.login,
        display_name=row.display_name,
        created=row.created,
        seen=row.seen,
        idle=row.idle,
        peer=row.peer,
        browser=row.browser,
        language=row.language,
        zone=row.zone,
        half=bool(row.half),
    )


def _written(done: "Future[None]") -> None:
    done.exception()  # a use that was not stored is stored with the next one

"""What a login needs of an account: its row by name, read at every attempt.

Invariants: a name without a domain belongs to the standard domain; names are compared in NFKC and
lower case; `renew` is the one way in which an account's epoch rises, and what was verified under an
older epoch counts no more.
"""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import RowMapping, bindparam, func, insert, select, update

from coserver.model.hosts import a_labels
from coserver.model.ids import PrincipalId
from coserver.model.plan import Plan
from coserver.model.principal import State
from coserver.quota.plans import plan_in, subscribed_plan
from coserver.store.schema.auth import account, managed
from coserver.store.tx import Tx
from coserver.store.views import standard_domain

LONGEST_NAME = 320  # characters: RFC 5321 4.5.3.1

_STANDARD = select(standard_domain.c.name)
_PLAN = subscribed_plan.c
_ROWS = select(
    account.c.id,
    account.c.login,
    account.c.display_name,
    account.c.state,
    account.c.epoch,
    account.c.created,
    account.c.used,
    account.c.since,
    account.c.state_before,
    account.c.external,
    _PLAN.code,
    _PLAN.version,
    _PLAN.title,
    _PLAN.capacities,
    _PLAN.features,
    _PLAN.overrides,
).join(subscribed_plan, _PLAN.account_id == account.c.id)
_FIND = _ROWS.where(account.c.login == bindparam("login"))
_FIND_BARE = _ROWS.where(account.c.login == bindparam("local") + "@" + select(standard_domain.c.name).scalar_subquery())
_GET = _ROWS.where(account.c.id == bindparam("which"))
_LISTED = _ROWS.order_by(account.c.id)
_starting = (account.c.login >= bindparam("first"), account.c.login < bindparam("after"))
_SOME = _ROWS.where(*_starting).order_by(account.c.login).limit(bindparam("most")).offset(bindparam("skip"))
_COUNT = select(func.count()).select_from(account).where(*_starting)
_STATES = select(account.c.state, func.count()).group_by(account.c.state)
_HAVING = _ROWS.where(func.lower(account.c.external) == bindparam("address")).order_by(account.c.id)
_UNUSED = (
    _ROWS.where(account.c.state == str(State.ACTIVE), account.c.external != "")
    .where(account.c.used <= bindparam("moment"), account.c.since <= bindparam("moment"))
    .where(account.c.created <= bindparam("moment"))
    .order_by(account.c.id)
)
_EXTERNALS = select(func.count()).select_from(account).where(account.c.external == bindparam("address"))
_IN_STATE = _ROWS.where(account.c.state == bindparam("wanted"), account.c.since <= bindparam("moment")).order_by(
    account.c.since, account.c.id
)
_RUN_BY = (
    _ROWS.join(managed, managed.c.account_id == account.c.id)
    .where(managed.c.organisation_id == bindparam("organisation"))
    .order_by(account.c.login)
)
_SOME_RUN_BY = _RUN_BY.limit(bindparam("most")).offset(bindparam("skip"))
_ADD = insert(account)
_RENAME = update(account).where(account.c.id == bindparam("which")).values(login=bindparam("anew"))
_RENEW = update(account).where(account.c.id == bindparam("which")).values(epoch=account.c.epoch + 1)
_STATE = (
    update(account)
    .where(account.c.id == bindparam("which"))
    .values(state=bindparam("now_is"), since=bindparam("now"), state_before=bindparam("was"))
)
_EXTERNAL = update(account).where(account.c.id == bindparam("which")).values(external=bindparam("address"))
_IS_HIDING = select(account.c.hides_private).where(account.c.id == bindparam("which"))
_HIDES = update(account).where(account.c.id == bindparam("which")).values(hides_private=bindparam("hides"))
_USED = update(account).where(account.c.id == bindparam("which")).values(used=bindparam("now"))


@dataclass(frozen=True, slots=True)
class Standing:
    """An account's row and plan.

    `created`, `used` (its last login, to the hour) and `since` (when its state began) are
    milliseconds; `before` is the state that restoring a closed account gives back; `external` an
    address elsewhere, or empty.
    """

    account: PrincipalId
    login: str
    display_name: str
    state: State
    epoch: int
    created: int
    used: int
    since: int
    before: State | None
    external: str
    plan: Plan


def normal(name: str) -> str:
    """A login as it is compared: NFKC, lower case, the domain in A-labels (RFC 5891 4.4) where it is given."""
    plain = unicodedata.normalize("NFKC", name.strip()).lower()
    local, at, host = plain.rpartition("@")
    return f"{local}@{_a_labels(host)}" if at else plain


def full(tx: Tx, name: str) -> str:
    """The login that a name means: with the standard domain where none is given, if there is one."""
    plain = normal(name)
    standard = None if "@" in plain else tx.execute(_STANDARD).scalar()
    return plain if standard is None else f"{plain}@{standard}"


def find(tx: Tx, name: str) -> Standing | None:
    """The account of that name, bare or full."""
    if len(name) > LONGEST_NAME or not _is_text(name):
        return None
    plain = normal(name)
    found = tx.execute(_FIND, {"login": plain}) if "@" in plain else tx.execute(_FIND_BARE, {"local": plain})
    row = found.mappings().first()
    return None if row is None else _standing(row)


def get(tx: Tx, account_id: PrincipalId) -> Standing | None:
    """The account of that id."""
    row = tx.execute(_GET, {"which": account_id}).mappings().first()
    return None if row is None else _standing(row)


def listed(tx: Tx) -> list[Standing]:
    """All accounts, oldest first."""
    return [_standing(row) for row in tx.execute(_LISTED).mappings()]


def some(tx: Tx, starting: str, *, skip: int, most: int) -> tuple[list[Standing], int]:
    """A part of the accounts whose login begins so (empty: all), by login, and how many there are."""
    if not _is_text(starting):
        return [], 0
    plain = normal(starting)
    between = {"first": plain, "after": f"{plain}\U0010ffff"}
    rows = tx.execute(_SOME, {**between, "skip": skip, "most": most}).mappings()
    return [_standing(row) for row in rows], int(tx.execute(_COUNT, between).scalar_one())


def states(tx: Tx) -> dict[State, int]:
    """How many accounts are in each state."""
    return {State(row[0]): row[1] for row in tx.execute(_STATES)}


def unused(tx: Tx, *, before: int) -> list[Standing]:
    """Active accounts with an external address that nobody made, changed the state of or logged in to since then."""
    return [_standing(row) for row in tx.execute(_UNUSED, {"moment": before}).mappings()]


def having(tx: Tx, external: str) -> list[Standing]:
    """The accounts with that external address, in whatever state; case does not matter."""
    return [_standing(row) for row in tx.execute(_HAVING, {"address": external.lower()}).mappings()]


def in_state(tx: Tx, state: State, *, before: int) -> list[Standing]:
    """The accounts that are in a state since `before` or earlier, longest first."""
    return [_standing(row) for row in tx.execute(_IN_STATE, {"wanted": str(state), "moment": before}).mappings()]


def run_by(tx: Tx, organisation: PrincipalId) -> list[Standing]:
    """The accounts that an organisation runs, by login."""
    return [_standing(row) for row in tx.execute(_RUN_BY, {"organisation": organisation}).mappings()]


def some_run_by(tx: Tx, organisation: PrincipalId, *, skip: int, most: int) -> list[Standing]:
    """A part of them, for lists that are shown leaf by leaf."""
    part = {"organisation": organisation, "skip": skip, "most": most}
    return [_standing(row) for row in tx.execute(_SOME_RUN_BY, part).mappings()]


def add(
    tx: Tx, account_id: PrincipalId, login: str, *, display_name: str = "", state: State = State.ACTIVE
) -> None:  # fmt: skip
    """Keep a new account under a full login that is free."""
    row = {"id": account_id, "login": login, "display_name": display_name, "state": str(state)}
    tx.execute(_ADD, row | {"created": tx.now, "since": tx.now})


def rename(tx: Tx, account_id: PrincipalId, login: str) -> None:
    """Give an account another full login, which is free: open sessions end, app passwords go on with the new one."""
    tx.execute(_RENAME, {"which": account_id, "anew": login})
    renew(tx, account_id)


def set_state(tx: Tx, account_id: PrincipalId, state: State, *, before: State | None = None) -> None:
    """Put an account into another state, at once; `before` is what restoring a closed one gives back."""
    was = "" if before is None else str(before)
    tx.execute(_STATE, {"which": account_id, "now_is": str(state), "now": tx.now, "was": was})
    renew(tx, account_id)


def number_with(tx: Tx, external: str) -> int:
    """How many accounts have this external address."""
    return int(tx.execute(_EXTERNALS, {"address": external}).scalar_one())


def set_external(tx: Tx, account_id: PrincipalId, address: str) -> None:
    """Note another address elsewhere; empty: none."""
    tx.execute(_EXTERNAL, {"which": account_id, "address": address})


def hides_private(tx: Tx, account_id: PrincipalId) -> bool:
    """Whether the account is not even seen busy by what is private (C12)."""
    return bool(tx.execute(_IS_HIDING, {"which": account_id}).scalar())


def set_hides_private(tx: Tx, account_id: PrincipalId, *, hides: bool) -> None:
    """Say whether the account is seen busy by what is private (C12)."""
    tx.execute(_HIDES, {"which": account_id, "hides": int(hides)})
    tx.tell(account_id)


def renew(tx: Tx, account_id: PrincipalId) -> None:
    """Make everything verified before count no more, and let open sessions look again."""
    tx.execute(_RENEW, {"which": account_id})
    tx.tell(account_id)


def stamp(tx: Tx, account_id: PrincipalId) -> None:
    """Note that the account was used now (S9)."""
    tx.execute(_USED, {"which": account_id, "now": tx.now})


def _a_labels(host: str) -> str:
    """A domain as it is kept, international labels as A-labels (RFC 5891 4.4); itself if it cannot be one."""
    if host.isascii():
        return host
    try:
        return a_labels(host)
    except UnicodeError:
        return host


def _is_text(name: str) -> bool:
    """False for bytes that were no UTF-8 and no name in any account's."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in name


def _standing(row: RowMapping) -> Standing:
    return Standing(
        account=PrincipalId(row["id"]),
        login=row["login"],
        display_name=row["display_name"],
        state=State(row["state"]),
        epoch=row["epoch"],
        created=row["created"],
        used=row["used"],
        since=row["since"] or row["created"],
        before=State(row["state_before"]) if row["state_before"] else None,
        external=row["external"],
        plan=plan_in(row),
    )

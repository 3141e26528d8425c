"""Many accounts at once, from the lines `login,password[,plan[,group...]]` of a CSV file.

Invariants: passwords are hashed on two threads, before any write; accounts are written fifty at a
time; a line that is refused keeps no other line out; the groups a line names are made when they are
new, and the first account that names one administers it. A rehearsal does all of it in one tx, which
comes to nothing.
"""

import csv
import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from coserver.accounts import accounts
from coserver.accounts.accounts import New
from coserver.accounts.house import House
from coserver.auth import passwords, standing
from coserver.groups import members
from coserver.model.errors import HouseError, Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import Account, State
from coserver.store.tx import Tx

_BATCH = 50
_LONGEST = 2000  # characters of a cell: as of what a verb is told
MOST_REHEARSED = 200  # lines: about a second in which the writer does nothing else


@dataclass(frozen=True, slots=True)
class Row:
    """One line: an empty plan means the usual one."""

    login: str
    password: str
    plan: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line: `full` is its account's login, `text` why there is no new account."""

    login: str
    full: str
    added: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """How accounts are made and come into the groups of their lines, where that is not the operator's doing."""

    make: Callable[[Tx, New], Account]
    join: Callable[[Tx, PrincipalId, Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class _Ready:
    row: Row
    verifier: str


class _RehearsedError(Exception):
    """The end of a rehearsal: nothing of it is kept."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("rehearsed")
        self.outcomes = outcomes


def parse(text: str) -> list[Row]:
    """The rows of a CSV file; a first line that begins with `login,password` and empty lines are passed over.

    Raises:
        Malformed: a line has no password, or a quote that is not closed; its number is named.
    """
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[Row] = []
    try:
        for line in lines:
            row = _row(line, lines.line_num)
            if row is not None:
                rows.append(row)
    except csv.Error as error:
        raise Malformed(f"Line {lines.line_num}: {error}. A quote inside quotes is written twice.") from error
    return rows


def _row(line: Sequence[str], number: int) -> Row | None:
    """One line of a file; None for one that names nobody."""
    cells = [cell.strip() for cell in line]
    if not any(cells) or (number == 1 and [cell.lower() for cell in cells[:2]] == ["login", "password"]):
        return None
    if len(cells) < 2 or not cells[0] or not line[1]:
        raise Malformed(f"Line {number}: write login,password[,plan[,group...]].")
    if any("\n" in cell or "\r" in cell for cell in line):  # else the lines after it would be one password
        raise Malformed(f"Line {number}: a quote before it is not closed, or a cell holds a line break.")
    if any(len(cell) > _LONGEST for cell in line):
        raise Malformed(f"Line {number}: a cell has {_LONGEST} characters at most.")
    return Row(cells[0], line[1], cells[2] if len(cells) > 2 else "", tuple(cell for cell in cells[3:] if cell))


def join(tx: Tx, account: PrincipalId, names: Sequence[str]) -> None:
    """Let an account be in these groups; it administers those that it is the first to name."""
    for name in names:
        try:
            group = members.find(tx, name)
        except Missing:
            group = members.create(tx, name, administrator=account)
        if not members.is_member(tx, group.id, account):
            members.add(tx, group.id, account)


AS_OPERATOR = Ways(accounts.add, join)


def add(house: House, rows: Sequence[Row], ways: Ways = AS_OPERATOR) -> list[Outcome]:
    """Make an account of each row, in this order; what exists already stays as it is, but for further groups."""
    with house.store.read() as tx:
        known = [_known(tx, row.login) for row in rows]
    with ThreadPoolExecutor(2, thread_name_prefix="hash") as threads:
        prepared = list(threads.map(partial(_prepare, house, house.hasher.hash), rows, known))
    outcomes: list[Outcome] = []
    for start in range(0, len(rows), _BATCH):
        outcomes += _write(house, prepared[start : start + _BATCH], ways)
    return outcomes


def rehearse(house: House, rows: Sequence[Row], ways: Ways = AS_OPERATOR) -> list[Outcome]:
    """What `add` would make of each row; nothing is kept. Malformed for more than `MOST_REHEARSED` rows."""
    if len(rows) > MOST_REHEARSED:
        raise Malformed(f"At most {MOST_REHEARSED} lines can be tried at once: divide the file.")

    def job(tx: Tx) -> list[Outcome]:
        raise _RehearsedError([_rehearse(tx, house, row, ways) for row in rows])

    try:
        return house.store.write(job)
    except _RehearsedError as done:
        return done.outcomes


def _rehearse(tx: Tx, house: House, row: Row, ways: Ways) -> Outcome:
    ready = _prepare(house, lambda _: "", row, _known(tx, row.login))
    if isinstance(ready, Outcome):
        return ready
    try:
        with tx.part():
            return _add(tx, house, ready, ways)
    except HouseError as error:
        return Outcome(row.login, "", added=False, text=error.text)


def _known(tx: Tx, login: str) -> bool:
    return standing.find(tx, login) is not None


def _prepare(house: House, hash_: Callable[[str], str], row: Row, known: bool) -> _Ready | Outcome:
    """Hash the password of a row that is to become an account; or the reason why it does not."""
    if known:
        return _Ready(row, "")
    try:
        if house.rules:
            passwords.check(row.password, words=accounts.words(row.login, ""))
        return _Ready(row, hash_(row.password))
    except HouseError as error:
        return Outcome(row.login, "", added=False, text=error.text)


def _write(house: House, batch: Sequence[_Ready | Outcome], ways: Ways) -> list[Outcome]:
    """Write a batch in one tx; when one of it is refused, one after the other."""

    def job(tx: Tx) -> list[Outcome]:
        return [each if isinstance(each, Outcome) else _add(tx, house, each, ways) for each in batch]

    try:
        return house.store.write(job)
    except HouseError as error:
        if len(batch) > 1:
            return [outcome for each in batch for outcome in _write(house, [each], ways)]
        (refused,) = batch
        login = refused.row.login if isinstance(refused, _Ready) else refused.login
        return [Outcome(login, "", added=False, text=error.text)]


def _add(tx: Tx, house: House, ready: _Ready, ways: Ways) -> Outcome:
    row = ready.row
    found = standing.find(tx, row.login)
    if found is not None and found.state is State.PENDING:  # a stranger's wish is nobody to let into a group
        return Outcome(row.login, found.login, added=False, text=f"Somebody is signing up as {found.login} just now.")
    if found is not None:
        ways.join(tx, found.account, row.groups)
        return Outcome(row.login, found.login, added=False, text=f"There is an account {found.login} already.")
    made = ways.make(tx, New(row.login, ready.verifier, row.plan or house.plan))
    ways.join(tx, made.id, row.groups)
    return Outcome(row.login, made.login, added=True)

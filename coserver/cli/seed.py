"""Filling a store for the demo: its plans, its domain, its people, and those of a file.

Invariants: an account that is there already is left as it is, so a second start keeps all that was
done since; passwords here are not held to the password rules.
"""

from collections.abc import Callable, Sequence

from coserver.accounts.house import House
from coserver.accounts.many import Row
from coserver.auth.passwords import Hasher
from coserver.cli.rows import argument
from coserver.model.errors import Malformed
from coserver.operator.desk import operate
from coserver.quota import plans
from coserver.store.engine import Store

DOMAIN = "example.test"
TEAM = "team"
_PLAN = "demo"
_AT_ONCE = 50  # accounts between two looks at the progress

PEOPLE = (
    Row("alice@example.test", "demo-alice-pass", groups=(TEAM,)),
    Row("bob@example.test", "demo-bob-pass", groups=(TEAM,)),
    Row("carol@example.test", "demo-carol-pass", groups=(TEAM,)),
    Row("dave@example.test", "demo-dave-pass"),
)


def people(rows: Sequence[Row]) -> list[Row]:
    """The people of the demo and those of a file, with full logins."""
    return [*PEOPLE, *(Row(_full(row.login), row.password, row.plan, row.groups) for row in rows)]


def _full(login: str) -> str:
    return login.lower() if "@" in login else f"{login.lower()}@{DOMAIN}"


def fill(store: Store, wanted: Sequence[Row], *, threads: int, progress: Callable[[int], None]) -> None:
    """See that plans, domain and accounts are there.

    Args:
        threads: how many passwords are worked on at a time.
        progress: called with the number of accounts dealt with, again and again.

    Raises:
        Malformed: an account cannot be made as it is described; the text names it.
    """
    house = House(store, Hasher(threads), plan=_PLAN, rules=False)
    operate(house, "init", {"domain": DOMAIN, "plans": plans.bundled("plans-demo")})
    there = {account["login"] for account in operate(house, "account list", {})}
    groups = {group["name"] for group in operate(house, "group list", {})}
    missing = [row for row in wanted if row.login not in there]
    progress(len(wanted) - len(missing))
    for start in range(0, len(missing), _AT_ONCE):
        batch = missing[start : start + _AT_ONCE]
        for outcome in operate(house, "account add-many", {"rows": [argument(row) for row in batch]}):
            if not outcome["added"]:
                raise Malformed(f"The account {outcome['login']} cannot be made: {outcome['text']}")
        progress(len(batch))
    if TEAM not in groups:
        operate(house, "group address", {"name": TEAM})

"""The operator's verbs about addresses beside those of logins and groups."""

from coserver.accounts import accounts, addressing
from coserver.accounts.house import House
from coserver.auth import standing
from coserver.groups import members
from coserver.mail import addresses
from coserver.mail.addresses import Address, Kind
from coserver.model.errors import Missing
from coserver.model.ids import PrincipalId
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown
from coserver.store.tx import Tx


def add(house: House, args: Arguments) -> Shown:
    """`address` and `login`, and `by`, the login that asks: gives an account another address."""
    text, login, by = args.text("address"), args.text("login"), args.optional("by")

    def job(tx: Tx) -> Shown:
        account = accounts.lasting(tx, login)
        return _shown(tx, addressing.give(tx, account.id, text, by=_asker(tx, by)))

    return house.store.write(job)


def remove(house: House, args: Arguments) -> Shown:
    """`address`, and `by`: takes an address away; it is nobody's then, and the operator may give it again."""
    text, by = args.text("address"), args.optional("by")
    return house.store.write(lambda tx: _shown(tx, addressing.take(tx, text, by=_asker(tx, by))))


def catch_all(house: House, args: Arguments) -> Shown:
    """`domain` and `login`, and `by`: who gets the mail for names that nobody has; with `none` it is refused."""
    host, by = args.text("domain"), args.optional("by")
    login = "" if args.yes("none") else args.text("login")

    def job(tx: Tx) -> Shown:
        account = accounts.lasting(tx, login).id if login else None
        addressing.catch(tx, host, account, by=_asker(tx, by))
        return {"domain": host, "login": _owner(tx, account) if account else ""}

    return house.store.write(job)


def listed(house: House, args: Arguments) -> list[Shown]:
    """All addresses but those of logins; with `login` all of that account."""
    login = args.optional("login")
    with house.store.read() as tx:
        found = addresses.of(tx, accounts.find(tx, login).id) if login else addresses.listed(tx)
        return [_shown(tx, each) for each in found]


def _asker(tx: Tx, login: str) -> PrincipalId | None:
    return accounts.lasting(tx, login).id if login else None


def _shown(tx: Tx, found: Address) -> Shown:
    group = found.kind is Kind.GROUP
    return {
        "address": str(found),
        "kind": str(found.kind),
        "login": "" if group else _owner(tx, found.principal),
        "group": _group(tx, found.principal) if group else "",
    }


def _owner(tx: Tx, account: PrincipalId) -> str:
    found = standing.get(tx, account)
    return "" if found is None else found.login


def _group(tx: Tx, group: PrincipalId) -> str:
    try:
        return members.get(tx, group).name
    except Missing:
        return "(deleted)"


VERBS = {
    "address add": add,
    "address remove": remove,
    "address catch-all": catch_all,
    "address list": listed,
}

"""The operator's verbs about accounts."""

from collections.abc import Callable
from typing import Any

from coserver.accounts import accounts, closure, letters, many, organisations, tokens
from coserver.accounts.house import House
from coserver.accounts.many import Outcome, Row
from coserver.auth import credentials, passwords, profiles, second, standing
from coserver.auth.standing import Standing
from coserver.groups import members
from coserver.mail import addresses
from coserver.model.plan import Feature
from coserver.model.principal import Account
from coserver.operator import shown
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown
from coserver.operator.verbs import plan, profile
from coserver.quota import usage as quota_usage
from coserver.store import spaces
from coserver.store.tx import Tx

_DAY = 86_400_000  # milliseconds


def add(house: House, args: Arguments) -> Shown:
    """`login`, `password` or `verifier` (a hash from another system), and if wanted `plan`, `name` and `external`."""
    login, name, external = args.text("login"), args.optional("name"), args.optional("external")
    with house.store.read() as tx:
        full = accounts.checked(tx, login)
    made_of = verifier(house, args, full, name)
    address = "@".join(letters.split(external)) if external else ""
    new = accounts.New(full, made_of, args.optional("plan", house.plan), name, address)
    made = house.store.write(lambda tx: accounts.add(tx, new))
    return {"login": made.login, "plan": made.plan}


def add_many(house: House, args: Arguments) -> list[Shown]:
    """`rows`: each with `login`, `password`, and if wanted `plan` and `groups`; what became of each."""
    return [outcome(each) for each in many.add(house, rows(args))]


def listed(house: House, _args: Arguments) -> list[Shown]:
    """All accounts with their usage."""
    with house.store.read() as tx:
        held, rows = quota_usage.every(tx), standing.listed(tx)
    return [shown.account(row, held[row.account]) for row in sorted(rows, key=lambda row: row.login)]


def show(house: House, args: Arguments) -> Shown:
    """`login`: one account with all that belongs to it."""
    with house.store.read() as tx:
        row = accounts.row(tx, args.text("login"))
        groups = members.groups_of(tx, row.account)
        return {
            **shown.account(row, quota_usage.rooms(tx, spaces.of(tx, row.account).id)),
            **plan.terms(tx, row.account),
            "features": sorted(row.plan.features),
            "addresses": [str(each) for each in addresses.of(tx, row.account)],
            **_life(tx, house, row),
            **{f"profile_{name}": text for name, text in profile.shown(profiles.of(tx, row.account)).items()},
            "organisation": _organisation(tx, row),
            "groups": [{"name": each.name, "administrator": each.administrator == row.account} for each in groups],
            "second_factor": second.is_on(tx, row.account),
            "app_passwords": [shown.app_password(each) for each in credentials.apps(tx, row.account)],
        }


def passwd(house: House, args: Arguments) -> Shown:
    """`login` and `password` or `verifier`: everything that was logged in with the old one ends."""
    with house.store.read() as tx:
        found = accounts.find(tx, args.text("login"))
    made = verifier(house, args, found.login, found.display_name)
    return _done(house, args, lambda tx, account: accounts.set_password(tx, account.id, made))


def app_password(house: House, args: Arguments) -> Shown:
    """`login`, `services`, and if wanted `label`: makes an app password and shows it, this once."""
    services = args.several("services", Feature)
    label, made = args.optional("label"), credentials.make()

    def job(tx: Tx) -> Shown:
        account = accounts.find(tx, args.text("login"))
        number = credentials.add_app(tx, account.id, made, label=label, services=services)
        return {"login": account.login, "id": number, "services": sorted(services), "password": made.text}

    return house.store.write(job)


def revoke(house: House, args: Arguments) -> Shown:
    """`login` and `id`: takes an app password away."""
    number = args.number("id")
    return _done(house, args, lambda tx, account: accounts.revoke(tx, account.id, number))


def suspend(house: House, args: Arguments) -> Shown:
    """`login`: nobody logs in any more, open sessions end; mail is put off."""
    return _done(house, args, lambda tx, account: accounts.suspend(tx, account.id))


def resume(house: House, args: Arguments) -> Shown:
    """`login`: ends a suspension."""
    return _done(house, args, lambda tx, account: accounts.resume(tx, account.id))


def forget_second_factor(house: House, args: Arguments) -> Shown:
    """`login`: it logs in with the password alone until it sets up a device anew."""
    return _done(house, args, lambda tx, account: second.turn_off(tx, account.id))


def _done(house: House, args: Arguments, deed: Callable[[Tx, Account], Any]) -> Shown:
    """Do something to the account named; its full login."""

    def job(tx: Tx) -> Shown:
        account = accounts.find(tx, args.text("login"))
        deed(tx, account)
        return {"login": account.login}

    return house.store.write(job)


def _life(tx: Tx, house: House, row: Standing) -> Shown:
    """Where an account is in its life, and whether its password is due to be renewed (R46)."""
    chosen = credentials.password_set(tx, row.account)
    old = chosen is not None and tx.now - chosen >= house.life.password_age_days * _DAY
    return {
        "external": row.external,
        "state_since": shown.moment(row.since),
        "confirmation_sent": shown.moment(tokens.sent(tx, row.account, tokens.Kind.CONFIRM).latest),
        "erased_at": shown.moment(closure.erased_at(row, house)),
        "password_set": shown.moment(chosen or 0),
        "password_old": old,
    }


def _organisation(tx: Tx, row: Standing) -> str:
    """Which organisation runs an account; empty if none does."""
    found = organisations.running(tx, row.account)
    return "" if found is None else found.name


def verifier(house: House, args: Arguments, login: str, name: str) -> str:
    """What is kept of the password given, or the imported hash given instead of one."""
    foreign = args.optional("verifier")
    if foreign:
        return passwords.imported(foreign)
    password = args.secret("password")
    if house.rules:
        passwords.check(password, words=accounts.words(login, name))
    return house.hasher.hash(password)


def rows(args: Arguments) -> list[Row]:
    """The lines of a file of accounts, each with `login`, `password`, and if wanted `plan` and `groups`."""
    return [
        Row(row.text("login"), row.secret("password"), row.optional("plan"), tuple(row.texts("groups")))
        for row in args.rows("rows")
    ]


def outcome(each: Outcome) -> Shown:
    """What became of a line."""
    return {"login": each.full or each.login, "added": each.added, "text": each.text}


VERBS = {
    "account add": add,
    "account add-many": add_many,
    "account list": listed,
    "account show": show,
    "account passwd": passwd,
    "account app-password": app_password,
    "account revoke": revoke,
    "account suspend": suspend,
    "account resume": resume,
    "account forget-second-factor": forget_second_factor,
}

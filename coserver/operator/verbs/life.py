"""The operator's verbs about how accounts begin and end.

Those that a stranger will once use himself (`sign-up`, `confirm`, `resend`, `recover`, `reset`) tell
what they may tell a stranger, and no more.
"""

from coserver.accounts import accounts, closure, letters, recovery, signup
from coserver.accounts.house import House
from coserver.accounts.signup import Wish
from coserver.auth import standing
from coserver.model.principal import State
from coserver.operator import shown
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown
from coserver.store.tx import Tx

_SENT = "If that is so, a letter is on its way to the external address. It may take a while, and may lie among spam."


def sign_up(house: House, args: Arguments) -> Shown:
    """`address` (external), `login`, `password`, and if wanted `plan` and `name`: a pending account."""
    wish = Wish(
        args.text("login"), args.text("address"), args.secret("password"), args.optional("name"), args.optional("plan")
    )
    made = signup.sign_up(house, wish)
    return {"login": made.login, "state": str(made.state)}


def confirm(house: House, args: Arguments) -> Shown:
    """`token`: puts the account in force that it was mailed for."""
    return {"login": signup.confirm(house, args.text("token")).login}


def resend(house: House, args: Arguments) -> Shown:
    """`login`: mails another token for a sign-up; the answer is always the same."""
    signup.resend(house, args.text("login"))
    return {"text": _SENT}


def start_over(house: House, args: Arguments) -> Shown:
    """`login`: gives up a sign-up; its name is free at once."""
    login = args.text("login")
    signup.start_over(house, login)
    return {"login": login}


def recover(house: House, args: Arguments) -> Shown:
    """`login`: mails a token to the external address of an account; the answer is always the same."""
    recovery.recover(house, args.text("login"))
    return {"text": _SENT}


def reset(house: House, args: Arguments) -> Shown:
    """`token` and `password`: gives the account another password."""
    return {"login": recovery.reset(house, args.text("token"), args.secret("password")).login}


def external(house: House, args: Arguments) -> Shown:
    """`login`, and if wanted `address`: the external address of an account; none without it."""
    given = args.optional("address")
    address = "@".join(letters.split(given)) if given else ""

    def job(tx: Tx) -> Shown:
        account = accounts.find(tx, args.text("login"))
        accounts.set_external(tx, account.id, address)
        return {"login": account.login, "external": address}

    return house.store.write(job)


def delete_(house: House, args: Arguments) -> Shown:
    """`login`, and if wanted `now`: closes an account; with `now` or without days to undo it, erases it.

    `until` tells when a closed account is erased.
    """
    now = args.yes("now") or not house.life.undo_days

    def job(tx: Tx) -> Shown:
        found = accounts.row(tx, args.text("login"))
        if now or found.state is State.PENDING:
            closure.erase(tx, found.account, rest_days=house.life.address_rest_days)
            return {"login": found.login, "erased": True, "until": None}
        closure.close(tx, found.account)
        closed = standing.get(tx, found.account) or found
        return {"login": found.login, "erased": False, "until": shown.moment(closure.erased_at(closed, house))}

    return house.store.write(job)


def restore(house: House, args: Arguments) -> Shown:
    """`login`: brings a closed account back as it was."""

    def job(tx: Tx) -> Shown:
        account = accounts.find(tx, args.text("login"))
        closure.restore(tx, account.id)
        return {"login": account.login, "state": str(accounts.find(tx, account.login).state)}

    return house.store.write(job)


VERBS = {
    "account sign-up": sign_up,
    "account confirm": confirm,
    "account resend": resend,
    "account start-over": start_over,
    "account recover": recover,
    "account reset": reset,
    "account external": external,
    "account delete": delete_,
    "account restore": restore,
}

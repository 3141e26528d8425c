"""The operator's verbs about organisations and their accounts.

Each takes `by`, the login that asks, where its own rules are to count: those of an owner; without it the
operator asks.
"""

from collections.abc import Callable

from coserver.accounts import accounts, closure, managing, many, organisations, transfers, wishes
from coserver.accounts.accounts import New
from coserver.accounts.house import House
from coserver.accounts.managing import Asking
from coserver.auth import managed, standing
from coserver.auth.standing import Standing
from coserver.mail import domains
from coserver.model.act import Actor, Way
from coserver.model.ids import PrincipalId
from coserver.model.plan import Capacity
from coserver.model.principal import Organisation
from coserver.operator import shown
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown
from coserver.operator.verbs.account import outcome, rows, verifier
from coserver.quota.plans import plan_of
from coserver.store import acting
from coserver.store.tx import Tx


def asking(house: House, args: Arguments) -> Asking:
    """`org` and, if wanted, `by`: for which organisation something is done, and by whom."""
    name, by = args.optional("org"), args.optional("by")
    if not by:
        return Asking(name)
    with house.store.read() as tx:
        return Asking(name, accounts.lasting(tx, by).id)


def add(house: House, args: Arguments) -> Shown:
    """`org` and `owner`: founds an organisation whose owner is that login."""
    name, login = args.text("org"), args.text("owner")
    asked = asking(house, args)

    def job(tx: Tx) -> Shown:
        return _shown(tx, organisations.found(tx, name, owner=accounts.lasting(tx, login).id, by=asked.by))

    return house.store.write(job)


def listed(house: House, args: Arguments) -> list[Shown]:
    """All organisations; with `by` those that login owns."""
    asked = asking(house, args)
    with house.store.read() as tx:
        found = organisations.listed(tx) if asked.by is None else organisations.owned(tx, asked.by)
        return [_shown(tx, each) for each in found]


def show(house: House, args: Arguments) -> Shown:
    """`org`: an organisation, what its owner's plan allows, its domains, and what waits for an answer."""
    asked = asking(house, args)
    with house.store.read() as tx:
        found = organisations.acting_for(tx, args.text("org"), asked.by)
        allowed = plan_of(tx, found.owner).capacities
        return {
            **_shown(tx, found),
            "accounts_allowed": allowed[Capacity.MANAGED_ACCOUNTS],
            "on_free_plans": managed.count(tx, [found.id], plans=house.life.expiring_plans),
            "on_free_plans_allowed": allowed[Capacity.FREE_MANAGED],
            "domains_allowed": allowed[Capacity.DOMAINS],
            "over_limit": organisations.excess(tx, found.owner, expiring=house.life.expiring_plans),
            "waiting": [
                {
                    "login": _login(tx, each.account),
                    "is_to": str(each.kind),
                    "asked_by": str(each.side),
                    "until": shown.moment(each.expires),
                }
                for each in wishes.pending(tx, found)
            ],
        }


def remove(house: House, args: Arguments) -> Shown:
    """`org`: deletes an organisation that has neither accounts nor domains."""
    asked = asking(house, args)
    name = args.text("org")
    gone = house.store.write(lambda tx: organisations.remove(tx, name, by=asked.by))
    return {"org": gone.name}


def owner(house: House, args: Arguments) -> Shown:
    """`org` and `login`: makes another account the owner, at once."""
    args.text("org")
    login = args.text("login")
    asked = asking(house, args)

    def job(tx: Tx) -> Shown:
        heir = accounts.lasting(tx, login)
        return _shown(tx, managing.hand_over(tx, asked, heir.id, expiring=house.life.expiring_plans))

    return house.store.write(job)


def user_add(house: House, args: Arguments) -> Shown:
    """`org`, `login`, `password` or `verifier`, and if wanted `plan` and `name`: makes an account."""
    shown_name = args.optional("name")
    asked = asking(house, args)
    with house.store.read() as tx:
        full = managing.checked(tx, asked, args.text("login"))
    new = New(full, verifier(house, args, full, shown_name), args.optional("plan", house.plan), shown_name)
    made = house.store.write(lambda tx: managing.add(tx, asked, new, expiring=house.life.expiring_plans))
    return {"login": made.login, "plan": made.plan}


def user_add_many(house: House, args: Arguments) -> list[Shown]:
    """`org` and `rows` as of `account add-many`; what became of each, or with `dry_run` would become of it."""
    lines = rows(args)
    asked = asking(house, args)
    with house.store.read() as tx:
        organisations.acting_for(tx, args.text("org"), asked.by)
    carry_out = many.rehearse if args.yes("dry_run") else many.add
    return [outcome(each) for each in carry_out(house, lines, managing.ways(house, asked))]


def user_list(house: House, args: Arguments) -> list[Shown]:
    """`org`: the accounts of an organisation with their usage."""
    args.text("org")
    asked = asking(house, args)
    with house.store.read() as tx:
        return [shown.account(each, rooms) for each, rooms in managing.listed(tx, asked)]


def user_suspend(house: House, args: Arguments) -> Shown:
    """`org` and `login`: nobody logs in any more, open sessions end; mail is put off."""
    return _done(house, args, managing.suspend)


def user_resume(house: House, args: Arguments) -> Shown:
    """`org` and `login`: ends a suspension by the organisation or by disuse."""
    return _done(house, args, managing.resume)


def user_delete(house: House, args: Arguments) -> Shown:
    """`org` and `login`: closes an account; `until` tells when it is erased."""
    return _done(house, args, managing.close) | {"until": _erased_at(house, args.text("login"))}


def user_restore(house: House, args: Arguments) -> Shown:
    """`org` and `login`: brings a deleted account back as it was."""
    return _done(house, args, managing.restore)


def user_plan(house: House, args: Arguments) -> Shown:
    """`org`, `login` and `plan`: puts an account on a plan on offer, at once."""
    chosen = args.text("plan")

    def deed(tx: Tx, asked: Asking, login: str) -> Standing:
        return managing.put_on(tx, asked, login, chosen, expiring=house.life.expiring_plans)

    return _done(house, args, deed) | {"plan": chosen}


def user_passwd(house: House, args: Arguments) -> Shown:
    """`org`, `login` and `password` or `verifier`: everything that was logged in with the old one ends."""
    asked = asking(house, args)
    with house.store.read() as tx:
        _, found = managing.theirs(tx, asked, args.text("login"))
    made = verifier(house, args, found.login, found.display_name)
    return _done(house, args, lambda tx, asked, login: managing.set_password(tx, asked, login, made))


def group_add(house: House, args: Arguments) -> Shown:
    """`org`, `group` and `login`: lets an account of the organisation into a group, without asking it (S16)."""
    group = args.text("group")
    return _done(house, args, lambda tx, asked, login: managing.join(tx, asked, group, login)) | {"group": group}


def group_reassign(house: House, args: Arguments) -> Shown:
    """`org`, `group` and `login`: gives a group that one of its accounts administers to another member (S4).

    `done` is false if he has to agree first: then it was proposed to him.
    """
    group, login = args.text("group"), args.text("login")
    args.text("org")
    asked = asking(house, args)
    return {"group": group, "login": login, "done": managing.reassign(house, asked, group, login)}


def invite(house: House, args: Arguments) -> Shown:
    """`org` and `login`: asks an account by mail to come under the organisation."""
    asked = asking(house, args)
    wish = transfers.invite(house, asked, args.text("login"))
    return {"org": args.text("org"), "login": args.text("login"), "until": shown.moment(wish.expires)}


def release(house: House, args: Arguments) -> Shown:
    """`org` and `login`: asks an account of the organisation by mail to leave it."""
    asked = asking(house, args)
    wish = transfers.release(house, asked, args.text("login"))
    return {"org": args.text("org"), "login": args.text("login"), "until": shown.moment(wish.expires)}


def withdraw(house: House, args: Arguments) -> Shown:
    """`org` and `login`: takes back what the organisation asked of an account by mail."""
    login = args.text("login")
    asked = asking(house, args)
    house.store.write(lambda tx: transfers.withdraw(tx, asked, login))
    return {"org": args.text("org"), "login": login}


def leave(house: House, args: Arguments) -> Shown:
    """`login`, and `as_login` if its own is in a domain of the organisation: it asks the owner to let it go."""
    login = args.text("login")
    with house.store.read() as tx:
        found = accounts.find(tx, login)
    with acting.by(Actor(found.id, found.login, Way.COMMAND)):
        wish = transfers.leave(house, login, args.optional("as_login"))
    return {"login": found.login, "as_login": wish.login, "until": shown.moment(wish.expires)}


def accept(house: House, args: Arguments) -> Shown:
    """`token`, and `as_login` where an account leaves whose login is in a domain of the organisation: agrees."""
    done = transfers.accept(house, args.secret("token"), args.optional("as_login"))
    return {
        "org": done.organisation,
        "login": done.login,
        "is_to": str(done.kind),
        "left_behind": [{"address": str(each), "until": shown.moment(each.until)} for each in done.left_behind],
    }


def decline(house: House, args: Arguments) -> Shown:
    """`token`: answers with no."""
    token = args.secret("token")

    def job(tx: Tx) -> Shown:
        wish = transfers.decline(tx, token)
        return {"org": organisations.get(tx, wish.organisation).name, "login": _login(tx, wish.account)}

    return house.store.write(job)


def _done(house: House, args: Arguments, deed: Callable[[Tx, Asking, str], Standing]) -> Shown:
    """Do something to an account of an organisation; the names of both, and its state afterwards."""
    name, login = args.text("org"), args.text("login")
    asked = asking(house, args)

    def job(tx: Tx) -> Shown:
        found = deed(tx, asked, login)
        now = standing.get(tx, found.account) or found
        return {"org": name, "login": now.login, "state": str(now.state)}

    return house.store.write(job)


def _erased_at(house: House, login: str) -> str | None:
    with house.store.read() as tx:
        return shown.moment(closure.erased_at(accounts.row(tx, login), house))


def _shown(tx: Tx, found: Organisation) -> Shown:
    return {
        "org": found.name,
        "owner": _login(tx, found.owner),
        "created": shown.moment(found.created),
        "accounts": managed.count(tx, [found.id]),
        "domains": [each.name for each in domains.of(tx, found.id)],
    }


def _login(tx: Tx, account: PrincipalId) -> str:
    found = standing.get(tx, account)
    return "" if found is None else found.login


VERBS = {
    "org add": add,
    "org list": listed,
    "org show": show,
    "org remove": remove,
    "org owner": owner,
    "org user add": user_add,
    "org user add-many": user_add_many,
    "org user list": user_list,
    "org user suspend": user_suspend,
    "org user resume": user_resume,
    "org user delete": user_delete,
    "org user restore": user_restore,
    "org user plan": user_plan,
    "org user passwd": user_passwd,
    "org group add": group_add,
    "org group reassign": group_reassign,
    "org invite": invite,
    "org release": release,
    "org withdraw": withdraw,
    "org leave": leave,
    "org accept": accept,
    "org decline": decline,
}

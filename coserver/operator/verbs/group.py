"""The operator's verbs about groups; they act at once, without anybody's acceptance."""

from collections.abc import Callable

from coserver.accounts import accounts, group_life
from coserver.accounts.house import House
from coserver.groups import deletion, excess, leaving, members, posting, presets
from coserver.mail import addresses
from coserver.model.principal import Account, Group, Role
from coserver.model.rights import Preset
from coserver.model.space import Tool
from coserver.operator import shown
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown
from coserver.quota import usage as quota_usage
from coserver.store.tx import Tx

ALL_MEMBERS = "all"


def add(house: House, args: Arguments) -> Shown:
    """`name` and `admin`: makes a group whose administrator is that login."""
    name, admin = args.text("name"), args.text("admin")

    def job(tx: Tx) -> Shown:
        account = accounts.lasting(tx, admin)
        group = members.create(tx, name, administrator=account.id)
        return {"name": group.name, "administrator": account.login}

    return house.store.write(job)


def listed(house: House, args: Arguments) -> list[Shown]:
    """All groups with their usage; with `deleted` those that can still be restored instead."""
    with house.store.read() as tx:
        if args.yes("deleted"):
            return [shown.deleted(each) for each in deletion.listed(tx)]
        held = quota_usage.every(tx)
        return [shown.group(each, members.members(tx, each.id), held[each.id]) for each in members.listed(tx)]


def show(house: House, args: Arguments) -> Shown:
    """`name`: one group with its members and the rights given in it."""
    with house.store.read() as tx:
        found = members.find(tx, args.text("name"))
        people = members.members(tx, found.id)
        return {
            **shown.group(found, people, quota_usage.rooms(tx, found.space)),
            "writable": excess.writable(tx, found.id),
            **_mail(tx, found),
            "members": [shown.member(each, found) | _copies(tx, found, each) for each in people],
            "rights": [shown.given(each) for each in presets.given(tx, found.id)],
        }


def _mail(tx: Tx, found: Group) -> Shown:
    at, terms = addresses.of_group(tx, found.id), posting.of(tx, found.id)
    return {"address": "" if at is None else str(at), "posting": "" if terms is None else str(terms.posting)}


def _copies(tx: Tx, found: Group, each: members.Member) -> Shown:
    reader = posting.reader(tx, found.id, each.account)
    return {"copies": reader is not None and reader.copies}


def member_add(house: House, args: Arguments) -> Shown:
    """`name` and `login`: makes an account a member."""
    return _done(house, args, lambda tx, group, account: members.add(tx, group.id, account.id), lasting=True)


def member_remove(house: House, args: Arguments) -> Shown:
    """`name` and `login`: ends a membership, on open connections too (R17)."""
    return _done(house, args, lambda tx, group, account: leaving.remove(tx, group.id, account.id))


def leave(house: House, args: Arguments) -> Shown:
    """`name` and `login`: ends a membership as the member himself would."""
    return _done(house, args, lambda tx, group, account: leaving.remove(tx, group.id, account.id, by=account.id))


def role(house: House, args: Arguments) -> Shown:
    """`name`, `login` and `role`: makes a member a co-administrator, or a plain member again."""
    chosen = args.one("role", Role)
    done = _done(house, args, lambda tx, group, account: members.set_role(tx, group.id, account.id, role=chosen))
    return done | {"role": str(chosen)}


def hand_over(house: House, args: Arguments) -> Shown:
    """`name` and `login`: makes a member the administrator; his plan counts from now on.

    `over` tells where the group holds more than that allows: nothing can be added there (S1, S5).
    """
    done = _done(house, args, lambda tx, group, account: members.hand_over(tx, group.id, account.id), lasting=True)
    with house.store.read() as tx:
        rooms = quota_usage.rooms(tx, members.find(tx, done["name"]).space)
    return done | {"over": shown.usage(each for each in rooms if quota_usage.is_over(each))}


def rights(house: House, args: Arguments) -> Shown:
    """`name`, `login` (or `all`), `tool` and `preset`: gives a right beyond reading; `nothing` takes it back."""
    name, login = args.text("name"), args.text("login")
    tool, preset = args.one("tool", Tool), args.one("preset", Preset)

    def job(tx: Tx) -> Shown:
        group = members.find(tx, name)
        account = None if login.lower() == ALL_MEMBERS else accounts.find(tx, login)
        presets.give(tx, group.id, None if account is None else account.id, tool=tool, preset=preset)
        whom = ALL_MEMBERS if account is None else account.login
        return {"name": group.name, "login": whom, "tool": str(tool), "preset": str(preset)}

    return house.store.write(job)


def delete_(house: House, args: Arguments) -> Shown:
    """`name`: deletes a group; `until` tells how long it can be restored (S32)."""
    ended = group_life.delete_(house.store, args.text("name"))
    return {"name": ended.group.name, "until": shown.moment(ended.until)}


def restore(house: House, args: Arguments) -> Shown:
    """`name`: gives a deleted group back with all that it had."""
    return {"name": group_life.restore(house.store, args.text("name")).name}


def _done(
    house: House, args: Arguments, deed: Callable[[Tx, Group, Account], None], *, lasting: bool = False
) -> Shown:  # fmt: skip
    """Do something to an account in a group; the names of both. What gains by it is to be `lasting`."""
    name, login = args.text("name"), args.text("login")
    find = accounts.lasting if lasting else accounts.find

    def job(tx: Tx) -> Shown:
        group, account = members.find(tx, name), find(tx, login)
        deed(tx, group, account)
        return {"name": group.name, "login": account.login}

    return house.store.write(job)


VERBS = {
    "group add": add,
    "group list": listed,
    "group show": show,
    "group member add": member_add,
    "group member remove": member_remove,
    "group leave": leave,
    "group role": role,
    "group rights": rights,
    "group hand-over": hand_over,
    "group delete": delete_,
    "group restore": restore,
}

"""The operator's verbs about who comes into a group, and who takes one over: with the letters that belong to it."""

from coserver.accounts import accounts, group_letters, inviting, succession
from coserver.accounts.house import House
from coserver.groups import excess, invitations, members, proposals
from coserver.operator import shown
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown
from coserver.store.tx import Tx


def invite(house: House, args: Arguments) -> Shown:
    """`name` and `address`: mails an invitation, or another one in its place; never tells the code."""
    asked = inviting.invite(house, args.text("name"), args.text("address"))
    return {"name": asked.group_name, "address": asked.address, "until": shown.moment(asked.expires)}


def uninvite(house: House, args: Arguments) -> Shown:
    """`name` and `address`: takes a pending invitation back."""
    name, address = args.text("name"), args.text("address")
    asked = house.store.write(lambda tx: inviting.withdraw(tx, name, address))
    return {"name": asked.group_name, "address": asked.address}


def pending(house: House, args: Arguments) -> list[Shown]:
    """`name`: the invitations of a group that are not answered."""
    with house.store.read() as tx:
        asked = invitations.pending(tx, members.find(tx, args.text("name")).id)
        return [
            {
                "address": each.address,
                "invited": shown.moment(each.created),
                "until": shown.moment(each.expires),
                "letters": each.letters,
            }
            for each in asked
        ]


def accept(house: House, args: Arguments) -> Shown:
    """`token`: joins the account that has the invited address; `text` is what the others see of it now (R52)."""
    token = args.secret("token")
    asked, account = house.store.write(lambda tx: inviting.accept(tx, token))
    text = (
        f"Members of {asked.group_name} see now of {account.login}: {group_letters.FIELDS}. It sees the same of them."
    )
    return {"name": asked.group_name, "login": account.login, "text": text}


def decline(house: House, args: Arguments) -> Shown:
    """`token`: answers an invitation with no."""
    token = args.secret("token")
    asked = house.store.write(lambda tx: invitations.decline(tx, token))
    return {"name": asked.group_name, "address": asked.address}


def propose(house: House, args: Arguments) -> Shown:
    """`name` and `login`: offers a group to a member, who is told what his plan does not hold (S5)."""
    made = succession.propose(house.store, args.text("name"), args.text("login"))
    return {"name": made.group_name, "login": made.login, "until": shown.moment(made.expires)}


def proposed(house: House, args: Arguments) -> list[Shown]:
    """`name`: to whom a group is offered, and what their plans do not hold."""
    with house.store.read() as tx:
        found = members.find(tx, args.text("name"))
        return [
            {
                "login": each.login,
                "proposed": shown.moment(each.created),
                "until": shown.moment(each.expires),
                "declined": each.declined,
                **shown.over(proposals.over(tx, found, each.account)),
            }
            for each in proposals.of_group(tx, found.id)
        ]


def take_over(house: House, args: Arguments) -> Shown:
    """`name` and `login`: a member accepts what was proposed; `over` and `members` are what his plan does not hold."""
    name, login = args.text("name"), args.text("login")
    return {"name": name, "login": login, **shown.over(succession.take_over(house.store, name, login))}


def refuse(house: House, args: Arguments) -> Shown:
    """`name` and `login`: a member does not want to take a group over."""
    name, login = args.text("name"), args.text("login")

    def job(tx: Tx) -> Shown:
        account = accounts.find(tx, login)
        proposals.decline(tx, members.find(tx, name).id, account.id)
        return {"name": name, "login": account.login}

    return house.store.write(job)


def writable(house: House, args: Arguments) -> Shown:
    """`login` and `names`: which of his groups stay writable when his plan allows fewer; without names the oldest."""
    login, names = args.text("login"), args.texts("names")

    def job(tx: Tx) -> Shown:
        account = accounts.find(tx, login)
        excess.choose(tx, account.id, [members.find(tx, name).id for name in names])
        shut = {each.id for each in excess.excess(tx, account.id)}
        owned = members.administered(tx, account.id)
        return {
            "login": account.login,
            "writable": [each.name for each in owned if each.id not in shut],
            "read_only": [each.name for each in owned if each.id in shut],
        }

    return house.store.write(job)


VERBS = {
    "group invite": invite,
    "group uninvite": uninvite,
    "group invitations": pending,
    "group accept": accept,
    "group decline": decline,
    "group propose": propose,
    "group proposals": proposed,
    "group take-over": take_over,
    "group refuse": refuse,
    "group writable": writable,
}

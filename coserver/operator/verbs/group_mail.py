"""The operator's verbs about the mail of groups."""

from collections.abc import Callable

from coserver.accounts import accounts, group_mail
from coserver.accounts.house import House
from coserver.groups import members, posting
from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId
from coserver.model.principal import Posting
from coserver.operator import shown
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown
from coserver.store.tx import Tx


def address(house: House, args: Arguments) -> Shown:
    """`name`, and `address` or `none`, and `by`: gives a group an address; its name at the standard domain."""
    name, text, none, by = args.text("name"), args.optional("address"), args.yes("none"), args.optional("by")
    if none and text:
        raise Malformed("Give an address, or --none, and not both.")

    def job(tx: Tx) -> Shown:
        if none:
            group_mail.take_address(tx, name, by=_asker(tx, by))
            return {"name": name, "address": ""}
        return {"name": name, "address": str(group_mail.set_address(tx, name, text, by=_asker(tx, by)))}

    return house.store.write(job)


def who_posts(house: House, args: Arguments) -> Shown:
    """`name` and `posting`, and `by`: who may write to a group's address."""
    name, chosen, by = args.text("name"), args.one("posting", Posting), args.optional("by")

    def job(tx: Tx) -> Shown:
        posting.set_(tx, members.find(tx, name).id, chosen, by=_asker(tx, by))
        return {"name": name, "posting": str(chosen)}

    return house.store.write(job)


def copies(house: House, args: Arguments) -> Shown:
    """`name`, `login` and `wanted` (`on` or `off`), and `by`: whether a member gets copies of the group's mail."""
    name, login, word, by = args.text("name"), args.text("login"), args.text("wanted"), args.optional("by")
    if word not in ("on", "off"):
        raise Malformed(f"{word!r} is neither on nor off.")

    def job(tx: Tx) -> Shown:
        account = accounts.find(tx, login)
        group_mail.set_copies(tx, name, account.id, wanted=word == "on", by=_asker(tx, by))
        return {"name": name, "login": account.login, "copies": word}

    return house.store.write(job)


def held(house: House, args: Arguments) -> list[Shown]:
    """`name`, and `by`: the messages that wait for their release, by number; what is in them is nobody's here."""
    name, by = args.text("name"), args.optional("by")
    with house.store.read() as tx:
        found = group_mail.waiting(tx, name, by=_asker(tx, by))
        return [{"number": each.uid, "arrived": shown.moment(each.stamp), "bytes": each.size} for each in found]


def release(house: House, args: Arguments) -> Shown:
    """`name` and `number`, and `by`: lets a held message out, to the members."""
    return _done(house, args, group_mail.release)


def discard(house: House, args: Arguments) -> Shown:
    """`name` and `number`, and `by`: deletes a held message."""
    return _done(house, args, group_mail.discard)


def _done(house: House, args: Arguments, deed: Callable[..., None]) -> Shown:
    name, number, by = args.text("name"), args.number("number"), args.optional("by")
    house.store.write(lambda tx: deed(tx, name, number, by=_asker(tx, by)))
    return {"name": name, "number": number}


def _asker(tx: Tx, login: str) -> PrincipalId | None:
    return accounts.lasting(tx, login).id if login else None


VERBS = {
    "group address": address,
    "group posting": who_posts,
    "group copies": copies,
    "group held": held,
    "group release": release,
    "group discard": discard,
}

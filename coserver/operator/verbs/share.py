"""The operator's verbs for sharing and for privacy: `share add|list|remove`, `item private|public`."""

from coserver.accounts import accounts, places, withholding
from coserver.accounts.house import House
from coserver.accounts.places import Mounted
from coserver.groups import members, shares
from coserver.groups.shares import Offer, Share, Target
from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId
from coserver.model.rights import Preset, Privacy
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown
from coserver.store import collections, lookup
from coserver.store.tx import Tx


def add(house: House, args: Arguments) -> Shown:
    """`path`, `owner`, `group`, `preset` and perhaps `to`: shares it with the group, or with that member of it."""
    path, preset = args.text("path"), args.one("preset", Preset)

    def job(tx: Tx) -> Shown:
        by, target = _target(tx, args)
        group, to = _whom(tx, args)
        shares.add(tx, by, target, Offer(group, to, preset))
        return {"path": path, "owner": args.text("owner"), "preset": str(preset)}

    return house.store.write(job)


def remove(house: House, args: Arguments) -> Shown:
    """`path`, `owner`, `group` and perhaps `to`: takes that share back."""

    def job(tx: Tx) -> Shown:
        by, target = _target(tx, args)
        group, to = _whom(tx, args)
        shares.remove(tx, by, target, through=group, to=to)
        return {"path": args.text("path"), "owner": args.text("owner")}

    return house.store.write(job)


def listed(house: House, args: Arguments) -> Shown:
    """`login` (or a group's name): what it shares, and what is shared with it."""
    with house.store.read() as tx:
        account = accounts.find(tx, args.text("login"))
        mounted = places.mounted(tx, account.id)
        return {
            "given": [_given(tx, each) for each in shares.given(tx, account.id)],
            "received": [_received(tx, each, mounted) for each in shares.received(tx, account.id)],
        }


def private(house: House, args: Arguments) -> Shown:
    """`path` and `owner`: withholds an item from those who only inherit rights on it."""
    return _withhold(house, args, Privacy.PRIVATE)


def public(house: House, args: Arguments) -> Shown:
    """`path` and `owner`: takes that back."""
    return _withhold(house, args, Privacy.OPEN)


def _withhold(house: House, args: Arguments, privacy: Privacy) -> Shown:
    def job(tx: Tx) -> Shown:
        account = accounts.find(tx, args.text("owner"))
        place = places.existing(tx, account, args.text("path"))
        if place.item is None:
            raise Malformed("Only a message, file or contact can be private, not what holds them.")
        withholding.withhold(tx, account.id, place.collection, place.item, privacy)
        return {"path": args.text("path"), "owner": account.login, "privacy": privacy.name.lower()}

    return house.store.write(job)


def _target(tx: Tx, args: Arguments) -> tuple[PrincipalId | None, Target]:
    """What is shared, and in whose name: in a private space its owner's."""
    account = accounts.find(tx, args.text("owner"))
    place = places.existing(tx, account, args.text("path"))
    return account.id, Target(place.collection, place.item)


def _whom(tx: Tx, args: Arguments) -> tuple[PrincipalId, PrincipalId | None]:
    group = members.find(tx, args.text("group"))
    to = args.optional("to")
    return group.id, accounts.find(tx, to).id if to else None


def _given(tx: Tx, share: Share) -> Shown:
    item = None if share.item is None else lookup.get(tx, share.item)
    inside = share.collection or share.inside
    path = share.name if inside is None else places.written(tx, collections.get(tx, inside), item)
    return {
        "path": path,
        "group": share.group_name,
        "to": share.recipient or "all",
        "preset": str(share.preset),
        "by": share.made_by or share.owner_login,
    }


def _received(tx: Tx, share: Share, mounted: Mounted) -> Shown:
    return {
        "path": places.received_at(tx, share, mounted),
        "group": share.group_name,
        "to": share.recipient or "all",
        "preset": str(share.preset),
    }


VERBS = {
    "share add": add,
    "share list": listed,
    "share remove": remove,
    "item private": private,
    "item public": public,
}

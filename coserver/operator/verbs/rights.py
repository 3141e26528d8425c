"""The operator's verb `rights why`: what an account may do at a path, and because of what."""

from coserver.accounts import accounts, places
from coserver.accounts.house import House
from coserver.groups import rights
from coserver.model.errors import Missing
from coserver.model.rights import Right
from coserver.operator.arguments import Arguments
from coserver.operator.shown import Shown


def why(house: House, args: Arguments) -> Shown:
    """`login` and `path`: the rights held there, and a sentence for each reason."""
    path = args.text("path")
    with house.store.read() as tx:
        account = accounts.find(tx, args.text("login"))
        try:
            place = places.find(tx, account, path)
        except Missing as error:
            return {"login": account.login, "path": path, "rights": [], "why": [error.text]}
        if place.item is None:
            held = rights.of(tx, account.id, place.collection)
        else:
            held = rights.on(tx, account.id, place.collection, place.item)
        lines = rights.why(tx, account.id, place.collection, place.item)
        if place.missing:
            lines = [f"There is no {place.missing!r}; this is what holds around it.", *lines]
        words = [str(right.name).lower() for right in Right if right and right in held]
        return {"login": account.login, "path": path, "rights": words, "why": lines}


VERBS = {"rights why": why}

"""The mail of a group: its address, who may write to it, whether one gets copies, and what waits to be let out."""

from collections.abc import Callable

from coserver.accounts import group_mail
from coserver.groups import members, posting
from coserver.mail import addresses
from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId
from coserver.model.principal import Posting, Role
from coserver.net.http.replies import Reply
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.routes import Route
from coserver.web.visit import Visit


def show(visit: Visit, name: str) -> Reply:
    """All of that, as far as the visitor decides about it."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        group, role = members.known(tx, name, who)
        address, terms, reader = (
            addresses.of_group(tx, group.id),
            posting.of(tx, group.id),
            posting.reader(tx, group.id, who),
        )
        held = [] if role is Role.MEMBER else group_mail.waiting(tx, name, by=who)
        return rendering.page(
            visit,
            "groups/mail.html",
            group=group,
            role=role,
            address="" if address is None else str(address),
            posting=Posting.MEMBERS if terms is None else terms.posting,
            postings=tuple(Posting),
            copies=reader is not None and reader.copies,
            held=held,
        )


def copies(visit: Visit, name: str) -> Reply:
    """Whether the visitor wants copies."""
    who, wanted = visit.who.account, visit.typed("copies") == "on"
    visit.house.store.write(lambda tx: group_mail.set_copies(tx, name, who, wanted=wanted, by=who))
    return _saved(name)


def post(visit: Visit, name: str) -> Reply:
    """Who may write to the group."""
    try:
        chosen = Posting(visit.typed("posting"))
    except ValueError as error:
        raise Malformed("Please choose who may write to the group.") from error
    who = visit.who.account
    visit.house.store.write(lambda tx: posting.set_(tx, members.known(tx, name, who)[0].id, chosen, by=who))
    return _saved(name)


def address(visit: Visit, name: str) -> Reply:
    """An address for the group, or none: without one typed, its name at the standard domain."""
    text, who, none = visit.typed("address").strip(), visit.who.account, "none" in visit.form

    def job(tx: Tx) -> None:
        members.known(tx, name, who)
        if none:
            group_mail.take_address(tx, name, by=who)
        else:
            group_mail.set_address(tx, name, text, by=who)

    visit.house.store.write(job)
    return _saved(name)


def release(visit: Visit, name: str, number: int) -> Reply:
    """Let a held message out to the members."""
    return _decide(visit, name, number, group_mail.release)


def discard(visit: Visit, name: str, number: int) -> Reply:
    """Delete a held message."""
    return _decide(visit, name, number, group_mail.discard)


def _decide(visit: Visit, name: str, number: int, deed: Callable[..., None]) -> Reply:
    who: PrincipalId = visit.who.account
    visit.house.store.write(lambda tx: deed(tx, name, number, by=who))
    return _saved(name)


def _saved(name: str) -> Reply:
    return rendering.redirect(f"/groups/{name}/mail?done=saved")


ROUTES = (
    Route("GET", "/groups/<name>/mail", show),
    Route("POST", "/groups/<name>/mail/copies", copies, again=show),
    Route("POST", "/groups/<name>/mail/posting", post, again=show),
    Route("POST", "/groups/<name>/mail/address", address, again=show),
    Route("POST", "/groups/<name>/mail/held/<int:number>/release", release),
    Route("POST", "/groups/<name>/mail/held/<int:number>/discard", discard),
)

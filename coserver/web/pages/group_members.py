"""The members of a group: who they are (R52), what they are in it, who is invited (S16), who is taken out (R17)."""

from coserver.accounts import inviting
from coserver.auth import profiles
from coserver.groups import invitations, leaving, members
from coserver.model.errors import Malformed, Missing
from coserver.model.ids import PrincipalId
from coserver.model.principal import Group, Role
from coserver.net.http.replies import Reply
from coserver.pim import people
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.leaves import leaf
from coserver.web.routes import Route
from coserver.web.visit import Visit

_MOST = 50  # members on a page


def show(visit: Visit, name: str) -> Reply:
    """All of them, and for those who manage the group the invitations."""
    with visit.house.store.read() as tx:
        group, role = members.known(tx, name, visit.who.account)
        roles = {each.account: each.role for each in members.members(tx, group.id)}
        return rendering.page(
            visit,
            "groups/members.html",
            group=group,
            role=role,
            roles=roles,
            people=leaf(visit, people.faces(tx, group.id), most=_MOST),
            pending=[] if role is Role.MEMBER else invitations.pending(tx, group.id),
        )


def picture(visit: Visit, name: str, which: int) -> Reply:
    """The picture of a member, to the members; what he loaded up was drawn anew when it was taken."""
    with visit.house.store.read() as tx:
        group, _ = members.known(tx, name, visit.who.account)
        members.need_member(tx, group, PrincipalId(which))
        found = profiles.of(tx, PrincipalId(which))
    if not found.picture:
        raise Missing("There is no picture.")
    return Reply(200, (("Content-Type", found.media), *rendering.HEADERS), found.picture)


def invite(visit: Visit, name: str) -> Reply:
    """Mail an invitation, or another one in its place."""
    inviting.invite(visit.house, name, visit.typed("address"), by=visit.who.account)
    return rendering.redirect(f"/groups/{name}/members?done=invited")


def uninvite(visit: Visit, name: str) -> Reply:
    """Take an invitation back."""
    address, who = visit.typed("address"), visit.who.account
    visit.house.store.write(lambda tx: inviting.withdraw(tx, name, address, by=who))
    return rendering.redirect(f"/groups/{name}/members?done=uninvited")


def look(visit: Visit, name: str, which: int) -> Reply:
    """One member, as those who manage the group see him: his role, and the way out."""
    with visit.house.store.read() as tx:
        group, role, account = _managed(tx, visit, name, which)
        face = next(each for each in people.faces(tx, group.id) if each.account == account)
        theirs = members.role_of(tx, group, account)
        return rendering.page(visit, "groups/member.html", group=group, role=role, face=face, theirs=theirs)


def change(visit: Visit, name: str, which: int) -> Reply:
    """Another role for a member."""
    try:
        role = Role(visit.typed("role"))
    except ValueError as error:
        raise Malformed("Please choose one of the roles.") from error
    by = visit.who.account

    def job(tx: Tx) -> None:
        group, _, account = _managed(tx, visit, name, which)
        members.set_role(tx, group.id, account, role=role, by=by)

    visit.house.store.write(job)
    return rendering.redirect(f"/groups/{name}/members?done=role")


def remove(visit: Visit, name: str, which: int) -> Reply:
    """Take a member out, with every right that the membership gave."""
    by = visit.who.account

    def job(tx: Tx) -> None:
        group, _, account = _managed(tx, visit, name, which)
        leaving.remove(tx, group.id, account, by=by)

    visit.house.store.write(job)
    return rendering.redirect(f"/groups/{name}/members?done=removed")


def _managed(tx: Tx, visit: Visit, name: str, which: int) -> tuple[Group, Role, PrincipalId]:
    """A group that the visitor manages, and one of its members."""
    group, role = members.known(tx, name, visit.who.account)
    members.need_managing(tx, group, visit.who.account)
    members.need_member(tx, group, PrincipalId(which))
    return group, role, PrincipalId(which)


ROUTES = (
    Route("GET", "/groups/<name>/members", show),
    Route("GET", "/groups/<name>/members/<int:which>/picture", picture),
    Route("POST", "/groups/<name>/invite", invite, again=show),
    Route("POST", "/groups/<name>/uninvite", uninvite, again=show),
    Route("GET", "/groups/<name>/members/<int:which>", look),
    Route("POST", "/groups/<name>/members/<int:which>/role", change, again=look),
    Route("POST", "/groups/<name>/members/<int:which>/remove", remove, again=look),
)

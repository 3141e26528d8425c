"""How somebody leaves a group, hands it over or takes it over (R58, S5), deletes it and gets it back (S32)."""

from coserver.accounts import group_life, succession
from coserver.groups import deletion, leaving, members, proposals
from coserver.model.errors import Malformed, Missing
from coserver.net.http.replies import Reply
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.routes import Route
from coserver.web.visit import Visit

DAYS = deletion.KEPT // 86_400_000  # in which a deleted group can be restored


def ask_to_leave(visit: Visit, name: str) -> Reply:
    """What leaving means."""
    with visit.house.store.read() as tx:
        group, role = members.known(tx, name, visit.who.account)
    return rendering.page(visit, "groups/leave.html", group=group, role=role)


def leave(visit: Visit, name: str) -> Reply:
    """End the membership."""
    who = visit.who.account

    def job(tx: Tx) -> None:
        group, _ = members.known(tx, name, who)
        leaving.remove(tx, group.id, who, by=who)

    visit.house.store.write(job)
    return rendering.redirect("/groups?done=left")


def ask_whom(visit: Visit, name: str) -> Reply:
    """To whom the group could be handed over, and to whom it is offered."""
    with visit.house.store.read() as tx:
        group, role = members.known(tx, name, visit.who.account)
        members.need_administrator(tx, group, visit.who.account)
        others = [each for each in members.members(tx, group.id) if each.account != visit.who.account]
        offered = [(each, proposals.over(tx, group, each.account)) for each in proposals.of_group(tx, group.id)]
        now = tx.now
    return rendering.page(
        visit, "groups/hand-over.html", group=group, role=role, others=others, offered=offered, now=now
    )  # fmt: skip


def propose(visit: Visit, name: str) -> Reply:
    """Offer the group to a member, who is written to."""
    succession.propose(visit.house.store, name, visit.typed("login"), by=visit.who.account)
    return rendering.redirect(f"/groups/{name}/hand-over?done=offered")


def consider(visit: Visit, name: str) -> Reply:
    """What taking the group over means, and what the own plan does not hold of it (S5)."""
    who = visit.who.account
    with visit.house.store.read() as tx:
        group, role = members.known(tx, name, who)
        if all(each.group != group.id for each in proposals.of_account(tx, who)):
            raise Missing(f"The group {name} is not offered to you, or not any more: ask its administrator.")
        over = proposals.over(tx, group, who)
    return rendering.page(visit, "groups/take-over.html", group=group, role=role, over=over)


def take_over(visit: Visit, name: str) -> Reply:
    """Become the administrator."""
    succession.take_over(visit.house.store, name, visit.who.login)
    return rendering.redirect(f"/groups/{name}?done=taken")


def refuse(visit: Visit, name: str) -> Reply:
    """Do not become the administrator."""
    who = visit.who.account
    visit.house.store.write(lambda tx: proposals.decline(tx, members.known(tx, name, who)[0].id, who))
    return rendering.redirect("/groups?done=refused")


def ask_to_delete(visit: Visit, name: str) -> Reply:
    """What deleting means."""
    with visit.house.store.read() as tx:
        group, role = members.known(tx, name, visit.who.account)
        members.need_administrator(tx, group, visit.who.account)
        count = len(members.members(tx, group.id))
    return rendering.page(visit, "groups/delete.html", group=group, role=role, people=count, days=DAYS)


def delete_(visit: Visit, name: str) -> Reply:
    """Delete the group; its name typed says that it is meant."""
    if visit.typed("name").strip() != name:
        raise Malformed("Please type the name of the group, so that no other one is deleted.")
    group_life.delete_(visit.house.store, name, by=visit.who.account)
    return rendering.redirect("/groups?done=deleted")


def restore(visit: Visit, name: str) -> Reply:
    """Get it back."""
    group_life.restore(visit.house.store, name, by=visit.who.account)
    return rendering.redirect(f"/groups/{name}?done=restored")


ROUTES = (
    Route("GET", "/groups/<name>/leave", ask_to_leave),
    Route("POST", "/groups/<name>/leave", leave, again=ask_to_leave),
    Route("GET", "/groups/<name>/hand-over", ask_whom),
    Route("POST", "/groups/<name>/hand-over", propose, again=ask_whom),
    Route("GET", "/groups/<name>/take-over", consider),
    Route("POST", "/groups/<name>/take-over", take_over, again=consider),
    Route("POST", "/groups/<name>/refuse", refuse, again=consider),
    Route("GET", "/groups/<name>/delete", ask_to_delete),
    Route("POST", "/groups/<name>/delete", delete_, again=ask_to_delete),
    Route("POST", "/groups/<name>/restore", restore),
)

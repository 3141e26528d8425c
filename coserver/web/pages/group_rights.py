"""The rights in a group beyond reading: for all members or for one, tool by tool (R57)."""

from collections.abc import Mapping

from coserver.groups import members, presets
from coserver.model.errors import Malformed
from coserver.model.ids import PrincipalId
from coserver.model.principal import Group, Role
from coserver.model.rights import Preset
from coserver.model.space import Tool
from coserver.net.http.replies import Reply
from coserver.pim import people
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.leaves import leaf
from coserver.web.routes import Route
from coserver.web.visit import Visit

ALL = 0  # in an address: all members
OFFERED = (Preset.NOTHING, Preset.CONTRIBUTE, Preset.EDIT, Preset.MANAGE)  # beside reading, which every member may
_MOST = 50

Table = Mapping[tuple[PrincipalId | None, Tool], Preset]


def show(visit: Visit, name: str) -> Reply:
    """Who holds what in which tool."""
    with visit.house.store.read() as tx:
        group, role = members.known(tx, name, visit.who.account)
        return rendering.page(
            visit,
            "groups/rights.html",
            group=group,
            role=role,
            given=_given(tx, group),
            roles={each.account: each.role for each in members.members(tx, group.id)},
            people=leaf(visit, people.faces(tx, group.id), most=_MOST),
            tools=tuple(Tool),
        )


def look(visit: Visit, name: str, which: int) -> Reply:
    """What one member, or all, hold; with the form to give something else."""
    with visit.house.store.read() as tx:
        group, role, account = _managed(tx, visit, name, which)
        face = next((each for each in people.faces(tx, group.id) if each.account == account), None)
        given = _given(tx, group)
    held = {tool: visit.typed(tool) or given.get((account, tool), Preset.NOTHING) for tool in Tool}
    return rendering.page(
        visit, "groups/given.html", group=group, role=role, face=face, which=which, held=held, offered=OFFERED
    )


def give(visit: Visit, name: str, which: int) -> Reply:
    """Give what was chosen, in place of what was given before; what stays the same is not touched."""
    try:
        chosen = {tool: Preset(visit.typed(tool)) for tool in Tool}
    except ValueError as error:
        raise Malformed("Please choose one of the rights for each tool.") from error
    by = visit.who.account

    def job(tx: Tx) -> None:
        group, _, account = _managed(tx, visit, name, which)
        given = _given(tx, group)
        for tool, preset in chosen.items():
            if given.get((account, tool), Preset.NOTHING) is not preset:
                presets.give(tx, group.id, account, tool=tool, preset=preset, by=by)

    visit.house.store.write(job)
    return rendering.redirect(f"/groups/{name}/rights?done=given")


def _given(tx: Tx, group: Group) -> Table:
    return {(each.account, each.tool): each.preset for each in presets.given(tx, group.id)}


def _managed(tx: Tx, visit: Visit, name: str, which: int) -> tuple[Group, Role, PrincipalId | None]:
    group, role = members.known(tx, name, visit.who.account)
    members.need_managing(tx, group, visit.who.account)
    if which == ALL:
        return group, role, None
    members.need_member(tx, group, PrincipalId(which))
    return group, role, PrincipalId(which)


ROUTES = (
    Route("GET", "/groups/<name>/rights", show),
    Route("GET", "/groups/<name>/rights/<int:which>", look),
    Route("POST", "/groups/<name>/rights/<int:which>", give, again=look),
)

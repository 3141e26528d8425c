"""`coserver group`: groups, their members, and what members may do."""

from pathlib import Path

import click

from coserver.cli import group_mail, joining
from coserver.cli.deeds import choice, deed
from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import show_one, show_rows
from coserver.cli.topic import Topic
from coserver.model.principal import Role
from coserver.model.rights import Preset
from coserver.model.space import Tool


@click.group(cls=Topic)
def command() -> None:
    """Groups: a space with all four tools that their members share."""


@command.command("list")
@click.option("--deleted", is_flag=True, help="Those that were deleted and can still be restored.")
@data_option
@json_option
def list_(deleted: bool, data: Path | None, as_json: bool) -> None:
    """Show all groups."""
    if deleted:
        columns = {"name": "group", "deleted": "deleted", "until": "can be restored until"}
        rows = once(data, "group list", deleted=True)
        show_rows(rows, columns, as_json=as_json, none="There are no deleted groups.")
        return
    columns = {"name": "group", "administrator": "administrator", "members": "members"}
    show_rows(once(data, "group list"), columns, as_json=as_json, none="There are no groups.")


@command.command
@click.argument("name")
@data_option
@json_option
def show(name: str, data: Path | None, as_json: bool) -> None:
    """Show members, rights and room of the group NAME."""
    show_one(once(data, "group show", name=name), as_json=as_json)


@command.group(cls=Topic)
def member() -> None:
    """Who belongs to a group."""


_ADMIN = click.Option(
    ["--admin"], required=True, metavar="LOGIN", help="Who answers for it, and whose plan counts."
)  # fmt: skip
_COMMANDS = (
    deed("group add", "NAME", _ADMIN, does="Make the group NAME."),
    deed(
        "group leave", "NAME LOGIN",
        does="Let LOGIN leave the group NAME; what it shared through the group ends, what it put there stays.",
    ),
    deed(
        "group role", "NAME LOGIN", choice("role", [Role.MEMBER.value, Role.COADMINISTRATOR.value]),
        does="Make the member LOGIN of the group NAME a co-administrator, or a plain member again.\n\n"
        "A co-administrator manages tools and members, but cannot hand the group over or delete it. Who is to be the "
        "administrator is said with `group hand-over` or, if he is to be asked, `group propose`.",
    ),
    deed(
        "group rights", "NAME LOGIN",
        choice("tool", [tool.value for tool in Tool]), choice("preset", [preset.value for preset in Preset]),
        does="Let the member LOGIN of the group NAME (or `all` of them) do PRESET in TOOL.",
    ),
    deed(
        "group hand-over", "NAME LOGIN", told=joining.over,
        does="Make the member LOGIN the administrator of the group NAME.",
    ),
    deed(
        "group delete", "NAME",
        does="Delete the group NAME with all that is in its space; for 30 days it can be restored.",
        told=lambda words, answer: (
            f"Group {words['name']} can be restored until {answer['until']}: coserver group restore {words['name']}"
        ),
    ),
    deed("group restore", "NAME", does="Give back the group NAME that was deleted less than 30 days ago."),
)  # fmt: skip
_MEMBERS = (
    deed("group member add", "NAME LOGIN", does="Make LOGIN a member of the group NAME."),
    deed("group member remove", "NAME LOGIN", does="Take LOGIN out of the group NAME; its access ends at once."),
)

for each in (*_COMMANDS, *joining.COMMANDS, *group_mail.COMMANDS):
    command.add_command(each)
for each in _MEMBERS:
    member.add_command(each)

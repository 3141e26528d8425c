"""`coserver group`: groups, their members, and what members may do."""

from pathlib import Path

import click

from coserver.cli import joining
from coserver.cli.joining import tell_over
from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import show_one, show_rows
from coserver.model.principal import Role
from coserver.model.rights import Preset
from coserver.model.space import Tool


@click.group
def command() -> None:
    """Groups: a space with all four tools that their members share."""


@command.command
@click.argument("name")
@click.option("--admin", required=True, metavar="LOGIN", help="Who answers for it, and whose plan counts.")
@data_option
def add(name: str, admin: str, data: Path | None) -> None:
    """Make the group NAME."""
    once(data, "group add", name=name, admin=admin)


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


@command.group
def member() -> None:
    """Who belongs to a group."""


@member.command("add")
@click.argument("name")
@click.argument("login")
@data_option
def add_member(name: str, login: str, data: Path | None) -> None:
    """Make LOGIN a member of the group NAME."""
    once(data, "group member add", name=name, login=login)


@member.command("remove")
@click.argument("name")
@click.argument("login")
@data_option
def remove_member(name: str, login: str, data: Path | None) -> None:
    """Take LOGIN out of the group NAME; its access ends at once."""
    once(data, "group member remove", name=name, login=login)


@command.command
@click.argument("name")
@click.argument("login")
@data_option
def leave(name: str, login: str, data: Path | None) -> None:
    """Let LOGIN leave the group NAME; what it shared through the group ends, what it put there stays."""
    once(data, "group leave", name=name, login=login)


@command.command
@click.argument("name")
@click.argument("login")
@click.argument("role", type=click.Choice([Role.MEMBER.value, Role.COADMINISTRATOR.value]))
@data_option
def role(name: str, login: str, role: str, data: Path | None) -> None:
    """Make the member LOGIN of the group NAME a co-administrator, or a plain member again.

    A co-administrator manages tools and members, but cannot hand the group over or delete it.
    """
    once(data, "group role", name=name, login=login, role=role)


@command.command
@click.argument("name")
@click.argument("login")
@click.argument("tool", type=click.Choice([tool.value for tool in Tool]))
@click.argument("preset", type=click.Choice([preset.value for preset in Preset]))
@data_option
def rights(name: str, login: str, tool: str, preset: str, data: Path | None) -> None:
    """Let the member LOGIN of the group NAME (or `all` of them) do PRESET in TOOL."""
    once(data, "group rights", name=name, login=login, tool=tool, preset=preset)


@command.command("hand-over")
@click.argument("name")
@click.argument("login")
@data_option
def hand_over(name: str, login: str, data: Path | None) -> None:
    """Make the member LOGIN the administrator of the group NAME."""
    tell_over(name, login, once(data, "group hand-over", name=name, login=login)["over"])


@command.command
@click.argument("name")
@data_option
def delete(name: str, data: Path | None) -> None:
    """Delete the group NAME with all that is in its space; for 30 days it can be restored."""
    until = once(data, "group delete", name=name)["until"]
    click.echo(f"Group {name} can be restored until {until}: coserver group restore {name}", err=True)


@command.command
@click.argument("name")
@data_option
def restore(name: str, data: Path | None) -> None:
    """Give back the group NAME that was deleted less than 30 days ago."""
    once(data, "group restore", name=name)


for each in joining.COMMANDS:
    command.add_command(each)

"""`coserver group`: groups, their members, and what members may do."""

from pathlib import Path

import click

from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import readable, show_one, show_rows
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
@data_option
@json_option
def list_(data: Path | None, as_json: bool) -> None:
    """Show all groups."""
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
    for tool, held in once(data, "group hand-over", name=name, login=login)["over"].items():
        click.echo(
            f"Group {name} holds {readable('bytes', held['bytes'])} and {held['items']} items in {tool}, more than "
            f"the plan of {login} allows: nothing can be added there until there is room.",
            err=True,
        )


@command.command
@click.argument("name")
@data_option
def delete(name: str, data: Path | None) -> None:
    """Delete the group NAME and all that is in its space, for good."""
    once(data, "group delete", name=name)

"""`coserver share`: what is shared with whom, through which group."""

import json
from pathlib import Path

import click

from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import show_rows
from coserver.cli.topic import Topic
from coserver.model.rights import Preset

_PRESETS = [preset.value for preset in Preset if preset is not Preset.NOTHING]
_COLUMNS = {"path": "path", "group": "through group", "to": "to", "preset": "as"}
_GIVEN = {**_COLUMNS, "by": "made by"}


@click.group(cls=Topic)
def command() -> None:
    """Sharing: within a group, item by item."""


@command.command
@click.argument("path")
@click.option("--owner", required=True, metavar="LOGIN", help="Whose it is, or who may manage it.")
@click.option("--group", required=True, metavar="NAME", help="The group within which it is shared.")
@click.option("--to", metavar="LOGIN", help="One member only; else all of the group.")
@click.argument("preset", type=click.Choice(_PRESETS))
@data_option
def add(path: str, owner: str, group: str, to: str | None, preset: str, data: Path | None) -> None:
    """Share PATH as PRESET. PATH: a drive path, or mail:, calendar: or contacts: and a path."""
    once(data, "share add", path=path, owner=owner, group=group, to=to or "", preset=preset)


@command.command("list")
@click.argument("login")
@data_option
@json_option
def list_(login: str, data: Path | None, as_json: bool) -> None:
    """Show what LOGIN shares, and what is shared with LOGIN."""
    found = once(data, "share list", login=login)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    told = ((f"Shared by {login}", "given", _GIVEN), (f"Shared with {login}", "received", _COLUMNS))
    for heading, key, columns in told:
        click.echo("\n" * (key == "received") + heading + (":" if found[key] else ": nothing"))
        show_rows(found[key], columns, as_json=False, none="")


@command.command
@click.argument("path")
@click.option("--owner", required=True, metavar="LOGIN", help="Whose it is, or who may manage it.")
@click.option("--group", required=True, metavar="NAME", help="The group within which it is shared.")
@click.option("--to", metavar="LOGIN", help="The member, if it was shared with one only.")
@data_option
def remove(path: str, owner: str, group: str, to: str | None, data: Path | None) -> None:
    """Take the share of PATH back; it counts at once."""
    once(data, "share remove", path=path, owner=owner, group=group, to=to or "")

"""`coserver rights`: what somebody may do with something, and why."""

from pathlib import Path

import click

from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import show_one
from coserver.cli.topic import Topic


@click.group(cls=Topic)
def command() -> None:
    """What somebody may do, and why."""


@command.command
@click.argument("login")
@click.argument("path")
@data_option
@json_option
def why(login: str, path: str, data: Path | None, as_json: bool) -> None:
    """Say what LOGIN may do with PATH: a drive path, or mail:, calendar: or contacts: and a path."""
    found = once(data, "rights why", login=login, path=path)
    if as_json:
        show_one(found, as_json=True)
        return
    click.echo(f"{found['login']} at {found['path']}: {', '.join(found['rights']) or 'nothing'}")
    for reason in found["why"]:
        click.echo(f"- {reason}")

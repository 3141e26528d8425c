"""`coserver item`: withholding single items from those who only inherit rights on them."""

from pathlib import Path

import click

from coserver.cli.options import data_option, once


@click.group
def command() -> None:
    """Single messages, files and contacts."""


@command.command
@click.argument("path")
@click.option("--owner", required=True, metavar="LOGIN", help="Whose it is; in a group, who made it.")
@data_option
def private(path: str, owner: str, data: Path | None) -> None:
    """Withhold PATH from everybody it was not shared with by itself."""
    once(data, "item private", path=path, owner=owner)


@command.command
@click.argument("path")
@click.option("--owner", required=True, metavar="LOGIN", help="Whose it is; in a group, who made it.")
@data_option
def public(path: str, owner: str, data: Path | None) -> None:
    """Let PATH be seen again by all who may see what is around it."""
    once(data, "item public", path=path, owner=owner)

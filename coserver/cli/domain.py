"""`coserver domain`: the domains whose mail is taken."""

from pathlib import Path

import click

from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import show_rows


@click.group
def command() -> None:
    """Domains whose mail is taken."""


@command.command
@click.argument("name")
@data_option
def add(name: str, data: Path | None) -> None:
    """Take mail for the domain NAME."""
    once(data, "domain add", name=name)


@command.command
@click.argument("name")
@data_option
def remove(name: str, data: Path | None) -> None:
    """Take no more mail for the domain NAME; no account may be left in it."""
    once(data, "domain remove", name=name)


@command.command("list")
@data_option
@json_option
def list_(data: Path | None, as_json: bool) -> None:
    """Show all domains."""
    columns = {"name": "domain", "standard": "default", "postmaster": "postmaster"}
    show_rows(once(data, "domain list"), columns, as_json=as_json, none="There are no domains.")

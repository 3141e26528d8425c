"""`coserver rights`: what somebody may do with something, and why."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from pathlib import Path

import click

from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import show_one
from coserver.cli.topic import Topic
from coserver.model.rights import PRESETS, Right


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
    click.echo(f"{found['login']} at {found['path']}: {_spoken(found['rights'])}")
    for reason in found["why"]:
        click.echo(f"- {reason}")


def _spoken(names: Sequence[str]) -> str:
    """Rights as the preset that gives just these, the word by which they are given; else one by one."""
    held = reduce(or_, (Right[name.upper()] for name in names), Right.NOTHING)
    return next((preset.value for preset, rights in PRESETS.items() if rights == held), ", ".join(names))

"""What many commands have in common: `--data`, `--json`, passwords, and the way to the house."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from tabulate import tabulate

from coserver.config import Config, find
from coserver.net import call

F = TypeVar("F", bound=Callable[..., Any])

Operate = Callable[[str, Mapping[str, Any]], Any]

data_option = click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="The data folder; by default the one of the configuration.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="For scripts: JSON instead of a table.")
password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it."
)


def configuration(data: Path | None) -> Config:
    """The configuration in force."""
    return find(os.environ, data)


@contextmanager
def operating(data: Path | None) -> Iterator[Operate]:
    """The way to carry out operators' verbs: in the process that serves the folder, else here.

    Raises:
        HouseError: nobody serves the folder and it cannot be opened.
    """
    config = configuration(data)
    line = call.connect(config.data)
    if line is not None:
        try:
            yield line.operate
        finally:
            line.close()
        return
    from coserver.cli import offline  # noqa: PLC0415 - the store takes a while to load, a call does without

    with offline.house(config) as operate:
        yield operate


def once(data: Path | None, verb: str, **args: object) -> Any:
    """Carry out one verb and give its answer."""
    with operating(data) as operate:
        return operate(verb, args)


def read_password(from_stdin: bool, *, who: str) -> str:
    """The password that standard input holds (without its last line end), or that is typed unseen."""
    if from_stdin:
        typed = sys.stdin.read(4096)
        return typed.removesuffix("\n").removesuffix("\r")
    if not sys.stdin.isatty():
        raise click.UsageError("Give the password with --password-stdin; there is no terminal to ask on.")
    typed = click.prompt(f"Password for {who}", hide_input=True, confirmation_prompt="Once more")
    return str(typed)


def show_rows(rows: list[dict[str, Any]], columns: Mapping[str, str], *, as_json: bool, none: str) -> None:
    """A list: JSON as it is, or a table of `columns` (key to heading), or `none` when it is empty."""
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif rows:
        cells = [[readable(key, row.get(key)) for key in columns] for row in rows]
        click.echo(tabulate(cells, headers=list(columns.values()), tablefmt="simple", disable_numparse=True))
    elif none:
        click.echo(none, err=True)


def show_one(thing: dict[str, Any], *, as_json: bool) -> None:
    """One thing: JSON as it is, or a line for each of its values."""
    if as_json:
        click.echo(json.dumps(thing, indent=2, ensure_ascii=False))
        return
    plain = [(_title(key), readable(key, value)) for key, value in thing.items() if not _is_table(value)]
    click.echo(tabulate(plain, tablefmt="plain", disable_numparse=True))
    for key, value in thing.items():
        if _is_table(value):
            click.echo(f"\n{_title(key)}:")
            rows = [{name: readable(name, cell) for name, cell in row.items()} for row in value]
            headings = {name: _title(name) for name in rows[0]}
            click.echo(tabulate(rows, headers=headings, tablefmt="simple", disable_numparse=True))


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _title(key: str) -> str:
    return key.replace("_", " ")


def readable(key: str, value: object) -> str:
    """A value for people: sizes in the unit that fits, lists with commas, nothing for None."""
    if value is None or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and "bytes" in key:
        return size(value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)


def size(count: int) -> str:
    """Bytes in the decimal unit that fits: 1.5 GB."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(amount) < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"

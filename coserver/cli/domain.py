"""`coserver domain`: the domains whose mail is taken."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from coserver.cli.deeds import deed, listing
from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import show_rows
from coserver.cli.topic import Topic

_CHECKED = {"name": "name", "kind": "kind", "verdict": "is", "value": "should be", "found": "found"}
_WIDEST = 60  # characters of a value in a table


@click.group(cls=Topic)
def command() -> None:
    """Domains whose mail is taken."""


@command.command
@click.argument("name")
@click.option("--check", is_flag=True, help="Ask the DNS for each record, and say what is right, missing or different.")
@data_option
@json_option
def records(name: str, check: bool, data: Path | None, as_json: bool) -> None:
    """Print what the DNS should say about the domain NAME, as a zone file to copy from."""
    show_records(data, "domain", as_json=as_json, check=check, name=name)


@command.command
@click.argument("name")
@click.option("--now", is_flag=True, help="Sign with the new key at once: the old one got into wrong hands.")
@data_option
def rotate(name: str, now: bool, data: Path | None) -> None:
    """Make a new key (DKIM) for the domain NAME and print its record; it is used when the DNS has that record."""
    done = once(data, "domain rotate", name=name, now=now)
    click.echo(done["zone"], nl=False)
    waits = (
        f"Set this record. Mail is signed with the new key when the DNS has it; `coserver domain rotate {name}` looks."
    )
    click.echo("Mail is signed with the new key from now on." if done["used"] else waits, err=True)


def show_rotation(done: Mapping[str, Any]) -> None:
    """The record of a new key, and when that is used."""
    click.echo(done["zone"], nl=False)
    waits = "Set this record. Mail is signed with the new key when the DNS has it; the same command looks at once."
    click.echo("Mail is signed with the new key from now on." if done["used"] else waits, err=True)


def show_records(data: Path | None, verbs: str, *, as_json: bool, check: bool, **words: str | None) -> None:
    """The records of a domain by the verbs `records` or `compare` of a topic, as a zone file, a table or JSON."""
    answer = once(data, f"{verbs} {'compare' if check else 'records'}", **words)
    if not check and not as_json:
        click.echo(answer["zone"], nl=False)
        return
    rows = answer if check else answer["records"]
    show_rows(rows if as_json else [_narrow(row) for row in rows], _CHECKED, as_json=as_json, none="")


def _narrow(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row that fits a terminal: of keys the beginning does."""
    shown = {"value": row["value"], "found": " | ".join(row["found"])}
    return {**row, **{key: text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…" for key, text in shown.items()}}


def removed(_: Mapping[str, Any], done: Mapping[str, Any]) -> str:
    """What is said after a domain was removed."""
    again = f"coserver domain restore {done['name']}"
    return f"{done['name']} takes no more mail. `{again}` brings it back until {done['rests_until']}."


_COMMANDS = (
    deed(
        "domain add", "NAME",
        click.Option(["--postmaster"], metavar="LOGIN", help="Who reads the mail of its roles."),
        does="Take mail for the domain NAME.",
    ),
    deed(
        "domain remove", "NAME", told=removed,
        does="Take no more mail for the domain NAME; it can be restored for 30 days. Logins stay as they are.",
    ),
    deed("domain restore", "NAME", does="Bring the domain NAME back, which was removed, with its addresses."),
    listing(
        "domain list", "", does="Show all domains.", none="There are no domains.",
        columns={"name": "domain", "standard": "default", "postmaster": "postmaster", "rests_until": "removed until"},
    ),
)  # fmt: skip
for each in _COMMANDS:
    command.add_command(each)

"""`coserver address`: further addresses of accounts, and who gets mail for names that nobody has."""

from pathlib import Path

import click

from coserver.cli.deeds import deed
from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import show_rows
from coserver.cli.topic import Topic

_BY = click.Option(["--as", "by"], metavar="LOGIN", help="Who asks: the owner of the organisation the domain is of.")
_COLUMNS = {"address": "address", "kind": "kind", "login": "account", "group": "group"}


@click.group(cls=Topic)
def command() -> None:
    """Addresses: where mail leads to."""


@command.command("list")
@click.argument("login", required=False)
@data_option
@json_option
def list_(login: str | None, data: Path | None, as_json: bool) -> None:
    """Show the addresses of LOGIN; without LOGIN all but those that are logins."""
    show_rows(once(data, "address list", login=login), _COLUMNS, as_json=as_json, none="There are no such addresses.")


_COMMANDS = (
    deed(
        "address add", "ADDRESS LOGIN", _BY,
        does="Let mail to ADDRESS reach LOGIN, who may also write as ADDRESS. It counts as an alias in his plan.",
    ),
    deed("address remove", "ADDRESS", _BY, does="Refuse mail to ADDRESS from now on."),
    deed(
        "address catch-all", "DOMAIN",
        click.Argument(["login"], required=False),
        click.Option(["--none"], is_flag=True, help="Nobody: such mail is refused."),
        _BY,
        does="Let LOGIN get the mail for names of DOMAIN that nobody has; with --none it is refused.",
    ),
)  # fmt: skip
for each in _COMMANDS:
    command.add_command(each)

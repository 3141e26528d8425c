"""`coserver domain`: the domains whose mail is taken."""

import click

from coserver.cli.deeds import deed, listing


@click.group
def command() -> None:
    """Domains whose mail is taken."""


_COMMANDS = (
    deed("domain add", "NAME", does="Take mail for the domain NAME."),
    deed("domain remove", "NAME", does="Take no more mail for the domain NAME; no account may be left in it."),
    listing(
        "domain list", "", does="Show all domains.", none="There are no domains.",
        columns={"name": "domain", "standard": "default", "postmaster": "postmaster"},
    ),
)  # fmt: skip
for each in _COMMANDS:
    command.add_command(each)

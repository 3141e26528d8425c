"""`coserver domain`: the domains whose mail is taken."""

import click

from coserver.cli.deeds import deed, listing


@click.group
def command() -> None:
    """Domains whose mail is taken."""


_COMMANDS = (
    deed(
        "domain add", "NAME",
        click.Option(["--postmaster"], metavar="LOGIN", help="Who reads the mail of its roles."),
        does="Take mail for the domain NAME.",
    ),
    deed(
        "domain remove", "NAME",
        does="Take no more mail for the domain NAME; it can be restored for 30 days. Logins stay as they are.",
        told=lambda _, done: (
            f"{done['name']} takes no more mail. `coserver domain restore` brings it back until {done['rests_until']}."
        ),
    ),
    deed("domain restore", "NAME", does="Bring the domain NAME back, which was removed, with its addresses."),
    listing(
        "domain list", "", does="Show all domains.", none="There are no domains.",
        columns={"name": "domain", "standard": "default", "postmaster": "postmaster", "rests_until": "removed until"},
    ),
)  # fmt: skip
for each in _COMMANDS:
    command.add_command(each)

"""`coserver throttle`: who is slowed down or shut out by wrong passwords."""

import click

from coserver.cli.deeds import choice, deed, listing
from coserver.cli.topic import Topic

_COLUMNS = {"kind": "kind", "key": "what", "failures": "wrong", "seconds": "seconds", "refused": "shut out"}


@click.group(cls=Topic)
def command() -> None:
    """Who is slowed down or shut out by wrong passwords, on a server that runs."""


_COMMANDS = (
    listing(
        "throttle list", "", does="Show addresses, networks and accounts.", columns=_COLUMNS,
        none="Nobody is throttled.",
    ),
    deed(
        "throttle lift", "", choice("kind", ["address", "network", "account", "known"]), click.Argument(["key"]),
        does="Let KEY try again at once.",
    ),
)  # fmt: skip
for each in _COMMANDS:
    command.add_command(each)

"""`coserver item`: withholding single items from those who only inherit rights on them."""

import click

from coserver.cli.deeds import deed
from coserver.cli.topic import Topic

_OWNER = click.Option(["--owner"], required=True, metavar="LOGIN", help="Whose it is; in a group, who made it.")


@click.group(cls=Topic)
def command() -> None:
    """Single messages, files and contacts."""


command.add_command(
    deed("item private", "PATH", _OWNER, does="Withhold PATH from everybody it was not shared with by itself.")
)
command.add_command(
    deed("item public", "PATH", _OWNER, does="Let PATH be seen again by all who may see what is around it.")
)

"""The commands of `coserver group` about mail: its address, who may write to it, who gets copies, what is held."""

import click

from coserver.cli.deeds import choice, deed, listing
from coserver.model.principal import Posting

_BY = click.Option(["--as", "by"], metavar="LOGIN", help="Who asks: a member, who may do what his role allows.")
_NUMBER = click.Argument(["number"], type=int)

COMMANDS = (
    deed(
        "group address", "NAME",
        click.Argument(["address"], required=False),
        click.Option(["--none"], is_flag=True, help="Take its address away."),
        _BY,
        does="Give the group NAME an address; without ADDRESS it is NAME at the default domain.",
        told=lambda _words, answer: answer["address"],
    ),
    deed(
        "group posting", "NAME", choice("posting", [each.value for each in Posting]), _BY,
        does="Let members, anyone, or anyone under moderation write to the address of the group NAME.",
    ),
    deed(
        "group copies", "NAME LOGIN", choice("wanted", ["on", "off"]), _BY,
        does="Let the member LOGIN of the group NAME get copies of its mail, or none.",
    ),
    listing(
        "group held", "NAME", does="Show what was written to the group NAME and waits for its release.",
        columns={"number": "number", "arrived": "arrived", "bytes": "bytes"}, none="Nothing is held.",
    ),
    deed("group release", "NAME", _NUMBER, _BY, does="Let the held message NUMBER of the group NAME out."),
    deed("group discard", "NAME", _NUMBER, _BY, does="Delete the held message NUMBER of the group NAME."),
)  # fmt: skip

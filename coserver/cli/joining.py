"""The commands of `coserver group` about who comes into a group, and who takes one over."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from coserver.cli.deeds import deed, listing
from coserver.cli.options import data_option, once
from coserver.cli.show import readable


@click.command
@click.argument("login")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@data_option
def writable(login: str, names: tuple[str, ...], data: Path | None) -> None:
    """Choose which groups of LOGIN stay writable if his plan allows fewer; without NAME the oldest do."""
    done = once(data, "group writable", login=login, names=list(names))
    if done["read_only"]:
        click.echo(f"Nothing can be added to: {', '.join(done['read_only'])}.", err=True)


def over(words: Mapping[str, Any], answer: Any) -> str:
    """Where a group holds more than the plan of its new administrator allows, a line for each tool."""
    return "\n".join(
        f"Group {words['name']} holds {readable('bytes', held['bytes'])} and {held['items']} items in {tool}, more "
        f"than the plan of {words['login']} allows: nothing can be added there until there is room."
        for tool, held in answer["over"].items()
    )


COMMANDS = (
    deed(
        "group invite", "NAME ADDRESS",
        does="Mail an invitation to the group NAME to ADDRESS, good for 14 days; again: another code in its place.",
        told=lambda words, answer: (
            f"A code is mailed to {answer['address']}, good until {answer['until']}. "
            f"Who has not answered yet: coserver group invitations {words['name']}"
        ),
    ),
    deed("group uninvite", "NAME ADDRESS", does="Take the invitation of ADDRESS to the group NAME back."),
    listing(
        "group invitations", "NAME", does="Show who was invited to the group NAME and has not answered.",
        columns={"address": "address", "invited": "invited", "until": "until", "letters": "letters"},
        none="Nobody is invited.",
    ),
    deed(
        "group accept", "TOKEN", told=lambda _, answer: str(answer["text"]),
        does="Accept an invitation by the TOKEN that was mailed, for the account that has the invited address.",
    ),
    deed("group decline", "TOKEN", does="Decline an invitation by the TOKEN that was mailed."),
    deed(
        "group propose", "NAME LOGIN",
        does="Offer the group NAME to the member LOGIN, who becomes its administrator if he takes it over.",
    ),
    listing(
        "group proposals", "NAME", does="Show to whom the group NAME is offered.",
        columns={"login": "login", "proposed": "proposed", "until": "until", "declined": "declined"},
        none="It is offered to nobody.",
    ),
    deed(
        "group take-over", "NAME LOGIN", told=over,
        does="Let the member LOGIN take over the group NAME, which was offered to him.",
    ),
    deed("group refuse", "NAME LOGIN", does="Let the member LOGIN refuse to take over the group NAME."),
    writable,
)  # fmt: skip

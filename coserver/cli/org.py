"""`coserver org`: organisations, which run accounts and domains of their own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from coserver.cli import org_domain, org_user
from coserver.cli.deeds import deed
from coserver.cli.options import data_option, json_option, once
from coserver.cli.org_user import AS
from coserver.cli.show import show_one, show_rows
from coserver.cli.topic import Topic


@click.group(cls=Topic)
def command() -> None:
    """Organisations: accounts and domains that somebody runs for others.

    With --as LOGIN a command does what LOGIN may do, as the owner of an organisation; without it, what you may.
    """


@command.command("list")
@click.option("--as", "by", metavar="LOGIN", help="Those that LOGIN owns.")
@data_option
@json_option
def list_(by: str | None, data: Path | None, as_json: bool) -> None:
    """Show all organisations."""
    columns = {"org": "organisation", "owner": "owner", "accounts": "accounts", "domains": "domains"}
    show_rows(once(data, "org list", by=by), columns, as_json=as_json, none="There are no organisations.")


@command.command
@click.argument("org")
@click.option("--as", "by", metavar="LOGIN", help="Who asks: the owner.")
@data_option
@json_option
def show(org: str, by: str | None, data: Path | None, as_json: bool) -> None:
    """Show the organisation ORG, what its owner's plan allows, and who has not answered."""
    show_one(once(data, "org show", org=org, by=by), as_json=as_json)


@command.command
@click.argument("login")
@click.option(
    "--login", "as_login", metavar="NAME", help="The login it wishes to have, if its own is in their domain."
)  # fmt: skip
@data_option
def leave(login: str, as_login: str | None, data: Path | None) -> None:
    """Let LOGIN ask the owner of its organisation to let it go: a code to agree is mailed to him."""
    once(data, "org leave", login=login, as_login=as_login)


@command.command
@click.argument("token")
@click.option("--login", "as_login", metavar="NAME", help="Which login an account that leaves their domain gets.")
@data_option
def accept(token: str, as_login: str | None, data: Path | None) -> None:
    """Agree by the TOKEN that was mailed: an account comes under an organisation, or leaves it."""
    done = once(data, "org accept", token=token, as_login=as_login)
    if done["is_to"] == "join":
        click.echo(f"{done['login']} belongs to {done['org']} now.")
        return
    click.echo(f"{done['login']} has left {done['org']}.")
    for each in done["left_behind"]:
        click.echo(f"{each['address']} still reaches it until {each['until']}.")


@command.group(cls=Topic)
def group() -> None:
    """Groups that accounts of an organisation are in."""


_OWNER = click.Option(["--owner"], required=True, metavar="LOGIN", help="Who acts for it, and whose plan counts.")


def _asked(words: Mapping[str, Any], answer: Any) -> str:
    return f"{words['login']} finds a code in its INBOX, and agrees with it until {answer['until']}."


_COMMANDS = (
    deed("org add", "ORG", _OWNER, AS, does="Make the organisation ORG."),
    deed("org remove", "ORG", AS, does="Delete the organisation ORG, which has neither accounts nor domains."),
    deed("org owner", "ORG LOGIN", AS, does="Make LOGIN the owner of the organisation ORG."),
    deed(
        "org invite", "ORG LOGIN", AS,
        does="Ask LOGIN to come under the organisation ORG: a code to agree is mailed to it, good for 14 days.",
        told=_asked,
    ),
    deed(
        "org release", "ORG LOGIN", AS,
        does="Ask LOGIN to leave the organisation ORG: a code to agree is mailed to it, good for 14 days.",
        told=_asked,
    ),
    deed("org withdraw", "ORG LOGIN", AS, does="Take back what the organisation ORG asked of LOGIN by mail."),
    deed("org decline", "TOKEN", does="Decline by the TOKEN that was mailed."),
)  # fmt: skip
_GROUPS = (
    deed(
        "org group add", "ORG GROUP LOGIN", AS,
        does="Let LOGIN of the organisation ORG into the group GROUP, without an invitation.",
    ),
    deed(
        "org group reassign", "ORG GROUP LOGIN", AS,
        does="Make the member LOGIN the administrator of GROUP, which an account of ORG administers.",
        told=lambda words, answer: (
            "" if answer["done"] else f"{words['login']} was asked, and has to agree: coserver group take-over"
        ),
    ),
)  # fmt: skip

for each in _COMMANDS:
    command.add_command(each)
for each in _GROUPS:
    group.add_command(each)
command.add_command(org_user.command, "user")
command.add_command(org_domain.command, "domain")

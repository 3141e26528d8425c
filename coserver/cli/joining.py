"""The commands of `coserver group` about who comes into a group, and who takes one over."""

from pathlib import Path

import click

from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import readable, show_rows


@click.command
@click.argument("name")
@click.argument("address")
@data_option
def invite(name: str, address: str, data: Path | None) -> None:
    """Mail an invitation to the group NAME to ADDRESS, good for 14 days; again: another code in its place."""
    once(data, "group invite", name=name, address=address)


@click.command
@click.argument("name")
@click.argument("address")
@data_option
def uninvite(name: str, address: str, data: Path | None) -> None:
    """Take the invitation of ADDRESS to the group NAME back."""
    once(data, "group uninvite", name=name, address=address)


@click.command("invitations")
@click.argument("name")
@data_option
@json_option
def pending(name: str, data: Path | None, as_json: bool) -> None:
    """Show who was invited to the group NAME and has not answered."""
    columns = {"address": "address", "invited": "invited", "until": "until", "letters": "letters"}
    show_rows(once(data, "group invitations", name=name), columns, as_json=as_json, none="Nobody is invited.")


@click.command
@click.argument("token")
@data_option
def accept(token: str, data: Path | None) -> None:
    """Accept an invitation by the TOKEN that was mailed, for the account that has the invited address."""
    click.echo(once(data, "group accept", token=token)["text"], err=True)


@click.command
@click.argument("token")
@data_option
def decline(token: str, data: Path | None) -> None:
    """Decline an invitation by the TOKEN that was mailed."""
    once(data, "group decline", token=token)


@click.command
@click.argument("name")
@click.argument("login")
@data_option
def propose(name: str, login: str, data: Path | None) -> None:
    """Offer the group NAME to the member LOGIN, who becomes its administrator if he takes it over."""
    once(data, "group propose", name=name, login=login)


@click.command("proposals")
@click.argument("name")
@data_option
@json_option
def proposed(name: str, data: Path | None, as_json: bool) -> None:
    """Show to whom the group NAME is offered."""
    columns = {"login": "login", "proposed": "proposed", "until": "until", "declined": "declined"}
    rows = once(data, "group proposals", name=name)
    show_rows(rows, columns, as_json=as_json, none="It is offered to nobody.")


@click.command("take-over")
@click.argument("name")
@click.argument("login")
@data_option
def take_over(name: str, login: str, data: Path | None) -> None:
    """Let the member LOGIN take over the group NAME, which was offered to him."""
    tell_over(name, login, once(data, "group take-over", name=name, login=login)["over"])


@click.command
@click.argument("name")
@click.argument("login")
@data_option
def refuse(name: str, login: str, data: Path | None) -> None:
    """Let the member LOGIN refuse to take over the group NAME."""
    once(data, "group refuse", name=name, login=login)


@click.command
@click.argument("login")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@data_option
def writable(login: str, names: tuple[str, ...], data: Path | None) -> None:
    """Choose which groups of LOGIN stay writable if his plan allows fewer; without NAME the oldest do."""
    done = once(data, "group writable", login=login, names=list(names))
    if done["read_only"]:
        click.echo(f"Nothing can be added to: {', '.join(done['read_only'])}.", err=True)


def tell_over(name: str, login: str, over: dict[str, dict[str, int]]) -> None:
    """Say where a group holds more than the plan of its new administrator allows."""
    for tool, held in over.items():
        click.echo(
            f"Group {name} holds {readable('bytes', held['bytes'])} and {held['items']} items in {tool}, more than "
            f"the plan of {login} allows: nothing can be added there until there is room.",
            err=True,
        )


COMMANDS = (invite, uninvite, pending, accept, decline, propose, proposed, take_over, refuse, writable)

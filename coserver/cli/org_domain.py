"""The commands of `coserver org domain`: the domains of an organisation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from coserver.cli.deeds import deed, listing
from coserver.cli.domain import show_records, show_rotation
from coserver.cli.main import refuse
from coserver.cli.options import data_option, json_option, once
from coserver.cli.org_user import AS
from coserver.cli.topic import Topic

_as_option = click.option("--as", "by", metavar="LOGIN", help="Who asks: the owner of the organisation.")


@click.group(cls=Topic)
def command() -> None:
    """Domains of an organisation, each proved by a record in the DNS."""


@command.command
@click.argument("org")
@click.argument("domain")
@_as_option
@data_option
def add(org: str, domain: str, by: str | None, data: Path | None) -> None:
    """Say that DOMAIN is of the organisation ORG, and print the record that proves it."""
    _show_claim(once(data, "org domain add", org=org, domain=domain, by=by), org)


@command.command
@click.argument("org")
@click.argument("domain")
@_as_option
@data_option
def check(org: str, domain: str, by: str | None, data: Path | None) -> None:
    """Look for that record: once it is there, DOMAIN is a domain of ORG, and its mail is taken."""
    done = once(data, "org domain check", org=org, domain=domain, by=by)
    if not done["proved"]:
        click.echo(done["zone"], nl=False)
        refuse(
            f"This record is not seen yet. Set it in the DNS of {done['name']}; name servers may take up to an hour or "
            f"more to tell it. It is looked for every hour until {done['until']}, and by this command at once."
        )
    click.echo(
        f"{done['name']} is a domain of {org} now. `coserver org domain records` says what its DNS needs.", err=True
    )


@command.command
@click.argument("org")
@click.argument("domain")
@click.option("--check", is_flag=True, help="Ask the DNS for each record, and say what is right, missing or different.")
@_as_option
@data_option
@json_option
def records(org: str, domain: str, check: bool, by: str | None, data: Path | None, as_json: bool) -> None:
    """Print what the DNS should say about DOMAIN, as a zone file to copy from."""
    show_records(data, "org domain", as_json=as_json, check=check, org=org, domain=domain, by=by)


@command.command
@click.argument("org")
@click.argument("domain")
@click.option("--now", is_flag=True, help="Sign with the new key at once: the old one got into wrong hands.")
@_as_option
@data_option
def rotate(org: str, domain: str, now: bool, by: str | None, data: Path | None) -> None:
    """Make a new key (DKIM) for DOMAIN and print its record; it is used when the DNS has that record."""
    show_rotation(once(data, "org domain rotate", org=org, domain=domain, now=now, by=by))


def _show_claim(claim: Mapping[str, Any], org: str) -> None:
    click.echo(claim["zone"], nl=False)
    click.echo(
        f"Set this record in the DNS of {claim['name']}, then: coserver org domain check {org} {claim['name']}. "
        f"It is looked for every hour, too, until {claim['until']}.",
        err=True,
    )


def _removed(words: Mapping[str, Any], done: Mapping[str, Any]) -> str:
    again = f"coserver org domain restore {words['org']} {done['name']}"
    return f"{done['name']} takes no more mail. `{again}` brings it back until {done['rests_until']}."


_COMMANDS = (
    listing(
        "org domain list", "ORG", AS, does="Show the domains of the organisation ORG, and those it claims.",
        columns={"name": "domain", "proved": "proved", "until": "claimed until", "rests_until": "removed until"},
        none="It has no domains.",
    ),
    deed("org domain withdraw", "ORG DOMAIN", AS, does="Claim DOMAIN no more."),
    deed(
        "org domain remove", "ORG DOMAIN", AS, told=_removed,
        does="Take no more mail for DOMAIN of the organisation ORG; logins stay, and for 30 days it can be restored.",
    ),
    deed("org domain restore", "ORG DOMAIN", AS, does="Bring DOMAIN back, which was removed, with its addresses."),
)  # fmt: skip
for each in _COMMANDS:
    command.add_command(each)

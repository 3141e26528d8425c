"""The commands of `coserver org user`: the accounts that an organisation runs."""

import sys
from pathlib import Path
from typing import Any

import click

from coserver.cli.deeds import deed
from coserver.cli.main import refuse
from coserver.cli.options import data_option, json_option, once, operating, password_option, read_password
from coserver.cli.show import show_rows
from coserver.cli.topic import Topic

AS = click.Option(["--as", "by"], metavar="LOGIN", help="Who asks: the owner of the organisation.")
_as_option = click.option("--as", "by", metavar="LOGIN", help="Who asks: the owner of the organisation.")
_AT_ONCE = 20  # accounts in one request, for the progress bar


@click.group(cls=Topic)
def command() -> None:
    """Accounts that an organisation runs."""


@command.command
@click.argument("org")
@click.argument("login")
@click.option("--plan", help="The plan of the subscription; else that of the settings.")
@click.option("--name", default="", help="The name shown to others.")
@password_option
@_as_option
@data_option
def add(org: str, login: str, password_stdin: bool, data: Path | None, **told: str | None) -> None:
    """Make the account LOGIN of the organisation ORG, in a domain of ORG or the standard one."""
    password = read_password(password_stdin, who=login)
    once(data, "org user add", org=org, login=login, password=password, **told)


@command.command("add-many")
@click.argument("org")
@click.option(
    "--from", "file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv",
    help="A line each: login,password[,plan[,group...]].",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Tell what would become of each line, and write nothing.")
@click.option("--plan", help="The plan of those that name none.")
@_as_option
@data_option
def add_many(org: str, file: Path, dry_run: bool, plan: str | None, by: str | None, data: Path | None) -> None:
    """Make many accounts of the organisation ORG from a file."""
    from coserver.cli import rows  # noqa: PLC0415 - loads the store

    wanted = [rows.argument(row, plan or "") for row in rows.read(file)]
    words = {"org": org, "by": by, "dry_run": dry_run}
    size = max(1, len(wanted)) if dry_run else _AT_ONCE  # what is tried has to know the lines before it
    bar = click.progressbar(length=len(wanted), label="accounts", file=sys.stderr, hidden=not sys.stderr.isatty())
    refused = 0
    with operating(data) as operate, bar as shown:
        for start in range(0, len(wanted), size):
            outcomes = operate("org user add-many", {**words, "rows": wanted[start : start + size]})
            refused += _tell(outcomes, dry_run=dry_run)
            shown.update(len(outcomes))
    if refused:
        would = "would not be" if dry_run else "were not"
        refuse(f"{refused} of {len(wanted)} accounts {would} added. Correct their lines and add those alone.")
    click.echo(rows.told(len(wanted), dry_run=dry_run), err=True)


@command.command("list")
@click.argument("org")
@_as_option
@data_option
@json_option
def list_(org: str, by: str | None, data: Path | None, as_json: bool) -> None:
    """Show the accounts of the organisation ORG."""
    columns = {"login": "login", "name": "name", "plan": "plan", "state": "state", "last_login": "last login"}
    rows = once(data, "org user list", org=org, by=by)
    show_rows(rows, columns, as_json=as_json, none="It has no accounts.")


@command.command
@click.argument("org")
@click.argument("login")
@password_option
@_as_option
@data_option
def passwd(org: str, login: str, password_stdin: bool, by: str | None, data: Path | None) -> None:
    """Set a new password for LOGIN of the organisation ORG; the old one stops working at once."""
    password = read_password(password_stdin, who=login)
    once(data, "org user passwd", org=org, login=login, password=password, by=by)


def _tell(outcomes: list[dict[str, Any]], *, dry_run: bool) -> int:
    """Say what became of lines, or would; how many were refused."""
    for each in outcomes:
        if not each["added"]:
            click.echo(f"{each['login']}: {each['text']}", err=True)
        elif dry_run:
            click.echo(f"{each['login']}: would be added.", err=True)
    return sum(not each["added"] for each in outcomes)


_COMMANDS = (
    deed("org user suspend", "ORG LOGIN", AS, does="Let LOGIN of the organisation ORG in no more; nothing is lost."),
    deed("org user resume", "ORG LOGIN", AS, does="Let LOGIN of the organisation ORG in again."),
    deed(
        "org user delete", "ORG LOGIN", AS,
        does="Delete LOGIN of the organisation ORG: it is closed, and erased with all it has some days later.",
        told=lambda words, answer: (
            f"{answer['login']} is closed. `coserver org user restore {words['org']} {words['login']}` brings it back "
            f"until {answer['until']}."
        ),
    ),
    deed("org user restore", "ORG LOGIN", AS, does="Bring LOGIN of ORG back, which was deleted and is not erased yet."),
    deed("org user plan", "ORG LOGIN PLAN", AS, does="Put LOGIN of the organisation ORG on the plan PLAN, at once."),
)  # fmt: skip
for each in _COMMANDS:
    command.add_command(each)

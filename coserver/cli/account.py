"""`coserver account`: the logins of people."""

import csv
import sys
from pathlib import Path

import click

from coserver.cli.main import refuse
from coserver.cli.options import (
    Operate,
    data_option,
    json_option,
    once,
    operating,
    password_option,
    read_password,
    show_one,
    show_rows,
)
from coserver.model.errors import HouseError, Malformed

_SERVICES = ("imap", "smtp", "caldav", "carddav", "webdav")
_LARGEST = 64 << 20  # bytes of a file of accounts


@click.group
def command() -> None:
    """People's logins."""


@command.command
@click.argument("login", required=False)
@click.option("--plan", help="The plan of the subscription; else the first one on offer.")
@click.option("--name", default="", help="The name shown to others.")
@click.option(
    "--from", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv",
    help="Make many: a line each, login,password[,plan[,group...]].",
)  # fmt: skip
@password_option
@data_option
def add(
    login: str | None, plan: str | None, name: str, file: Path | None, password_stdin: bool, data: Path | None
) -> None:
    """Make the account LOGIN (a full address, or a bare name of the default domain), or many from a file."""
    if (login is None) == (file is None):
        raise click.UsageError("Give either LOGIN or --from FILE.csv.")
    if file is not None:
        _add_many(file, plan, data)
    elif login is not None:
        password = read_password(password_stdin, who=login)
        once(data, "account add", login=login, password=password, plan=plan, name=name)


def _add_many(file: Path, plan: str | None, data: Path | None) -> None:
    lines = read_lines(file)
    refused = 0
    with operating(data) as operate, click.progressbar(length=len(lines), label="accounts", file=sys.stderr) as bar:
        for number, fields in lines:
            try:
                _add_line(operate, fields, plan)
            except HouseError as error:
                refused += 1
                click.echo(f"{file}:{number}: {fields[0]}: {error.text}", err=True)
            bar.update(1)
    if refused:
        refuse(f"{refused} of {len(lines)} accounts were refused. Correct their lines and add those alone.")


def _add_line(operate: Operate, fields: list[str], plan: str | None) -> None:
    login, password, *rest = fields
    chosen = (rest[0] if rest else "") or plan
    operate("account add", {"login": login, "password": password, "plan": chosen, "name": ""})
    for group in filter(None, rest[1:]):
        operate("group join", {"group": group, "login": login})


def read_lines(file: Path) -> list[tuple[int, list[str]]]:
    """The lines of a file of accounts with their numbers: login, password, plan and groups.

    Raises:
        Malformed: not such a file; the text names the line.
    """
    if file.stat().st_size > _LARGEST:
        raise Malformed(f"{file} is larger than {_LARGEST >> 20} MB. Split it.")
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed(f"{file} cannot be read as UTF-8 text.") from error
    found = []
    for number, fields in enumerate(csv.reader(text.splitlines()), start=1):
        stripped = [field.strip() for field in fields]
        if not any(stripped) or stripped[0].startswith("#") or (number == 1 and stripped[0].lower() == "login"):
            continue
        if len(stripped) < 2 or not stripped[0] or not stripped[1]:
            raise Malformed(f"{file}:{number}: a line is login,password[,plan[,group...]].")
        found.append((number, stripped))
    return found


@command.command("list")
@data_option
@json_option
def list_(data: Path | None, as_json: bool) -> None:
    """Show all accounts."""
    columns = {"login": "login", "name": "name", "plan": "plan", "state": "state"}
    show_rows(once(data, "account list"), columns, as_json=as_json, none="There are no accounts.")


@command.command
@click.argument("login")
@data_option
@json_option
def show(login: str, data: Path | None, as_json: bool) -> None:
    """Show all there is to know about LOGIN."""
    show_one(once(data, "account show", login=login), as_json=as_json)


@command.command
@click.argument("login")
@password_option
@data_option
def passwd(login: str, password_stdin: bool, data: Path | None) -> None:
    """Set a new password for LOGIN; the old one stops working at once."""
    once(data, "account passwd", login=login, password=read_password(password_stdin, who=login))


@command.command("app-password")
@click.argument("login")
@click.option("--service", "services", required=True, metavar="LIST", help=f"Some of {','.join(_SERVICES)}.")
@click.option("--label", default="", help="What it is for, for example: telephone.")
@data_option
def app_password(login: str, services: str, label: str, data: Path | None) -> None:
    """Make a password for one program of LOGIN and print it: it is shown only now."""
    wanted = [service.strip() for service in services.split(",")]
    if not set(wanted) <= set(_SERVICES):
        raise click.BadParameter(f"must be some of {','.join(_SERVICES)}", param_hint="--service")
    click.echo(once(data, "account app-password", login=login, services=wanted, label=label))


@command.command
@click.argument("login")
@data_option
def suspend(login: str, data: Path | None) -> None:
    """Let LOGIN in no more; what it has is kept."""
    once(data, "account suspend", login=login)


@command.command
@click.argument("login")
@data_option
def resume(login: str, data: Path | None) -> None:
    """Let LOGIN in again."""
    once(data, "account resume", login=login)


@command.command
@click.argument("login")
@data_option
def delete(login: str, data: Path | None) -> None:
    """Delete LOGIN and all that is in its space, for good."""
    once(data, "account delete", login=login)

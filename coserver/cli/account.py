"""`coserver account`: the logins of people."""

import base64
import sys
from pathlib import Path
from typing import BinaryIO

import click

from coserver.cli.deeds import deed
from coserver.cli.main import refuse
from coserver.cli.options import (
    data_option,
    json_option,
    once,
    operating,
    password_option,
    read_password,
)
from coserver.cli.show import show_one, show_rows, size
from coserver.cli.topic import Topic

_SERVICES = ("imap", "smtp", "caldav", "carddav", "webdav")
_LARGEST_PICTURE = 500_000  # bytes that are read of one: what is too large is refused where it is kept
_AT_ONCE = 20  # accounts in one request, for the progress bar


@click.group(cls=Topic)
def command() -> None:
    """People's logins."""


@command.command
@click.argument("login", required=False)
@click.option("--plan", help="The plan of the subscription; else that of the settings.")
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
    from coserver.cli import rows  # noqa: PLC0415 - loads the store

    wanted = [rows.argument(row, plan or "") for row in rows.read(file)]
    refused = 0
    shown = click.progressbar(length=len(wanted), label="accounts", file=sys.stderr, hidden=not sys.stderr.isatty())
    with operating(data) as operate, shown as bar:
        for start in range(0, len(wanted), _AT_ONCE):
            batch = wanted[start : start + _AT_ONCE]
            for outcome in operate("account add-many", {"rows": batch}):
                if not outcome["added"]:
                    refused += 1
                    click.echo(f"{outcome['login']}: {outcome['text']}", err=True)
            bar.update(len(batch))
    if refused:
        refuse(f"{refused} of {len(wanted)} accounts were not added. Correct their lines and add those alone.")
    click.echo(rows.told(len(wanted)), err=True)


@command.command("list")
@data_option
@json_option
def list_(data: Path | None, as_json: bool) -> None:
    """Show all accounts."""
    columns = {"login": "login", "name": "name", "plan": "plan", "state": "state", "last_login": "last login"}
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
    made = once(data, "account app-password", login=login, services=wanted, label=label)
    click.echo(made["password"])


@command.command
@click.argument("login")
@click.option("--now", is_flag=True, help="Erase it at once and for good, without days to undo it.")
@data_option
def delete(login: str, now: bool, data: Path | None) -> None:
    """Delete LOGIN: it is closed, and erased with all that is in its space some days later."""
    done = once(data, "account delete", login=login, now=now)
    if not done["erased"]:
        again = f"coserver account restore {done['login']}"
        click.echo(f"{done['login']} is closed. `{again}` brings it back until {done['until']}.")


@command.command("sign-up")
@click.argument("address")
@click.option("--login", required=True, metavar="LOGIN", help="The account that is wanted.")
@click.option("--plan", help="The plan of the subscription; else that of the settings.")
@click.option("--name", default="", help="The name shown to others.")
@password_option
@data_option
def sign_up(address: str, login: str, plan: str | None, name: str, password_stdin: bool, data: Path | None) -> None:
    """Ask for an account as a stranger does: a code to confirm it is mailed to ADDRESS."""
    password = read_password(password_stdin, who=login)
    done = once(data, "account sign-up", address=address, login=login, password=password, plan=plan, name=name)
    click.echo(f"A code is mailed to {address}; {done['login']} can log in after: coserver account confirm", err=True)


@command.command
@click.argument("token")
@data_option
def confirm(token: str, data: Path | None) -> None:
    """Put an account in force by the code TOKEN that was mailed."""
    click.echo(once(data, "account confirm", token=token)["login"])


@command.command
@click.argument("login")
@data_option
def resend(login: str, data: Path | None) -> None:
    """Mail another code to confirm the sign-up of LOGIN."""
    click.echo(once(data, "account resend", login=login)["text"])


@command.command
@click.argument("login")
@data_option
def recover(login: str, data: Path | None) -> None:
    """Mail a code for a new password to the external address of LOGIN."""
    click.echo(once(data, "account recover", login=login)["text"])


@command.command
@click.argument("token")
@password_option
@data_option
def reset(token: str, password_stdin: bool, data: Path | None) -> None:
    """Set a new password by the code TOKEN that was mailed."""
    password = read_password(password_stdin, who="the account")
    click.echo(once(data, "account reset", token=token, password=password)["login"])


@command.command
@click.argument("login")
@click.argument("address", default="")
@data_option
def external(login: str, address: str, data: Path | None) -> None:
    """Note ADDRESS as the external address of LOGIN, for recovery and warnings; without ADDRESS, none."""
    once(data, "account external", login=login, address=address)


@command.command
@click.argument("login")
@click.option("--first", help="The first name.")
@click.option("--last", help="The last name.")
@click.option("--organisation", help="Where the person works.")
@click.option("--picture", type=click.File("rb"), help="A JPEG or PNG of 512 pixels a side at most; empty: none.")
@click.option("--address", help="Which of its addresses the group sees; empty: the primary one.")
@click.option("--group", help="The group that is to see it.")
@click.option("--private", type=click.Choice(["busy", "nothing"]), help="What members see of private events.")
@data_option
def profile(login: str, picture: BinaryIO | None, data: Path | None, **told: str | None) -> None:
    """Set what the members of its groups see of LOGIN, and print it; an empty text removes what there is."""
    wanted: dict[str, str] = {name: text for name, text in told.items() if text is not None}
    if picture is not None:
        wanted["picture"] = base64.b64encode(picture.read(_LARGEST_PICTURE)).decode()
    show_one(once(data, "account profile", login=login, **wanted), as_json=False)


@command.command("plan")
@click.argument("login")
@click.argument("plan")
@click.option("--until", metavar="DAY", help="The day on which what was paid for ends: YYYY-MM-DD, in UTC.")
@click.option("--next", "following", metavar="PLAN", help="The plan from that day on; else that of sign-ups.")
@data_option
def plan_(login: str, plan: str, until: str | None, following: str | None, data: Path | None) -> None:
    """Put LOGIN on the newest version of PLAN, at once."""
    done = once(data, "account plan", login=login, plan=plan, until=until, next=following)
    for tool, held in done["over"].items():
        click.echo(
            f"{done['login']} holds {size(held['bytes'])} and {held['items']} items in {tool}, more than {plan} allows "
            f"({size(held['bytes_limit'])}, {held['items_limit']} items): nothing can be added there until there is "
            "room.",
            err=True,
        )


@command.command("override")
@click.argument("login")
@click.argument("key", required=False)
@click.argument("value", required=False)
@click.option("--clear", is_flag=True, help="Take it back; without KEY everything.")
@data_option
def override(login: str, key: str | None, value: str | None, clear: bool, data: Path | None) -> None:
    """Agree with LOGIN alone on a capacity (KEY VALUE, as mail_bytes 20GB) or feature (as imap yes or no)."""
    if clear == bool(value) or not (clear or key):
        raise click.UsageError("Say KEY and VALUE, or KEY --clear, or --clear alone.")
    show_one(once(data, "account override", login=login, key=key, value=value), as_json=False)


@command.command("revoke")
@click.argument("login")
@click.argument("number", type=int)
@data_option
def revoke(login: str, number: int, data: Path | None) -> None:
    """Take the app password NUMBER (`account show` lists them) away from LOGIN."""
    once(data, "account revoke", login=login, id=number)


_COMMANDS = (
    deed("account suspend", "LOGIN", does="Let LOGIN in no more; what it has is kept."),
    deed("account resume", "LOGIN", does="Let LOGIN in again."),
    deed(
        "account forget-second-factor",
        "LOGIN",
        does="Ask LOGIN, whose device and recovery codes are lost, for the password alone.",
    ),
    deed("account restore", "LOGIN", does="Bring LOGIN back, which was deleted and is not erased yet."),
    deed("account start-over", "LOGIN", does="Give up the sign-up of LOGIN, so that the name is free."),
)
for each in _COMMANDS:
    command.add_command(each)

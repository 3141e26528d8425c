"""The command `coserver`: finds the commands, and says refusals on one line.

Invariants: exit status 0 done, 1 refused or not found (one line on standard error says why and what
to do), 2 wrong usage; no trace is shown for anything that somebody outside can cause. A command's
module is loaded when it is asked for, so that short commands stay quick.
"""

import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from coserver.cli.topic import Topic
from coserver.config import ConfigError
from coserver.model.errors import HouseError

COMMANDS = (
    "init", "serve", "demo", "doctor", "domain", "address", "account", "plan", "group", "org", "share", "item",
    "rights", "outbox", "throttle", "log", "config", "completion",
)  # fmt: skip


class Commands(Topic):
    """The commands, each in a module of its own name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them, in the order of the page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"coserver.cli.{cmd_name}").command
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="coserver", message="coserver %(version)s")
def coserver() -> None:
    """Groupware that an organisation runs itself: mail, calendars, contacts and documents.

    Every command takes --data DIR after its name. On a folder that a server runs on it speaks to that
    server; else it opens the folder itself.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command and end the process with its status."""
    os.umask(0o077)  # whatever is made holds mail, keys or passwords
    try:
        coserver.main(arguments, prog_name="coserver")
    except (HouseError, ConfigError) as error:
        refuse(str(error))
    except BrokenPipeError:  # the reader of our output had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(0)


def refuse(text: str) -> NoReturn:
    """Say why not, on one line, and end with status 1."""
    click.echo("coserver: " + " ".join(text.split()), err=True)
    sys.exit(1)


def shell_complete(shell: str) -> Any:
    """What click knows about completing this command in a shell."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - one command in a hundred needs it

    found = get_completion_class(shell)
    return None if found is None else found(coserver, {}, "coserver", "_COSERVER_COMPLETE")

"""What many commands have in common: `--data`, `--json`, passwords, and the way to the house."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from coserver.config import Config, find
from coserver.model.errors import Locked
from coserver.net import call
from coserver.net.call import Operate

F = TypeVar("F", bound=Callable[..., Any])

data_option = click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="The data folder; by default the one of the configuration.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="For scripts: JSON instead of a table.")
password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it."
)


def configuration(data: Path | None) -> Config:
    """The configuration in force."""
    return find(os.environ, data)


@contextmanager
def operating(data: Path | None, *, make: bool = False) -> Iterator[Operate]:
    """The way to carry out operators' verbs: in the process that serves the folder, else here.

    With `make` a folder that is none yet becomes one.

    Raises:
        HouseError: nobody serves the folder and it cannot be opened.
    """
    config = configuration(data)
    line = call.connect(config.data)
    if line is not None:
        try:
            yield line.operate
        finally:
            line.close()
        return
    from coserver.cli import offline  # noqa: PLC0415 - the store takes a while to load, a call does without

    with ExitStack() as open_here:
        try:
            operate = open_here.enter_context(offline.house(config, make=make))
        except Locked as error:
            operate = open_here.enter_context(_late(config, error))
        yield operate


@contextmanager
def _late(config: Config, error: Locked) -> Iterator[Operate]:
    """The way into a server that began to listen after it was asked first; else what is in the way."""
    line = call.connect(config.data)
    if line is None:
        raise Locked(
            f"Another process has the data folder {config.data} open: a server that is just starting or stopping, "
            "or another command. Try again in a moment."
        ) from error
    try:
        yield line.operate
    finally:
        line.close()


def once(data: Path | None, verb: str, **args: object) -> Any:
    """Carry out one verb and give its answer."""
    with operating(data) as operate:
        return operate(verb, args)


def read_password(from_stdin: bool, *, who: str) -> str:
    """The password that standard input holds (without its last line end), or that is typed unseen.

    On a terminal it is asked for in any case: what waits there without a word, and shows what is typed, helps nobody.
    """
    if from_stdin and not sys.stdin.isatty():
        typed = sys.stdin.read(4096)
        return typed.removesuffix("\n").removesuffix("\r")
    if not sys.stdin.isatty():
        raise click.UsageError("Give the password with --password-stdin; there is no terminal to ask on.")
    typed = click.prompt(f"Password for {who}", hide_input=True, confirmation_prompt="Once more")
    return str(typed)

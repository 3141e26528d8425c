"""Commands that carry out the verb of their name with the words they were given: most of what there is to say.

Invariants: a deed prints nothing but what `told` makes of the answer, on standard error, so that scripts can go
on; a listing prints a table, or JSON on demand.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import show_rows

Told = Callable[[Mapping[str, Any], Any], str]
"""What is said about a deed, by its words and its answer; nothing if the text is empty."""


def deed(verb: str, words: str, *more: click.Parameter, does: str, told: Told | None = None) -> click.Command:
    """The command for a verb, named by its last word; `words` are its arguments as help shows them, before `more`."""

    def run(data: Path | None, **given: object) -> None:
        answer = once(data, verb, **given)
        text = told(given, answer) if told else ""
        if text:
            click.echo(text, err=True)

    return _command(verb, [*_arguments(words), *more], data_option(run), does)


def listing(
    verb: str, words: str, *more: click.Parameter, does: str, columns: Mapping[str, str], none: str
) -> click.Command:  # fmt: skip
    """The command for a verb that lists; `more` as for `deed`, `columns` and `none` as for `show_rows`."""

    def run(data: Path | None, as_json: bool, **given: object) -> None:
        show_rows(once(data, verb, **given), columns, as_json=as_json, none=none)

    return _command(verb, [*_arguments(words), *more], data_option(json_option(run)), does)


def choice(word: str, values: list[str]) -> click.Argument:
    """An argument that is one of these."""
    return click.Argument([word], type=click.Choice(values))


def _arguments(words: str) -> list[click.Parameter]:
    return [click.Argument([word.lower()]) for word in words.split()]


def _command(verb: str, parameters: list[click.Parameter], run: Callable[..., None], does: str) -> click.Command:
    made = click.command(verb.rpartition(" ")[2], help=does)(run)
    made.params[:0] = parameters
    return made

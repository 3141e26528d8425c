"""How commands are listed."""

import click
import pytest
from click.testing import CliRunner

from coserver.cli.main import coserver


def topics() -> list[tuple[str, ...]]:
    """The words of every command that has others below it."""

    def below(group: click.Group, words: tuple[str, ...]) -> list[tuple[str, ...]]:
        context = click.Context(group)
        found = [words]
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if isinstance(command, click.Group):
                found += below(command, (*words, name))
        return found

    return below(coserver, ())


@pytest.mark.parametrize("words", topics(), ids=" ".join)
def test_list_of_commands_on_a_narrow_terminal_cuts_nothing_off(words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(coserver, [*words, "--help"], terminal_width=80)
    assert told.exit_code == 0
    assert "Commands:" in told.output
    assert "..." not in told.output.partition("Commands:")[2]
    assert max(map(len, told.output.splitlines())) <= 80


def test_list_of_commands_says_the_first_sentence_of_each() -> None:
    told = CliRunner().invoke(coserver, ["group", "--help"], terminal_width=80)
    assert "of the group NAME a co-administrator, or a plain member again." in " ".join(told.output.split())
    assert "cannot hand the group over" not in told.output

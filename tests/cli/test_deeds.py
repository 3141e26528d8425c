"""Commands made of a verb and its words."""

from typing import Any

import click
import pytest
from click.testing import CliRunner

from coserver.cli import deeds
from coserver.cli.main import COMMANDS, coserver
from coserver.operator.desk import VERBS


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The verbs that commands ask for, each answered with what is asked."""
    found: list[Any] = []

    def once(_data: Any, verb: str, **args: Any) -> Any:
        found.append((verb, args))
        return {"text": f"{verb} done"}

    monkeypatch.setattr(deeds, "once", once)
    return found


def test_deed_when_run_asks_for_the_verb_with_its_words_and_prints_nothing(asked: list[Any]) -> None:
    made = deeds.deed("house paint", "DOOR", deeds.choice("colour", ["red", "green"]), does="Paint DOOR.")
    done = CliRunner().invoke(made, ["front", "red"])
    assert (made.name, done.exit_code, done.output) == ("paint", 0, "")
    assert asked == [("house paint", {"door": "front", "colour": "red"})]
    assert CliRunner().invoke(made, ["front", "blue"]).exit_code == 2


def test_deed_when_its_answer_tells_something_then_it_goes_to_standard_error(asked: list[Any]) -> None:
    made = deeds.deed("paint", "DOOR", does="", told=lambda words, answer: f"{words['door']}: {answer['text']}")
    done = CliRunner().invoke(made, ["front"])
    assert (done.stdout, done.stderr) == ("", "front: paint done\n")


def deeds_of(group: click.Group) -> list[click.Command]:
    """The commands below a group that are deeds or listings."""
    found = []
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            found += deeds_of(command)
        elif command is not None and getattr(command.callback, "__module__", "") == deeds.__name__:
            found.append(command)
    return found


def test_each_deed_of_the_house_when_run_asks_for_a_verb_there_is(asked: list[Any]) -> None:
    made = deeds_of(coserver)
    assert len(made) > len(COMMANDS)
    for command in made:
        words = [_value(one) for one in command.params if isinstance(one, click.Argument)]
        options = [f"{one.opts[0]}=x" for one in command.params if isinstance(one, click.Option) and one.required]
        CliRunner().invoke(command, [*words, *options])
    assert len(asked) == len(made)
    assert {verb for verb, _ in asked} <= VERBS.keys()


def _value(argument: click.Argument) -> str:
    """A word that an argument takes."""
    if isinstance(argument.type, click.Choice):
        return str(argument.type.choices[0])
    return "1" if isinstance(argument.type, click.types.IntParamType) else "x"

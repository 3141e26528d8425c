"""What is written about the house is what the house is: words, settings, dependencies."""

import ast
import dataclasses
import re
import tomllib
from collections.abc import Iterator, Mapping

import click

from coserver.cli.main import coserver
from coserver.config import Config

GLOSSARY = "docs/glossary.md"
SAMPLE = "conf/coserver.toml"
COMMANDS = "docs/operate/command-line.md"
DEPENDENCIES = "docs/decisions/0001-dependencies.md"


def public_classes(tree: ast.Module) -> set[str]:
    """The classes and type names that a module gives to others."""
    found = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    found |= {ast.unparse(node.targets[0]) for node in assigned if ast.unparse(node.value).startswith("NewType(")}
    return {name for name in found if not name.startswith("_")}


def model_words(house: Mapping[str, ast.Module]) -> set[str]:
    """Every public word of the model as the glossary marks it: `space.Space`."""
    modules = {path.split("/")[-1][:-3]: tree for path, tree in house.items() if path.startswith("coserver/model/")}
    return {f"{module}.{name}" for module, tree in modules.items() for name in public_classes(tree)}


def marked_words(glossary: str) -> set[str]:
    """The words of the model that the glossary marks."""
    return set(re.findall(r"`([a-z_]+\.[A-Z]\w*)`", glossary))


def undocumented(settings: object, sample: str) -> Iterator[str]:
    """Settings that the sample does not name, and names in the sample that are no settings.

    A setting counts as named when its line stands in its section, commented out or not.
    """
    named: set[str] = set()
    section = ""
    for line in sample.splitlines():
        if head := re.match(r"#? ?\[([\w.]+)\]", line):
            section = head[1]
        elif key := re.match(r"#? ?([a-z_]+) ?= ?\S", line):
            named.add(f"{section}.{key[1]}")
    real = set()
    for part in dataclasses.fields(settings):  # type: ignore[arg-type]
        inner = getattr(settings, part.name)
        real |= {f"{part.name}.{field.name}" for field in dataclasses.fields(inner)}
    yield from (f"{name} is not in the sample" for name in sorted(real - named))
    yield from (f"{name} is no setting" for name in sorted(named - real))


def unexplained(project: str, record: str) -> Iterator[str]:
    """Dependencies without a line of reason, and reasons of what is not depended on."""
    listed = [re.split(r"[<>=\[;]", line)[0] for line in tomllib.loads(project)["project"]["dependencies"]]
    explained = re.findall(r"^\| `([\w.-]+)` \|", record, re.MULTILINE)
    yield from (f"{name} has no reason" for name in listed if name not in explained)
    yield from (f"{name} is not depended on" for name in explained if name not in listed)
    if listed != sorted(listed):
        yield "dependencies are not in order"


def command_names(group: click.Group, prefix: str = "") -> Iterator[str]:
    """Every command that does something, with the groups before it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from command_names(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


def test_commands_when_compared_with_their_page_then_each_is_told(texts: Mapping[str, str]) -> None:
    told = set(re.findall(r"`([a-z][a-z -]*[a-z])(?= [A-Z\[-]|`)", texts[COMMANDS]))
    assert [name for name in command_names(coserver) if name not in told] == []


def test_command_names_when_groups_hold_groups_then_every_end_is_named() -> None:
    inner = click.Group("member", commands=[click.Command("add"), click.Command("remove")])
    outer = click.Group(commands=[click.Group("group", commands=[inner, click.Command("list")]), click.Command("init")])
    assert list(command_names(outer)) == ["group list", "group member add", "group member remove", "init"]


def test_glossary_when_compared_with_the_model_then_both_have_the_same_words(
    texts: Mapping[str, str], house: Mapping[str, ast.Module]
) -> None:
    assert marked_words(texts[GLOSSARY]) == model_words(house)


def test_settings_when_compared_with_the_sample_then_both_have_the_same(texts: Mapping[str, str]) -> None:
    assert list(undocumented(Config(), texts[SAMPLE])) == []


def test_dependencies_when_compared_with_their_record_then_each_has_a_reason(texts: Mapping[str, str]) -> None:
    assert list(unexplained(texts["pyproject.toml"], texts[DEPENDENCIES])) == []


def test_model_words_when_a_class_is_added_then_it_is_asked_for() -> None:
    text = 'Modseq = NewType("Modseq", int)\nclass Space: ...\nclass _Hidden: ...\nLIMIT = int(3)\n'
    house = {"coserver/model/space.py": ast.parse(text), "coserver/mail/boxes.py": ast.parse("class Box: ...")}
    assert model_words(house) == {"space.Modseq", "space.Space"}


def test_marked_words_when_a_page_is_read_then_only_marks_count() -> None:
    assert marked_words("| space | `space.Space` | `store.items` and Space |") == {"space.Space"}


@dataclasses.dataclass
class _Log:
    level: str = "info"
    colour: bool = False


@dataclasses.dataclass
class _Settings:
    log: _Log = dataclasses.field(default_factory=_Log)


def test_undocumented_when_sample_and_settings_differ_then_names_both() -> None:
    assert list(undocumented(_Settings(), "[log]\nlevel = 'info'\n# colour = false\n")) == []
    sample = "# words about colour\n[log]\n# level = 'info'\nloud = true\n"
    assert list(undocumented(_Settings(), sample)) == ["log.colour is not in the sample", "log.loud is no setting"]


def test_unexplained_when_project_and_record_differ_then_names_both() -> None:
    project = '[project]\ndependencies = ["b>=1,<2", "a[x]"]\n'
    assert list(unexplained(project, "| `b` | why |\n| `c` | why |\n")) == [
        "a has no reason",
        "c is not depended on",
        "dependencies are not in order",
    ]
    assert list(unexplained(project.replace('"b>=1,<2", "a[x]"', '"a"'), "| `a` | why |\n")) == []

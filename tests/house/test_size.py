"""Nothing is too long to be read at one go."""

import ast
from collections.abc import Iterable, Iterator, Mapping

import pytest

FILE_LINES = 400
FUNCTION_LINES = 50
CLASS_METHODS = 20
COPIES = "coserver/store/migrations/versions/"  # each a copy of the schema as it was, never edited
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def too_long(path: str, text: str, nodes: Iterable[ast.AST]) -> Iterator[str]:
    """What in one Python file is longer than the house allows."""
    lines = len(text.splitlines())
    if lines > FILE_LINES:
        yield f"{path}: {lines} lines"
    for node in nodes:
        if isinstance(node, FUNCTIONS):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines"
        elif isinstance(node, ast.ClassDef) and not path.startswith("tests/"):
            methods = sum(isinstance(part, FUNCTIONS) for part in node.body)
            if methods > CLASS_METHODS:
                yield f"{path}:{node.lineno}: {node.name} has {methods} methods"


def test_python_files_when_measured_then_none_is_too_long(
    texts: Mapping[str, str], nodes: Mapping[str, list[ast.AST]]
) -> None:
    written = {path: walked for path, walked in nodes.items() if not path.startswith(COPIES)}
    found = [line for path, walked in written.items() for line in too_long(path, texts[path], walked)]
    assert found == []


def test_too_long_when_the_length_is_just_allowed_then_says_nothing() -> None:
    function = "def long():\n" + "    1\n" * (FUNCTION_LINES - 1)
    methods = "class Wide:\n" + "".join(f"    def m{number}(self): ...\n" for number in range(CLASS_METHODS))
    filling = "1\n" * (FILE_LINES - FUNCTION_LINES - CLASS_METHODS - 1)
    text = function + methods + filling
    assert list(too_long("coserver/x.py", text, ast.walk(ast.parse(text)))) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1\n" * (FILE_LINES + 1), "401 lines"),
        ("def long():\n" + "    1\n" * FUNCTION_LINES, "long has 51 lines"),
        ("class A:\n    async def long(self):\n" + "        1\n" * FUNCTION_LINES, "long has 51 lines"),
        ("class Wide:\n" + "".join(f"    def m{n}(self): ...\n" for n in range(CLASS_METHODS + 1)), "21 methods"),
    ],
)
def test_too_long_when_something_is_longer_then_names_it(text: str, told: str) -> None:
    (line,) = too_long("coserver/x.py", text, ast.walk(ast.parse(text)))
    assert told in line

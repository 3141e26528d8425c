"""Habits that no linter knows: one clock, broad excepts at the edges' tops alone, empty package files."""

import ast
from collections.abc import Iterable, Iterator, Mapping

import pytest

CLOCK = "coserver/clock.py"
NOW = {"now", "utcnow", "today"}
READS = {"time", "monotonic", "perf_counter", "process_time", "thread_time", "sleep", "localtime", "ctime"}

# The tops of the edges: what no code of ours expected ends here, logged with an id, answered as our fault.
TOPS = {
    "coserver/dav/radicale_app/application.py::__call__": "the edge of calendars and contacts",
    "coserver/net/http/request.py::_guarded": "the edge of HTTP",
    "coserver/imap/protocol/running.py::_advance": "the edge of IMAP",
    "coserver/net/bell.py::_call": "one listener's fault is not another's",
    "coserver/service.py::begin": "a failed start ends the process, which raises it again",
    "coserver/smtp/server.py::_safely": "the edge of SMTP",
    "coserver/store/writer.py::_attempt": "whatever a job raises is its caller's, who gets it",
    "coserver/store/writer.py::_answer": "what is durable is answered, whatever a listener does",
}


def own_time(path: str, nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Time taken past the clock of the house."""
    if path == CLOCK:
        return
    for node in nodes:
        if isinstance(node, ast.Import) and "time" in [alias.name for alias in node.names]:
            yield f"{path}:{node.lineno}: import time"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            read = [alias.name for alias in node.names if alias.name.removesuffix("_ns") in READS]
            yield from (f"{path}:{node.lineno}: from time import {name}" for name in read)
        elif isinstance(node, ast.Attribute) and node.attr in NOW and _is_calendar(node.value):
            yield f"{path}:{node.lineno}: {ast.unparse(node)}"


def _is_calendar(value: ast.expr) -> bool:
    return ast.unparse(value).split(".")[-1] in {"datetime", "date"}


def broad_excepts(path: str, nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """Every except that takes all errors and keeps them: where it stands, and the function it stands in.

    One that ends in a bare raise only tidies up and takes nothing.
    """
    nodes = list(nodes)
    if not any(isinstance(node, ast.ExceptHandler) and _is_broad(node.type) for node in nodes):
        return
    for scope in nodes:
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            for node in _without_inner_functions(scope):
                if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _raises_again(node):
                    name = getattr(scope, "name", "<module>")
                    yield f"{path}:{node.lineno}: in {name}", f"{path}::{name}"


def _without_inner_functions(scope: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _without_inner_functions(child)


def _is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(map(_is_broad, caught.elts))
    return caught is None or ast.unparse(caught).split(".")[-1] in {"Exception", "BaseException"}


def _raises_again(node: ast.ExceptHandler) -> bool:
    last = node.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def more_than_a_docstring(path: str, tree: ast.Module) -> Iterator[str]:
    """A package file that does something."""
    if path.endswith("/__init__.py") and not (len(tree.body) == 1 and ast.get_docstring(tree)):
        yield f"{path}: more or less than a docstring"


def test_time_when_the_house_is_read_then_it_comes_from_the_clock(house_nodes: Mapping[str, list[ast.AST]]) -> None:
    assert [line for path, nodes in house_nodes.items() for line in own_time(path, nodes)] == []


def test_broad_excepts_when_the_house_is_read_then_only_the_tops_of_edges_have_one(
    house_nodes: Mapping[str, list[ast.AST]],
) -> None:
    found = [pair for path, nodes in house_nodes.items() for pair in broad_excepts(path, nodes)]
    assert [told for told, place in found if place not in TOPS] == []
    assert sorted(TOPS) == sorted({place for _, place in found}), "a top that is gone stays on the list"


def test_package_files_when_the_house_is_read_then_they_hold_a_docstring_only(
    house: Mapping[str, ast.Module],
) -> None:
    assert [line for path, tree in house.items() for line in more_than_a_docstring(path, tree)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "import os, time",
        "from time import monotonic",
        "from time import gmtime, time_ns as t",
        "from datetime import datetime\nx = datetime.now(UTC)",
        "import datetime\nx = datetime.datetime.utcnow()",
        "import datetime as date\nx = date.today()",
    ],
)
def test_own_time_when_the_clock_is_passed_by_then_names_it(text: str) -> None:
    assert len(list(own_time("coserver/mail/messages.py", ast.walk(ast.parse(text))))) == 1
    assert list(own_time(CLOCK, ast.walk(ast.parse(text)))) == []


@pytest.mark.parametrize("text", ["from time import gmtime", "x = clock.now()", "import timeit", "now()"])
def test_own_time_when_the_clock_is_asked_then_says_nothing(text: str) -> None:
    assert list(own_time("coserver/mail/messages.py", ast.walk(ast.parse(text)))) == []


@pytest.mark.parametrize(
    "caught", ["", " Exception", " BaseException as e", " (OSError, Exception)", " builtins.Exception"]
)
def test_broad_excepts_when_a_function_takes_all_errors_then_names_it(caught: str) -> None:
    text = f"class A:\n  def deed(self):\n    def inner(): ...\n    try: ...\n    except{caught}: ..."
    (pair,) = broad_excepts("coserver/x.py", ast.walk(ast.parse(text)))
    assert pair == ("coserver/x.py:5: in deed", "coserver/x.py::deed")


def test_broad_excepts_when_errors_are_named_then_says_nothing() -> None:
    text = "def deed():\n  try: ...\n  except (OSError, ValueError): ..."
    assert list(broad_excepts("coserver/x.py", ast.walk(ast.parse(text)))) == []


def test_broad_excepts_when_all_is_raised_again_then_says_nothing() -> None:
    text = "def deed():\n  try: ...\n  except BaseException:\n    tidy()\n    raise"
    assert list(broad_excepts("coserver/x.py", ast.walk(ast.parse(text)))) == []
    assert len(list(broad_excepts("coserver/x.py", ast.walk(ast.parse(text.replace("raise", "raise X")))))) == 1


@pytest.mark.parametrize("text", ["", "import os", '"""Words."""\nx = 1'])
def test_more_than_a_docstring_when_a_package_file_does_something_then_names_it(text: str) -> None:
    assert len(list(more_than_a_docstring("coserver/x/__init__.py", ast.parse(text)))) == 1
    assert list(more_than_a_docstring("coserver/x/__init__.py", ast.parse('"""Words."""'))) == []

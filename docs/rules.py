"""The page of the rule book: each rule, and the tests that would fail without it.

A test names a rule in its docstring, in a comment inside it or in a row of its table, as `R58`, or in
the docstring of its class or module. `python docs/rules.py` prints what has no test.
"""

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
_NUMBER = re.compile(r"(?<![\w.;:=-])([RCS][1-9]\d?)(?![\w=]|: [A-Z0-9*]|\.\d)")
_TESTING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its number, what it says, and what it still waits for."""

    number: str
    says: str
    waits: str


def rules() -> list[Rule]:
    """All rules, in the order of the book."""
    entries = tomllib.loads((ROOT / "docs/rules.toml").read_text(encoding="utf-8"))
    return [Rule(number, entry["says"], entry.get("waits", "")) for number, entry in entries.items()]


@cache
def held() -> Mapping[str, list[str]]:
    """By number, the tests that name a rule: `tests/x/test_y.py::test_z`, or the file alone."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for number, name in _named(text) if _NUMBER.search(text) else ():
            test = "::".join(filter(None, (path.relative_to(ROOT).as_posix(), name)))
            if test not in found.setdefault(number, []):
                found[number].append(test)
    return found


def page() -> str:
    """The rule book as Markdown."""
    tests = held()
    lines = [
        "# The rules",
        "",
        "What coserver promises, and the tests that hold it to that. R: what users were promised; C: how two promises",
        "that contradict each other were settled; S: what was decided where they are silent.",
        "",
    ]
    for rule in rules():
        lines += [f"## {rule.number}", "", rule.says, ""]
        if rule.waits:
            lines += [f"*Waits for: {rule.waits}.*", ""]
        lines += [*(f"- `{test}`" for test in tests.get(rule.number, ())), ""]
    return "\n".join(lines)


def _named(text: str) -> Iterator[tuple[str, str]]:
    """The numbers in a module of tests, each with the test that names it; empty for the module itself."""
    tree = ast.parse(text)
    docstring = ast.get_docstring(tree) or ""
    yield from ((number, "") for number in _NUMBER.findall(docstring))
    remarks = [
        (token.start[0], token.string)
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    ]
    for node in tree.body:
        if isinstance(node, _TESTING) and node.name.lower().startswith("test"):
            yield from ((number, node.name) for number in _NUMBER.findall(_words(node, remarks)))


def _words(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, remarks: list[tuple[int, str]]) -> str:
    """Docstrings and comments of a test, its decorators and what is inside it."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    inside = [text for line, text in remarks if first <= line <= (node.end_lineno or first)]
    docstrings = [ast.get_docstring(each) or "" for each in ast.walk(node) if isinstance(each, _TESTING)]
    return "\n".join([*docstrings, *inside])


if __name__ == "__main__":
    tests = held()
    missing = [rule.number for rule in rules() if not rule.waits and rule.number not in tests]
    sys.stdout.write(f"{len(missing)} of {len(rules())} rules have no test yet: {' '.join(missing)}\n")

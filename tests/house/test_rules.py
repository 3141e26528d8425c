"""The rule book and the tests hold one another."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def book(root: Path) -> ModuleType:
    """The module that makes the page of the rule book."""
    spec = importlib.util.spec_from_file_location("rule_book", root / "docs/rules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_rules_when_they_wait_for_nothing_then_each_is_held_by_a_test(book: ModuleType) -> None:
    held = book.held()
    assert [rule.number for rule in book.rules() if not rule.waits and rule.number not in held] == []


def test_tests_when_they_name_a_rule_then_the_book_has_it(book: ModuleType) -> None:
    known = {rule.number for rule in book.rules()}
    assert {number: tests for number, tests in book.held().items() if number not in known} == {}


def test_page_when_made_then_names_rules_tests_and_what_they_wait_for(book: ModuleType) -> None:
    page = book.page()
    assert "## R16\n\nSharing always happens within a group" in page
    assert "- `tests/groups/test_shares.py::test_add_when_a_stranger_or_a_reader_shares_then_denied`" in page
    assert "*Waits for: payments.*" in page


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('def test_a():\n    """R58: stays."""\n', [("R58", "test_a")]),
        ("@case(\n    1,  # C11, R47\n)\ndef test_a():\n    pass\n", [("C11", "test_a"), ("R47", "test_a")]),
        ('"""All of S24."""\n', [("S24", "")]),
        ('class TestX:\n    """(S1)"""\n', [("S1", "TestX")]),
        ('def test_a():\n    """C1: A LOGIN, S: OK; R580; v=C2."""\n    x = "R58"\n', []),
        ('def helper():\n    """R58"""\n', []),
    ],
)
def test_named_when_a_module_of_tests_is_read_then_finds_numbers(
    book: ModuleType, text: str, found: list[tuple[str, str]]
) -> None:
    assert list(book._named(text)) == found

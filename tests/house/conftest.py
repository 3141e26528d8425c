"""What the house tests look at: every file the repository keeps, and the Python of it as trees."""

import ast
import gc
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _kept() -> Iterator[Path]:
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):  # not a clone: an unpacked archive
        folders = ("coserver", "conf", "docs", "tests")
        names = [str(path.relative_to(ROOT)) for folder in folders for path in (ROOT / folder).rglob("*")]
    return (ROOT / name for name in sorted(names) if name and (ROOT / name).is_file())


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def texts() -> Mapping[str, str]:
    """Path in the repository -> text, of every kept file that is text."""
    found = {}
    for path in _kept():
        data = path.read_bytes()
        if b"\0" not in data:
            found[str(path.relative_to(ROOT))] = data.decode(errors="replace")
    return found


@pytest.fixture(scope="session")
def trees(texts: Mapping[str, str]) -> Mapping[str, ast.Module]:
    """Path -> tree, of every kept Python file. They stay to the end, so that nobody need look for them as garbage."""
    gc.disable()
    try:
        return {path: ast.parse(text, path) for path, text in texts.items() if path.endswith(".py")}
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def house(trees: Mapping[str, ast.Module]) -> Mapping[str, ast.Module]:
    """Path -> tree, of the Python that is shipped."""
    return {path: tree for path, tree in trees.items() if path.startswith("coserver/")}


@pytest.fixture(scope="session")
def nodes(trees: Mapping[str, ast.Module]) -> Mapping[str, list[ast.AST]]:
    """Path -> every node of the tree, of every kept Python file."""
    return {path: list(ast.walk(tree)) for path, tree in trees.items()}


@pytest.fixture(scope="session")
def house_nodes(nodes: Mapping[str, list[ast.AST]]) -> Mapping[str, list[ast.AST]]:
    """Path -> every node of the tree, of the Python that is shipped."""
    return {path: walked for path, walked in nodes.items() if path.startswith("coserver/")}

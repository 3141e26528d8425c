"""Names say what a thing does; words that fit everything say nothing."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

import pytest

EMPTY_WORDS = {word + plural for word in ("util", "helper", "handler", "manager", "engine") for plural in ("", "s")}
EMPTY_WORDS |= {"common", "misc"}

# Words that a library gives its own things, and the one file the plan of the house names so.
ALLOWED = {
    ("coserver/store/engine.py", "engine"),
    ("coserver/store", "engine"),  # sqlalchemy.Engine
    ("coserver/smtp/server.py", "handler"),  # aiosmtpd.smtp.SMTP(handler)
    ("coserver/dav/radicale_app/finding.py", "manager"),  # BaseStorage.discover(child_context_manager=)
    ("coserver/dav/wsgidav_app.py", "manager"),  # DAVProvider.lock_manager
    ("coserver/auth/passwords.py", "common"),  # a common password is one that many have
    ("coserver/log.py", "handler"),  # logging.Handler
}


def words(name: str) -> list[str]:
    """The words of an identifier or a file name, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def given_names(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Every name that a file itself gives to something, with its line."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr


def allowed(path: str, word: str) -> bool:
    """Whether the word is the library's, here."""
    return any(word.rstrip("s") == excepted and f"{path}/".startswith(f"{place}/") for place, excepted in ALLOWED)


def empty_names(path: str, nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names in one file, its own among them, that hold an empty word; of tests, those of files and classes."""
    if path.startswith("tests/"):
        nodes = (node for node in nodes if isinstance(node, ast.ClassDef))
    names = given_names(nodes)
    for line, name in [(0, path.removesuffix(".py")), *names]:
        for word in words(name):
            if word in EMPTY_WORDS and not allowed(path, word):
                yield f"{path}:{line}: {name}"


def test_names_when_looked_at_then_none_is_an_empty_word(nodes: Mapping[str, list[ast.AST]]) -> None:
    assert [line for path, walked in nodes.items() for line in empty_names(path, walked)] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("coserver/mail/utils.py", ""),
        ("coserver/common/words.py", ""),
        ("coserver/imap/session.py", "class MailboxManager: ..."),
        ("tests/imap/test_session.py", "class Helper:\n    handler = 1"),
        ("tests/imap/helpers.py", ""),
        ("coserver/imap/session.py", "def fetch_helper(): ..."),
        ("coserver/imap/session.py", "def fetch(handler): ..."),
        ("coserver/imap/session.py", "engine = 1"),
        ("coserver/imap/session.py", "def f(self):\n    self.engine = 1"),
    ],
)
def test_empty_names_when_a_word_says_nothing_then_names_it(path: str, text: str) -> None:
    assert len(list(empty_names(path, ast.walk(ast.parse(text))))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("coserver/store/engine.py", "engine = create_engine(url)"),
        ("coserver/log.py", "handler = StreamHandler()"),
        ("coserver/imap/session.py", "import utils\ncommonly = minimisc = 1"),
    ],
)
def test_empty_names_when_the_word_is_the_librarys_then_says_nothing(path: str, text: str) -> None:
    assert list(empty_names(path, ast.walk(ast.parse(text)))) == []

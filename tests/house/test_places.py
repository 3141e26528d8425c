"""The repository speaks of itself alone, keeps its tests beside their modules and finishes what it starts."""

import re
from collections.abc import Iterable, Iterator, Mapping

import pytest

# Written in halves, so that this file does not hold what it forbids.
FOREIGN = {
    "the host of a package registry": (
        "pypi" + ".org",
        "python" + "hosted",
        "npmjs" + ".",
        "registry" + ".npm",
        "crates" + ".io",
        "proxy.golang" + ".org",
        "docker" + ".io",
    ),
    "a path of one machine": ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/", "/tmp/" + "venv"),
    "work left undone": ("TO" + "DO", "FIX" + "ME", "XX" + "X:"),
}
OF_THE_WHOLE = {  # folders of tests that are not of one module
    "bars",
    "clients",
    "conformance",
    "contracts",
    "crash",
    "edges",
    "house",
    "migrations",
    "transcripts",
    "whole",
}
UNWRITTEN = ("requirements/", "LICENSE")  # made by tools or by others; looked at for index addresses only


def foreign_words(path: str, text: str) -> Iterator[str]:
    """Words that have no place in the repository."""
    for what, forbidden in FOREIGN.items():
        if what != "the host of a package registry" and path.startswith(UNWRITTEN):
            continue
        for word in forbidden:
            if word in text and (found := re.search(rf"(?<![\w.]){re.escape(word)}", text)):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{path}:{line}: {what}: {word}"


def without_counterpart(paths: Iterable[str]) -> Iterator[str]:
    """Tests that do not stand where their module says: coserver/x/y.py is tested by tests/x/test_y.py.

    A long one may be parted by subject: tests/x/test_y_subject.py. Transcripts and
    replays play a whole package.
    """
    paths = set(paths)
    for path in sorted(paths):
        if not (match := re.fullmatch(r"tests/((?:\w+/)*)test_(\w+)\.py", path)):
            continue
        folder, words = match[1], match[2].split("_")
        if folder.split("/")[0] in OF_THE_WHOLE or (folder and words[0] in {"transcripts", "replays"}):
            continue
        names = ["_".join(words[: count + 1]) for count in range(len(words))]
        if not any({f"coserver/{folder}{name}.py", f"coserver/{folder}{name}/__init__.py"} & paths for name in names):
            yield f"{path}: no coserver/{folder}{match[2]}.py"


def loose_requirements(path: str, text: str) -> Iterator[str]:
    """Requirements that are not pinned by version and hash, and options that name an index."""
    for entry in re.sub(r"\\\n", " ", text).splitlines():
        line = entry.split(" #")[0].strip()
        if line and not line.startswith("#") and not re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+ .*--hash=sha256:", line):
            yield f"{path}: {line}"


def test_kept_files_when_read_then_no_foreign_word_is_in_them(texts: Mapping[str, str]) -> None:
    assert [line for path, text in texts.items() for line in foreign_words(path, text)] == []


def test_tests_when_listed_then_each_stands_beside_its_module(texts: Mapping[str, str]) -> None:
    assert list(without_counterpart(texts)) == []


def test_requirement_files_when_read_then_all_is_pinned_by_hash(texts: Mapping[str, str]) -> None:
    files = {path: text for path, text in texts.items() if re.fullmatch(r"requirements/\w+\.txt", path)}
    assert {f"requirements/{name}.txt" for name in ("run", "check", "test", "docs", "bench")} == files.keys()
    assert [line for path, text in files.items() for line in loose_requirements(path, text)] == []


@pytest.mark.parametrize("word", [word for words in FOREIGN.values() for word in words])
def test_foreign_words_when_one_is_there_then_names_file_and_line(word: str) -> None:
    (line,) = foreign_words("docs/index.md", f"Good words.\nSee {word} for more.\n")
    assert line.startswith("docs/index.md:2: ")


def test_foreign_words_when_a_longer_word_holds_one_then_says_nothing() -> None:
    assert list(foreign_words("docs/index.md", "coserver/wo" + "rk/x and a MASTO" + "DON's net" + "work/x")) == []


def test_foreign_words_when_a_tool_wrote_the_file_then_only_registries_count() -> None:
    assert list(foreign_words("LICENSE", "TO" + "DO")) == []
    assert len(list(foreign_words("requirements/run.txt", "pypi" + ".org"))) == 1


@pytest.mark.parametrize("path", ["tests/imap/test_gone.py", "tests/test_gone.py", "tests/imap/test_gone_early.py"])
def test_without_counterpart_when_the_module_is_missing_then_names_the_test(path: str) -> None:
    assert len(list(without_counterpart([path, "coserver/imap/wire.py"]))) == 1


@pytest.mark.parametrize(
    "path",
    [
        "tests/imap/test_wire.py",
        "tests/imap/test_wire_literals.py",
        "tests/imap/test_transcripts.py",
        "tests/house/test_x.py",
        "tests/test_log.py",
    ],
)
def test_without_counterpart_when_the_module_is_there_then_says_nothing(path: str) -> None:
    assert list(without_counterpart([path, "coserver/imap/wire.py", "coserver/log.py"])) == []


@pytest.mark.parametrize("line", ["six==1.0", "six", "--index-url x", "six>=1 --hash=sha256:00", "-r run.txt"])
def test_loose_requirements_when_one_is_not_pinned_then_names_it(line: str) -> None:
    good = "a-b[c]==1.2 ; python_version < '3.12' \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n    # via x\n"
    assert len(list(loose_requirements("requirements/run.txt", good + line))) == 1
    assert list(loose_requirements("requirements/run.txt", good)) == []

"""The one writing gate: proofs are made by their owners alone, and each table has one owner."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

import pytest

MAKERS = {"Grant": "coserver/groups/rights.py", "Charge": "coserver/quota/usage.py"}
SCHEMA = "coserver/store/schema/"  # a module for each package that owns tables
SHARED = ("columns.py", "whole.py", "__init__.py")
WHOLE = (  # they know every table by trade
    "coserver/store/migrations/",
    "coserver/store/doctor.py",
    "coserver/store/views.py",
    SCHEMA,
)
LENT = {("coserver/store/spaces.py", "usage")}  # a space is born with its usage at zero


def forged(path: str, nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Proofs made by somebody who may not."""
    for node in nodes:
        if isinstance(node, ast.Call):
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            if name in MAKERS and MAKERS[name] != path:
                yield f"{path}:{node.lineno}: {name} is made by {MAKERS[name]} alone"


def owners(texts: Mapping[str, str]) -> dict[str, str]:
    """Variable of a table -> package that owns it: the name of the module it stands in."""
    found: dict[str, str] = {}
    for path, text in texts.items():
        if path.startswith(SCHEMA) and not path.endswith(SHARED):
            found |= dict.fromkeys(re.findall(r"^(\w+) = table\(", text, re.MULTILINE), path[len(SCHEMA) : -3])
    return found


def _tables_named(nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    modules: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "coserver.store.schema":
            modules |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("coserver.store.schema."):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            names = (alias for alias in node.names if alias.name.startswith("coserver.store.schema."))
            modules |= {alias.asname or alias.name for alias in names}
    for node in nodes if modules else ():
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in modules:
            yield node.lineno, node.attr


def foreign_tables(path: str, nodes: Iterable[ast.AST], owned: Mapping[str, str]) -> Iterator[str]:
    """Tables that a module names and its package does not own."""
    if path.startswith(WHOLE):
        return
    package = path.split("/")[1]
    for line, table in _tables_named(list(nodes)):
        if owned.get(table, package) != package and (path, table) not in LENT:
            yield f"{path}:{line}: {table} belongs to {owned[table]}"


def sql_in_words(path: str, nodes: Iterable[ast.AST]) -> Iterator[str]:
    """SQL written as text where tables could hide: only the store may."""
    if path.startswith("coserver/store/"):
        return
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
            for alias in node.names:
                if alias.name in {"text", "Table", "MetaData", "table"}:
                    yield f"{path}:{node.lineno}: sqlalchemy.{alias.name}"
        elif isinstance(node, ast.Attribute) and node.attr == "exec_driver_sql":
            yield f"{path}:{node.lineno}: exec_driver_sql"


def test_proofs_when_the_house_is_read_then_only_their_owners_make_them(
    house_nodes: Mapping[str, list[ast.AST]],
) -> None:
    assert [line for path, nodes in house_nodes.items() for line in forged(path, nodes)] == []


def test_tables_when_the_house_is_read_then_only_their_owners_name_them(
    house_nodes: Mapping[str, list[ast.AST]], texts: Mapping[str, str]
) -> None:
    owned = owners(texts)
    assert [line for path, nodes in house_nodes.items() for line in foreign_tables(path, nodes, owned)] == []


def test_sql_when_the_house_is_read_then_it_is_text_in_the_store_alone(
    house_nodes: Mapping[str, list[ast.AST]],
) -> None:
    assert [line for path, nodes in house_nodes.items() for line in sql_in_words(path, nodes)] == []


def test_owners_when_the_schema_is_read_then_every_table_has_a_package_that_exists(
    texts: Mapping[str, str], house: Mapping[str, ast.Module]
) -> None:
    owned = owners(texts)
    tables = sum(text.count("= table(") for path, text in texts.items() if path.startswith(SCHEMA))
    assert len(owned) == tables > 20
    assert {f"coserver/{owner}/__init__.py" for owner in owned.values()} <= house.keys()


@pytest.mark.parametrize("text", ["Grant(1, 2, 3)", "rights.Grant(1, 2, 3)", "x = [Charge(1, 2, 3, 4)]"])
def test_forged_when_a_proof_is_made_elsewhere_then_names_it(text: str) -> None:
    assert len(list(forged("coserver/mail/messages.py", ast.walk(ast.parse(text))))) == 1


def test_forged_when_its_owner_makes_a_proof_then_says_nothing() -> None:
    assert list(forged("coserver/groups/rights.py", ast.walk(ast.parse("Grant(1, 2, 3)")))) == []


OWNED = {"item": "store", "member": "groups"}


@pytest.mark.parametrize(
    "text",
    [
        "from coserver.store.schema.store import item",
        "from coserver.store.schema.store import item as i",
        "from coserver.store.schema import store\nstore.item.select()",
        "from coserver.store.schema import store as tables\ntables.item.c.uid",
        "import coserver.store.schema.store\ncoserver.store.schema.store.item.c.uid",
    ],
)
def test_foreign_tables_when_a_table_of_another_is_named_then_names_it(text: str) -> None:
    (line,) = foreign_tables("coserver/groups/members.py", ast.walk(ast.parse(text)), OWNED)
    assert "item belongs to store" in line


def test_foreign_tables_when_they_are_ones_own_then_says_nothing() -> None:
    text = "from coserver.store import items\nfrom coserver.store.schema import groups\ngroups.member\nitems.item"
    assert list(foreign_tables("coserver/groups/members.py", ast.walk(ast.parse(text)), OWNED)) == []


def test_owners_when_modules_are_read_then_tables_belong_to_the_package_of_that_name() -> None:
    texts = {
        f"{SCHEMA}store.py": "space = table(\n",
        f"{SCHEMA}auth.py": "credential = table(\n",
        f"{SCHEMA}whole.py": "x",
    }
    assert owners(texts) == {"space": "store", "credential": "auth"}


@pytest.mark.parametrize("text", ["from sqlalchemy import text", "connection.exec_driver_sql('select 1')"])
def test_sql_in_words_when_written_outside_the_store_then_names_it(text: str) -> None:
    assert len(list(sql_in_words("coserver/mail/search.py", ast.walk(ast.parse(text))))) == 1
    assert list(sql_in_words("coserver/store/tx.py", ast.walk(ast.parse(text)))) == []

"""The columns that tables are made of.

Times are milliseconds since 1970 UTC. Ids are AUTOINCREMENT where an old id must never come back
(a sync token, UIDVALIDITY or a lock may still name it).
"""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table, Text
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NEVER_REUSED = {"sqlite_autoincrement": True}
Number = BigInteger().with_variant(Integer, "sqlite")  # 64 bits on both engines


def table(name: str, *parts: SchemaItem, **options: Any) -> Table:
    """A table of the house."""
    return Table(name, metadata, *parts, **options)


def key() -> Column[int]:
    """The id of a row."""
    return Column("id", Number, primary_key=True, autoincrement=True)


def ref(name: str, target: str, *, null: bool = False, primary: bool = False) -> Column[int]:
    """The id of a row elsewhere; this row goes with it."""
    return Column(name, Number, ForeignKey(target, ondelete="CASCADE"), nullable=null, primary_key=primary)


def number(name: str, default: int | None = None, *, null: bool = False) -> Column[int]:
    """A number of 64 bits."""
    return Column(name, Number, nullable=null, server_default=None if default is None else str(default))


def text(name: str, default: str | None = None, *, null: bool = False, primary: bool = False) -> Column[str]:
    """A text."""
    return Column(name, Text, nullable=null, primary_key=primary, server_default=default)

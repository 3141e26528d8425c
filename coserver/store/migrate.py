"""Bringing a data folder to the schema of this version, step by step (alembic).

A step runs in one transaction; the database as it was before is kept beside it until the next
upgrade, as `coserver.db.before-REVISION`.
"""

import sqlite3
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from coserver.model.errors import Unusable

_HAS_STEPS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
_STEP = "SELECT version_num FROM alembic_version"
_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, database: Path) -> None:
    """Create the tables in an empty database, or upgrade those of an older version.

    Raises:
        Unusable: the database is of a newer version, or is not one of ours.
    """
    head, known = _revisions()
    try:
        with engine.connect() as connection:
            present = _present(connection)
    except DatabaseError as error:
        raise Unusable(
            f"The database {database} cannot be read ({error.orig}). Restore it from a backup, "
            "or name another folder with --data."
        ) from error
    if present == head:
        return
    if present is not None and present not in known:
        raise Unusable(
            f"The data folder {database.parent} was made by a newer version of coserver (schema {present}, "
            f"this one knows {head}). Install that version or newer; nothing was changed."
        )
    if present is not None:
        _keep_copy(database, f"{database.name}.before-{head}")
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _present(connection: Connection) -> str | None:
    """The step a database is at; asked in plain words, since alembic takes as long as all the rest of opening."""
    if connection.exec_driver_sql(_HAS_STEPS).first() is None:
        return None
    row = connection.exec_driver_sql(_STEP).first()
    return None if row is None else str(row[0])


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


@cache
def _revisions() -> tuple[str | None, frozenset[str]]:
    """The newest step and all of them; reading the scripts takes longer than opening a store."""
    scripts = ScriptDirectory.from_config(_config())
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())


def _keep_copy(database: Path, name: str) -> None:
    target = database.with_name(name)
    target.unlink(missing_ok=True)
    with sqlite3.connect(database) as source:
        source.execute("VACUUM INTO ?", (str(target),))
    source.close()

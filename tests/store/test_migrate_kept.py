"""Stores of every schema that was ever released, kept as SQL: each still opens, with what was in it."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from coserver.auth import standing
from coserver.clock import SystemClock
from coserver.mail import mailboxes
from coserver.model.space import Tool
from coserver.store import blobs, doctor, lookup, migrate
from coserver.store.engine import DATABASE, Store
from coserver.store.schema.whole import metadata

KEPT = Path(__file__).parents[1] / "migrations"


def _revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    return sorted(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())


def test_every_schema_has_a_kept_store():
    assert sorted(path.stem for path in KEPT.glob("*.sql")) == _revisions()


@pytest.mark.parametrize("revision", _revisions())
def test_kept_store_when_opened_is_of_this_schema_and_whole(tmp_path, revision):
    database = sqlite3.connect(tmp_path / DATABASE)
    database.executescript(KEPT.joinpath(f"{revision}.sql").read_text(encoding="utf-8"))
    database.close()
    store = Store.open(tmp_path, clock=SystemClock())
    try:
        assert doctor.check(store) == []
        with store.read() as tx:
            alice = standing.find(tx, "alice")
            assert alice is not None
            inbox = mailboxes.find(tx, alice.account, "INBOX").collection
            (kept,) = lookup.list_(tx, inbox.id)
            assert (inbox.tool, kept.keywords) == (Tool.MAIL, "$Kept")
            assert b"kept since the first schema" in blobs.open_(tx, kept.blob).read()
    finally:
        store.close()
    engine = create_engine(f"sqlite:///{tmp_path / DATABASE}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()

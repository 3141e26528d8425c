"""Opening data folders of other ages and conditions."""

import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from coserver.clock import SystemClock
from coserver.model.errors import Unusable
from coserver.store.engine import DATABASE, Store
from coserver.store.schema.whole import metadata


def _open(folder):
    Store.open(folder, clock=SystemClock()).close()


def test_schema_when_built_by_the_steps_is_the_one_declared(tmp_path):
    _open(tmp_path)
    with create_engine(f"sqlite:///{tmp_path / DATABASE}").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        connection.engine.dispose()


def test_folder_when_of_a_newer_version_is_refused_and_left_alone(tmp_path):
    _open(tmp_path)
    database = sqlite3.connect(tmp_path / DATABASE)
    with database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(Unusable, match=r"newer version .*9999"):
        _open(tmp_path)
    database = sqlite3.connect(tmp_path / DATABASE)
    assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    database.close()


def test_folder_when_its_database_is_not_one_says_what_to_do(tmp_path):
    tmp_path.joinpath(DATABASE).write_bytes(b"this is no database" * 100)
    with pytest.raises(Unusable, match="Restore it from a backup"):
        _open(tmp_path)


def test_folder_when_it_cannot_be_made_says_what_to_do(tmp_path):
    tmp_path.joinpath("file").write_bytes(b"")
    with pytest.raises(Unusable, match="--data"):
        _open(tmp_path / "file" / "data")


def test_folder_when_it_was_open_to_all_is_closed_to_others(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o755)
    _open(folder)
    assert folder.stat().st_mode & 0o777 == 0o700

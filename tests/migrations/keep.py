"""Make the kept store of the present schema: `.venv/bin/python tests/migrations/keep.py`.

To be run when a migration was added or, before it was ever released, altered.
"""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from coserver.accounts import accounts
from coserver.clock import SystemClock
from coserver.groups import members, presets
from coserver.mail import domains, mailboxes, messages
from coserver.mail.prepared import prepare
from coserver.model.item import Flag
from coserver.model.rights import Preset
from coserver.model.space import Tool
from coserver.quota import plans
from coserver.store.engine import DATABASE, Store
from coserver.store.tx import Tx

HERE = Path(__file__).parent
MESSAGE = (
    b"From: bob@example.test\r\nTo: alice@example.test\r\nSubject: kept\r\n"
    b"Date: Thu, 1 Jan 2026 10:00:00 +0000\r\n\r\nkept since the first schema\r\n"
)


def main() -> None:
    """Write the store as SQL, named after the schema it is of."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder), clock=SystemClock())
        prepared = prepare(store.stage(MESSAGE))

        def furnish(tx: Tx) -> None:
            domains.add(tx, "example.test")
            plans.publish(tx, plans.parse(plans.bundled("plans-demo")))
            alice, bob = (accounts.add(tx, accounts.New(name, "none", "demo")).id for name in ("alice", "bob"))
            team = members.create(tx, "team", administrator=alice)
            members.add(tx, team.id, bob)
            presets.give(tx, team.id, bob, tool=Tool.DOCUMENTS, preset=Preset.CONTRIBUTE)
            inbox = mailboxes.find(tx, alice, "INBOX").collection
            messages.append(tx, alice, inbox, [messages.NewMessage(prepared, Flag.SEEN, frozenset({"$Kept"}))])

        store.write(furnish)
        store.close()
        with closing(sqlite3.connect(Path(folder) / DATABASE)) as database:
            (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
            text = "\n".join(database.iterdump()) + "\n"
    (HERE / f"{revision}.sql").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""The writing thread when the disk refuses: nothing acknowledged, nothing half kept, then on it goes."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
from pathlib import Path
from coserver.clock import SystemClock
from coserver.model.errors import Busy
from coserver.model.plan import Charge
from coserver.model.rights import ALL, Grant
from coserver.model.space import Tool
from coserver.store import collections, items, lookup, spaces
from coserver.store.schema import groups as schema
from coserver.store.engine import Store
from sqlalchemy import insert

store = Store.open(Path(sys.argv[1]), clock=SystemClock())
size = int(sys.argv[2])

def make(tx):
    row = insert(schema.principal).values(kind="account", created=1).returning(schema.principal.c.id)
    return collections.root(tx, spaces.add(tx, tx.execute(row).scalar_one()).id, Tool.DOCUMENTS)

root = store.write(make)

def put(number):
    staged = store.stage(number.to_bytes(4, "big") * (size // 4))
    proof = Charge(root.space, root.tool, staged.size, 1)
    job = lambda tx: items.add(
        tx, root, [items.New(staged, name=str(number))], grant=Grant(None, root.id, ALL), charge=proof
    )
    store.write(job)

put(0)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
kept, refused = [0], 0
for number in range(1, 3_000_000 // size + 3):
    try:
        put(number)
        kept.append(number)
    except Busy as error:
        assert "again later" in error.text
        refused += 1
assert refused, "the limit was never met"
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
put(9999)
with store.read() as tx:
    listed = sorted(int(item.name) for item in lookup.list_(tx, root.id))
assert listed == sorted([*kept, 9999]), (listed, kept)
store.close()
print("fine")
"""


@pytest.mark.parametrize("size", [4_000, 100_000])
def test_disk_when_full_refuses_keeps_what_it_acknowledged_and_recovers(tmp_path, size):
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "data"), str(size)], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (0, "fine\n"), run.stderr

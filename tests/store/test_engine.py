"""The data folder: private whatever it was before."""

from coserver.clock import SystemClock
from coserver.store.engine import Store


def test_folder_when_it_was_open_to_all_is_closed_to_others(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    Store.open(folder, clock=SystemClock()).close()
    assert folder.stat().st_mode & 0o777 == 0o700

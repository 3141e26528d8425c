"""vdirsyncer keeps calendars and contacts in folders: discovery, both ways, and nothing to do the third time."""

from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.samples import card, event
from tests.clients.programs.vdirsyncer import Vdirsyncer, named

pytestmark = pytest.mark.needs("vdirsyncer")


def found(demo: Any, name: str, folder: Path) -> Vdirsyncer:
    """The vdirsyncer of an account, once it has found what is there."""
    made = Vdirsyncer(demo, name, folder, both_ways=True)
    made.discover()
    return made


@pytest.fixture
def one(demo: Any, tmp_path: Path) -> Vdirsyncer:
    return found(demo, "dave", tmp_path / "vdir")


def calendar(client: Vdirsyncer) -> Path:
    return client.folder / "cal" / "calendar"


def contacts(client: Vdirsyncer) -> Path:
    return client.folder / "card" / "contacts"


def test_vdirsyncer_when_both_sides_change_then_they_agree_and_rest(one: Vdirsyncer, demo: Any, tmp_path: Path) -> None:
    for number in range(3):
        (calendar(one) / f"{number}.ics").write_text(event(f"e{number}", f"Event {number}"))
        (contacts(one) / f"{number}.vcf").write_text(card(f"c{number}", f"Contact {number}"))
    one.sync()
    other = found(demo, "dave", tmp_path / "other")
    other.sync()
    assert named(calendar(other)).keys() == {"Event 0", "Event 1", "Event 2"}
    assert named(contacts(other)).keys() == {"Contact 0", "Contact 1", "Contact 2"}

    (calendar(other) / named(calendar(other))["Event 1"]).write_text(event("e1", "Event 1 moved"))
    (contacts(other) / named(contacts(other))["Contact 0"]).unlink()
    (contacts(other) / "new.vcf").write_text(card("c9", "Contact 9"))
    (calendar(one) / "2.ics").unlink()
    (calendar(one) / "3.ics").write_text(event("e3", "Event 3"))
    other.sync()
    one.sync()
    other.sync()
    for client in (one, other):
        assert named(calendar(client)).keys() == {"Event 0", "Event 1 moved", "Event 3"}
        assert named(contacts(client)).keys() == {"Contact 1", "Contact 2", "Contact 9"}
        said = client.sync()
        assert "Copying" not in said
        assert "Deleting" not in said


def test_vdirsyncer_when_it_makes_a_calendar_and_names_it_then_others_see_it(
    one: Vdirsyncer, demo: Any, tmp_path: Path
) -> None:
    """Discovery offers to make on the server what is only here."""
    made = one.folder / "cal" / "holidays"
    made.mkdir()
    (made / "displayname").write_text("Our holidays")
    (made / "color").write_text("#336699")
    (made / "1.ics").write_text(event("h1", "Away"))
    one.discover()
    one.sync()
    one.run("metasync")
    other = Vdirsyncer(demo, "dave", tmp_path / "other", both_ways=True)
    assert '"holidays" ("Our holidays")' in other.discover()
    other.sync()
    other.run("metasync")
    assert named(other.folder / "cal" / "holidays").keys() == {"Away"}
    assert (other.folder / "cal" / "holidays" / "color").read_text().startswith("#336699")


def test_vdirsyncer_when_in_a_group_then_its_calendar_is_found_and_kept_as_it_is(demo: Any, tmp_path: Path) -> None:
    writer, reader = (found(demo, name, tmp_path / name) for name in ("alice", "bob"))
    reader.run("metasync")
    group = reader.titled("cal", "Calendar (team)").name
    (writer.folder / "cal" / group / "t.ics").write_text(event("t1", "Team meeting"))
    writer.sync(f"cal/{group}")
    reader.sync(f"cal/{group}")
    assert named(reader.folder / "cal" / group).keys() == {"Team meeting"}

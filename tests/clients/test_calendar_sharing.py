"""vdirsyncer, khal and khard where calendars and contacts are shared: read-only and writable ones, single events.

What one account may not do fails in the program and changes nothing on the server; what is taken back is
gone at the program's next command.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.curl import put
from tests.clients.programs.khal import agenda, khal, khard
from tests.clients.programs.running import operate
from tests.clients.programs.samples import card, event
from tests.clients.programs.vdirsyncer import Vdirsyncer, named, objects, texts

pytestmark = pytest.mark.timeout(240)

Client = Callable[[str], Vdirsyncer]


@pytest.fixture
def client(own_demo: Any, tmp_path: Path) -> Client:
    """Makes the vdirsyncer of an account, with nothing in it yet."""
    return lambda name: Vdirsyncer(own_demo, name, tmp_path / name)


@pytest.fixture
def share(own_demo: Any) -> Callable[..., str]:
    """Shares something of alice's within team, as the operator does it."""
    return lambda path, *more, verb="add": operate(
        own_demo, "share", verb, path, "--owner", "alice", "--group", "team", *more
    )


@pytest.fixture
def of_alice(own_demo: Any, tmp_path: Path) -> Callable[[str, str], None]:
    """Puts something into what alice has."""
    return lambda path, body: put(own_demo, "alice", f"/dav/alice@example.test/{path}", body, home=tmp_path)


@pytest.mark.needs("vdirsyncer", "khal", "curl")
def test_khal_when_a_calendar_is_shared_then_read_and_written_as_far_as_allowed(
    client: Client, share: Any, of_alice: Any
) -> None:
    """(R13, R15, R48)"""
    alice, bob = client("alice"), client("bob")
    of_alice("calendar/planning.ics", event("planning", "Planning"))
    of_alice("calendar/surgery.ics", event("other", "Surgery", "CLASS:PRIVATE", "LOCATION:Room 4"))
    share("calendar:calendar", "--to", "bob", "read")
    bob.fetch()
    calendar = bob.titled("cal", "Calendar (alice@example.test)")
    assert {"10:00-11:00 Planning", "10:00-11:00 Busy"} <= set(agenda(calendar))
    assert "Surgery" not in texts(calendar)
    khal(calendar, "new", "2026-03-11", "12:00", "13:00", "Lunch")
    assert "403" in bob.sync(fails=True)

    share("calendar:calendar", "--to", "bob", "edit")
    bob.fetch()
    khal(calendar, "new", "2026-03-11", "12:00", "13:00", "Lunch")
    bob.sync()
    alice.fetch()
    assert "12:00-13:00 Lunch" in agenda(alice.folder / "cal" / "calendar")

    of_alice("calendar/planning.ics", event("planning", "Planning", "CLASS:PRIVATE"))
    bob.sync()
    assert "10:00-11:00 Planning" not in agenda(calendar)
    assert "12:00-13:00 Lunch" in agenda(calendar)

    share("calendar:calendar", "--to", "bob", verb="remove")
    bob.sync(fails=True)
    bob.fetch()
    assert "Calendar (alice@example.test)" not in bob.titles("cal")
    assert "Lunch" not in bob.held("cal")


@pytest.mark.needs("vdirsyncer", "khal", "curl")
def test_vdirsyncer_when_single_events_are_shared_then_they_come_and_go(
    client: Client, share: Any, of_alice: Any
) -> None:
    """(R15, R55)"""
    alice, carol = client("alice"), client("carol")
    for uid in ("a", "b", "c"):
        of_alice(f"calendar/{uid}.ics", event(uid, f"Event {uid}"))
    share("calendar:calendar/a.ics", "read")
    share("calendar:calendar/b.ics", "--to", "carol", "edit")
    carol.fetch()
    view = carol.titled("cal", "Shared by alice@example.test")
    assert named(view).keys() == {"Event a", "Event b"}
    changed = view / named(view)["Event b"]
    changed.write_text(changed.read_text().replace("Event b", "Event b, later"))
    carol.sync()
    alice.fetch()
    assert "Event b, later" in texts(alice.folder / "cal" / "calendar")
    share("calendar:calendar/a.ics", verb="remove")
    carol.sync()
    assert len(objects(view)) == 1
    assert "10:00-11:00 Event b, later" in agenda(view)


@pytest.mark.needs("vdirsyncer", "khard", "curl")
def test_khard_when_an_address_book_is_shared_then_it_shows_it(client: Client, share: Any, of_alice: Any) -> None:
    """(R48)"""
    bob = client("bob")
    of_alice("contacts/c.vcf", card("c1", "Zoë Example", "EMAIL:zoe@example.test"))
    share("contacts:contacts", "read")
    bob.fetch()
    folder = bob.titled("card", "Contacts (alice@example.test)")
    assert "zoe@example.test" in khard(folder, "email", "--parsable", "Zoë")
    (folder / "new.vcf").write_text(card("c2", "Bea Example"))
    assert "403" in bob.sync(fails=True)
    share("contacts:contacts", verb="remove")
    bob.fetch()
    assert "Contacts (alice@example.test)" not in bob.titles("card")

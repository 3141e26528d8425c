"""vdirsyncer, khal and khard of five people in two groups: calendars and contacts of groups and of others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs import curl
from tests.clients.programs.khal import agenda, khal, khard
from tests.clients.programs.samples import card, event
from tests.clients.programs.vdirsyncer import Vdirsyncer, named, texts

pytestmark = [pytest.mark.needs("vdirsyncer", "khal", "khard", "curl"), pytest.mark.timeout(240)]

ALICE = "alice@example.test"
CAROL = "carol@example.test"
Home = Callable[[str], Path]


@pytest.fixture
def client(house: Any, home: Home) -> Callable[[str], Vdirsyncer]:
    """Makes the vdirsyncer of an account, with all it is shown."""

    def make(name: str) -> Vdirsyncer:
        made = Vdirsyncer(house.demo, name, home(name))
        made.fetch()
        return made

    return make


def busy(folder: Path) -> set[str]:
    """Who is busy at the time of the samples, as khal shows it."""
    return {line.strip() for line in agenda(folder) if line.startswith("10:00-11:00")}


@pytest.mark.parametrize(
    ("name", "calendars", "books"),
    [
        (
            "bob",
            {"Calendar (team)", "Busy: team", f"Calendar ({ALICE})", f"Shared by {CAROL}"},
            {"Contacts (team)", "Members of team", f"Contacts ({ALICE})"},
        ),
        (
            "carol",
            {"Calendar (team)", "Busy: team", "Calendar (choir)", "Busy: choir"},
            {"Contacts (team)", "Members of team", "Contacts (choir)", "Members of choir", f"Contacts ({ALICE})"},
        ),
        ("dave", {"Calendar (choir)", "Busy: choir"}, {"Contacts (choir)", "Members of choir"}),
    ],
)
def test_vdirsyncer_when_each_looks_then_has_what_is_his_to_see(
    client: Callable[[str], Vdirsyncer], name: str, calendars: set[str], books: set[str]
) -> None:
    """(R16, R47, R48, R49, R52, R55)"""
    here = client(name)
    assert {title for title in here.titles("cal") if "Tasks" not in title} == {"Calendar", *calendars}
    assert here.titles("card") == {"Contacts", *books}
    assert "Root canal" not in here.held()
    assert ("Recital" in here.held()) == (name in {"bob", "carol"})
    assert ("Secret talk" in here.held()) == (name == "carol")
    assert "Singing lesson" not in here.held()


def test_khal_and_khard_when_they_show_a_groups_books_then_members_and_busy_times_are_there(
    client: Callable[[str], Vdirsyncer],
) -> None:
    """(R49, R52, C12)"""
    carol, dave = client("carol"), client("dave")
    carols, alices, erins = (f"10:00-11:00 Busy ({name})" for name in ("Carol Example", "alice", "erin"))
    assert busy(carol.titled("cal", "Busy: team")) == {carols, alices}
    assert busy(carol.titled("cal", "Busy: choir")) == {carols, erins}
    assert busy(dave.titled("cal", "Busy: choir")) == {carols, erins}
    assert "Singing lesson" not in carol.held() + dave.held()
    told = khard(dave.titled("card", "Members of choir"), "email", "--parsable")
    assert [f"{name}@example.test" in told for name in ("carol", "dave", "erin", "alice")] == [True, True, True, False]
    assert "Carol Example" in khard(dave.titled("card", "Members of choir"), "list")


def test_khal_when_a_calendar_may_be_written_then_it_is_and_else_refused(
    house: Any, client: Callable[[str], Vdirsyncer]
) -> None:
    """(R48, R57)"""
    bob, carol = client("bob"), client("carol")
    written, read = bob.titled("cal", "Calendar (team)"), carol.titled("cal", "Calendar (team)")
    khal(written, "new", "2026-03-11", "12:00", "13:00", "Team lunch")
    bob.sync(f"cal/{written.name}")
    carol.sync(f"cal/{read.name}")
    (lunch,) = [line for line in agenda(read) if "lunch" in line]
    assert lunch == "12:00-13:00 Team lunch"
    for reader, title in ((carol, "Calendar (team)"), (carol, "Busy: team"), (bob, f"Calendar ({ALICE})")):
        folder = reader.titled("cal", title)
        (folder / "new.ics").write_text(event("new", "Smuggled"))
        assert "403" in reader.sync(f"cal/{folder.name}", fails=True)
        (folder / "new.ics").unlink()
    for title in ("Calendar (team)", "Calendar"):
        kept = curl.curl(
            house.demo, "alice", curl.book(house.demo, "alice", title, home=house.folder), home=house.folder
        )
        assert ("Team lunch" in kept) == (title == "Calendar (team)")
        assert "Smuggled" not in kept

    (written / named(written)["Team lunch"]).unlink()
    bob.sync(f"cal/{written.name}")
    carol.sync(f"cal/{read.name}")
    assert "Team lunch" not in carol.held()


def test_vdirsyncer_when_contacts_may_be_written_then_they_are_and_else_refused(
    client: Callable[[str], Vdirsyncer],
) -> None:
    """(R48, R57)"""
    bob, carol = client("bob"), client("carol")
    written, read = bob.titled("card", f"Contacts ({ALICE})"), carol.titled("card", f"Contacts ({ALICE})")
    (written / "bea.vcf").write_text(card("bea", "Bea Example"))
    bob.sync(f"card/{written.name}")
    carol.sync(f"card/{read.name}")
    assert named(read).keys() == {"Zoe Example", "Bea Example"}
    (read / named(read)["Bea Example"]).unlink()
    carol.sync(f"card/{read.name}")
    bob.sync(f"card/{written.name}")
    assert "Bea Example" not in bob.held("card")
    for title in ("Contacts (team)", "Members of team"):
        folder = carol.titled("card", title)
        (folder / "new.vcf").write_text(card("new", "Smuggled"))
        assert "403" in carol.sync(f"card/{folder.name}", fails=True)
    bob.sync()
    assert "Smuggled" not in bob.held()


def test_khal_when_a_calendar_is_shared_for_reading_then_private_events_only_show_as_busy(
    client: Callable[[str], Vdirsyncer],
) -> None:
    """(R13, R48, C12)"""
    folder = client("bob").titled("cal", f"Calendar ({ALICE})")
    assert [line for line in agenda(folder) if ":" in line] == ["10:00-11:00 Busy", "10:00-11:00 Planning"]
    assert "Root canal" not in texts(folder)


def test_vdirsyncer_when_single_events_and_calendars_are_taken_back_then_they_go_here_too(
    house: Any, client: Callable[[str], Vdirsyncer]
) -> None:
    """(R15, R55)"""
    for uid in ("loan-1", "loan-2"):
        house.put("erin", f"calendar/{uid}.ics", event(uid, f"Loan {uid}"))
        house.share(f"calendar:calendar/{uid}.ics", "erin", "choir", "edit", to="carol")
    house.share("contacts:contacts", "erin", "choir", "read")
    carol = client("carol")
    view = carol.titled("cal", "Shared by erin@example.test")
    assert named(view).keys() == {"Loan loan-1", "Loan loan-2"}
    changed = view / named(view)["Loan loan-2"]
    changed.write_text(changed.read_text().replace("Loan loan-2", "Loan, changed by carol"))
    carol.sync(f"cal/{view.name}")
    kept = curl.curl(house.demo, "erin", "/dav/erin@example.test/calendar/loan-2.ics", home=house.folder)
    assert "Loan, changed by carol" in kept

    house.unshare("calendar:calendar/loan-1.ics", "erin", "choir", to="carol")
    house.unshare("contacts:contacts", "erin", "choir")
    carol.sync(f"cal/{view.name}")
    assert "Not Found" in carol.sync(fails=True)  # the address book is there no more
    assert named(view).keys() == {"Loan, changed by carol"}
    house.unshare("calendar:calendar/loan-2.ics", "erin", "choir", to="carol")
    carol.fetch()
    assert "Shared by erin@example.test" not in carol.titles("cal")
    assert "Contacts (erin@example.test)" not in carol.titles("card")
    assert "Loan" not in carol.held()


def test_vdirsyncer_when_a_member_is_removed_then_both_sides_lose_the_other(
    house: Any, client: Callable[[str], Vdirsyncer]
) -> None:
    """(R17)"""
    carol, dave = client("carol"), client("dave")
    with house.away("choir", "carol"):
        dave.sync()
        assert busy(dave.titled("cal", "Busy: choir")) == {"10:00-11:00 Busy (erin)"}
        assert CAROL not in texts(dave.titled("card", "Members of choir"))
        carol.sync(fails=True)
        carol.fetch()
        assert not [title for title in carol.titles("cal") | carol.titles("card") if "choir" in title]
        assert {"Calendar", "Calendar (team)", "Busy: team"} < carol.titles("cal")
        assert "choir concert" not in carol.held()
        assert "erin@example.test" not in carol.held()
    dave.sync("cal")
    assert "10:00-11:00 Busy (Carol Example)" in busy(dave.titled("cal", "Busy: choir"))

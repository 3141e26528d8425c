"""khal and khard read what vdirsyncer brought from the server, pictures and umlauts included."""

from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.curl import curl, put
from tests.clients.programs.khal import agenda, khal, khard
from tests.clients.programs.samples import card, event
from tests.clients.programs.vdirsyncer import Vdirsyncer

HOME = "/dav/carol@example.test"
BREAKFAST = event("khal-1", "Frühstück", "RRULE:FREQ=DAILY;COUNT=3")


def brought(demo: Any, home: Path, path: str, body: str) -> Vdirsyncer:
    """Put one object on the server, and bring all there is with vdirsyncer."""
    put(demo, "carol", f"{HOME}/{path}", body, home=home)
    client = Vdirsyncer(demo, "carol", home / "vdirsyncer")
    client.fetch()
    return client


@pytest.mark.needs("vdirsyncer", "khal", "curl")
def test_khal_when_events_were_brought_then_it_lists_every_instance(demo: Any, tmp_path: Path) -> None:
    client = brought(demo, tmp_path, "calendar/khal.ics", BREAKFAST)
    listed = agenda(client.folder / "cal" / "calendar")
    assert len([line for line in listed if line.startswith("10:00-11:00 Frühstück")]) == 3


@pytest.mark.needs("vdirsyncer", "khal", "curl")
def test_khal_when_it_makes_an_event_then_it_comes_to_the_server(demo: Any, tmp_path: Path) -> None:
    client = brought(demo, tmp_path, "calendar/khal.ics", BREAKFAST)
    khal(client.folder / "cal" / "calendar", "new", "2026-04-01", "12:00", "13:00", "Lunch")
    client.sync()
    told = curl(demo, "carol", f"{HOME}/calendar/", home=tmp_path)
    assert "SUMMARY:Lunch" in told
    assert "SUMMARY:Frühstück" in told


@pytest.mark.needs("vdirsyncer", "khard", "curl")
def test_khard_when_contacts_were_brought_then_it_shows_them(demo: Any, tmp_path: Path) -> None:
    contact = card("khard-1", "Zoë Example", "EMAIL;TYPE=HOME:zoe@example.test")
    folder = brought(demo, tmp_path, "contacts/khard.vcf", contact).folder / "card" / "contacts"
    assert "zoe@example.test" in khard(folder, "email", "--parsable", "Zoë")
    assert "Zoë Example" in khard(folder, "list")

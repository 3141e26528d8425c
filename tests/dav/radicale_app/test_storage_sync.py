"""What a sync token of a book of others is good for: no report names what its reader never saw (R13)."""

from typing import Any

import pytest
import sqlalchemy as sa

from coserver.model.rights import Preset
from coserver.model.space import Tool

_HIDE = sa.text("UPDATE account SET hides_private = :hides WHERE id = :account")


def event(uid: str, *more: str) -> str:
    inside = "".join(f"{line}\r\n" for line in more)
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n"
        f"DTSTART:20260102T100000Z\r\nSUMMARY:Surgery\r\n{inside}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def hide(estate: Any, client: Any, *, hides: bool) -> None:
    estate.store.write(lambda tx: tx.execute(_HIDE, {"hides": int(hides), "account": client.account.id}))


@pytest.fixture
def bob(estate: Any) -> Any:
    return estate.client("bob")


@pytest.fixture
def team(estate: Any, alice: Any, bob: Any) -> Any:
    return estate.group("team", alice, bob)


@pytest.mark.parametrize("change", ["right", "hides", "single"])
def test_private_when_a_viewer_comes_with_a_token_of_another_sight_then_no_sync_names_what_he_never_saw(
    estate: Any, alice: Any, bob: Any, team: Any, change: str
) -> None:
    """R13: a sync report told all that is hidden as removed once anything else about the viewer's rights changed."""
    alice.put("calendar/open.ics", event("o"))
    alice.put("calendar/never-seen.ics", event("p", "CLASS:PRIVATE", "TRANSP:TRANSPARENT"))
    alice.put("calendar/gone.ics", event("g", "CLASS:PRIVATE", "TRANSP:TRANSPARENT"))
    calendar = estate.share(team, "calendar", Preset.READ, of=alice, to=bob)
    token, told = bob.sync(calendar)
    assert told == {"open.ics": 200}
    alice.ask("DELETE", "calendar/gone.ics")
    {
        "right": lambda: estate.share(team, "calendar", Preset.BUSY, of=alice, to=bob),
        "hides": lambda: hide(estate, alice, hides=True),
        "single": lambda: estate.share(team, "calendar/open.ics", Preset.EDIT, of=alice, to=bob),
    }[change]()
    assert bob.resync(calendar, token)[1] == {"open.ics": 200}
    place, _, seal = bob.sync(calendar)[0].partition("/")
    collection, _, position = place.rpartition(":")
    for forged in (place, f"{place}/00000000", f"{collection}:{int(position) - 1}/{seal}", token):
        assert bob.resync(calendar, forged)[1] == {"open.ics": 200}


def test_private_when_somebody_was_away_then_his_old_token_does_not_tell_what_came_and_went_meanwhile(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R13 R17: rights that come back are not the old ones."""
    calendar = estate.share(team, "calendar", Preset.READ, of=alice)
    token, _ = bob.sync(calendar)
    for away, back in (
        (
            lambda: estate.unshare(team, "calendar", of=alice),
            lambda: estate.share(team, "calendar", Preset.READ, of=alice),
        ),
        (lambda: estate.leave(team, bob), lambda: estate.join(team, bob)),
    ):
        away()
        alice.put("calendar/never-seen.ics", event("n"))
        alice.ask("DELETE", "calendar/never-seen.ics")
        estate.clock.seconds += 60
        back()
        token, told = bob.resync(calendar, token)
        assert told == {}


def test_private_when_its_author_or_the_administrator_synchronises_then_they_are_told_of_its_end(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R13: in a group's calendar these two see what is private."""
    carol = estate.client("carol")
    estate.join(team, carol)
    estate.give(team, bob, Tool.CALENDAR, Preset.EDIT)
    hide(estate, bob, hides=True)
    (calendar,) = [name for name in bob.names("") if name.startswith("group-") and "Calendar" in bob.title(name)]
    assert bob.put(f"{calendar}/b.ics", event("b", "CLASS:PRIVATE", "TRANSP:TRANSPARENT")).status == 201
    tokens = {client: client.sync(calendar)[0] for client in (alice, bob, carol)}
    bob.ask("DELETE", f"{calendar}/b.ics")
    told = [client.sync(calendar, token)[1] for client, token in tokens.items()]
    assert told == [{"b.ics": 404}, {"b.ics": 404}, {}]

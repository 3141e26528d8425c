"""What is private or confidential in calendars and address books of others, and busy views (R13, R49, C12)."""

from typing import Any

import pytest
import sqlalchemy as sa

from coserver.model.rights import Preset
from coserver.model.space import Tool

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c\r\nFN:Carol Example\r\nN:Example;Carol;;;\r\n{}END:VCARD\r\n"
_HIDE = sa.text("UPDATE account SET hides_private = :hides WHERE id = :account")


def event(uid: str = "one", *more: str, summary: str = "Surgery") -> str:
    inside = "".join(f"{line}\r\n" for line in more)
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
        f"DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nDTEND:20260102T110000Z\r\nSUMMARY:{summary}\r\n"
        f"{inside}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def between(start: str, end: str) -> str:
    return (
        "<D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name='VCALENDAR'>"
        f"<C:comp-filter name='VEVENT'><C:time-range start='{start}' end='{end}'/></C:comp-filter></C:comp-filter>"
        "</C:filter>"
    )


def matching(text: str) -> str:
    return (
        "<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name='VCALENDAR'><C:comp-filter name='VEVENT'>"
        f"<C:prop-filter name='SUMMARY'><C:text-match>{text}</C:text-match></C:prop-filter>"
        "</C:comp-filter></C:comp-filter></C:filter>"
    )


@pytest.fixture
def bob(estate: Any) -> Any:
    return estate.client("bob")


@pytest.fixture
def team(estate: Any, alice: Any, bob: Any) -> Any:
    return estate.group("team", alice, bob)


@pytest.fixture
def mixed(estate: Any, alice: Any, bob: Any, team: Any) -> str:
    """A calendar that bob reads: one open event, one confidential, one private; the segment he finds it under."""
    alice.put("calendar/open.ics", event("o"))
    alice.put("calendar/confidential.ics", event("c", "CLASS:CONFIDENTIAL", "LOCATION:Room 4"))
    alice.put("calendar/private.ics", event("p", "CLASS:PRIVATE", "LOCATION:Room 5"))
    return str(estate.share(team, "calendar", Preset.READ, of=alice, to=bob))


def hide(estate: Any, client: Any, *, hides: bool) -> None:
    estate.store.write(lambda tx: tx.execute(_HIDE, {"hides": int(hides), "account": client.account.id}))


def test_private_when_others_read_the_calendar_then_they_see_it_as_busy(alice: Any, bob: Any, mixed: str) -> None:
    """R13 C12: on every way to it, its size and ETag included."""
    for name in ("confidential.ics", "private.ics"):
        got = bob.ask("GET", f"{mixed}/{name}")
        assert "SUMMARY:Busy\r\n" in got.text
        assert "DTEND:20260102T110000Z\r\n" in got.text
        found = bob.propfind(f"{mixed}/{name}", "D:getcontentlength", "D:getetag")
        (href,) = found.responses
        assert found.value(href, "D:getcontentlength").text == str(len(got.body))
        assert found.value(href, "D:getetag").text == got.headers["ETag"]
        assert alice.ask("GET", f"calendar/{name}").headers["ETag"] != got.headers["ETag"]
        assert bob.privileges(f"{mixed}/{name}") == {"read", "read-current-user-privilege-set", "read-free-busy"}
        wanted = f"<D:prop><D:getetag/><C:calendar-data/></D:prop><D:href>{bob.home}{mixed}/{name}</D:href>"
        for text in (
            got.text, bob.report(mixed, "C:calendar-multiget", wanted).text, bob.ask("GET", f"{mixed}/").text,
            bob.report(mixed, "C:calendar-query", between("20260101T000000Z", "20260201T000000Z")).text,
        ):  # fmt: skip
            assert "Busy" in text
            assert "Room" not in text
    assert bob.ask("GET", f"{mixed}/open.ics").text == event("o")
    assert "Room 5" in alice.ask("GET", "calendar/private.ics").text


def test_private_when_a_query_asks_for_its_words_then_nothing_leaks(alice: Any, bob: Any, mixed: str) -> None:
    """R13: filters are held against what is seen."""
    assert len(alice.report("calendar/", "C:calendar-query", matching("Surgery")).responses) == 3
    found = bob.report(mixed, "C:calendar-query", matching("Surgery")).responses
    assert [href.rpartition("/")[2] for href in found] == ["open.ics"]
    assert len(bob.report(mixed, "C:calendar-query", matching("Busy")).responses) == 2


def test_private_when_its_bytes_are_guessed_then_no_etag_tells(
    estate: Any, alice: Any, bob: Any, mixed: str, team: Any
) -> None:
    """R13: equal bytes in one space are kept once, and who may put a guess beside it does not learn of that."""
    masked = bob.ask("GET", f"{mixed}/confidential.ics").headers["ETag"]
    alice.ask("MKCALENDAR", "pool/")
    pool = estate.share(team, "pool", Preset.EDIT, of=alice)
    right = event("c", "LOCATION:Room 4")
    alice.put("calendar/confidential.ics", right)
    told = [bob.put(f"{pool}/x.ics", text).headers["ETag"] for text in (right, event("c"), right)]
    assert len({masked, *told}) == 4
    assert alice.ask("GET", "pool/x.ics").headers["ETag"] not in told
    assert bob.ask("GET", f"{pool}/x.ics").headers["ETag"] == told[-1]
    assert bob.put(f"{pool}/x.ics", event("c"), If_Match=told[0]).status == 412
    assert bob.put(f"{pool}/x.ics", event("c"), If_Match=told[-1]).status == 204


def test_private_when_its_owner_hides_it_entirely_then_it_does_not_exist_for_others(
    estate: Any, alice: Any, bob: Any, mixed: str
) -> None:
    """C12: the option takes effect at the next sync, in both directions."""
    token, told = bob.sync(mixed)
    assert told == {"open.ics": 200, "confidential.ics": 200, "private.ics": 200}
    hide(estate, alice, hides=True)
    token, told = bob.sync(mixed, token)
    assert told == {"open.ics": 200, "confidential.ics": 200, "private.ics": 404}
    assert bob.names(mixed) >= {"open.ics", "confidential.ics"}
    assert "private.ics" not in bob.names(mixed)
    assert bob.ask("GET", f"{mixed}/private.ics").status == 404
    assert bob.sync(mixed)[1] == {"open.ics": 200, "confidential.ics": 200}
    hide(estate, alice, hides=False)
    assert bob.sync(mixed, token)[1]["private.ics"] == 200


def test_private_when_the_class_changes_then_the_next_sync_tells(alice: Any, bob: Any, mixed: str) -> None:
    """R13 R15"""
    token, _ = bob.sync(mixed)
    alice.put("calendar/open.ics", event("o", "CLASS:PRIVATE"))
    token, told = bob.sync(mixed, token)
    assert told == {"open.ics": 200}
    assert "Surgery" not in bob.ask("GET", f"{mixed}/open.ics").text
    alice.put("calendar/open.ics", event("o"))
    assert bob.sync(mixed, token)[1] == {"open.ics": 200}
    assert "Surgery" in bob.ask("GET", f"{mixed}/open.ics").text


def test_busy_when_a_calendar_is_shared_so_then_free_and_cancelled_ones_are_not_there(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R49 C12"""
    alice.put("calendar/a.ics", event("a", "ATTENDEE:mailto:carol@example.test", "BEGIN:VALARM", "END:VALARM"))
    alice.put("calendar/b.ics", event("b", "TRANSP:TRANSPARENT"))
    alice.put("calendar/c.ics", event("c", "STATUS:CANCELLED"))
    calendar = estate.share(team, "calendar", Preset.BUSY, of=alice, to=bob)
    assert bob.names(calendar) >= {"a.ics"}
    assert not bob.names(calendar) & {"b.ics", "c.ics"}
    for name in ("b.ics", "c.ics"):
        assert bob.ask("GET", f"{calendar}/{name}").status == 404
    assert "carol" not in bob.ask("GET", f"{calendar}/a.ics").text
    assert "VALARM" not in bob.ask("GET", f"{calendar}/a.ics").text
    answer = bob.put(f"{calendar}/a.ics", event("a", summary="mine"))
    assert (answer.status, answer.condition()) == (403, "need-privileges")
    assert bob.ask("DELETE", f"{calendar}/a.ics").status == 403
    freebusy = "<C:time-range start='20260101T000000Z' end='20260201T000000Z'/>"
    assert bob.report(calendar, "C:free-busy-query", freebusy).text.count("FREEBUSY") == 3


def test_busy_when_its_owner_describes_the_calendar_then_only_its_name_is_told(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R49: whoever may only see busy times is told no more of the calendar."""
    inside = "<D:displayname>Mine</D:displayname><C:calendar-description>therapy</C:calendar-description>"
    inside += "<I:note>clinic</I:note>"
    patched = alice.tell(
        "PROPPATCH", "calendar/", "D:propertyupdate", f"<D:set><D:prop>{inside}</D:prop></D:set>"
    )  # fmt: skip
    assert patched.status == 207
    calendar = estate.share(team, "calendar", Preset.BUSY, of=alice)
    for asked in ("<D:allprop/>", "<D:propname/>", "<D:prop><C:calendar-description/><I:note/></D:prop>"):
        text = bob.tell("PROPFIND", calendar, "D:propfind", asked).text
        assert "therapy" not in text
        assert "clinic" not in text
    assert bob.title(calendar) == "Mine (alice@example.test)"
    estate.share(team, "calendar", Preset.READ, of=alice)
    assert "therapy" in bob.tell("PROPFIND", calendar, "D:propfind", "<D:allprop/>").text


def test_busy_when_an_instance_is_moved_then_time_ranges_find_it_where_it_is(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R49"""
    changed = (
        "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:20260103T100000Z\r\n"
        "DTSTART:20260203T100000Z\r\nSUMMARY:later"
    )
    alice.put("calendar/a.ics", event("a", "RRULE:FREQ=DAILY;COUNT=3", changed))
    calendar = estate.share(team, "calendar", Preset.BUSY, of=alice)
    for start, end, count in (("20260203T000000Z", "20260204T000000Z", 1), ("20260210T000000Z", "20260211T000000Z", 0)):
        found = bob.report(calendar, "C:calendar-query", between(start, end)).responses
        assert len(found) == count
    assert "later" not in bob.ask("GET", f"{calendar}/a.ics").text


def test_put_when_somebody_else_makes_it_private_then_refused(estate: Any, alice: Any, bob: Any, team: Any) -> None:
    """R13: in a private space only its owner withholds things."""
    alice.put("calendar/a.ics", event("a"))
    calendar = estate.share(team, "calendar", Preset.EDIT, of=alice)
    for answer in (
        bob.put(f"{calendar}/b.ics", event("b", "CLASS:PRIVATE")),
        bob.put(f"{calendar}/a.ics", event("a", "CLASS:CONFIDENTIAL")),
    ):
        assert (answer.status, answer.condition()) == (403, "need-privileges")
        assert "public" in answer.text
    assert bob.put(f"{calendar}/b.ics", event("b", "CLASS:PUBLIC")).status == 201
    bob.put("calendar/mine.ics", event("m", "CLASS:PRIVATE"))
    for method in ("MOVE", "COPY"):
        target = f"{bob.home}{calendar}/m.ics"
        assert bob.ask(method, "calendar/mine.ics", Destination=target).status == 403


def test_copy_when_only_busy_is_seen_then_nothing_is_carried_elsewhere(alice: Any, bob: Any, mixed: str) -> None:
    """R13: neither what is masked nor what is private comes along."""
    for method in ("COPY", "MOVE"):
        answer = bob.ask(method, f"{mixed}/private.ics", Destination=f"{bob.home}calendar/stolen.ics")
        assert (answer.status, answer.condition()) == (403, "need-privileges")
    assert bob.ask("COPY", f"{mixed}/open.ics", Destination=f"{bob.home}calendar/open.ics").status == 201
    assert bob.names("calendar/") == {"open.ics"}
    assert "private.ics" in alice.names("calendar/")


def test_private_when_its_name_or_uid_is_tried_then_what_is_there_stays(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R13: an editor of the calendar does not overwrite what he does not see, nor learn its name."""
    alice.put("calendar/hidden-name.ics", event("p", "CLASS:PRIVATE"))
    hide(estate, alice, hides=True)
    calendar = estate.share(team, "calendar", Preset.EDIT, of=alice)
    assert bob.put(f"{calendar}/hidden-name.ics", event("p", summary="mine")).status in (403, 404)
    answer = bob.put(f"{calendar}/other.ics", event("p", summary="mine"))
    assert answer.status == 403
    assert "hidden-name" not in answer.text
    assert bob.ask("DELETE", f"{calendar}/hidden-name.ics").status == 404
    assert "Surgery" in alice.ask("GET", "calendar/hidden-name.ics").text


@pytest.mark.parametrize("preset", [Preset.READ, Preset.BUSY])
def test_private_when_a_reader_tries_its_name_then_he_is_told_what_he_is_told_of_any(
    estate: Any, alice: Any, bob: Any, team: Any, preset: Preset
) -> None:
    """R13: no refusal is an oracle."""
    alice.put("calendar/hidden.ics", event("p", "CLASS:PRIVATE", "TRANSP:TRANSPARENT"))
    calendar = estate.share(team, "calendar", preset, of=alice)
    for method in ("PUT", "DELETE", "GET", "COPY", "MOVE"):
        told = [
            bob.ask(method, f"{calendar}/{name}.ics", event("q"), Destination=f"{bob.home}calendar/q.ics")
            for name in ("hidden", "absent")
        ]
        assert (told[0].status, told[0].body) == (told[1].status, told[1].body)


@pytest.mark.parametrize("preset", [Preset.READ, Preset.BUSY])
def test_private_when_what_is_hidden_comes_changes_and_goes_then_no_sync_names_it(
    estate: Any, alice: Any, bob: Any, team: Any, preset: Preset
) -> None:
    """R13 C12: nothing of what takes no time is seen, so its coming and going is not either."""
    calendar = estate.share(team, "calendar", preset, of=alice)
    token, _ = bob.sync(calendar)
    free = ("CLASS:PRIVATE", "TRANSP:TRANSPARENT")
    for text in (event("h", *free), event("h", *free, summary="other")):
        alice.put("calendar/hidden.ics", text)
        token, told = bob.sync(calendar, token)
        assert told == {}
    start = token
    alice.ask("MOVE", "calendar/hidden.ics", Destination=f"{alice.home}calendar/moved.ics")
    assert alice.sync("calendar", _own(token))[1] == {"hidden.ics": 404, "moved.ics": 200}
    token, told = bob.sync(calendar, token)
    assert told == {}
    alice.ask("DELETE", "calendar/moved.ics")
    assert bob.sync(calendar, token)[1] == bob.sync(calendar, start)[1] == bob.sync(calendar)[1] == {}


def _own(token: str) -> str:
    """The owner's token of the state that somebody else has a token of."""
    return token.partition("/")[0]


def test_private_when_what_was_seen_is_hidden_then_the_sync_removes_it_once(
    estate: Any, alice: Any, bob: Any, mixed: str
) -> None:
    """R13 C12: whatever happens to it before the next look, a client that had it drops it."""
    hide(estate, alice, hides=True)
    first, _ = bob.sync(mixed)
    alice.put("calendar/open.ics", event("o", "CLASS:PRIVATE"))
    second, told = bob.sync(mixed, first)
    assert told == {"open.ics": 404}
    alice.put("calendar/open.ics", event("o", "CLASS:PRIVATE", summary="again"))
    assert bob.sync(mixed, second)[1] == {}
    assert bob.sync(mixed, first)[1] == {"open.ics": 404}
    alice.put("calendar/confidential.ics", event("c", "CLASS:CONFIDENTIAL", "TRANSP:TRANSPARENT"))
    third, told = bob.sync(mixed, second)
    assert told == {"confidential.ics": 404}
    for name in ("open.ics", "confidential.ics", "private.ics"):
        alice.ask("DELETE", f"calendar/{name}")
    assert bob.sync(mixed, third)[1] == {}
    assert bob.sync(mixed, first)[1] == {"open.ics": 404, "confidential.ics": 404}
    assert alice.sync("calendar", _own(first))[1] == dict.fromkeys(("open.ics", "confidential.ics", "private.ics"), 404)


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


def test_remove_when_somebody_keeps_something_private_in_a_groups_calendar_then_only_the_administrator_does(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R13: who manages the calendar does not do away with what he cannot see."""
    carol = estate.client("carol")
    estate.join(team, carol)
    for member, preset in ((bob, Preset.CONTRIBUTE), (carol, Preset.MANAGE)):
        estate.give(team, member, Tool.CALENDAR, preset)
    (calendar,) = [name for name in bob.names("") if name.startswith("group-") and "Calendar" in bob.title(name)]
    bob.put(f"{calendar}/b.ics", event("b", "CLASS:PRIVATE"))
    refused = carol.ask("DELETE", f"{calendar}/")
    assert (refused.status, "Not everything in it is yours" in refused.text) == (403, True)
    assert "Surgery" in bob.ask("GET", f"{calendar}/b.ics").text
    assert alice.ask("DELETE", f"{calendar}/").status == 204


def test_private_when_an_entry_is_shared_by_itself_then_that_counts(
    estate: Any, alice: Any, bob: Any, mixed: str, team: Any
) -> None:
    """R13 R55: privacy withholds what is inherited, never what was shared by itself."""
    token, _ = bob.sync(mixed)
    estate.share(team, "calendar/private.ics", Preset.READ, of=alice, to=bob)
    token, told = bob.sync(mixed, token)
    assert told["private.ics"] == 200
    assert "Room 5" in bob.ask("GET", f"{mixed}/private.ics").text
    estate.unshare(team, "calendar/private.ics", of=alice, to=bob)
    assert bob.sync(mixed, token)[1]["private.ics"] == 200
    assert "Room 5" not in bob.ask("GET", f"{mixed}/private.ics").text


def test_private_contact_when_others_read_the_book_then_it_does_not_exist(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R13: contacts have no busy form."""
    alice.card("contacts/a.vcf", CARD.format(""))
    alice.card("contacts/b.vcf", CARD.format("CLASS:CONFIDENTIAL\r\n").replace("UID:c", "UID:d"))
    contacts = estate.share(team, "contacts", Preset.EDIT, of=alice)
    assert bob.names(contacts) >= {"a.vcf"}
    assert "b.vcf" not in bob.names(contacts)
    assert bob.ask("GET", f"{contacts}/b.vcf").status == 404
    query = "<D:prop><R:address-data/></D:prop><R:filter><R:prop-filter name='FN'/></R:filter>"
    assert len(bob.report(contacts, "R:addressbook-query", query).responses) == 1


def test_task_when_confidential_then_it_does_not_exist_for_others(estate: Any, alice: Any, bob: Any, team: Any) -> None:
    """C12: a task takes nobody's time."""
    task = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:t\r\nSUMMARY:x\r\n{}END:VTODO\r\nEND:VCALENDAR\r\n"
    alice.put("tasks/a.ics", task.format(""))
    alice.put("tasks/b.ics", task.format("CLASS:CONFIDENTIAL\r\n").replace("UID:t", "UID:u"))
    tasks = estate.share(team, "tasks", Preset.READ, of=alice)
    assert bob.ask("GET", f"{tasks}/a.ics").status == 200
    assert bob.ask("GET", f"{tasks}/b.ics").status == 404


def test_group_calendar_when_a_member_makes_it_private_then_the_administrator_and_he_see_it(
    estate: Any, alice: Any, bob: Any
) -> None:
    """R13 R57: in a group's calendar CLASS counts for its author and the administrator."""
    carol = estate.client("carol")
    group = estate.group("team", alice, bob, carol)
    for member in (bob, carol):
        estate.give(group, member, Tool.CALENDAR, Preset.EDIT)
    (calendar,) = [name for name in bob.names("") if name.startswith("group-") and "Calendar" in bob.title(name)]
    assert bob.put(f"{calendar}/b.ics", event("b", "CLASS:PRIVATE")).status == 201
    for client in (alice, bob):
        assert "Surgery" in client.ask("GET", f"{calendar}/b.ics").text
    assert "Surgery" not in carol.ask("GET", f"{calendar}/b.ics").text
    assert carol.put(f"{calendar}/b.ics", event("b", summary="hers")).status == 403
    assert bob.put(f"{calendar}/b.ics", event("b")).status == 204
    assert carol.put(f"{calendar}/b.ics", event("b", "CLASS:PRIVATE", summary="hers")).status == 403
    assert carol.put(f"{calendar}/b.ics", event("b", summary="hers")).status == 204
    assert alice.put(f"{calendar}/b.ics", event("b", "CLASS:PRIVATE")).status == 204
    assert "Surgery" not in carol.ask("GET", f"{calendar}/b.ics").text

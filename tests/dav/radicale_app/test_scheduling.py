"""Asking when others are busy: the scheduling outbox."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coserver.accounts import closure
from coserver.auth import standing
from coserver.groups import deletion
from coserver.mail import addresses
from coserver.mail.addresses import Kind
from coserver.model.plan import Feature

CALDAV = "{urn:ietf:params:xml:ns:caldav}"
DAY = ("20260310T000000Z", "20260311T000000Z")


def event(uid: str, start: str, *more: str) -> str:
    lines = (f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"DTSTART:{start}", "DURATION:PT1H", "SUMMARY:secret", *more)
    inside = "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{inside}\r\nEND:VCALENDAR\r\n"


def question(
    *attendees: str, organizer: str = "mailto:alice@example.test", span: tuple[str, str] = DAY, more: str = ""
) -> str:
    lines = [f"ATTENDEE:{attendee}" for attendee in attendees]
    inside = "\r\n".join(
        (
            "UID:q1",
            "DTSTAMP:20260101T000000Z",
            f"DTSTART:{span[0]}",
            f"DTEND:{span[1]}",
            f"ORGANIZER:{organizer}",
            *lines,
        )
    )
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\n"
        f"{inside}\r\n{more}END:VFREEBUSY\r\nEND:VCALENDAR\r\n"
    )


def asked(client: Any, *attendees: str, **more: Any) -> dict[str, tuple[str, list[str]]]:
    """Attendee -> status and the FREEBUSY lines."""
    told = {"organizer": f"mailto:{client.account.login}", **more}
    answer = client.ask("POST", "outbox/", question(*attendees, **told))
    assert answer.status == 200, answer.text
    assert answer.tree.tag == f"{CALDAV}schedule-response"
    found = {}
    for response in answer.tree:
        data = response.findtext(f"{CALDAV}calendar-data") or ""
        lines = data.replace("\r\n ", "").replace("\n ", "").splitlines()
        periods = [line.removeprefix("FREEBUSY;FBTYPE=") for line in lines if line.startswith("FREEBUSY")]
        (href,) = response.find(f"{CALDAV}recipient")
        found[href.text] = (response.findtext(f"{CALDAV}request-status"), periods)
    return found


@pytest.fixture
def bob(estate: Any) -> Any:
    return estate.client("bob")


@pytest.fixture
def team(estate: Any, alice: Any, bob: Any) -> Any:
    return estate.group("team", alice, bob)


BOB, DAVE, NOBODY = (f"mailto:{name}@example.test" for name in ("bob", "dave", "nobody"))
INVALID: tuple[str, list[str]] = ("3.7;Invalid calendar user", [])


def test_post_when_a_comember_is_busy_then_periods_and_no_word_more(alice: Any, bob: Any, team: Any) -> None:
    """R49"""
    bob.put("calendar/a.ics", event("a", "20260310T090000Z", "LOCATION:secret"))
    bob.put("calendar/b.ics", event("b", "20260310T093000Z"))
    bob.put("calendar/c.ics", event("c", "20260310T150000Z", "STATUS:TENTATIVE"))
    bob.put("calendar/d.ics", event("d", "20260310T180000Z", "TRANSP:TRANSPARENT"))
    bob.put("calendar/e.ics", event("e", "20260301T200000Z", "RRULE:FREQ=DAILY"))
    assert asked(alice, BOB) == {
        BOB: (
            "2.0;Success",
            [
                "BUSY:20260310T090000Z/20260310T103000Z",
                "BUSY-TENTATIVE:20260310T150000Z/20260310T160000Z",
                "BUSY:20260310T200000Z/20260310T210000Z",
            ],
        )
    }
    assert "secret" not in alice.ask("POST", "outbox/", question(BOB)).text.lower()


def test_post_when_not_in_a_group_with_him_then_as_if_he_were_not_there(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """R49 R16: whether somebody exists is not told."""
    dave = estate.client("dave")
    dave.put("calendar/a.ics", event("a", "20260310T090000Z"))
    assert asked(alice, BOB, DAVE, NOBODY, "mailto:x@elsewhere.test", "urn:uuid:1", "mailto:") == {
        BOB: ("2.0;Success", []), DAVE: INVALID, NOBODY: INVALID, "mailto:x@elsewhere.test": INVALID,
        "urn:uuid:1": INVALID, "mailto:": INVALID,
    }  # fmt: skip
    assert asked(dave, BOB) == {BOB: INVALID}


def test_post_when_the_membership_ended_then_refused_at_once(estate: Any, alice: Any, bob: Any, team: Any) -> None:
    """R17"""
    assert asked(alice, BOB)[BOB][0] == "2.0;Success"
    estate.leave(team, bob)
    assert asked(alice, BOB) == {BOB: INVALID}
    other = estate.group("other", alice, bob)
    assert asked(alice, BOB)[BOB][0] == "2.0;Success"
    estate.store.write(lambda tx: closure.close(tx, bob.account.id))
    assert asked(alice, BOB) == {BOB: INVALID}
    estate.store.write(lambda tx: closure.restore(tx, bob.account.id))
    estate.store.write(lambda tx: deletion.delete_(tx, other.id))
    assert asked(alice, BOB) == {BOB: INVALID}


def test_post_when_private_things_are_hidden_then_only_oneself_is_told(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    """C12"""
    bob.put("calendar/a.ics", event("a", "20260310T090000Z", "CLASS:PRIVATE"))
    bob.put("calendar/b.ics", event("b", "20260310T120000Z", "CLASS:CONFIDENTIAL"))
    both = ["BUSY:20260310T090000Z/20260310T100000Z", "BUSY:20260310T120000Z/20260310T130000Z"]
    assert asked(alice, BOB)[BOB][1] == both
    estate.store.write(lambda tx: standing.set_hides_private(tx, bob.account.id, hides=True))
    assert asked(alice, BOB)[BOB][1] == both[1:]
    assert asked(bob, BOB)[BOB][1] == both


def test_post_when_calendars_count_or_not_then_the_union_of_those_that_do(alice: Any, bob: Any, team: Any) -> None:
    """S18"""
    bob.tell("MKCALENDAR", "work/", "C:mkcalendar")
    bob.put("work/a.ics", event("a", "20260310T090000Z"))
    bob.put("calendar/b.ics", event("b", "20260310T120000Z"))
    at_nine, at_noon = "BUSY:20260310T090000Z/20260310T100000Z", "BUSY:20260310T120000Z/20260310T130000Z"
    assert asked(alice, BOB)[BOB][1] == [at_noon]
    for path, word, expected in (
        ("work/", "opaque", [at_nine, at_noon]), ("calendar/", "transparent", [at_nine]),
    ):  # fmt: skip
        body = f"<D:set><D:prop><C:schedule-calendar-transp><C:{word}/></C:schedule-calendar-transp></D:prop></D:set>"
        bob.tell("PROPPATCH", path, "D:propertyupdate", body)
        (href,) = (found := bob.propfind(path, "C:schedule-calendar-transp")).responses
        assert found.value(href, "C:schedule-calendar-transp")[0].tag == f"{CALDAV}{word}"
        assert asked(alice, BOB)[BOB][1] == expected


def test_proppatch_when_transparency_is_neither_word_then_refused(bob: Any) -> None:
    for inside in ("", "<C:sometimes/>", "<C:opaque/><C:transparent/>", "opaque"):
        body = f"<D:set><D:prop><C:schedule-calendar-transp>{inside}</C:schedule-calendar-transp></D:prop></D:set>"
        assert bob.tell("PROPPATCH", "calendar/", "D:propertyupdate", body).status == 400


def test_post_when_addresses_are_aliases_then_they_lead_to_the_same(
    estate: Any, alice: Any, bob: Any, team: Any
) -> None:
    bob.put("calendar/a.ics", event("a", "20260310T090000Z"))
    estate.store.write(lambda tx: addresses.add(tx, bob.account.id, "robert", "", kind=Kind.ALIAS))
    estate.store.write(lambda tx: addresses.add(tx, alice.account.id, "al", "", kind=Kind.ALIAS))
    (found,) = asked(alice, "MAILTO:Robert@Example.test", organizer="mailto:al@example.test").values()
    assert len(found[1]) == 1


@pytest.mark.parametrize(
    ("body", "condition"),
    [
        (question(BOB, organizer=BOB), "valid-organizer"),
        (question(BOB, organizer="mailto:x@elsewhere.test"), "valid-organizer"),
        ("hello", "valid-calendar-data"),
        (event("a", "20260310T090000Z"), "valid-scheduling-message"),
        (question(BOB).replace("METHOD:REQUEST", "METHOD:REPLY"), "valid-scheduling-message"),
        (question(BOB).replace("VFREEBUSY", "VEVENT"), "valid-scheduling-message"),
        (question(), "valid-scheduling-message"),
        (question(*(f"mailto:a{n}@example.test" for n in range(101))), "valid-scheduling-message"),
        (question(BOB, span=("20260310T000000Z", "20280310T000000Z")), "valid-scheduling-message"),
        (question(BOB, span=("20260310T000000Z", "20260310T000000Z")), "valid-scheduling-message"),
        (question(BOB, span=("20260310", "20260311")), "valid-scheduling-message"),
        (question(BOB, span=("20261310T000000Z", "20261311T000000Z")), "valid-scheduling-message"),
        (question(BOB, more="DTSTART:20260310T000000Z\r\n"), "valid-scheduling-message"),
        (question(f"mailto:{'x' * 1000}@example.test"), "valid-scheduling-message"),
    ],
)  # fmt: skip
def test_post_when_the_question_is_wrong_then_refused_with_its_condition(
    alice: Any, team: Any, body: str, condition: str
) -> None:
    answer = alice.ask("POST", "outbox/", body)
    assert (answer.status, answer.condition()) == (403, condition)


def test_post_when_elsewhere_or_of_another_type_then_refused(alice: Any, bob: Any, team: Any) -> None:
    assert alice.ask("POST", "calendar/", question(BOB)).status == 405
    assert alice.ask("POST", f"{bob.home}outbox/", question(BOB)).status == 405
    answer = alice.ask("POST", "outbox/", question(BOB), Content_Type="text/plain")
    assert (answer.status, answer.condition()) == (403, "supported-calendar-data")
    assert alice.ask("POST", "outbox/", question(BOB) + " " * 100_000).status == 413
    alice.services = frozenset({Feature.CARDDAV})
    assert alice.ask("POST", "outbox/", question(BOB)).status == 403


def test_post_when_it_takes_too_long_then_told_to_ask_for_less(
    estate: Any, alice: Any, bob: Any, team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob.put("calendar/a.ics", event("a", "20200310T090000Z", "RRULE:FREQ=DAILY"))
    ticks = iter(range(0, 1000, 20))
    monkeypatch.setattr(estate.clock, "monotonic", lambda: next(ticks))
    answer = alice.ask("POST", "outbox/", question(BOB))
    assert answer.status == 503
    assert "fewer people" in answer.text


def test_outbox_when_looked_for_then_the_home_leads_there_and_auto_schedule_is_not_claimed(alice: Any) -> None:
    """RFC 6638: a client may ask here, and sends invitations by mail itself."""
    found = alice.propfind("", "C:schedule-outbox-URL", "C:calendar-user-address-set", "C:schedule-inbox-URL")
    (href,) = found.responses
    (url,) = [one.text for one in found.value(href, "C:schedule-outbox-URL")]
    assert [one.text for one in found.value(href, "C:calendar-user-address-set")] == ["mailto:alice@example.test"]
    assert found.value(href, "C:schedule-inbox-URL") is None
    assert "schedule" not in alice.ask("OPTIONS", "").headers["DAV"]
    assert "POST" in alice.ask("OPTIONS", "outbox/").headers["Allow"]
    assert "POST" not in alice.ask("OPTIONS", "").headers["Allow"]
    box = alice.propfind(url, "D:resourcetype", "D:current-user-privilege-set", "D:owner", "D:displayname")
    (place,) = box.responses
    assert place == url
    assert {one.tag for one in box.value(place, "D:resourcetype")} == {"{DAV:}collection", f"{CALDAV}schedule-outbox"}
    held = {one[0].tag.rpartition("}")[2] for one in box.value(place, "D:current-user-privilege-set")}
    assert "schedule-query-freebusy" in held
    assert "outbox" not in alice.names("")
    assert alice.tell("MKCALENDAR", "outbox/", "C:mkcalendar").status == 400
    assert alice.ask("DELETE", "outbox/").status == 404
    assert alice.put("outbox/x.ics", event("a", "20260310T090000Z")).status == 409
    assert alice.ask("GET", "outbox/").status == 403


WORDS = st.sampled_from(
    ["BEGIN:VCALENDAR", "END:VCALENDAR", "METHOD:REQUEST", "BEGIN:VFREEBUSY", "END:VFREEBUSY", "UID:x",
     "DTSTART:20260310T000000Z", "DTEND:20260311T000000Z", "ORGANIZER:mailto:alice@example.test",
     "ATTENDEE:mailto:alice@example.test", "ATTENDEE;X=\":", "FREEBUSY:", "\x00", "VERSION:2.0"]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    body=st.one_of(st.binary(max_size=200), st.lists(WORDS, max_size=14).map(lambda found: "\r\n".join(found).encode()))
)
def test_post_when_given_anything_then_an_answer_or_a_refusal(alice: Any, body: bytes) -> None:
    assert alice.ask("POST", "outbox/", body or b" ").status in (200, 400, 403)

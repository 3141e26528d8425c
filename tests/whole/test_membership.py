"""What a member may, and that it ends on connections already open when he is removed."""

import json
import time

import pytest


def _until(condition, seconds: float = 5.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    return condition()


@pytest.fixture
def filled(house):
    """A group with something in each tool, put there by its administrator."""
    alice = house.wires("alice")
    imap = alice.imap()
    assert imap.append("Groups/team", None, None, b"Subject: plans\r\n\r\nfor the team\r\n")[0] == "OK"
    assert imap.append("Groups/team", None, None, b"Subject: more\r\n\r\nfor the team\r\n")[0] == "OK"
    assert alice.ask("PUT", "/drive/Groups/team/plan.txt", b"the plan").status == 201
    return house


def test_member_when_he_only_reads_is_refused_writing_on_each_protocol(filled):
    bob = filled.wires("bob")
    imap = bob.imap()
    with pytest.raises(imap.readonly):  # SELECT succeeds with [READ-ONLY]
        imap.select("Groups/team")
    imap.is_readonly = True  # so that imaplib puts up with it
    assert b"plans" in imap.uid("FETCH", "1", "(BODY.PEEK[HEADER])")[1][0][1]
    assert imap.uid("STORE", "1", "+FLAGS", r"(\Deleted)")[0] == "NO"
    kind, data = imap.append("Groups/team", None, None, b"Subject: no\r\n\r\nno\r\n")
    assert (kind, b"[NOPERM]" in data[0]) == ("NO", True)
    assert bob.ask("GET", "/drive/Groups/team/plan.txt").body == b"the plan"
    assert bob.ask("PUT", "/drive/Groups/team/plan.txt", b"mine now").status == 403
    assert bob.ask("DELETE", "/drive/Groups/team/plan.txt").status == 403
    assert bob.ask("MKCOL", "/drive/Groups/team/folder").status == 403
    calendar = bob.book("Calendar (team)")
    answer = bob.ask("PUT", f"{calendar}no.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    assert answer.status == 403
    listing = bob.ask(
        "PROPFIND", calendar, '<propfind xmlns="DAV:"><prop><current-user-privilege-set/></prop></propfind>'
    )
    assert b"write" not in listing.body.replace(b"write-properties", b"")


def test_administrator_when_he_writes_is_obeyed_and_members_see_it(filled):
    alice, carol = filled.wires("alice"), filled.wires("carol")
    calendar = alice.book("Calendar (team)").removeprefix(f"/dav/{alice.login}/").strip("/")
    assert alice.put_event("meeting", collection=calendar).status == 201
    seen = carol.ask("GET", f"{carol.book('Calendar (team)')}meeting.ics")
    assert (seen.status, b"UID:meeting" in seen.body) == (200, True)
    assert carol.ask("GET", "/drive/Groups/team/plan.txt").status == 200


def test_member_when_given_a_right_holds_it_at_once(filled):
    bob = filled.wires("bob")
    assert bob.ask("PUT", "/drive/Groups/team/mine.txt", b"1").status == 403
    filled.command("group", "rights", "team", "bob", "documents", "contribute")
    assert bob.ask("PUT", "/drive/Groups/team/mine.txt", b"1").status == 201
    assert bob.ask("DELETE", "/drive/Groups/team/plan.txt").status == 403
    assert bob.ask("DELETE", "/drive/Groups/team/mine.txt").status == 204
    why = filled.command("rights", "why", "bob", "/Groups/team/plan.txt").stdout
    assert "bob" in why.lower() or "member" in why.lower()


def test_member_when_removed_gets_nothing_more_on_connections_already_open(filled):
    bob = filled.wires("bob")
    selected, idle = bob.imap(), bob.imap()
    for connection in (selected, idle):
        assert connection.select("Groups/team", readonly=True)[0] == "OK"
    idle.send(b"I1 IDLE\r\n")
    assert idle.readline().startswith(b"+")
    web = bob.web()
    calendar = bob.book("Calendar (team)")
    assert bob.ask("GET", "/drive/Groups/team/plan.txt", on=web).status == 200
    assert bob.ask("PROPFIND", calendar, Depth="0", on=web).status == 207

    filled.command("group", "member", "remove", "team", "bob")

    idle.sock.settimeout(2)
    assert idle.readline().startswith(b"* BYE")
    with pytest.raises(selected.abort):
        selected.uid("FETCH", "1", "(BODY.PEEK[])")
    assert bob.ask("GET", "/drive/Groups/team/plan.txt", on=web).status == 404
    assert bob.ask("PROPFIND", calendar, Depth="0", on=web).status in {403, 404}
    assert b"group-" not in bob.ask("PROPFIND", f"/dav/{bob.login}/", Depth="1", on=web).body
    assert all(b"Groups/team" not in line for line in bob.imap().list()[1])
    shown = json.loads(filled.command("group", "show", "team", "--json").stdout)
    assert bob.login not in json.dumps(shown["members"])


def test_account_when_suspended_is_put_out_on_every_protocol(house):
    dave = house.wires("dave")
    imap = dave.imap()
    imap.select("INBOX")
    assert dave.ask("GET", "/drive/").status == 200
    house.command("account", "suspend", "dave")
    assert _until(lambda: dave.ask("GET", "/drive/").status in {401, 403})
    with pytest.raises(imap.abort):
        imap.noop()
    house.command("account", "resume", "dave")
    assert dave.ask("GET", "/drive/").status == 200

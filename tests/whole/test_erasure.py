"""What is left of an account that was erased: nothing, in any file of the data folder (S24)."""

import imaplib
import re
import secrets
import smtplib
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from coserver.accounts.opening import open_store
from coserver.clock import SystemClock
from coserver.store import doctor
from coserver.store.housekeeping import compact

PASSWORD = "five plain words for trying"
DISPLAYNAME = (
    '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>{0}</D:displayname></D:prop></D:set>'
    "</D:propertyupdate>"
)
DEAD = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:{0}"><D:set><D:prop><Z:{0}>{0}</Z:{0}></D:prop></D:set>'
    "</D:propertyupdate>"
)
LOCK = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
    "<D:owner>{0}</D:owner></D:lockinfo>"
)


def traces(folder: Path, mark: str) -> list[str]:
    """The files that hold the mark, in their bytes or in their name."""
    found = []
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        if mark in str(path.relative_to(folder)).lower() or mark.encode() in data.lower():
            found.append(str(path.relative_to(folder)))
    return found


def code(folder: Path) -> str:
    """The code in the one letter that waits to leave."""
    with closing(sqlite3.connect(f"file:{folder}/coserver.db?mode=ro", uri=True)) as database:
        (text,) = database.execute(
            "SELECT data FROM blob_data JOIN outbox USING (blob_id) ORDER BY outbox.id DESC LIMIT 1"
        ).fetchone()
    return str(re.search(rb"^ {4}([0-9a-f]{64})\r", text, re.MULTILINE)[1].decode())


def signed_up(house, mark):
    """An account that its owner asked for himself, with the mark in every name of it."""
    login, folder = f"m{mark}", house.demo.data
    house.command(
        "account", "sign-up", f"{mark}@elsewhere.test", "--login", login, "--plan", "big", "--name", f"Name {mark}",
        "--password-stdin", stdin=PASSWORD,
    )  # fmt: skip
    for way in (house.wires(login, PASSWORD).imap, house.wires(login, PASSWORD).submission):
        with pytest.raises((imaplib.IMAP4.error, smtplib.SMTPAuthenticationError), match="not confirmed"):  # R21
            way()
    assert house.wires(login, PASSWORD).ask("PROPFIND", "/drive/", Depth="0").status in (401, 403)
    house.command("account", "confirm", code(folder))
    house.command("account", "recover", login)
    house.command("account", "app-password", login, "--service", "imap", "--label", f"label {mark}")
    return house.wires(login, PASSWORD)


def fill_mail(wires, mark):
    imap = wires.imap()
    assert imap.create(f"box-{mark}")[0] == "OK"
    assert imap.subscribe(f"box-{mark}")[0] == "OK"
    for size in (100, 100_000, 9_000_000):  # a row, a place in a segment, a file of its own
        text = f"Subject: {mark}\r\nFrom: {mark}@elsewhere.test\r\n\r\n" + f"{mark}\r\n" * (size // 30)
        assert imap.append(f"box-{mark}", rf"(\Seen ${mark})", None, text.encode())[0] == "OK"
    assert imap.select(f"box-{mark}")[0] == "OK"
    assert imap.search(None, "BODY", mark)[0] == "OK"
    assert imap.store("1", "+FLAGS", r"(\Deleted)")[0] == "OK"
    assert imap.expunge()[0] == "OK"
    wires.submission().sendmail(
        wires.login, [f"to-{mark}@elsewhere.test"], f"From: {wires.login}\r\nSubject: {mark}\r\n\r\n{mark}\r\n"
    )
    wires.relay().sendmail("x@elsewhere.test", [wires.login], f"Subject: in {mark}\r\n\r\n{mark}\r\n")


def fill_drive(wires, mark, top="/drive"):
    for number, size in enumerate((10, 200_000, 9_000_000)):
        done = wires.ask("PUT", f"{top}/{mark}-{number}.txt", mark.encode() * (size // 10))
        assert done.status == 201, done
    assert wires.ask("DELETE", f"{top}/{mark}-0.txt").status == 204
    assert wires.ask("MKCOL", f"{top}/{mark}").status == 201
    for path in (f"{top}/{mark}/", f"{top}/{mark}-1.txt"):
        assert wires.ask("PROPPATCH", path, DEAD.format(f"p{mark}"), Content_Type="text/xml").status == 207
    assert wires.ask("LOCK", f"{top}/{mark}-1.txt", LOCK.format(mark), Content_Type="text/xml").status == 200


def fill_pim(wires, mark):
    home = f"/dav/{wires.login}"
    assert wires.ask("PROPPATCH", f"{home}/calendar/", DISPLAYNAME.format(mark), Content_Type="text/xml").status == 207
    assert wires.put_event(mark).status == 201
    assert wires.put_event(f"{mark}-large", size=50_000).status == 201
    assert wires.put_card(mark).status == 201
    assert wires.ask("DELETE", f"{home}/contacts/{mark}.vcf").status in (200, 204)
    assert wires.put_card(f"{mark}-2").status == 201


def at_rest(house):
    """The data folder after the server stopped and what is dead was compacted."""
    house.close()
    assert house.demo.stop() == 0
    store = open_store(house.demo.data, clock=SystemClock())
    try:
        compact(store, everything=True)
        assert doctor.check(store) == []
    finally:
        store.close()
    return house.demo.data


def test_erased_account_leaves_no_trace_in_any_file_of_the_data_folder(house):
    """S24, S4, R64, R66, R67: mail, files, events, contacts, names, keywords, locks, letters, groups, organisations."""
    mark = secrets.token_hex(8)
    wires = signed_up(house, mark)
    house.command("group", "add", f"g{mark}", "--admin", wires.login)
    house.command("group", "member", "add", "team", wires.login)
    house.command("group", "rights", "team", wires.login, "documents", "contribute")
    for address in (f"{mark}@elsewhere.test", wires.login):  # the one waits to leave, the other lies in his INBOX
        house.command("group", "invite", "team", address, ok=False)
    house.command("org", "add", "club", "--owner", "alice")
    house.command("org", "invite", "club", wires.login)
    house.command("org", "add", f"o{mark}", "--owner", wires.login)
    fill_mail(wires, mark)
    fill_drive(wires, mark)
    fill_drive(wires, mark, f"/drive/Groups/g{mark}")
    fill_pim(wires, mark)
    for path, owner in ((f"mail:box-{mark}", wires.login), (f"calendar:calendar/{mark}.ics", wires.login)):
        house.command("share", "add", path, "--owner", owner, "--group", "team", "read")
    assert wires.ask("PUT", "/drive/Groups/team/from-him.txt", b"stays with the group").status == 201
    before = " ".join(traces(house.demo.data, mark))
    assert all(place in before for place in ("coserver.db", "blobs/segments/", "blobs/files/"))  # the scan finds it
    house.command("account", "delete", wires.login, "--now")
    assert house.command("account", "show", wires.login, ok=False).returncode == 1
    assert house.wires("alice").ask("GET", "/drive/Groups/team/from-him.txt").body == b"stays with the group"  # S7
    assert traces(at_rest(house), mark) == []


def test_closed_account_is_served_nowhere_takes_no_mail_and_comes_back_whole(house):
    """S24: the days in which a deletion can be undone, on each protocol and on open connections."""
    bob = house.wires("bob")
    assert bob.ask("PUT", "/drive/kept.txt", b"kept").status == 201
    assert bob.put_event("kept").status == 201
    open_mail, open_web = bob.imap(), bob.web()
    assert open_mail.append("INBOX", None, None, b"Subject: kept\r\n\r\n")[0] == "OK"
    assert bob.ask("GET", "/drive/kept.txt", on=open_web).status == 200
    house.command("account", "delete", "bob")
    assert bob.ask("GET", "/drive/kept.txt", on=open_web).status in (401, 403)
    assert bob.ask("GET", f"/dav/{bob.login}/calendar/kept.ics").status in (401, 403)
    with pytest.raises((imaplib.IMAP4.error, OSError)):  # the server ended it
        open_mail.select("INBOX")
    for deed in (bob.imap, bob.submission):
        with pytest.raises((imaplib.IMAP4.error, smtplib.SMTPAuthenticationError), match="closed"):
            deed()
    relay = bob.relay()
    relay.ehlo("mx.elsewhere.test")
    assert relay.mail("x@elsewhere.test")[0] == 250
    refused = relay.rcpt(bob.login)
    assert (refused[0], refused[1][:5]) == (550, b"5.2.1")
    house.command("account", "restore", "bob")
    assert bob.ask("GET", "/drive/kept.txt").body == b"kept"
    assert bob.ask("GET", f"/dav/{bob.login}/calendar/kept.ics").status == 200
    again = bob.imap()
    assert again.select("INBOX")[1] == [b"1"]
    assert bob.relay().sendmail("x@elsewhere.test", [bob.login], "Subject: back\r\n\r\n") == {}


def test_server_when_it_starts_does_what_became_due_while_it_stood_still(house, demos):
    """R22, S24: a sign-up of two days ago and an account deleted three weeks ago."""
    house.command(
        "account", "sign-up", "erin@elsewhere.test", "--login", "erin", "--plan", "demo", "--password-stdin",
        stdin=PASSWORD,
    )  # fmt: skip
    house.command("account", "delete", "dave")
    assert house.demo.stop() == 0
    with closing(sqlite3.connect(house.demo.data / "coserver.db")) as database, database:
        database.execute("UPDATE account SET since = since - 21 * 86400000 WHERE state IN ('pending', 'closed')")
    again = type(house)(demos(data=house.demo.data))
    until = time.monotonic() + 20
    while "pending" in (told := again.command("account", "list", "--json").stdout) and time.monotonic() < until:
        time.sleep(0.1)
    assert "erin" not in told
    assert again.command("account", "show", "bob").returncode == 0

"""The log of a space on a running house: each protocol's acts with service and address, and nothing secret."""

import json


def acts(house, space, *options):
    """What `coserver log` tells of a space, newest last."""
    return json.loads(house.command("log", space, "--limit", "1000", "--json", *options).stdout)


def seen(house, space):
    return {
        (one["did"], one["tool"], one["what"], one["way"], one["who"], one["from"]) for one in acts(house, space)
    }  # fmt: skip


def test_act_on_each_protocol_is_told_with_who_where_and_by_which_service(house):
    alice = house.wires("alice")
    mail = alice.imap()
    mail.create("Logged")
    assert mail.append("Logged", None, None, b"Subject: unspoken\r\n\r\n")[0] == "OK"
    assert alice.ask("PUT", "/drive/logged.txt", b"unspoken").status == 201
    assert alice.ask("PUT", "/drive/logged.txt", b"unspoken, again").status == 204
    assert alice.ask("MKCOL", "/drive/logged").status == 201
    assert alice.ask("MOVE", "/drive/logged.txt", Destination="/drive/logged/new.txt").status == 201
    assert alice.ask("DELETE", "/drive/logged/").status == 204
    assert alice.put_event("logged").status == 201
    assert alice.put_card("logged").status == 201
    alice.submission().sendmail(
        alice.login, [house.wires("bob").login], f"From: {alice.login}\r\nSubject: unspoken\r\n\r\n"
    )
    found = seen(house, alice.login)
    me = (alice.login, "127.0.0.1")
    for did, tool, what, way in (
        ("logged in", None, "", "imap"),
        ("logged in", None, "", "smtp"),
        ("logged in", None, "", "webdav"),
        ("logged in", None, "", "caldav"),
        ("added", "mail", "Logged/", "imap"),
        ("added", "mail", "Logged/1", "imap"),
        ("added", "documents", "logged.txt", "webdav"),
        ("changed", "documents", "logged.txt", "webdav"),
        ("added", "documents", "logged/", "webdav"),
        ("moved", "documents", "logged.txt", "webdav"),
        ("removed", "documents", "logged/", "webdav"),
        ("added", "calendar", "calendar/logged.ics", "caldav"),
        ("added", "contacts", "contacts/logged.vcf", "carddav"),
        ("sent", None, "", "smtp"),
    ):
        assert (did, tool, what, way, *me) in found, (did, what, sorted(found, key=str))
    told = json.dumps(acts(house, alice.login))
    assert "unspoken" not in told
    assert alice.password not in told
    assert all(who != alice.login for *_, who, _ in seen(house, "bob"))  # mail that arrives is nobody's act


def test_act_of_an_operator_and_of_a_member_stands_in_the_log_of_the_group(house):
    bob = house.wires("bob")
    house.command("group", "rights", "team", bob.login, "documents", "edit")
    assert bob.ask("PUT", "/drive/Groups/team/logged.txt", b"x").status == 201
    rows = acts(house, "team")
    given = next(one for one in rows if one["did"] == "right given" and bob.login in one["detail"])
    assert (given["who"], given["way"], given["from"]) == (None, "command", None)
    last = rows[-1]
    assert (last["did"], last["what"], last["who"], last["way"]) == ("added", "logged.txt", bob.login, "webdav")
    table = house.command("log", "team", "--limit", "1").stdout
    assert "documents: logged.txt" in table
    assert bob.login in table


def test_log_in_that_is_refused_stands_in_the_log_of_the_account(house):
    bob = house.wires("bob")
    connection = bob.web()
    connection.request("GET", "/drive/", headers={"Authorization": "Basic Ym9iQGV4YW1wbGUudGVzdDp3cm9uZw=="})
    assert connection.getresponse().status == 401
    assert ("login refused", None, "", "webdav", None, "127.0.0.1") in seen(house, bob.login)
    assert "wrong" not in json.dumps(acts(house, bob.login))

"""A smaller plan on a running house: nothing is lost, nobody is locked out, and a larger one counts at once."""

import json
import re
from typing import Any

MESSAGE = b"From: bob@example.test\r\nTo: over@example.test\r\nSubject: s\r\n\r\n" + b"x" * 70 + b"\r\n"
QUOTA = '<propfind xmlns="DAV:"><prop><quota-used-bytes/><quota-available-bytes/></prop></propfind>'


def _figures(wires: Any, path: str) -> tuple[int, int]:
    """Bytes used and available, as DAV tells them."""
    told = wires.ask("PROPFIND", path, QUOTA, Depth="0").body.decode()
    used, available = (re.search(rf"quota-{which}-bytes>(\d+)<", told) for which in ("used", "available"))
    assert used
    assert available
    return int(used[1]), int(available[1])


def _send(wires: Any) -> None:
    with wires.relay() as server:
        server.sendmail("bob@example.test", [wires.login], MESSAGE)


def test_over_limit_when_a_plan_shrinks_then_reading_and_deleting_go_on_and_adding_does_not(house: Any) -> None:
    """S1, S2, R31, R32: on every protocol, in the same second."""
    over = house.account("over", plan="demo")
    imap = over.imap()
    assert imap.append("INBOX", None, None, MESSAGE)[0] == "OK"
    assert over.ask("PUT", "/drive/file", b"x" * 5_000).status == 201
    assert over.put_event("one").status == 201
    for tool in ("mail", "documents", "calendar"):
        house.command("account", "override", over.login, f"{tool}_bytes", "10")

    kind, said = imap.append("INBOX", None, None, MESSAGE)
    assert (kind, b"[OVERQUOTA]" in said[0]) == ("NO", True)
    assert over.ask("PUT", "/drive/other", b"x").status == 507
    assert over.put_event("two").status == 507
    _send(over)  # in its days of grace mail still arrives
    imap.select("INBOX")
    assert imap.fetch("1", "(BODY.PEEK[])")[1][0][1] == MESSAGE
    assert imap.search(None, "ALL")[1] == [b"1 2"]
    assert over.ask("GET", "/drive/file").body == b"x" * 5_000
    target = f"https://127.0.0.1:{house.demo.ports['https']}/drive/moved"
    assert over.ask("MOVE", "/drive/file", Destination=target).status == 201
    assert over.ask("PUT", "/drive/moved", b"x" * 4_000).status == 204  # it only shrinks
    assert over.ask("DELETE", "/drive/moved").status == 204
    imap.store("1:*", "+FLAGS", r"(\Deleted)")
    imap.expunge()

    house.command("account", "override", over.login, "--clear")
    assert imap.append("INBOX", None, None, MESSAGE)[0] == "OK"
    assert over.ask("PUT", "/drive/other", b"x").status == 201
    assert over.put_event("two").status == 201


def test_figures_when_told_by_each_protocol_then_agree_and_are_those_of_the_spaces_own_root(house: Any) -> None:
    """S14, S10, R59, R61: a group's figures are its own; equal bytes count each time."""
    over = house.account("over", plan="small")
    house.command("group", "add", "crew", "--admin", over.login)
    for path in ("/drive/a", "/drive/b"):
        assert over.ask("PUT", path, b"x" * 1_000).status == 201
    assert over.ask("PUT", "/drive/Groups/crew/c", b"x" * 300).status == 201
    imap = over.imap()
    imap.append("INBOX", None, None, b"Subject: s\r\n\r\n" + b"x" * 100_000)

    shown = json.loads(house.command("account", "show", over.login, "--json").stdout)["usage"]
    group = json.loads(house.command("group", "show", "crew", "--json").stdout)["usage"]
    assert shown["documents"]["bytes"] == 2_000
    assert group["documents"]["bytes"] == 300
    assert _figures(over, "/drive/") == (2_000, 998_000)
    assert _figures(over, "/drive/Groups/crew/") == (300, 999_700)
    for mailbox, usage in (("INBOX", shown), ("Groups/crew", group)):
        told = imap.getquotaroot(mailbox)[1][1][0].decode()
        found = re.search(r"STORAGE (\d+) (\d+)", told)
        assert found
        assert (int(found[1]), int(found[2])) == (-(-usage["mail"]["bytes"] // 1024), 1_000_000 // 1024)

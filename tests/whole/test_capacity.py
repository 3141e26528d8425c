"""Eight clients at once fill each tool of a space: never beyond its capacity, always the right code."""

import json
import re
import smtplib
import threading
from collections.abc import Callable

import pytest

CAPACITY = 1_000_000  # bytes a tool of plan `small`
CLIENTS = 8


def _at_once(deed: Callable[[int], None]) -> None:
    """Run a deed for eight clients at the same time; what one raises fails the test."""
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            deed(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures, failures


def _used(house, login: str, tool: str) -> int:
    shown = json.loads(house.command("account", "show", login, "--json").stdout)
    return shown["usage"][tool]["bytes"]


def _message(number: int, size: int) -> bytes:
    head = f"From: alice@example.test\r\nTo: brim@example.test\r\nSubject: {number}\r\nMessage-ID: <{number}@t>\r\n\r\n"
    return (head + "x" * 70 + "\r\n").encode() + (b"y" * 70 + b"\r\n") * ((size - len(head)) // 72)


def _fill(refused: list[str], put: Callable[[int], str | None]) -> Callable[[int], None]:
    """Put until it was refused three times; at the most forty times."""

    def deed(client: int) -> None:
        noes = 0
        for step in range(40):
            word = put(client * 100 + step)
            if word is not None:
                refused.append(word)
                noes += 1
            if noes == 3:
                return

    return deed


def _imap_put(wires, mailbox: str) -> Callable[[int], str | None]:
    local = threading.local()

    def put(number: int) -> str | None:
        if not hasattr(local, "imap"):
            local.imap = wires.imap()
        kind, data = local.imap.append(mailbox, None, None, _message(number, 30_000))
        return None if kind == "OK" else data[0].decode()

    return put


def test_mail_when_filled_by_imap_smtp_and_lmtp_at_once_stays_within_its_capacity(house):
    """R29: a capacity holds on all protocols together."""
    brim = house.account("brim", plan="small")
    words: dict[str, list[str]] = {"imap": [], "smtp": [], "lmtp": []}
    append = _imap_put(brim, "INBOX")

    def send(connection: Callable[[], smtplib.SMTP], word: str) -> Callable[[int], str | None]:
        def put(number: int) -> str | None:
            with connection() as server:
                try:
                    server.sendmail("bob@example.test", [brim.login], _message(number, 30_000))
                except smtplib.SMTPRecipientsRefused as error:
                    ((code, text),) = error.recipients.values()
                    return f"{code} {text.decode()}"
                except smtplib.SMTPDataError as error:
                    return f"{error.smtp_code} {error.smtp_error.decode()}"
            return None

        assert word in words
        return put

    ways = {"imap": append, "smtp": send(brim.relay, "smtp"), "lmtp": send(brim.lmtp, "lmtp")}
    kinds = [*ways] * 3
    _at_once(lambda client: _fill(words[kinds[client]], ways[kinds[client]])(client))
    used = _used(house, brim.login, "mail")
    assert CAPACITY - 31_000 < used <= CAPACITY
    assert words["imap"]
    assert all("[OVERQUOTA]" in word for word in words["imap"])
    assert words["smtp"]
    assert all(word.startswith("452 4.2.2") for word in words["smtp"])
    assert words["lmtp"]
    assert all(word.startswith("452 4.2.2") for word in words["lmtp"])

    imap = brim.imap()
    imap.select("INBOX")
    kib = int(re.search(rb"STORAGE (\d+) (\d+)", imap.getquotaroot("INBOX")[1][1][0])[1])
    assert abs(kib - used / 1024) <= 1
    imap.store("1:*", "+FLAGS", r"(\Deleted)")
    imap.expunge()
    assert _used(house, brim.login, "mail") == 0


@pytest.mark.parametrize("group", [False, True])
def test_documents_when_filled_by_eight_clients_stay_within_their_capacity(house, group):
    wires = house.account("brim", plan="small")
    if group:
        house.command("group", "add", "crew", "--admin", wires.login)
    base = "/drive/Groups/crew" if group else "/drive"
    refused: list[str] = []

    def put(number: int) -> str | None:
        answer = wires.ask("PUT", f"{base}/f{number}", b"z" * 40_000)
        return None if answer.status == 201 else str(answer.status)

    _at_once(_fill(refused, put))
    assert set(refused) == {"507"}
    listing = wires.ask("PROPFIND", f"{base}/", Depth="1").body.decode()
    names = re.findall(rf"{base}/(f\d+)</", listing)
    used = 40_000 * len(names)
    assert CAPACITY - 40_000 < used <= CAPACITY
    asked = '<propfind xmlns="DAV:"><prop><quota-used-bytes/><quota-available-bytes/></prop></propfind>'
    told = wires.ask("PROPFIND", f"{base}/", asked, Depth="0").body.decode()
    assert (re.search(r"quota-used-bytes>(\d+)<", told)[1], re.search(r"quota-available-bytes>(\d+)<", told)[1]) == (
        str(used),
        str(CAPACITY - used),
    )
    for name in names:
        assert wires.ask("DELETE", f"{base}/{name}").status == 204
    told = wires.ask("PROPFIND", f"{base}/", asked, Depth="0").body.decode()
    assert re.search(r"quota-used-bytes>(\d+)<", told)[1] == "0"


@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize("tool", ["calendar", "contacts"])
def test_items_when_put_by_eight_clients_stay_within_their_capacity(house, tool, group):
    wires = house.account("brim", plan="small")
    place = tool
    if group:
        house.command("group", "add", "crew", "--admin", wires.login)
        place = wires.book(f"{tool.capitalize()} (crew)").removeprefix(f"/dav/{wires.login}/").strip("/")
    refused: list[str] = []
    kept: list[str] = []

    def held() -> int:
        words = ("group", "show", "crew") if group else ("account", "show", wires.login)
        return json.loads(house.command(*words, "--json").stdout)["usage"][tool]["bytes"]

    def put(number: int) -> str | None:
        way = wires.put_event if tool == "calendar" else wires.put_card
        answer = way(f"n{number}", size=40_000, collection=place)
        if answer.status == 201:
            kept.append(f"n{number}")
            return None
        return str(answer.status)

    _at_once(_fill(refused, put))
    assert set(refused) == {"507"}
    assert CAPACITY - 45_000 < held() <= CAPACITY
    end = "ics" if tool == "calendar" else "vcf"
    for name in kept:
        assert wires.ask("DELETE", f"/dav/{wires.login}/{place}/{name}.{end}").status in {200, 204}
    assert held() == 0


def test_group_mail_when_filled_counts_apart_and_stays_within_the_administrators_plan(house):
    """R60, C7: all of a group counts together, by the plan of its administrator."""
    wires = house.account("brim", plan="small")
    house.command("group", "add", "crew", "--admin", wires.login)
    refused: list[str] = []
    _at_once(_fill(refused, _imap_put(wires, "Groups/crew")))
    assert refused
    assert all("[OVERQUOTA]" in word for word in refused)
    shown = json.loads(house.command("group", "show", "crew", "--json").stdout)
    used = shown["usage"]["mail"]["bytes"]
    assert CAPACITY - 31_000 < used <= CAPACITY
    assert _used(house, wires.login, "mail") == 0

"""Connections in memory: limits, time, slow clients, faults of ours, and the end of a session from outside."""

from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts, plan_changes
from coserver.auth import standing
from coserver.groups import leaving, members, shares
from coserver.model.errors import Busy
from coserver.model.space import Tool
from coserver.quota import plans, usage

MESSAGE = b"Subject: one\r\n\r\n" + b"text " * 10 + b"\r\n"


@pytest.fixture
def large(house: Any) -> Any:
    """A client with a mailbox open whose bytes do not go out at once."""
    client = house.client("alice")
    for _ in range(3):
        client.append("Archive", b"Subject: large\r\n\r\n" + b"x" * 300_000)
    client.ask("SELECT Archive")
    return client


def test_connection_when_nobody_logs_in_then_ends_after_a_minute(house: Any) -> None:
    client = house.client()
    house.turns.advance(59)
    assert not client.closed
    house.turns.advance(2)
    assert client.read() == b"* BYE Nothing came for too long.\r\n"
    assert client.closed


def test_connection_when_logged_in_then_may_be_silent_for_half_an_hour(house: Any) -> None:
    client = house.client("alice")
    client.ask("SELECT INBOX")
    client.send(b"x IDLE\r\n")
    house.turns.pump([60] * 30)
    assert not client.closed
    assert client.read() == b"+ idling\r\n" + b"* OK Still here\r\n" * 15
    house.turns.advance(2 * 60)
    assert client.closed


def test_connection_when_it_lasts_for_days_then_the_account_is_in_use(house: Any) -> None:
    """S9: any authenticated session, not its log-in alone."""
    client = house.client("alice")
    client.ask("SELECT INBOX")
    house.clock.seconds += 40 * 86_400
    client.ask("NOOP")
    house.store.write(lambda tx: None)
    with house.store.read() as tx:
        assert standing.find(tx, "alice").used == tx.now


def test_setacl_when_its_owner_shares_too_much_then_over_quota_and_what_is_shared_can_change(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = house.client("alice")
    client.ask("CREATE Work")
    monkeypatch.setattr(shares, "MOST_OF_OWNER", 1)
    assert b"x OK" in client.ask("SETACL Work bob lrs")
    assert b"x NO [OVERQUOTA] 1 things of one owner are shared already" in client.ask("SETACL Work carol lrs")
    assert b"x OK" in client.ask("SETACL Work bob lrswi")
    assert b"x OK" in client.ask("DELETEACL Work bob")
    assert b"x OK" in client.ask("SETACL Work carol lrs")


def test_connection_when_an_address_holds_too_many_then_is_told_bye(open_house: Callable[..., Any]) -> None:
    house = open_house()
    most = house.config.limits.connections_per_address
    held = [house.kit.limits.enter("imap", "127.0.0.1") for _ in range(most)]
    client = house.connect()
    assert client.read().startswith(b"* BYE [UNAVAILABLE] ")
    assert client.closed
    held[0]()
    assert house.connect().read().startswith(b"* OK ")


def test_connection_when_the_line_never_ends_then_is_closed(house: Any) -> None:
    client = house.client()
    client.send(b"a " + b"x" * 70_000)
    assert client.read() == b"a BAD The line is too long.\r\n"
    assert client.closed


def test_connection_when_nothing_but_nonsense_comes_then_is_closed(house: Any) -> None:
    client = house.client()
    client.send(b"GET / HTTP/1.1\r\n" * 30)
    assert client.closed
    assert client.read().endswith(b"* BYE Too many commands that are none.\r\n")


def test_connection_when_a_client_does_not_read_then_nothing_more_is_made_for_it(house: Any, large: Any) -> None:
    producer = large.wire.producer
    producer.pauseProducing()
    large.send(b"a FETCH 1:* BODY.PEEK[]\r\nb NOOP\r\n")
    first = large.read()
    assert len(first) < 600_000
    assert not house.turns.waiting
    rest = b""
    while b"b OK" not in rest:
        producer.resumeProducing()
        rest += large.read()
    assert (first + rest).count(b"x" * 300_000) == 3
    assert rest.endswith(b")\r\na OK FETCH done\r\nb OK NOOP done\r\n")


def test_connection_when_many_commands_wait_then_reads_no_more_until_they_ran(house: Any) -> None:
    client = house.client("alice")
    client.wire.producer.pauseProducing()
    client.send(b"".join(b"%d STATUS INBOX (MESSAGES)\r\n" % number for number in range(200)))
    assert client.wire.producerState == "paused"
    client.wire.producer.resumeProducing()
    house.rest()
    for _ in range(5):
        house.turns.advance(1)
        house.rest()
    assert client.read().count(b"OK STATUS done") == 200
    assert client.wire.producerState == "producing"


def test_connection_when_the_house_stops_then_the_answer_under_way_is_whole(house: Any, large: Any) -> None:
    large.connection.dataReceived(b"a FETCH 1 BODY.PEEK[]\r\n")
    house.turns.waiting.popleft()()  # the first piece is sent, the literal is not yet complete
    large.connection.running.bye("The house stops.")
    said = large.read()
    assert said.endswith(b")\r\na OK FETCH done\r\n* BYE The house stops.\r\n")
    assert large.closed


def test_connection_when_the_house_stops_and_the_client_reads_nothing_then_is_closed(house: Any, large: Any) -> None:
    large.wire.producer.pauseProducing()
    large.send(b"a FETCH 1 BODY.PEEK[]\r\n")
    large.connection.running.bye("The house stops.")
    assert large.closed
    assert b"BYE" not in large.read()


def test_connection_when_a_fault_of_ours_happens_then_the_command_fails_and_the_text_says_nothing_of_it(
    house: Any,
) -> None:
    client = house.client("alice")
    client.connection.dataReceived(b'a LIST "" *\r\n')
    house.turns.fault = RuntimeError("secret inside")
    said = client.read()
    assert said.startswith(b"a NO [SERVERBUG] ")
    assert b"secret" not in said
    assert b"OK NOOP" in client.ask("NOOP")


def test_connection_when_the_store_is_too_busy_then_the_command_says_so(house: Any) -> None:
    client = house.client("alice")
    client.connection.dataReceived(b"a CREATE Work\r\n")
    house.turns.fault = Busy("Later, please.")
    assert client.read() == b"a NO [UNAVAILABLE] Later, please.\r\n"
    assert b"OK CREATE" in client.ask("CREATE Work")


def test_connection_when_a_fault_happens_inside_a_literal_then_ends_without_a_word(house: Any, large: Any) -> None:
    large.connection.dataReceived(b"a FETCH 1 BODY.PEEK[]\r\n")
    house.turns.waiting.popleft()()
    house.turns.fault = OSError("disk")
    assert b"SERVERBUG" not in large.read()
    assert large.closed


@pytest.mark.parametrize("idle", [True, False])
@pytest.mark.parametrize("deed", [accounts.suspend, lambda tx, who: accounts.set_password(tx, who, "x")])
def test_connection_when_the_account_may_not_stay_then_is_told_bye_at_once(
    house: Any, deed: Callable[..., object], idle: bool
) -> None:
    client = house.client("alice")
    client.ask("SELECT INBOX")
    if idle:
        client.send(b"x IDLE\r\n")
        client.read()
    other = house.client("bob")
    house.write(lambda tx: deed(tx, accounts.find(tx, "alice").id))
    assert client.read().startswith(b"* BYE ")
    assert client.closed
    assert b"OK NOOP" in other.ask("NOOP")


def test_connection_when_a_member_is_removed_then_only_who_has_the_groups_mailbox_open_is_put_out(house: Any) -> None:
    reading, elsewhere, stays = house.client("bob"), house.client("bob"), house.client("carol")
    reading.ask("SELECT Groups/team")
    elsewhere.ask("SELECT INBOX")
    stays.ask("SELECT Groups/team")

    def remove(tx: Any) -> None:
        leaving.remove(tx, members.find(tx, "team").id, accounts.find(tx, "bob").id)

    house.write(remove)
    assert reading.read().startswith(b"* BYE ")
    assert reading.closed
    assert b"OK NOOP" in elsewhere.ask("NOOP")
    assert b"Groups" not in elsewhere.ask('LIST "" *')
    assert b"NO [NONEXISTENT]" in elsewhere.ask("SELECT Groups/team")
    assert b"OK NOOP" in stays.ask("NOOP")


def test_connection_when_news_come_while_news_are_told_then_both_are_told(house: Any) -> None:
    """A notice that came while the session looked for the last one was lost."""
    idler, writer = house.client("alice"), house.client("alice")
    idler.ask("SELECT INBOX")
    idler.send(b"x IDLE\r\n")
    idler.read()
    for _ in range(3):
        writer.connection.dataReceived(b"a APPEND INBOX {%d+}\r\n%b\r\n" % (len(MESSAGE), MESSAGE))
    assert b"* 3 EXISTS" in idler.read()


def test_connection_when_the_session_changes_flags_itself_then_is_not_told_twice(house: Any) -> None:
    client = house.client("alice")
    client.append("INBOX", MESSAGE)
    client.ask("SELECT INBOX")
    assert client.ask("UID STORE 1 +FLAGS (\\Seen)").count(b"FETCH (") == 1
    assert client.ask("NOOP") == b"x OK NOOP done\r\n"


def test_connection_when_a_literal_begins_during_idle_then_idle_ends_and_the_command_runs(house: Any) -> None:
    client = house.client("alice")
    client.send(b"a IDLE\r\nb CREATE {4}\r\n")
    assert client.read() == b"+ idling\r\na BAD Expected DONE.\r\n+ OK\r\n"
    client.send(b"Work\r\n")
    assert client.read() == b"b OK CREATE done\r\n"


def test_connection_when_an_append_is_broken_off_then_nothing_is_left(house: Any) -> None:
    client = house.client("alice")
    client.send(b"a APPEND INBOX {1000000+}\r\n" + b"x" * 600_000)
    spool = house.store.files.spool
    assert list(spool.iterdir())
    client.hang_up()
    assert not list(spool.iterdir())


def test_connection_when_an_append_is_refused_then_nothing_is_left(house: Any) -> None:
    client = house.client("alice")
    told = client.ask(b"APPEND Nowhere {600000+}\r\n" + b"x" * 600_000)
    assert b"NO [TRYCREATE]" in told
    assert not list(house.store.files.spool.iterdir())


def test_connection_when_messages_do_not_fit_then_none_of_them_is_kept(house: Any) -> None:
    client = house.client("dave")
    one = b"x" * 600_000
    assert b"NO [OVERQUOTA]" in client.ask(b"APPEND INBOX {600000+}\r\n%b {600000+}\r\n%b" % (one, one))
    assert b"STORAGE 0 976 MESSAGE 0" in client.ask("GETQUOTA own")
    client.append("INBOX", one)
    client.ask("SELECT INBOX")
    assert b"NO [OVERQUOTA]" in client.ask("COPY 1 Archive")
    assert b"OK [COPYUID" in client.ask("MOVE 1 Archive") or b"OK MOVE" in client.ask("NOOP")


def test_connection_when_the_plan_lacks_mail_programs_then_an_alert_says_what_to_do(house: Any) -> None:
    house.write(
        plans.publish, plans.parse(plans.bundled("plans-demo").replace('"imap", ', "").replace("demo]", "dry]"))
    )
    house.write(lambda tx: plan_changes.subscribe(tx, accounts.find(tx, "dave").id, "dry"))
    told = house.client().ask("LOGIN dave demo-dave-pass")
    assert told.startswith(b"* NO [ALERT] ")
    assert b"x NO [AUTHORIZATIONFAILED] " in told


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_connection_when_fed_in_any_pieces_then_the_message_is_kept_as_it_was(house: Any, step: int) -> None:
    client = house.client("alice")
    message = bytes(range(1, 256)) * 4
    client.send(b"a APPEND INBOX {%d+}\r\n%b\r\n" % (len(message), message), step=step)
    assert b"a OK" in client.read()
    client.ask("SELECT INBOX")
    assert b"{%d}\r\n%b)" % (len(message), message) in client.ask("FETCH 1 BODY.PEEK[]")


def test_connection_when_the_plan_loses_mail_programs_then_the_open_session_ends_with_an_alert(house: Any) -> None:
    """S31: a feature that is taken away ends sessions that use it, with the text of R30."""
    client = house.client("dave")
    house.write(lambda tx: plan_changes.override(tx, accounts.find(tx, "dave").id, "imap", False))
    assert client.read().startswith(b"* BYE [ALERT] Your subscription does not include ")
    assert client.closed


def test_connection_when_the_mail_fills_up_then_an_alert_once_in_a_session(house: Any) -> None:
    """S15: at the beginning of a session, or when a mailbox is opened."""
    client = house.client("dave")
    assert b"[ALERT]" not in client.ask("SELECT INBOX")

    def fill(tx: Any) -> None:
        usage.charge(tx, accounts.find(tx, "dave").space, Tool.MAIL, bytes=900_000, items=1)

    house.write(fill)
    assert client.ask("SELECT INBOX").count(b"* OK [ALERT] Your mail is 90 % full (900 kB of 1 MB).") == 1
    assert b"[ALERT]" not in client.ask("SELECT INBOX")
    later = house.client()
    assert later.ask("LOGIN dave demo-dave-pass").count(b"* OK [ALERT] Your mail is 90 % full") == 1
    assert b"[ALERT]" not in later.ask("SELECT INBOX")

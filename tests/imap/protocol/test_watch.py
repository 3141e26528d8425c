"""What others share, in open sessions: a change of rights acts at once (R15, R17)."""

from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.groups import leaving, members, shares
from coserver.mail import mailboxes, messages
from coserver.model.item import Item
from coserver.model.rights import Preset, Privacy
from coserver.store import lookup

MESSAGE = b"Subject: one\r\n\r\ntext\r\n"
INBOX = "Shared/alice@example.test/INBOX"
VIEW = "Shared/alice@example.test/Messages"


class Sharing:
    """What alice does with her INBOX, from outside of any session."""

    def __init__(self, house: Any) -> None:
        self.house = house
        with house.store.read() as tx:
            self.alice = accounts.find(tx, "alice").id
            self.bob = accounts.find(tx, "bob").id
            self.team = members.find(tx, "team").id
            self.inbox = mailboxes.find(tx, self.alice, "INBOX").collection

    def item(self, uid: int) -> Item:
        with self.house.store.read() as tx:
            return lookup.by_uids(tx, self.inbox.id, [(uid, uid)])[0]

    def give(self, preset: Preset, uid: int = 0) -> None:
        target = shares.Target(self.inbox, self.item(uid) if uid else None)
        self.house.write(lambda tx: shares.add(tx, None, target, shares.Offer(self.team, self.bob, preset)))

    def take(self, uid: int = 0) -> None:
        target = shares.Target(self.inbox, self.item(uid) if uid else None)
        self.house.write(lambda tx: shares.remove(tx, None, target, through=self.team, to=self.bob))

    def withhold(self, uid: int, privacy: Privacy) -> None:
        item = self.item(uid)
        self.house.write(lambda tx: messages.withhold(tx, self.alice, item, privacy))


@pytest.fixture
def sharing(house: Any) -> Sharing:
    """Alice with two messages in her INBOX."""
    client = house.client("alice")
    for _ in range(2):
        client.append("INBOX", MESSAGE)
    client.hang_up()
    return Sharing(house)


def idle(client: Any) -> bytes:
    client.send(b"i IDLE\r\n")
    return client.read()


def test_session_when_the_share_is_taken_back_then_only_who_has_it_open_is_put_out(house: Any, sharing: Any) -> None:
    sharing.give(Preset.READ)
    reading, elsewhere, owner = house.client("bob"), house.client("bob"), house.client("alice")
    assert b"READ-ONLY" in reading.ask(f"SELECT {INBOX}")
    assert b"READ-WRITE" in owner.ask("SELECT INBOX")
    elsewhere.ask("SELECT INBOX")
    idle(reading)
    sharing.take()
    assert reading.read().startswith(b"* BYE ")
    assert reading.closed
    assert b"NO [NONEXISTENT]" in elsewhere.ask(f"SELECT {INBOX}")
    assert b"OK NOOP" in owner.ask("NOOP")


def test_session_when_the_membership_ends_then_it_is_put_out(house: Any, sharing: Any) -> None:
    sharing.give(Preset.EDIT)
    reading = house.client("bob")
    reading.ask(f"SELECT {INBOX}")
    house.write(lambda tx: leaving.remove(tx, sharing.team, sharing.bob))
    assert reading.read().startswith(b"* BYE ")


def test_session_when_a_right_is_lost_then_it_is_told_and_the_next_command_refused(house: Any, sharing: Any) -> None:
    sharing.give(Preset.EDIT)
    client = house.client("bob")
    assert b"READ-WRITE" in client.ask(f"SELECT {INBOX}")
    assert b"x OK" in client.ask("STORE 1 +FLAGS (\\Deleted)")
    idle(client)
    sharing.give(Preset.READ)
    assert b"* OK [PERMANENTFLAGS (\\Seen)]" in client.read()
    client.send(b"DONE\r\n")
    client.read()
    for command in ("STORE 2 +FLAGS (\\Deleted)", "EXPUNGE", "MOVE 1 INBOX", "STORE 1 +FLAGS (word)"):
        assert b"x NO [NOPERM] You may read what alice@example.test shares here, but not " in client.ask(command)
    assert client.ask("CLOSE").endswith(b"x OK CLOSE done\r\n")
    assert house.client("alice").ask("STATUS INBOX (MESSAGES)").startswith(b"* STATUS INBOX (MESSAGES 2)")


def test_session_when_a_message_is_withheld_then_it_is_expunged_and_comes_back_under_a_new_uid(
    house: Any, sharing: Any
) -> None:
    """(R13) Who inherits does not even count it; its owner keeps it."""
    sharing.give(Preset.READ)
    reader, owner = house.client("bob"), house.client("alice")
    reader.ask(f"SELECT {INBOX}")
    owner.ask("SELECT INBOX")
    idle(reader)
    sharing.withhold(1, Privacy.PRIVATE)
    assert reader.read() == b"* 1 EXPUNGE\r\n"
    assert b"EXPUNGE" not in owner.ask("NOOP")
    reader.send(b"DONE\r\n")
    reader.read()
    assert reader.ask("UID FETCH 1:* (UID)") == b"* 1 FETCH (UID 2)\r\nx OK FETCH done\r\n"
    assert reader.ask("UID SEARCH ALL").startswith(b"* SEARCH 2\r\n")
    other = house.client("bob")
    assert b"(MESSAGES 1 UNSEEN 1)" in other.ask(f"STATUS {INBOX} (MESSAGES UNSEEN)")
    assert b"* 1 EXISTS\r\n" in other.ask(f"SELECT {INBOX}")
    sharing.withhold(1, Privacy.OPEN)
    assert b"* 2 EXISTS\r\n" in reader.ask("NOOP")
    assert b"UID 3" in reader.ask("UID FETCH 3 (UID)")
    assert {b"* 1 EXPUNGE", b"* 2 EXISTS"} <= set(owner.ask("NOOP").split(b"\r\n"))


def test_session_when_single_messages_come_and_go_then_an_open_view_is_told(house: Any, sharing: Any) -> None:
    """(R54) The view stays open: what is in it is what others share at the moment."""
    sharing.give(Preset.READ, uid=1)
    client = house.client("bob")
    assert b"PERMANENTFLAGS (\\Answered \\Flagged \\Seen \\Draft \\*)" in client.ask(f"SELECT {VIEW}")
    idle(client)
    sharing.give(Preset.READ, uid=2)
    assert b"* 2 EXISTS\r\n" in client.read()
    sharing.take(uid=1)
    assert b"* 1 EXPUNGE\r\n" in client.read()
    client.send(b"DONE\r\n")
    client.read()
    assert b"Subject: one" in client.ask("FETCH 1 BODY[]")
    assert b"x NO [NOPERM] " in client.ask("STORE 1 +FLAGS (\\Deleted)")
    assert b"* QUOTAROOT" in client.ask(f"GETQUOTAROOT {VIEW}")


def test_session_when_another_reads_then_it_hears_of_no_message(house: Any, sharing: Any) -> None:
    """(S33)"""
    sharing.give(Preset.READ)
    owner, reader = house.client("alice"), house.client("bob")
    owner.ask("SELECT INBOX (CONDSTORE)")
    owner.ask("NOOP")
    reader.ask(f"SELECT {INBOX}")
    assert b"FLAGS (\\Seen)" in reader.ask("FETCH 1 BODY[]")
    assert owner.ask("NOOP") == b"x OK NOOP done\r\n"
    second = house.client("bob")
    assert b"(UNSEEN 1)" in second.ask(f"STATUS {INBOX} (UNSEEN)")
    assert b"(UNSEEN 2)" in owner.ask("STATUS INBOX (UNSEEN)")

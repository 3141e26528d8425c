"""Mail to groups by SMTP and LMTP: who may write, what is kept, what members get (S19)."""

import email
from typing import Any

import pytest

from coserver.accounts import accounts, group_mail
from coserver.groups import deletion, freezing, leaving, members, posting, presets
from coserver.mail import addresses, copies, held
from coserver.mail.addresses import Kind
from coserver.model.plan import Feature
from coserver.model.principal import Posting, Role, Who
from coserver.model.rights import Preset
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.smtp import policy, replies
from coserver.smtp.envelope import Role as Listener
from coserver.smtp.paths import mailbox
from coserver.store import blobs, collections, doctor, lookup

BASE = "https://mail.example.test"
MESSAGE = b"From: alice@example.test\r\nTo: team@example.test\r\nSubject: x\r\n\r\ntext\r\n"


@pytest.fixture
def team(house: Any) -> Any:
    """Alice administers the group, bob is a member; it has the address team@example.test."""

    def job(tx: Any) -> Any:
        alice, bob = accounts.find(tx, "alice"), accounts.find(tx, "bob")
        made = members.create(tx, "team", administrator=alice.id)
        members.add(tx, made.id, bob.id)
        group_mail.set_address(tx, "team")
        return made

    return house.store.write(job)


def set_posting(house: Any, team: Any, chosen: Posting) -> None:
    house.store.write(lambda tx: posting.set_(tx, team.id, chosen))


def archive(house: Any, team: Any) -> list[bytes]:
    with house.store.read() as tx:
        root = collections.root(tx, team.space, Tool.MAIL)
        return [blobs.open_(tx, item.blob).read() for item in lookup.list_(tx, root.id)]


def waiting(house: Any, team: Any) -> list[Any]:
    with house.store.read() as tx:
        return held.listed(tx, team.space)


def inboxes(house: Any, *names: str) -> list[int]:
    copies.work(house.store, base=BASE)
    return [len(house.inbox(name)) for name in names]


def post(house: Any, talk: Any, play: Any, ways: Any, message: bytes = MESSAGE, **options: Any) -> str:
    """The reply to a message for the group, of alice unless `role` says that a stranger brings it."""
    role = options.pop("role", Listener.SUBMISSION)
    to = options.pop("to", ("team@example.test",))
    sender = options.pop("sender", "alice@example.test" if role is Listener.SUBMISSION else "someone@example.net")

    async def main() -> bytes:
        client = await ways.greeted(talk, house, role)
        await client.send(f"MAIL FROM:<{sender}>\r\n".encode())
        for one in to:
            answer = await client.send(f"RCPT TO:<{one}>\r\n".encode())
            if len(to) == 1 and not answer.startswith(b"250"):
                return answer
        await client.send(b"DATA\r\n")
        return await client.send(message + b".\r\n")

    return play(main()).decode()


def test_member_when_he_writes_then_kept_once_and_each_member_has_a_copy_of_his_own(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    """S19: archive and fan-out; he who wrote gets one too."""
    assert post(house, talk, play, ways).startswith("250")
    (kept,) = archive(house, team)
    assert inboxes(house, "alice", "bob", "carol") == [1, 1, 0]
    assert doctor.check(house.store) == []
    (copy,) = house.inbox("bob")
    for data in (kept, copy):
        found = email.message_from_bytes(data)
        assert found["List-Id"] == "team <team.example.test>"
        assert found["List-Post"] == "<mailto:team@example.test>"
        assert (found["Precedence"], found["Return-Path"]) == ("list", "<alice@example.test>")
        assert (found["From"], found["Reply-To"], found["Subject"]) == ("alice@example.test", None, "x")
        assert data.endswith(MESSAGE)
    assert "List-Unsubscribe" not in email.message_from_bytes(kept)
    found = email.message_from_bytes(copy)
    assert found["List-Unsubscribe"].startswith(f"<{BASE}/lists/")  # RFC 8058 3.1
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert found["List-Unsubscribe"] != email.message_from_bytes(house.inbox("alice")[0])["List-Unsubscribe"]
    assert copies.work(house.store, base=BASE) == 0


def test_copies_when_turned_off_then_only_the_archive_has_it(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    house.store.write(
        lambda tx: group_mail.set_copies(tx, "team", accounts.find(tx, "bob").id, wanted=False, by=None)
    )  # fmt: skip
    post(house, talk, play, ways)
    assert inboxes(house, "alice", "bob") == [1, 0]
    assert len(archive(house, team)) == 1


def test_members_only_when_a_stranger_writes_then_refused_before_the_message(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    """S19: a From field proves nothing, so who is not logged in is a stranger."""
    for role in (Listener.RELAY, Listener.LMTP):
        told = post(house, talk, play, ways, role=role, sender="bob@example.test")
        assert told == (
            "550 5.7.1 Only members of this group may write to it, logged in where they send mail\r\n"
        )  # fmt: skip
    house.store.write(lambda tx: members.hand_over(tx, team.id, accounts.find(tx, "bob").id))
    house.store.write(lambda tx: leaving.remove(tx, team.id, accounts.find(tx, "alice").id))
    assert post(house, talk, play, ways).startswith("550 5.7.1 Only members")
    assert archive(house, team) == []


def test_anyone_when_a_stranger_writes_then_members_get_it(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    """S19."""
    set_posting(house, team, Posting.ANYONE)
    for role in (Listener.RELAY, Listener.LMTP):
        assert post(house, talk, play, ways, role=role).startswith("250")
    assert inboxes(house, "alice", "bob") == [2, 2]


def test_moderated_when_a_stranger_or_member_writes_then_held_and_a_manager_does_not_wait(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    """S19: what is held is nobody's before it is released, and then goes to all."""
    set_posting(house, team, Posting.MODERATED)
    assert post(house, talk, play, ways).startswith("250")
    assert (len(archive(house, team)), len(waiting(house, team))) == (1, 0)
    assert post(house, talk, play, ways, role=Listener.RELAY, sender="alice@example.test").startswith("250")
    assert (len(archive(house, team)), len(waiting(house, team))) == (1, 1)
    assert inboxes(house, "alice", "bob") == [1, 1]
    (item,) = waiting(house, team)
    house.store.write(lambda tx: group_mail.release(tx, "team", item.uid))
    assert (len(archive(house, team)), len(waiting(house, team))) == (2, 0)
    assert inboxes(house, "alice", "bob") == [2, 2]
    assert doctor.check(house.store) == []


def test_moderated_when_too_much_is_held_then_put_off(
    house: Any, team: Any, talk: Any, play: Any, ways: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "MOST", 2)
    set_posting(house, team, Posting.MODERATED)
    told = [post(house, talk, play, ways, role=Listener.RELAY)[:9] for _ in range(3)]
    assert told == ["250 2.0.0", "250 2.0.0", "452 4.2.2"]


def test_archive_when_it_has_no_room_then_nobody_gets_it(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    """What is not kept for the group is not copied, and the sender is told to come again."""

    def fill(tx: Any) -> None:
        now = usage.room(tx, team.space, Tool.MAIL)
        usage.charge(tx, team.space, Tool.MAIL, bytes=now.bytes_limit - now.bytes - 100, items=0)

    house.store.write(fill)
    assert post(house, talk, play, ways).startswith("452 4.2.2")
    assert inboxes(house, "alice", "bob") == [0, 0]
    assert archive(house, team) == []


def test_member_when_he_has_no_room_then_the_others_get_theirs(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    ways.fill(house, "alice", 10)
    assert post(house, talk, play, ways).startswith("250")
    assert inboxes(house, "alice", "bob") == [0, 1]


def test_member_when_the_same_message_goes_to_him_too_then_has_it_once(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    told = post(house, talk, play, ways, to=("team@example.test", "bob@example.test", "carol@example.test"))
    assert told.startswith("250")
    assert inboxes(house, "alice", "bob", "carol") == [1, 1, 1]
    assert b"List-Id" not in house.inbox("bob")[0]


def test_message_when_it_comes_again_then_refused_as_a_loop(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    set_posting(house, team, Posting.ANYONE)
    again = b"List-Id: Team <TEAM.example.test>\r\n" + MESSAGE
    assert post(house, talk, play, ways, again, role=Listener.RELAY).startswith("554 5.4.6")
    both = ("team@example.test", "carol@example.test")
    assert post(house, talk, play, ways, again, role=Listener.LMTP, to=both).splitlines()[0].startswith("554 5.4.6")
    assert inboxes(house, "alice", "bob", "carol") == [0, 0, 1]
    assert post(house, talk, play, ways, again, role=Listener.RELAY, to=both).startswith("250")
    (notice,) = house.outbox()  # who else was to get it got it, and the sender is told of the group
    assert (notice.message.sender, [one.recipient for one in notice.recipients]) == ("", ["someone@example.net"])


def test_message_when_of_another_list_then_bears_the_fields_of_ours_alone(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    """RFC 2369 4: fields of other lists are left out of copies."""
    set_posting(house, team, Posting.ANYONE)
    other = b"List-Id: <other.example.net>\r\nList-Unsubscribe: <mailto:x@example.net>,\r\n <https://x>\r\n" + MESSAGE
    post(house, talk, play, ways, other, role=Listener.RELAY)
    inboxes(house)
    (copy,) = house.inbox("bob")
    assert b"example.net>," not in copy
    assert b"https://x" not in copy
    assert email.message_from_bytes(copy).get_all("List-Id") == ["team <team.example.test>"]


REPORT = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"


@pytest.mark.parametrize(
    ("chosen", "role", "sender", "more", "answer"),
    [
        (Posting.ANYONE, Listener.RELAY, "x@example.net", b"Auto-Submitted: auto-replied\r\n", "250"),
        (Posting.ANYONE, Listener.RELAY, "", b"", "250"),
        (Posting.MEMBERS, Listener.RELAY, "", REPORT, "250"),
        (Posting.MEMBERS, Listener.RELAY, "", b"", "550"),
        (Posting.MEMBERS, Listener.SUBMISSION, "bob", b"Auto-Submitted: auto-replied (x)\r\n", "250"),
        (Posting.MODERATED, Listener.RELAY, "x@example.net", b"Auto-Submitted: auto-replied\r\n", "550"),
        (Posting.MODERATED, Listener.RELAY, "", REPORT, "250"),
    ],
)
def test_automatic_mail_when_it_comes_then_is_never_copied_nor_held(
    house: Any, team: Any, talk: Any, play: Any, ways: Any,
    *, chosen: Posting, role: Listener, sender: str, more: bytes, answer: str,
) -> None:  # fmt: skip
    """RFC 3834 4: an answer of a program to a list reaches no member; a report on mail sent in its name is kept."""
    set_posting(house, team, chosen)
    options = {} if role is Listener.SUBMISSION else {"sender": sender}
    told = post(house, talk, play, ways, more + MESSAGE, role=role, **options)
    assert told.startswith(answer), told
    assert len(archive(house, team)) == (answer == "250")
    assert waiting(house, team) == []
    assert inboxes(house, "alice", "bob") == [0, 0]


def test_group_when_deleted_or_frozen_then_says_so(house: Any, team: Any, talk: Any, play: Any, ways: Any) -> None:
    """S32, S3: a deleted group is unknown, as are people that never were; a frozen one takes nothing for now."""
    house.store.write(lambda tx: freezing.freeze(tx, team.id))
    assert post(house, talk, play, ways).startswith("450 4.2.1 This group can only be read for now")
    house.store.write(lambda tx: deletion.delete_(tx, team.id))
    assert post(house, talk, play, ways) == "550 5.1.1 There is no such address here\r\n"
    assert post(house, talk, play, ways, to=("nobody@example.test",)) == "550 5.1.1 There is no such address here\r\n"


def test_group_when_deleted_between_rcpt_and_the_message_then_refused_for_good(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    async def main() -> bytes:
        client = await ways.greeted(talk, house, Listener.SUBMISSION)
        await client.send(b"MAIL FROM:<alice@example.test>\r\n")
        assert (await client.send(b"RCPT TO:<team@example.test>\r\n")).startswith(b"250")
        await client.send(b"DATA\r\n")
        house.store.write(lambda tx: deletion.delete_(tx, team.id))
        return await client.send(MESSAGE + b".\r\n")

    assert play(main()).startswith(b"550 5.1.1")


def test_message_when_it_is_large_then_copies_share_the_bytes_of_the_archive(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    """From 8 MiB on a message lies on the disk once, whoever has it; its copies bear no link of their own."""
    lines = b"0123456789abcdef" * 60 + b"\r\n"
    assert post(house, talk, play, ways, MESSAGE + lines * 9000).startswith("250")
    assert inboxes(house, "alice", "bob") == [1, 1]
    assert house.inbox("bob") == archive(house, team)
    assert house.spooled() == []
    files = [path for path in (house.store.files.folder / "files").rglob("*") if path.is_file()]
    assert len(files) == 3
    assert len({path.stat().st_ino for path in files}) == 1


def test_member_when_he_may_post_then_writes_in_the_name_of_the_group(
    house: Any, team: Any, talk: Any, play: Any, ways: Any
) -> None:
    """S19: a shared address; who only reads its mail does not speak for it."""

    def asked(name: str) -> Any:
        with house.store.read() as tx:
            found = accounts.find(tx, name)
            who = Who(found.id, found.login, Feature.SMTP, found.epoch)
            head = b"From: team@example.test\r\n\r\n"
            return policy.sender(tx, who, mailbox("team@example.test")) or policy.author(tx, who, head)

    assert asked("alice") is None
    assert asked("bob") == asked("carol") == replies.SENDER_NOT_YOURS
    with house.store.read() as tx:
        bob = accounts.find(tx, "bob").id
    house.store.write(lambda tx: presets.give(tx, team.id, bob, tool=Tool.MAIL, preset=Preset.CONTRIBUTE))
    assert asked("bob") is None
    house.store.write(lambda tx: members.set_role(tx, team.id, bob, role=Role.COADMINISTRATOR))
    house.store.write(lambda tx: deletion.delete_(tx, team.id))
    assert asked("bob") == replies.SENDER_NOT_YOURS


def test_sender_when_the_address_is_a_catch_all_then_may_not_write_under_names_nobody_has(house: Any) -> None:
    """Mail that a catch-all gets was meant for somebody else: it gives no name to write under (R26)."""

    def job(tx: Any) -> Who:
        found = accounts.find(tx, "bob")
        addresses.add(tx, found.id, "", "example.test", kind=Kind.CATCH_ALL)
        addresses.add(tx, found.id, "left", "example.test", kind=Kind.FORWARD)
        return Who(found.id, found.login, Feature.SMTP, found.epoch)

    who = house.store.write(job)
    with house.store.read() as tx:
        for name in ("whoever", "left"):
            assert addresses.resolve(tx, name, "example.test") == who.account
            assert policy.sender(tx, who, mailbox(f"{name}@example.test")) == replies.SENDER_NOT_YOURS

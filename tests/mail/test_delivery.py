import pytest

from coserver.mail import delivery, mailboxes, rows
from coserver.mail.prepared import prepare
from coserver.mail.rows import EVERY, Column
from coserver.model.errors import Missing, NoRoom
from coserver.model.ids import PrincipalId

MESSAGE = b"Return-Path: <carol@example.test>\r\nSubject: hello\r\n\r\nbody\r\n"


def deliver(house, *accounts, data: bytes = MESSAGE):
    prepared = prepare(house.store.stage(data))
    return house.store.write(lambda tx: delivery.deliver(tx, accounts, prepared, envelope_sender="carol@example.test"))


def test_deliver_when_there_are_several_then_each_has_it_once_in_his_own_space(house, alice, bob) -> None:
    done = deliver(house, alice, bob, alice)
    assert [one.account for one in done] == [alice, bob, alice]
    assert all(one.refusal is None and one.item is not None for one in done)
    assert done[0].item == done[2].item
    for account in (alice, bob):
        with house.store.read() as tx:
            ((uid, stamp, flags, blob),) = rows.rows(
                tx, house.sight(account), EVERY, (Column.STAMP, Column.FLAGS, Column.BLOB)
            )
            assert rows.bodies(tx, [blob])[blob].read() == MESSAGE
        assert (uid, stamp, flags) == (1, int(house.store.clock.now() * 1000), 0)
        assert house.mailbox(account).unseen == 1


def test_deliver_when_one_has_no_room_then_the_others_still_get_it(house, alice) -> None:
    carol = house.account("carol", "tiny")
    refused, kept = deliver(house, carol, alice, data=MESSAGE + b"x" * 1000)
    assert refused.item is None
    assert isinstance(refused.refusal, NoRoom)
    assert kept.item is not None
    assert house.mailbox(carol).items == 0


def test_deliver_when_an_account_is_gone_then_says_so_for_it_alone(house, alice) -> None:
    gone, kept = deliver(house, PrincipalId(999), alice)
    assert isinstance(gone.refusal, Missing)
    assert kept.item is not None


def test_deliver_when_the_message_is_large_then_each_space_has_its_bytes(house, alice, bob) -> None:
    data = MESSAGE + b"line\r\n" * 1_600_000
    incoming = house.store.incoming()
    incoming.write(data)
    prepared = prepare(incoming.finish())
    house.store.write(lambda tx: delivery.deliver(tx, [alice, bob], prepared))
    for account in (alice, bob):
        with house.store.read() as tx:
            ((_, blob, size),) = rows.rows(tx, house.sight(account), EVERY, (Column.BLOB, Column.SIZE))
            body = rows.bodies(tx, [blob])[blob]
        assert body.size == size == len(data)
        assert body.sound()
    assert not list(house.store.files.spool.iterdir())


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
def test_has_room_when_asked_before_the_message_then_counts_bytes(house, size: int, fits: bool) -> None:
    carol = house.account("carol", "tiny")
    with house.store.read() as tx:
        assert delivery.has_room(tx, carol, size) is fits


def test_has_room_when_the_items_are_used_up_then_not(house) -> None:
    carol = house.account("carol", "tiny")
    for _ in range(3):
        deliver(house, carol, data=b"\r\n")
    with house.store.read() as tx:
        assert delivery.has_room(tx, carol, 1) is False


def test_deliver_when_inbox_was_emptied_by_rename_then_inbox_is_still_where_mail_arrives(house, alice) -> None:
    deliver(house, alice)
    house.store.write(lambda tx: mailboxes.rename(tx, alice, "INBOX", to="Old"))
    deliver(house, alice)
    assert (house.mailbox(alice).items, house.mailbox(alice, "Old").items) == (1, 1)

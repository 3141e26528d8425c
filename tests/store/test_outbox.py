"""The outbox: leases that run out, states that settle, bytes that go with the last recipient."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import insert, select

from coserver.model.errors import Missing
from coserver.model.ids import SpaceId
from coserver.store import outbox, spaces
from coserver.store.engine import Store
from coserver.store.outbox import DUE, FAILED, Addressee, Errand, Outgoing
from coserver.store.schema import store as schema
from coserver.store.schema.groups import principal
from coserver.store.tx import Tx
from tests.clock import OwnClock

T = TypeVar("T")
MINUTE = 60_000


class Box:
    """An outbox on a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.clock = OwnClock()
        self.store = Store.open(folder, clock=self.clock)
        self.space = self.write(_space)

    def write(self, job: Callable[[Tx], T]) -> T:
        return self.store.write(job)

    def add(
        self,
        *recipients: str,
        held: bool = False,
        data: bytes = b"Subject: x\r\n\r\n",
        sender: str = "alice@example.test",
    ) -> int:
        staged = self.store.stage(data)
        outgoing = Outgoing(self.space, staged, sender, "E1", "HDRS", smtputf8=False, expires=self.now + 60 * MINUTE)
        found = [Addressee(one, one.partition("@")[2], "", "") for one in recipients]
        return self.write(lambda tx: outbox.add(tx, outgoing, found, held=held))

    def lease(self, most: int = 100, minutes: int = 30, **options: Any) -> list[Errand]:
        until = self.now + minutes * MINUTE
        return self.write(lambda tx: outbox.lease(tx, until=until, most=most, **options))

    def settle(self, errand: Errand, state: str, minutes: int = 0) -> None:
        def job(tx: Tx) -> None:
            for one in errand.recipients:
                outbox.settle(tx, one, state=state, next_at=tx.now + minutes * MINUTE, delayed=False, reply="450 later")

        self.write(job)

    @property
    def now(self) -> int:
        return int(self.clock.seconds * 1000)

    def blobs(self) -> int:
        with self.store.read() as tx:
            return len(tx.execute(select(schema.blob.c.id)).all())

    def count(self) -> dict[str, int]:
        with self.store.read() as tx:
            return outbox.count(tx)

    def next_at(self) -> int | None:
        with self.store.read() as tx:
            return outbox.next_at(tx)


def _space(tx: Tx) -> SpaceId:
    row = insert(principal).values(kind="account", created=tx.now).returning(principal.c.id)
    return spaces.add(tx, tx.execute(row).scalar_one()).id


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path / "data")
    yield made
    made.store.close()


def test_lease_when_mail_is_due_then_groups_it_by_domain_and_takes_it_once(box: Box) -> None:
    number = box.add("a@one.test", "b@two.test", "c@one.test")
    errands = box.lease()
    assert [(one.domain, [each.recipient for each in one.recipients]) for one in errands] == [
        ("one.test", ["a@one.test", "c@one.test"]),
        ("two.test", ["b@two.test"]),
    ]
    message = errands[0].message
    assert (message.id, message.sender, message.envelope_id, message.ret) == (
        number,
        "alice@example.test",
        "E1",
        "HDRS",
    )
    assert [each.attempts for each in errands[0].recipients] == [1, 1]
    assert box.lease() == []


def test_lease_when_it_runs_out_then_the_recipient_is_due_again(box: Box) -> None:
    box.add("a@one.test")
    box.lease(minutes=30)
    assert box.next_at() == box.now + 30 * MINUTE
    box.clock.seconds += 30 * 60
    (errand,) = box.lease()
    assert errand.recipients[0].attempts == 2


def test_lease_when_a_domain_is_busy_then_takes_of_it_what_is_allowed_and_the_others(box: Box) -> None:
    for _ in range(4):
        box.add("a@one.test")
    box.add("b@two.test")
    assert [one.domain for one in box.lease(a_domain=3, busy={"one.test": 3})] == ["two.test"]
    assert [one.domain for one in box.lease(a_domain=3, busy={"one.test": 1})] == ["one.test"] * 2
    assert [one.domain for one in box.lease()] == ["one.test"] * 2


def test_lease_when_a_message_has_very_many_recipients_then_a_hundred_go_together(box: Box) -> None:
    box.add(*(f"{number}@one.test" for number in range(250)))
    sizes = [len(box.lease(most=5)[0].recipients) for _ in range(3)]
    assert sizes == [100, 100, 50]


def test_lease_when_there_is_more_than_asked_for_then_takes_the_longest_due(box: Box) -> None:
    box.add("a@one.test")
    box.clock.seconds += 1
    box.add("b@two.test")
    assert [one.domain for one in box.lease(most=1)] == ["one.test"]


def test_add_when_held_then_waits_until_it_is_let_go(box: Box) -> None:
    box.add("a@one.test", held=True)
    assert box.lease() == []
    assert box.next_at() is None
    assert box.count() == {"held": 1}
    assert box.write(outbox.let_go) == 1
    assert len(box.lease()) == 1


def test_add_when_it_is_due_then_who_sends_is_told_and_when_held_nobody_is(box: Box) -> None:
    """Letters of commands waited for the next look at the outbox, up to a minute."""
    told: list[bool] = []
    box.store.subscribe(lambda notice: told.append(notice.outgoing))
    box.add("a@one.test", held=True)
    assert told == []
    box.add("a@one.test")
    assert told == [True]


def test_settle_when_it_is_to_be_tried_again_then_is_due_at_that_time(box: Box) -> None:
    box.add("a@one.test")
    (errand,) = box.lease()
    box.settle(errand, DUE, minutes=15)
    assert box.next_at() == box.now + 15 * MINUTE
    assert box.lease() == []
    box.clock.seconds += 15 * 60
    (again,) = box.lease()
    assert (again.recipients[0].attempts, again.recipients[0].last_reply) == (2, "450 later")


def test_failed_when_recipients_failed_then_gives_them_by_message(box: Box) -> None:
    box.add("a@one.test", "b@two.test", "c@three.test")
    one, two, _ = box.lease()
    box.settle(one, FAILED)
    box.settle(two, FAILED)
    with box.store.read() as tx:
        (errand,) = outbox.failed(tx, most=10)
    assert [each.recipient for each in errand.recipients] == ["a@one.test", "b@two.test"]
    ids = [each.id for each in errand.recipients]
    box.write(lambda tx: outbox.postpone(tx, ids, next_at=tx.now + MINUTE))
    with box.store.read() as tx:
        assert outbox.failed(tx, most=10) == []


def test_remove_when_the_last_recipient_goes_then_message_and_bytes_go(box: Box) -> None:
    box.add("a@one.test", "b@two.test")
    one, two = box.lease()
    for errand, left in ((one, 1), (two, 0)):
        ids = [each.id for each in errand.recipients]
        box.write(lambda tx, errand=errand, ids=ids: outbox.remove(tx, errand.message, ids))
        assert box.blobs() == left
    assert box.count() == {}


def test_remove_when_the_same_bytes_are_queued_twice_then_they_stay_for_the_other(box: Box) -> None:
    box.add("a@one.test")
    box.add("a@one.test")
    first, second = box.lease()
    box.write(lambda tx: outbox.remove(tx, first.message, [first.recipients[0].id]))
    assert box.blobs() == 1
    box.write(lambda tx: outbox.remove(tx, second.message, [second.recipients[0].id]))
    assert box.blobs() == 0


def test_store_when_opened_again_then_the_outbox_is_as_it_was(box: Box, tmp_path: Path) -> None:
    box.add("a@one.test")
    box.lease()
    box.store.close()
    box.store = Store.open(tmp_path / "data", clock=box.clock)
    assert box.count() == {"leased": 1}
    box.clock.seconds += 30 * 60
    assert len(box.lease()) == 1


def test_withdraw_when_an_account_is_erased_then_what_the_house_wrote_to_it_goes_and_other_mail_stays(box: Box) -> None:
    """S24: letters of the house have no sender."""
    for sender in ("", "alice@example.test"):
        box.add("erin@elsewhere.test", data=b"Subject: " + sender.encode() + b"\r\n\r\n", sender=sender)
    box.add("erin@elsewhere.test", "dave@elsewhere.test", data=b"Subject: both\r\n\r\n", sender="", held=True)
    box.write(lambda tx: outbox.withdraw(tx, "erin@elsewhere.test"))
    with box.store.read() as tx:
        left = tx.execute(select(schema.outbox_recipient.c.recipient).order_by(schema.outbox_recipient.c.id)).scalars()
        assert list(left) == ["erin@elsewhere.test", "dave@elsewhere.test"]
        assert len(tx.execute(select(schema.blob)).all()) == 2


def test_recipient_when_hurried_or_given_up_then_tried_now_or_given_back(box: Box) -> None:
    box.add("one@elsewhere.test", "two@elsewhere.test")
    (errand,) = box.lease()
    with box.store.read() as tx:
        found, whole = outbox.some(tx, skip=0, most=1)
    assert (len(found), whole, found[0].state, found[0].attempts) == (1, 2, outbox.LEASED, 1)
    for deed in (outbox.hurry, outbox.give_up):
        with pytest.raises(Missing):  # it is being tried
            box.write(lambda tx, deed=deed: deed(tx, found[0].id))
    box.settle(errand, DUE, minutes=60)
    assert box.lease() == []
    one, two = (each.id for each in errand.recipients)
    box.write(lambda tx: outbox.hurry(tx, one))
    assert [each.id for again in box.lease() for each in again.recipients] == [one]
    box.write(lambda tx: outbox.give_up(tx, two))
    with box.store.read() as tx:
        assert [each.recipients[0].id for each in outbox.failed(tx, most=9)] == [two]
        assert outbox.some(tx, skip=5, most=5) == ([], 2)

"""Copies of mail to groups: in steps, to everybody once, whatever comes between."""

from pathlib import Path

import pytest

from coserver.accounts import group_mail
from coserver.accounts.opening import open_store
from coserver.auth import standing
from coserver.groups import deletion, leaving, posting, rights
from coserver.mail import copies, delivery, mailboxes, rows, sights
from coserver.mail.delivery import Fate, Post
from coserver.mail.prepared import prepare
from coserver.mail.rows import EVERY, Column
from coserver.model.errors import Missing
from coserver.model.principal import State
from coserver.model.rights import Right
from coserver.model.space import Tool
from coserver.quota import usage
from coserver.store import blobs, collections, copying, doctor, items, lookup
from coserver.store.files import PACK_LIMIT

BASE = "https://mail.example.test"
TEXT = b"Return-Path: <>\r\nList-Id: team <team.example.test>\r\nSubject: x\r\n\r\ntext\r\n"


class Team:
    """A group of members on a store, and mail to it."""

    def __init__(self, estate, size: int) -> None:
        self.estate = estate
        first = estate.account("m000", "demo")
        self.people = [first, *(estate.account(f"m{number:03d}", "small") for number in range(1, size))]
        self.group = estate.group("team", first, *self.people[1:])
        estate.store.write(lambda tx: group_mail.set_address(tx, "team"))

    def post(self, data: bytes = TEXT, **options) -> None:
        prepared = prepare(self.estate.store.stage(data))
        made = {self.group.id: Post(prepared, Fate.COPIED)}
        self.estate.store.write(lambda tx: delivery.deliver(tx, [self.group.id], prepared, posts=made))

    def step(self) -> bool:
        return copies.step(self.estate.store, base=BASE)

    def inboxes(self) -> list[int]:
        with self.estate.store.read() as tx:
            return [mailboxes.inbox(tx, each.id).items for each in self.people]

    def read(self, number: int) -> tuple[bytes, bytes, int]:
        """The latest copy of a member: envelope, bytes, and its uid."""
        account = self.people[number].id
        with self.estate.store.read() as tx:
            sight = sights.of(tx, account, mailboxes.inbox(tx, account))
            uid, envelope, blob = rows.rows(tx, sight, EVERY, (Column.ENVELOPE, Column.BLOB))[-1]
            return envelope, rows.bodies(tx, [blob])[blob].read(), uid


@pytest.fixture
def team(estate) -> Team:
    return Team(estate, 5)


def test_step_when_there_are_many_members_then_some_at_a_time_and_each_once(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_AT_ONCE", 2)
    team.post()
    seen = []
    while team.step():
        seen.append(sum(team.inboxes()))
    assert seen == [2, 4, 5]
    assert team.inboxes() == [1] * 5
    assert doctor.check(team.estate.store) == []


def test_step_when_two_work_at_a_time_then_nobody_gets_two(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a crash before the answer: what was planned and is done already is not done again."""
    monkeypatch.setattr(copies, "_AT_ONCE", 2)
    team.post()
    store = team.estate.store
    with store.read() as tx:
        errand = copying.first(tx)
        planned = copies._planned(tx, errand, BASE)
    assert team.step()
    store.write(lambda tx: copies._do(tx, errand, planned))
    assert team.inboxes() == [1, 1, 0, 0, 0]
    assert copies.work(store, base=BASE) == 2
    assert team.inboxes() == [1] * 5


def test_step_when_the_store_was_closed_in_between_then_goes_on_where_it_was(
    team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(copies, "_AT_ONCE", 2)
    team.post()
    team.step()
    team.estate.store.close()
    team.estate.store = open_store(tmp_path / "data", clock=team.estate.clock)
    copies.work(team.estate.store, base=BASE)
    assert team.inboxes() == [1] * 5


def test_step_when_members_change_meanwhile_then_who_left_or_wants_none_or_is_suspended_gets_none(team: Team) -> None:
    store, (_, left, off, suspended, stays) = team.estate.store, team.people
    team.post()

    def job(tx) -> None:
        leaving.remove(tx, team.group.id, left.id)
        posting.set_copies(tx, team.group.id, off.id, wanted=False)
        standing.set_state(tx, suspended.id, State.SUSPENDED)

    with store.read() as tx:
        errand = copying.first(tx)
        planned = copies._planned(tx, errand, BASE)
    store.write(job)
    store.write(lambda tx: copies._do(tx, errand, planned))
    assert team.inboxes() == [1, 0, 0, 0, 1]
    assert not team.step()
    assert stays.id == team.people[-1].id


def test_step_when_a_member_has_no_room_then_the_others_get_theirs(team: Team) -> None:
    big = TEXT + b"x" * 600_000 + b"\r\n"
    for _ in range(2):  # the plan `small` has room for one
        team.post(big)
    copies.work(team.estate.store, base=BASE)
    assert team.inboxes() == [2, 1, 1, 1, 1]


def test_step_when_the_bytes_of_a_message_are_lost_then_mail_after_it_is_copied(team: Team) -> None:
    """A disk that lost one large file must not keep every group from its mail for ever."""
    incoming = team.estate.store.incoming()
    incoming.write(TEXT + b"x" * PACK_LIMIT + b"\r\n")
    prepared = prepare(incoming.finish())
    made = {team.group.id: Post(prepared, Fate.COPIED)}
    team.estate.store.write(lambda tx: delivery.deliver(tx, [team.group.id], prepared, posts=made))
    with team.estate.store.read() as tx:
        lost = blobs.staged(tx, copying.first(tx).blob).path
    assert lost is not None
    lost.unlink()
    team.post()
    copies.work(team.estate.store, base=BASE)
    assert team.inboxes() == [1] * 5
    assert team.read(1)[1].endswith(b"text\r\n")


def test_step_when_bytes_are_moved_while_they_are_read_then_it_is_tried_again(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compaction may take a segment away from under a snapshot: nobody's copy is lost by that."""
    team.post()
    staged = blobs.staged

    def moved(*_: object) -> None:
        monkeypatch.setattr(blobs, "staged", staged)
        raise Missing("It was removed a moment ago.")

    monkeypatch.setattr(blobs, "staged", moved)
    copies.work(team.estate.store, base=BASE)
    assert team.inboxes() == [1] * 5


def test_step_when_messages_are_long_then_fewer_at_a_time(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one step writes is bounded."""
    monkeypatch.setattr(copies, "_BYTES", 2000)
    team.post(TEXT + b"x" * 900 + b"\r\n")
    team.step()
    assert sum(team.inboxes()) == 2
    team.post(TEXT + b"x" * 5000 + b"\r\n")
    copies.work(team.estate.store, base=BASE)
    assert team.inboxes() == [2] * 5


def test_copy_when_it_is_read_then_its_rendering_is_that_of_its_bytes(team: Team) -> None:
    team.post()
    copies.work(team.estate.store, base=BASE)
    envelope, data, uid = team.read(1)
    assert uid == 1
    assert data.startswith(b"Return-Path: <>\r\nList-Help: <https://mail.example.test/lists/")
    assert prepare(team.estate.store.stage(data)).envelope == envelope
    assert data.endswith(TEXT[TEXT.index(b"List-Id") :])
    assert team.read(2)[1] != data


def test_step_when_the_group_was_deleted_then_ends(team: Team) -> None:
    team.post()
    team.estate.store.write(lambda tx: deletion.delete_(tx, team.group.id))
    assert copies.work(team.estate.store, base=BASE) == 1
    assert sum(team.inboxes()) == 0


def test_step_when_the_group_was_erased_then_nothing_is_left_to_do(team: Team) -> None:
    team.post()
    team.estate.store.write(lambda tx: deletion.erase(tx, team.group.id))
    assert not team.step()
    assert doctor.check(team.estate.store) == []


def test_step_when_the_message_is_deleted_from_the_archive_at_once_then_members_get_theirs(team: Team) -> None:
    team.post()

    def job(tx) -> None:
        archive = collections.root(tx, team.group.space, Tool.MAIL)
        found = lookup.list_(tx, archive.id)
        charge = usage.charge(tx, archive.space, Tool.MAIL, bytes=-found[0].size, items=-1)
        items.remove(tx, archive, found, grant=rights.house(tx, archive, Right.DELETE_ANY), charge=charge)

    team.estate.store.write(job)
    copies.work(team.estate.store, base=BASE)
    assert team.inboxes() == [1] * 5
    assert doctor.check(team.estate.store) == []

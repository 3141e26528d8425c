"""The worker that has mail to groups copied: woken by a delivery, or looking for what was left."""

import asyncio
from typing import Any

import pytest

from coserver.accounts import accounts, group_mail
from coserver.groups import members
from coserver.mail import copies, delivery
from coserver.mail.delivery import Fate, Post
from coserver.mail.prepared import prepare
from coserver.model.errors import Busy
from coserver.smtp import copier
from coserver.smtp.copier import Copier


@pytest.fixture
def team(house: Any) -> Any:
    def job(tx: Any) -> Any:
        made = members.create(tx, "team", administrator=accounts.find(tx, "alice").id)
        members.add(tx, made.id, accounts.find(tx, "bob").id)
        group_mail.set_address(tx, "team")
        return made

    return house.store.write(job)


def post(house: Any, team: Any, text: bytes = b"Subject: x\r\n\r\ntext\r\n") -> None:
    prepared = prepare(house.store.stage(text))
    posts = {team.id: Post(prepared, Fate.COPIED)}
    house.store.write(lambda tx: delivery.deliver(tx, [team.id], prepared, posts=posts))


async def until(house: Any, count: int) -> None:
    for _ in range(1000):
        if len(house.inbox("bob")) == count:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"bob has {len(house.inbox('bob'))} copies, not {count}")


def test_copier_when_woken_then_copies_and_at_its_start_what_was_left(house: Any, team: Any, play: Any) -> None:
    """What was acknowledged before a crash is copied after it."""
    post(house, team)

    async def main() -> None:
        worker = Copier(house.kit)
        worker.wake()  # before its start: no harm
        worker.start()
        await until(house, 1)
        post(house, team)
        worker.wake()
        await until(house, 2)
        await worker.stop()
        worker.wake()

    play(main())


def test_copier_when_nobody_wakes_it_then_looks_by_itself(
    house: Any, team: Any, play: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copier, "LOOK_SECONDS", 0.01)

    async def main() -> None:
        worker = Copier(house.kit)
        worker.start()
        await asyncio.sleep(0)
        post(house, team)
        await until(house, 1)
        await worker.stop()

    play(main())


@pytest.mark.parametrize("error", [Busy("full"), RuntimeError("ours")])
def test_copier_when_a_step_fails_then_goes_on_later(
    house: Any, team: Any, play: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(copier, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(copier, "_FAULT_SECONDS", 0.01)
    true, failing = copies.step, [error]

    def step(*args: Any, **words: Any) -> bool:
        if failing:
            raise failing.pop()
        return true(*args, **words)

    monkeypatch.setattr(copies, "step", step)
    post(house, team)

    async def main() -> None:
        worker = Copier(house.kit)
        worker.start()
        await until(house, 1)
        await worker.stop()

    play(main())

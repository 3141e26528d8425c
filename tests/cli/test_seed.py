"""Filling a store for the demo."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coserver.accounts import accounts
from coserver.accounts.many import Row
from coserver.cli import seed
from coserver.clock import SystemClock
from coserver.groups import leaving, members
from coserver.mail import addresses
from coserver.model.errors import Malformed
from coserver.quota import plans
from coserver.store.engine import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "data", clock=SystemClock())
    yield store
    store.close()


def fill(store: Store, rows: list[Row]) -> int:
    steps: list[int] = []
    seed.fill(store, rows, threads=2, progress=steps.append)
    return sum(steps)


def test_people_are_those_of_the_demo_and_of_the_file_with_full_logins() -> None:
    logins = [row.login for row in seed.people([Row("Desk", "x"), Row("office@example.test", "y")])]
    assert logins[-2:] == ["desk@example.test", "office@example.test"]
    assert logins[:4] == [f"{name}@example.test" for name in ("alice", "bob", "carol", "dave")]


def test_fill_makes_what_the_contract_says(store: Store) -> None:
    assert fill(store, seed.people([])) == 4
    with store.read() as tx:
        team = members.find(tx, "team")
        alice = accounts.find(tx, "alice")
        assert team.administrator == alice.id
        assert [one.login for one in members.members(tx, team.id)] == [row.login for row in seed.PEOPLE[:3]]
        assert addresses.resolve(tx, "postmaster", "example.test") == alice.id
        assert {plan.code for plan in plans.listed(tx)} == {"demo", "small", "big"}
        assert {accounts.find(tx, row.login).plan for row in seed.PEOPLE} == {"demo"}


def test_fill_a_second_time_keeps_what_was_done_since(store: Store) -> None:
    fill(store, seed.people([]))

    def part(tx: object) -> None:
        team = members.find(tx, "team")
        leaving.remove(tx, team.id, accounts.find(tx, "bob").id)

    store.write(part)
    assert fill(store, seed.people([Row("desk", "x", "small", ("team",))])) == 5
    with store.read() as tx:
        logins = {one.login for one in members.members(tx, members.find(tx, "team").id)}
        assert logins == {"alice@example.test", "carol@example.test", "desk@example.test"}
        assert accounts.find(tx, "desk").plan == "small"


def test_fill_with_an_account_that_cannot_be_names_it(store: Store) -> None:
    with pytest.raises(Malformed, match=r"desk@example\.test cannot be made: .*plan"):
        fill(store, seed.people([Row("desk", "x", "no-such-plan")]))

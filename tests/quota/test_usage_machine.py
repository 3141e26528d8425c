"""Random charges, reservations, plan changes and time against a short model of the rules of room.

The model keeps plain numbers and shares no code with what it judges: the limits stand here, too.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from coserver.accounts import accounts
from coserver.accounts.opening import open_store
from coserver.groups import members
from coserver.model.errors import NoRoom
from coserver.model.plan import Occasion
from coserver.model.space import Tool
from coserver.quota import reservations, subscriptions, usage
from tests.clock import OwnClock

LIMITS = {"demo": 10**9, "small": 10**6, "big": 10**12}  # bytes of every tool
ITEMS = {"demo": 10**6, "small": 1_000, "big": 10**8}
DAY = 86_400
MARGIN_BYTES, MARGIN_ITEMS = 100_000, 20
GRACE_BYTES, GRACE_ITEMS = 50_000_000, 1000
sizes = st.one_of(st.integers(1, 1_200_000), st.sampled_from([1, 500_000, 999_999, 1_000_000, 1_000_001]))
spaces_ = st.sampled_from(["alice", "bob", "team"])
tools = st.sampled_from([Tool.MAIL, Tool.DOCUMENTS])


class Room:
    """What the model knows of one tool of one space."""

    def __init__(self) -> None:
        self.bytes = self.items = 0
        self.since: float | None = None  # over-limit by a change of plan
        self.over = (0, 0)  # with so many bytes and items
        self.reserved: dict[Any, tuple[int, float]] = {}


class Rooms(RuleBasedStateMachine):
    """Two accounts and a group of the first, on a store of their own."""

    template: Path

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copytree(self.template, self.folder / "data")
        self.clock = OwnClock()
        self.store = open_store(self.folder / "data", clock=self.clock)
        self.people = {
            name: self.store.write(lambda tx, name=name: accounts.add(tx, accounts.New(name, "none", "demo")))
            for name in ("alice", "bob")
        }
        self.group = self.store.write(lambda tx: members.create(tx, "team", administrator=self.people["alice"].id))
        self.store.write(lambda tx: members.add(tx, self.group.id, self.people["bob"].id))
        self.spaces = {name: account.space for name, account in self.people.items()} | {"team": self.group.space}
        self.plans = {"alice": "demo", "bob": "demo"}
        self.payer = "alice"
        self.rooms = {(name, tool): Room() for name in self.spaces for tool in (Tool.MAIL, Tool.DOCUMENTS)}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    # ------------------------------------------------------------ deeds

    @rule(name=spaces_, tool=tools, size=sizes, count=st.integers(0, 400), occasion=st.sampled_from(Occasion))
    def add(self, name: str, tool: Tool, size: int, count: int, occasion: Occasion) -> None:
        room, (limit, most) = self.rooms[name, tool], self._limits(name)
        in_grace = occasion is not Occasion.ADDED and self._in_grace(name, tool)
        letter = occasion is Occasion.LETTER
        most_bytes, most_items = limit + MARGIN_BYTES * letter, most + MARGIN_ITEMS * letter
        if in_grace:
            most_bytes = max(most_bytes, room.over[0] + max(limit // 10, GRACE_BYTES))
            most_items = max(most_items, room.over[1] + max(most // 10, GRACE_ITEMS))
        fits = room.bytes + self._reserved(room) + size <= most_bytes
        fits = fits and (not count or room.items + count <= most_items)
        try:
            self._charge(name, tool, size, count, occasion)
        except NoRoom:
            assert not fits
        else:
            assert fits
            room.bytes, room.items = room.bytes + size, room.items + count

    @rule(name=spaces_, tool=tools, size=sizes, count=st.integers(0, 400))
    def give_back(self, name: str, tool: Tool, size: int, count: int) -> None:
        room = self.rooms[name, tool]
        size, count = min(size, room.bytes), min(count, room.items)
        self._charge(name, tool, -size, -count, Occasion.ADDED)  # never refused (S1)
        room.bytes, room.items = room.bytes - size, room.items - count
        self._within(name)

    @rule(name=spaces_, tool=tools, size=sizes)
    def reserve(self, name: str, tool: Tool, size: int) -> None:
        room = self.rooms[name, tool]
        fits = room.bytes + self._reserved(room) + size <= self._limits(name)[0]
        try:
            held = self.store.write(lambda tx: reservations.reserve(tx, self.spaces[name], tool, bytes=size))
        except NoRoom:
            assert not fits
        else:
            assert fits
            room.reserved[held] = (size, self.clock.seconds + 3600)

    @rule(name=spaces_, tool=tools, data=st.data())
    def end_upload(self, name: str, tool: Tool, data: Any) -> None:
        """An upload is kept, with fewer bytes than were announced or as many, or given up."""
        room = self.rooms[name, tool]
        if not room.reserved:
            return
        held = data.draw(st.sampled_from(list(room.reserved)))
        size, until = room.reserved.pop(held)
        came = data.draw(st.integers(0, size))
        kept = room.bytes + self._reserved(room) + came <= self._limits(name)[0] and came > 0

        def job(tx: Any) -> None:
            reservations.release(tx, held)
            if came:
                usage.charge(tx, self.spaces[name], tool, bytes=came, items=0)

        try:
            self.store.write(job)
        except NoRoom:
            assert not kept
            room.reserved[held] = (size, until)  # rolled back: held on
        else:
            assert kept or not came
            room.bytes += came

    @rule(name=st.sampled_from(["alice", "bob"]), code=st.sampled_from(list(LIMITS)))
    def change_plan(self, name: str, code: str) -> None:
        self.store.write(lambda tx: subscriptions.subscribe(tx, self.people[name].id, code))
        self.plans[name] = code
        self._replanned(name)

    @rule()
    def hand_over(self) -> None:
        heir = "bob" if self.payer == "alice" else "alice"
        self.store.write(lambda tx: members.hand_over(tx, self.group.id, self.people[heir].id))
        self.payer = heir
        self._replanned(heir)

    @rule(seconds=st.sampled_from([1, 1800, 3600, 3 * DAY, 7 * DAY, 30 * DAY]))
    def time_passes(self, seconds: int) -> None:
        self.clock.seconds += seconds

    @rule()
    def sweep(self) -> None:
        self.store.write(reservations.sweep)

    @rule()
    def crash(self) -> None:
        """The process ends and another begins: nothing is on its way any more."""
        self.store.close()
        self.store = open_store(self.folder / "data", clock=self.clock)
        for room in self.rooms.values():
            room.reserved.clear()

    # ------------------------------------------------------------ what always holds

    @invariant()
    def figures_are_those_of_the_model(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.read() as tx:
            for (name, tool), room in self.rooms.items():
                held = usage.room(tx, self.spaces[name], tool)
                assert (held.bytes, held.items, held.reserved) == (room.bytes, room.items, self._reserved(room))
                assert (held.bytes_limit, held.items_limit) == self._limits(name)
                assert held.over_since == (0 if room.since is None else int(room.since * 1000))
                if room.since is None:  # else a change of plan left it above
                    assert held.bytes <= held.bytes_limit + MARGIN_BYTES
                    assert held.items <= held.items_limit + MARGIN_ITEMS

    # ------------------------------------------------------------ the model

    def _charge(self, name: str, tool: Tool, size: int, count: int, occasion: Occasion) -> None:
        where = self.spaces[name]
        self.store.write(lambda tx: usage.charge(tx, where, tool, bytes=size, items=count, occasion=occasion))

    def _limits(self, name: str) -> tuple[int, int]:
        code = self.plans[self.payer if name == "team" else name]
        return LIMITS[code], ITEMS[code]

    def _reserved(self, room: Room) -> int:
        return sum(size for size, until in room.reserved.values() if until > self.clock.seconds)

    def _is_over(self, name: str, tool: Tool) -> bool:
        limit, most = self._limits(name)
        return self.rooms[name, tool].bytes > limit or self.rooms[name, tool].items > most

    def _in_grace(self, name: str, tool: Tool) -> bool:
        since = self.rooms[name, tool].since
        return since is not None and self.clock.seconds - since < 7 * DAY

    def _within(self, name: str) -> None:
        for (where, tool), room in self.rooms.items():
            if where == name and not self._is_over(name, tool):
                room.since = None

    def _replanned(self, name: str) -> None:
        for (where, tool), room in self.rooms.items():
            if where == name or (where == "team" and self.payer == name):
                if not self._is_over(where, tool):
                    room.since = None
                elif room.since is None:
                    room.since = self.clock.seconds
                    room.over = (room.bytes, room.items)


@pytest.mark.timeout(600)
def test_usage_when_anything_happens_in_any_order_then_follows_the_rules_of_room(template: Path) -> None:
    """S1, S13, R31, R59, R60, C7: nothing overshoots (mail in its days of grace and letters aside)."""

    Rooms.template = template
    run_state_machine_as_test(Rooms, settings=settings(max_examples=25, stateful_step_count=30, deadline=None))

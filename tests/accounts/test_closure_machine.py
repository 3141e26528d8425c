"""Random lives of accounts against a short model of the rules, which shares no code with them."""

import shutil
import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from coserver.accounts import accounts, closure, recovery, signup
from coserver.accounts.house import House
from coserver.accounts.signup import Wish
from coserver.accounts.upkeep import upkeep
from coserver.auth import standing
from coserver.auth.login import Login
from coserver.auth.passwords import Cost, Hasher
from coserver.mail import addresses
from coserver.model.errors import Denied, Exists, HouseError, Missing, Unknown
from coserver.model.plan import Feature
from coserver.quota import plans
from coserver.store import doctor
from coserver.store.engine import Store

NAMES = ("bob", "carol")
DEEDS = ("suspend", "resume", "close", "restore", "close_and_restore")
HOUR, DAY = 3600, 86_400
names = st.sampled_from(NAMES)
seconds = st.sampled_from([None, -1, 0])  # around the moment at which something happens by itself


@dataclass
class Life:
    """What the rules say of one name: `state` empty means that nobody has it."""

    state: str = ""
    since: float = 0
    used: float = 0
    warned: float | None = None
    before: str = ""
    rests: float = 0  # until then nobody gets the name
    password: str = ""
    codes: list[str] = field(default_factory=list)  # that confirm the present sign-up

    def become(self, state: str, now: float) -> None:
        self.state, self.since = state, now

    def end(self) -> None:
        self.state, self.used, self.warned, self.before, self.codes = "", 0, None, "", []

    def over(self, now: float) -> bool:
        """A sign-up that was not confirmed in a day."""
        return self.state == "pending" and now - self.since >= DAY

    def next(self, now: float) -> float | None:
        """When something happens to it by itself."""
        idle_from = max(self.since, self.used)
        days = {"pending": 1, "closed": 14, "lapsed": 30}.get(self.state)
        if days is not None:
            return self.since + days * DAY
        if self.state == "active" and (self.warned is None or self.warned <= idle_from):
            return max(now, idle_from + 150 * DAY)
        if self.state == "active" and self.warned is not None:
            return max(idle_from + 210 * DAY, self.warned + 60 * DAY)
        return self.rests if not self.state and self.rests > now else None

    def time_passes(self, now: float) -> None:
        """One round of the timer."""
        idle_from = max(self.since, self.used)
        if self.warned is not None and self.warned <= idle_from:
            self.warned = None
        moment = self.next(now)
        if moment is None or moment > now or not self.state:
            return
        if self.state == "active" and self.warned is None:
            self.warned = now
        elif self.state == "active":
            self.become("lapsed", now)
        else:
            if self.state != "pending":
                self.rests = now + 365 * DAY
            self.end()


class Lives(RuleBasedStateMachine):
    """Two names, and everything that can happen to their accounts."""

    folder: Any  # where a store may be made
    template: Any
    post_of: Any

    def __init__(self) -> None:
        super().__init__()
        self.clock = SimpleNamespace(seconds=1_800_000_000.0)
        self.clock.now = self.clock.monotonic = lambda: self.clock.seconds
        place = self.folder.mktemp("lives") / "data"
        shutil.copytree(self.template, place)
        self.store = Store.open(place, clock=self.clock)
        self.place = place
        self.house = House(self.store, Hasher(cost=Cost(memory=64, passes=1)), rules=False)
        self.post = self.post_of(SimpleNamespace(store=self.store))
        self.store.write(lambda tx: plans.publish(tx, plans.parse(plans.bundled())))
        self.store.write(lambda tx: accounts.add(tx, accounts.New("alice", "none", "demo")))
        self.model = {name: Life() for name in NAMES}
        self.made = 0

    def teardown(self) -> None:
        assert doctor.check(self.store) == []
        self.store.close()
        shutil.rmtree(self.place.parent)

    def tried(self, deed: Any) -> Any:
        """What came of a deed: its answer, or the class of the refusal."""
        try:
            return deed()
        except HouseError as error:
            return type(error)

    def on(self, name: str, deed: Any) -> Any:
        """A deed on the account of that name, Missing if there is none."""

        def job(tx: Any) -> None:
            deed(tx, accounts.find(tx, name).id)

        return self.tried(lambda: self.store.write(job))

    @initialize()
    def join(self) -> None:
        """Begin with what takes longest to come about by chance."""
        for name in NAMES:
            self.sign_up(name)
            signup.confirm(self.house, self.model[name].codes[0])
            self.model[name].become("active", self.clock.seconds)

    @rule(name=names)
    def sign_up(self, name: str) -> None:
        life, home = self.model[name], f"{name}@elsewhere.test"
        self.made += 1
        password = f"password number {self.made}"
        done = self.tried(lambda: signup.sign_up(self.house, Wish(name, home, password)))
        if life.over(self.clock.seconds):
            life.end()
        if life.state or self.clock.seconds < life.rests:
            assert done is Exists
            return
        assert done.login == f"{name}@example.test"
        life.end()
        life.become("pending", self.clock.seconds)
        life.password, life.codes = password, [self.post.code(home)]

    @rule(name=names)
    def resend(self, name: str) -> None:
        life, home = self.model[name], f"{name}@elsewhere.test"
        before = self.post.count(home) if life.state else 0
        signup.resend(self.house, name)
        after = self.post.count(home) if life.state else 0
        assert after == before or (life.state == "pending" and not life.over(self.clock.seconds))
        if after > before:
            life.codes.append(self.post.code(home))

    @rule(name=names, data=st.data())
    def confirm(self, name: str, data: st.DataObject) -> None:
        life = self.model[name]
        if not life.codes:
            return
        done = self.tried(lambda: signup.confirm(self.house, data.draw(st.sampled_from(life.codes))))
        if life.state == "pending" and not life.over(self.clock.seconds):
            assert done.login == f"{name}@example.test"
            life.become("active", self.clock.seconds)
        else:
            assert done is Missing

    @rule(name=names, right=st.booleans())
    def log_in(self, name: str, right: bool) -> None:
        life = self.model[name]
        login = Login(self.store, self.house.hasher)
        password = life.password if right and life.state else "wrong"
        done = self.tried(lambda: login.check(name, password, service=Feature.CALDAV, peer="127.0.0.1"))
        self.store.write(lambda tx: None)  # the use is noted after the answer
        if not life.state or not right:
            assert done is Unknown
        elif life.state != "active":
            assert done is Denied
        else:
            assert done.login == f"{name}@example.test"
            if self.clock.seconds - life.used >= HOUR:  # noted once an hour
                life.used = self.clock.seconds

    @rule(name=names)
    def recover(self, name: str) -> None:
        life, home = self.model[name], f"{name}@elsewhere.test"
        before = self.post.count(home) if life.state else 0
        recovery.recover(self.house, name)
        after = self.post.count(home) if life.state else 0
        assert (after > before) == (life.state in ("active", "lapsed"))
        if after > before:
            self.made += 1
            life.password = f"password number {self.made}"
            recovery.reset(self.house, self.post.code(home), life.password)
            if life.state == "lapsed":
                life.become("active", self.clock.seconds)

    @rule(name=names, deeds=st.lists(st.sampled_from(DEEDS), min_size=1, max_size=3), seconds=seconds)
    def operate(self, name: str, deeds: list[str], seconds: int | None) -> None:
        for deed in deeds:
            getattr(self, deed)(name)
        self.wait(name, seconds)

    def suspend(self, name: str) -> None:
        self.change(name, accounts.suspend, "suspended")

    def resume(self, name: str) -> None:
        self.change(name, accounts.resume, "active")

    def change(self, name: str, deed: Any, state: str) -> None:
        life, done = self.model[name], self.on(name, deed)
        if not life.state:
            assert done is Missing
        elif life.state in ("pending", "closed"):
            assert done is Denied
        else:
            assert done is None
            life.become(state, self.clock.seconds)

    def close(self, name: str) -> None:
        life, done = self.model[name], self.on(name, closure.close)
        assert done is {"": Missing, "pending": Denied}.get(life.state)
        if life.state not in ("", "pending", "closed"):
            life.before = life.state
            life.become("closed", self.clock.seconds)

    def restore(self, name: str) -> None:
        life, done = self.model[name], self.on(name, closure.restore)
        if not life.state:
            assert done is Missing
        elif life.state != "closed":
            assert done is Denied
        else:
            assert done is None
            life.become("suspended" if life.before == "suspended" else "active", self.clock.seconds)

    def close_and_restore(self, name: str) -> None:
        self.close(name)
        self.restore(name)

    @rule(name=names, seconds=seconds)
    def erase(self, name: str, seconds: int | None) -> None:
        life = self.model[name]
        done = self.on(name, lambda tx, account: closure.erase(tx, account, rest_days=365))
        assert done is (None if life.state else Missing)
        if life.state not in ("", "pending"):
            life.rests = self.clock.seconds + 365 * DAY
        life.end()
        self.wait(name, seconds)
        self.sign_up(name)

    @rule(days=st.sampled_from([0, 1, 59, 366]), timer=st.booleans())
    def time_passes(self, days: int, timer: bool) -> None:
        self.clock.seconds += days * DAY or HOUR
        if timer:
            self.round()

    @rule(name=names, seconds=seconds)
    def its_time_comes(self, name: str, seconds: int | None) -> None:
        self.wait(name, seconds)

    def wait(self, name: str, seconds: int | None) -> None:
        moment = self.model[name].next(self.clock.seconds)
        if seconds is not None and moment is not None and moment + seconds >= self.clock.seconds:
            self.clock.seconds = moment + seconds
            self.round()

    def round(self) -> None:
        upkeep(self.house)
        for life in self.model.values():
            life.time_passes(self.clock.seconds)

    @invariant()
    def states_are_those_of_the_model(self) -> None:
        with self.store.read() as tx:
            for name, life in self.model.items():
                found = standing.find(tx, name)
                assert ("" if found is None else str(found.state)) == life.state
                assert (addresses.resolve(tx, name, "example.test") is None) == (found is None)
            assert addresses.resolve(tx, "postmaster", "") == accounts.find(tx, "alice").id


def test_lives_when_anything_happens_in_any_order_then_as_the_rules_say(template, tmp_path_factory, post):
    """R21, R22, R41, C1, S9, S24, S25."""

    class Here(Lives):
        folder, post_of = tmp_path_factory, type(post)

    Here.template = template
    Here.TestCase.settings = settings()
    run_state_machine_as_test(Here, settings=settings(max_examples=20, stateful_step_count=25))
    assert threading.active_count() < 50  # every store was closed

"""Logging in: throttled on a timer, verified on few threads, the same attempt verified once."""

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from coserver.model.act import Actor
from coserver.model.errors import Busy, HouseError, NotInPlan, Unknown
from coserver.model.ids import PrincipalId
from coserver.model.plan import Feature
from coserver.model.principal import Who
from coserver.net.entry import Entry
from coserver.net.metrics import Metrics
from coserver.net.pool import Pool

ALICE = Who(PrincipalId(1), "alice@example.test", Feature.IMAP, 1)


class Visits:
    """Remembers who came and who was refused."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str, str]] = []

    def came(self, actor: Actor) -> None:
        self.told.append(("came", actor.login, actor.way, actor.peer))

    def refused(self, name: str, actor: Actor) -> None:
        self.told.append(("refused", name, actor.way, actor.peer))


class Login:
    """Knows alice by `right`; counts what it is asked."""

    def __init__(self) -> None:
        self.remembered: set[str] = set()
        self.seconds = 0.0
        self.refusal: HouseError | None = None
        self.checks: list[tuple[str, str, str]] = []
        self.visits = Visits()

    def recall(self, name: str, password: str, *, service: Feature) -> Who | None:
        return ALICE if f"{name} {password} {service}" in self.remembered else None

    def delay(self, name: str, *, peer: str) -> float:
        if self.refusal is not None:
            raise self.refusal
        return self.seconds

    def check(self, name: str, password: str, *, service: Feature, peer: str) -> Who:
        self.checks.append((name, service, peer))
        if password == "no plan":
            raise NotInPlan("Your subscription does not include this.")
        if password == "bug":
            raise ValueError("broken")
        if password != "right":
            raise Unknown("The login or the password is wrong.", login=name)
        return ALICE


@pytest.fixture
def login() -> Login:
    return Login()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def entry(loop: Any, login: Login, metrics: Metrics) -> Iterator[Entry]:
    pool, hashing = Pool(loop, 1, queue=50), Pool(loop, 1, queue=50)
    for one in (pool, hashing):
        one.start()
    yield Entry(login, loop, pool=pool, hashing=hashing, metrics=metrics)  # type: ignore[arg-type]
    for one in (pool, hashing):
        one.stop()


def attempt(entry: Entry, password: str, name: str = "alice", peer: str = "192.0.2.1") -> "list[Any]":
    found: list[Any] = []
    entered: Deferred[Who] = entry.login(name, password, service=Feature.IMAP, peer=peer)
    entered.addBoth(found.append)
    return found


def logins(metrics: Metrics, outcome: str) -> float | None:
    return metrics.registry.get_sample_value("coserver_logins_total", {"service": "imap", "outcome": outcome})


def test_login_with_the_right_password_gives_who_it_is(entry: Entry, loop: Any, metrics: Metrics) -> None:
    found = attempt(entry, "right")
    loop.turn_until(lambda: bool(found))
    assert found == [ALICE]
    assert logins(metrics, "ok") == 1


@pytest.mark.parametrize(
    ("password", "kind", "outcome"),
    [("wrong", Unknown, "unknown"), ("no plan", NotInPlan, "refused"), ("bug", ValueError, "fault")],
)
def test_login_that_fails_says_why_and_is_counted(
    entry: Entry, loop: Any, metrics: Metrics, password: str, kind: type[Exception], outcome: str
) -> None:
    found = attempt(entry, password)
    loop.turn_until(lambda: bool(found))
    assert found[0].check(kind)
    assert logins(metrics, outcome) == 1


def test_login_is_noted_when_it_is_right_or_the_password_is_wrong(entry: Entry, loop: Any, login: Login) -> None:
    for password in ("right", "wrong", "no plan", "bug"):
        found = attempt(entry, password)
        loop.turn_until(lambda found=found: bool(found))
    assert login.visits.told == [
        ("came", "alice@example.test", "imap", "192.0.2.1"),
        ("refused", "alice", "imap", "192.0.2.1"),
    ]


def test_login_that_fails_is_told_to_the_log_without_the_password(entry: Entry, loop: Any, caplog: Any) -> None:
    found = attempt(entry, "wrong-word", peer="192.0.2.77")
    loop.turn_until(lambda: bool(found))
    (record,) = [one for one in caplog.records if one.getMessage() == "login-failed"]
    assert record.fields == {"login": "alice", "service": "imap", "peer": "192.0.2.77", "outcome": "unknown"}
    assert "wrong-word" not in caplog.text


def test_login_verified_lately_asks_for_no_verification(entry: Entry, loop: Any, login: Login) -> None:
    login.remembered.add("alice right imap")
    login.seconds = 15.0
    found = attempt(entry, "right")
    loop.turn_until(lambda: bool(found))
    assert (found, login.checks) == ([ALICE], [])


def test_login_that_is_throttled_waits_on_a_timer_and_holds_no_thread(entry: Entry, loop: Any, login: Login) -> None:
    login.seconds = 4.0
    found = attempt(entry, "right")
    loop.turn_until(lambda: bool(loop.getDelayedCalls()))
    loop.advance(3.9)
    assert (found, login.checks, entry._pool.taken, entry._hashing.taken) == ([], [], 0, 0)
    login.seconds = 0.0
    other = attempt(entry, "right", name="bob")
    loop.turn_until(lambda: bool(other))
    loop.advance(0.2)
    loop.turn_until(lambda: bool(found))
    assert found == [ALICE]


def test_login_after_too_many_failures_is_refused_unverified(entry: Entry, loop: Any, login: Login) -> None:
    login.refusal = Busy("Too many wrong passwords.")
    found = attempt(entry, "right")
    loop.turn_until(lambda: bool(found))
    assert found[0].check(Busy)
    assert login.checks == []


def test_the_same_attempt_made_many_times_at_once_is_verified_once(entry: Entry, loop: Any, login: Login) -> None:
    found = [attempt(entry, "right") for _ in range(20)]
    wrong = [attempt(entry, "wrong") for _ in range(20)]
    loop.turn_until(lambda: all(found) and all(wrong))
    assert [one[0] for one in found] == [ALICE] * 20
    assert all(one[0].check(Unknown) for one in wrong)
    assert len(login.checks) == 2
    assert entry._running == {}


def test_attempts_that_differ_in_anything_are_verified_each(entry: Entry, loop: Any, login: Login) -> None:
    found = [attempt(entry, "right"), attempt(entry, "right", name="bob"), attempt(entry, "right", peer="192.0.2.2")]
    loop.turn_until(lambda: all(found))
    assert len(login.checks) == 3


def test_a_caller_that_went_away_does_not_disturb_the_others(entry: Entry, loop: Any) -> None:
    gone: Deferred[Who] = entry.login("alice", "right", service=Feature.IMAP, peer="192.0.2.1")
    stayed = attempt(entry, "right")
    gone.addErrback(lambda _: None)
    gone.cancel()
    loop.turn_until(lambda: bool(stayed))
    assert stayed == [ALICE]
